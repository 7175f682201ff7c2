"""`vocbot check`: everything that is wrong with a configuration, and with `--online` what the outside systems say.

`--curl` prints, for each webhook, lines that show from anywhere whether the way in works.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from rich.console import Console
from rich.markup import escape

from vocbot.config import selftest
from vocbot.config.load import Configuration, configured, load
from vocbot.config.opened import open_clock
from vocbot.config.wiring import mapping
from vocbot.config.yamlfile import FileProblems, read_yaml
from vocbot.registry import Configured, find_connectors
from vocbot.sdk.clock import Clock, RealClock
from vocbot.sdk.errors import VocbotError, trace
from vocbot.sdk.ports import Finding

console = Console(emoji=False, soft_wrap=True, highlight=False)

_COLOURS = {"ok": "green", "warning": "yellow", "error": "red"}


def check_all(path: Path, online: bool, curl: bool = False) -> int:
    """Print what was found; returns the number of problems. `curl` adds lines to try each webhook with."""
    registry = find_connectors()
    try:
        configuration = load(path, registry)
    except FileProblems as error:
        return _total(_complaints(error.problems))
    connectors = configured(configuration, registry, _clock(configuration))
    count = _rules(configuration) + _heads(configuration)
    written = mapping(read_yaml(path).data, "connectors") if curl else {}
    for name, connector in connectors.items():
        found = _connector(name, connector, configuration.settings.web.public_url)
        count += found
        if curl and not found and connector.has("webhook_source"):
            _lines(connector, f"{configuration.settings.web.public_url.rstrip('/')}/hooks/{name}", written.get(name))
    if not connectors:
        console.print("[yellow]no connector is configured: nothing comes in and nothing goes out[/yellow]")
    if online:
        count += _online(connectors, configuration)
    return _total(count)


def _clock(configuration: Configuration) -> Clock:
    """The clock that the server goes by, so that it takes what is signed here as fresh."""
    with suppress(VocbotError):  # the clock of a demo that is gone: the server will say so
        return open_clock(configuration.settings)
    return RealClock()


def _total(count: int) -> int:
    console.print("[green]all is well[/green]" if not count else f"{count} problem{'s' if count != 1 else ''}")
    return count


def _complaints(problems: Sequence[str]) -> int:
    for problem in problems:
        console.print(f"[red]{escape(problem)}[/red]")
    return len(problems)


def _rules(configuration: Configuration) -> int:
    from vocbot.data import rule_paths
    from vocbot.understand.rulepack import load_packs

    try:
        packs = load_packs(rule_paths(configuration.settings.rules))
    except VocbotError as error:
        return _complaints(str(error).splitlines())
    console.print("rules: " + ", ".join(f"{p.pack} v{p.version} ({len(p.issues)} issues)" for p in packs))
    return 0


def _heads(configuration: Configuration) -> int:
    own = configuration.settings.text.heads
    if not own:
        return 0
    from vocbot.data import heads

    try:
        heads(own)
    except VocbotError as error:
        return _complaints([f"text.heads: {error}"])
    console.print(f"heads of your own: {', '.join(sorted(own))}")
    return 0


def _connector(name: str, connector: Configured, public_url: str) -> int:
    """Whether every port can be built, and where others have to send their webhooks."""
    ports = sorted(connector.manifest.ports)
    console.print(f"{name} ({connector.manifest.id}): {', '.join(port.replace('_', ' ') for port in ports)}")
    if connector.has("webhook_source"):
        console.print(f"  webhooks go to {escape(public_url.rstrip('/'))}/hooks/{name}")
        if _on_this_machine(public_url):
            console.print(f"  [yellow]only this machine reaches it: set web.public_url before {name} may call[/yellow]")
    problems = []
    for port in ports:
        try:
            connector.port(port)
        except (ImportError, AttributeError, TypeError) as error:
            problems.append(f"{name}: the port {port} does not load: {error}; reinstall the connector")
        except Exception as error:  # noqa: BLE001 - a plug-in's code: it must not hide what else is wrong
            problems.append(f"{name}: the port {port} does not load: {trace(error)}; tell the connector's authors")
    return _complaints(problems)


def _lines(connector: Configured, url: str, written: Any) -> None:
    """The curl lines of one webhook."""
    try:
        both = selftest.pair(connector.port("webhook_source"), url)
    except VocbotError as error:
        console.print(f"  no line to try it with: {escape(str(error))}")
        return
    except Exception as error:  # noqa: BLE001 - a plug-in's code: the others still get their lines
        console.print(f"  no line to try it with: {escape(trace(error))}; tell the connector's authors")
        return
    hidden = selftest.references(connector.settings, written)
    for request, what in (
        (both.genuine, "a genuine request: prints 200"),
        (both.forged, f"{both.changed}: prints 401"),
    ):
        console.print(f"  # {what}", markup=False, emoji=False)
        console.print(f"  {selftest.curl(request, hidden)}", markup=False, emoji=False)
    console.print("  # where the sender signs the time, both are good for five minutes", markup=False)


def _on_this_machine(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _online(connectors: Mapping[str, Configured], configuration: Configuration) -> int:
    """Ask every outside system that can be asked, and the running server whether it lets the right ones in."""
    count = 0
    for name, connector in connectors.items():
        if connector.has("checkable"):
            count += _told(name, _answers(connector))
        else:
            console.print(f"{name}: cannot be asked")
        if connector.has("webhook_source"):
            count += _told(f"{name} webhook", _let_in(name, connector, configuration))
    return count


def _told(name: str, findings: Iterator[Finding]) -> int:
    """Print findings; the number of errors among them."""
    count = 0
    for finding in findings:
        colour, hint = _COLOURS[finding.level], f"; {finding.hint}" if finding.hint else ""
        console.print(f"{name}: [{colour}]{finding.level}[/{colour}]: {escape(finding.what + hint)}")
        count += finding.level == "error"
    return count


def _let_in(name: str, connector: Configured, configuration: Configuration) -> Iterator[Finding]:
    try:
        yield from selftest.ask(name, connector.port("webhook_source"), configuration.settings.web, RealClock())
    except Exception as error:  # noqa: BLE001 - a plug-in's code: the other systems are still asked
        yield Finding("error", f"the check failed: {trace(error)}", "tell the connector's authors")


def _answers(connector: Configured) -> Iterator[Finding]:
    try:
        yield from connector.port("checkable").check()
    except VocbotError as error:
        yield Finding("error", str(error), "")
    except Exception as error:  # noqa: BLE001 - a plug-in's code: the other systems are still asked
        yield Finding("error", f"the check failed: {trace(error)}", "tell the connector's authors")
