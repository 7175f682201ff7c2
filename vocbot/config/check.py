"""`vocbot check`: everything that is wrong with a configuration, and with `--online` what the outside systems say."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.markup import escape

from vocbot.config.load import Configuration, load
from vocbot.config.yamlfile import FileProblems
from vocbot.registry import Configured, Registry, find_connectors
from vocbot.sdk.clock import RealClock
from vocbot.sdk.errors import Rejected, Retryable, VocbotError
from vocbot.sdk.ports import Context

console = Console(soft_wrap=True)


def check_all(path: Path, online: bool) -> int:
    """Print what was found; returns the number of problems."""
    registry = find_connectors()
    try:
        configuration = load(path, registry)
    except FileProblems as error:
        for problem in error.problems:
            console.print(f"[red]{escape(problem)}[/red]")
        console.print(f"{len(error.problems)} problem{'s' if len(error.problems) != 1 else ''}")
        return len(error.problems)
    count = _rules(configuration)
    settings = configuration.settings
    for name, entry in settings.connectors.items():
        manifest = registry.manifests[entry.type]
        console.print(f"{name} ({entry.type}): {', '.join(p.replace('_', ' ') for p in sorted(manifest.ports))}")
        if "webhook_source" in manifest.ports:
            console.print(f"  webhooks go to {settings.web.public_url.rstrip('/')}/hooks/{name}")
    if online:
        count += _online(configuration, registry)
    console.print("[green]all is well[/green]" if not count else f"{count} problem{'s' if count != 1 else ''}")
    return count


def _rules(configuration: Configuration) -> int:
    from vocbot.data import rule_paths
    from vocbot.understand.rulepack import load_packs

    try:
        packs = load_packs(rule_paths(configuration.settings.rules))
    except VocbotError as error:
        lines = str(error).splitlines()
        for line in lines:
            console.print(f"[red]{escape(line)}[/red]")
        return len(lines)
    console.print("rules: " + ", ".join(f"{p.pack} v{p.version} ({len(p.issues)} issues)" for p in packs))
    return 0


def _online(configuration: Configuration, registry: Registry) -> int:
    """Ask every outside system that can be asked."""
    marks = {"ok": "[green]ok[/green]", "warning": "[yellow]warning[/yellow]", "error": "[red]error[/red]"}
    settings = configuration.settings
    count = 0
    for name, entry in settings.connectors.items():
        context = Context(name, RealClock(), settings.request_timeout)
        connector = Configured(registry.manifests[entry.type], configuration.connectors[name], context)
        if not connector.has("checkable"):
            continue
        try:
            findings = connector.port("checkable").check()
        except (Retryable, Rejected) as error:
            console.print(f"{name}: {marks['error']}: {escape(str(error))}")
            count += 1
            continue
        for finding in findings:
            hint = f"; {finding.hint}" if finding.hint else ""
            console.print(f"{name}: {marks[finding.level]}: {escape(finding.what + hint)}")
            count += finding.level == "error"
    return count
