"""`vocbot check`: everything that is wrong with a configuration, and with `--online` what the outside systems say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from rich.console import Console
from rich.markup import escape

from vocbot.config.load import Configuration, configured, load
from vocbot.config.yamlfile import FileProblems
from vocbot.registry import Configured, find_connectors
from vocbot.sdk.clock import RealClock
from vocbot.sdk.errors import VocbotError, trace
from vocbot.sdk.ports import Finding

console = Console(soft_wrap=True, highlight=False)

_COLOURS = {"ok": "green", "warning": "yellow", "error": "red"}


def check_all(path: Path, online: bool) -> int:
    """Print what was found; returns the number of problems."""
    registry = find_connectors()
    try:
        configuration = load(path, registry)
    except FileProblems as error:
        return _total(_complaints(error.problems))
    connectors = configured(configuration, registry, RealClock())
    count = _rules(configuration)
    for name, connector in connectors.items():
        count += _connector(name, connector, configuration.settings.web.public_url)
    if not connectors:
        console.print("[yellow]no connector is configured: nothing comes in and nothing goes out[/yellow]")
    if online:
        count += _online(connectors)
    return _total(count)


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


def _on_this_machine(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _online(connectors: Mapping[str, Configured]) -> int:
    """Ask every outside system that can be asked."""
    count = 0
    for name, connector in connectors.items():
        if connector.has("checkable"):
            for finding in _answers(connector):
                colour, hint = _COLOURS[finding.level], f"; {finding.hint}" if finding.hint else ""
                console.print(f"{name}: [{colour}]{finding.level}[/{colour}]: {escape(finding.what + hint)}")
                count += finding.level == "error"
        else:
            console.print(f"{name}: cannot be asked")
    return count


def _answers(connector: Configured) -> Iterator[Finding]:
    try:
        yield from connector.port("checkable").check()
    except VocbotError as error:
        yield Finding("error", str(error), "")
    except Exception as error:  # noqa: BLE001 - a plug-in's code: the other systems are still asked
        yield Finding("error", f"the check failed: {trace(error)}", "tell the connector's authors")
