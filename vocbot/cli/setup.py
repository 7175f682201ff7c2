"""Verbs of whoever sets vocbot up: demo, init, check, serve, connectors."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vocbot.cli.common import HERE, AsJson, ConfigPath, show
from vocbot.sdk.errors import VocbotError

app = typer.Typer()
connectors_app = typer.Typer(help="The installed connectors.", invoke_without_command=True)
app.add_typer(connectors_app, name="connectors")


@app.command()
def demo(
    exit_: Annotated[
        bool, typer.Option("--exit", help="End when the story is told; code 0 only if the loop closed.")
    ] = False,
    feedback: Annotated[
        Path | None, typer.Option(help="Play these items instead (JSONL: text, time, author, channel, attributes).")
    ] = None,
    folder: Annotated[
        Path, typer.Option(help="Where the demo keeps its files; an older demo in it is replaced.")
    ] = Path("vocbot-demo"),
    rules: Annotated[
        str, typer.Option(help="Rule packs, separated by commas; none: shop, or the one that knows your items best.")
    ] = "",
    store: Annotated[str, typer.Option(help="Database address instead of SQLite files, e.g. postgresql://...")] = "",
    speed: Annotated[
        float,
        typer.Option(min=0.05, max=25, help="Days a second at the most; 0.5 leaves time to follow on the console."),
    ] = 25,
) -> None:
    """Watch twelve weeks of feedback become tickets, digests, answers, notices and verdicts, in a minute or two."""
    from vocbot.demo.show import run

    packs = tuple(r.strip() for r in rules.split(",") if r.strip())
    raise typer.Exit(run(folder, feedback, packs, store, stay=not exit_, speed=speed))


@app.command()
def init(
    path: Annotated[Path, typer.Argument(help="File to write.")] = HERE,
    language: Annotated[str, typer.Option(help="Language of the comments: en or zh.")] = "",
) -> None:
    """Ask a handful of questions and write a commented configuration."""
    from vocbot.config.init import ask_and_write

    ask_and_write(path, language)


@app.command()
def check(
    config: ConfigPath = HERE,
    online: Annotated[bool, typer.Option("--online", help="Also ask every outside system.")] = False,
    curl: Annotated[bool, typer.Option("--curl", help="Print lines to try each webhook with.")] = False,
) -> None:
    """Check the configuration: everything that is wrong, each with file:line and what to do."""
    from vocbot.config.check import check_all

    problems = check_all(config, online, curl)
    raise typer.Exit(1 if problems else 0)


@app.command()
def serve(
    config: ConfigPath = HERE,
    role: Annotated[
        str, typer.Option(help="all: the web server and a worker beside it; web or worker: one of them alone.")
    ] = "all",
) -> None:
    """Take webhooks and do the work, until stopped."""
    from vocbot.config.load import load
    from vocbot.registry import find_connectors
    from vocbot.web.serve import ROLES
    from vocbot.web.serve import serve as run

    if role not in ROLES:
        raise VocbotError(f"--role {role}: use {', '.join(ROLES)}")
    registry = find_connectors()
    raise typer.Exit(run(load(config, registry), registry, config, role))


@connectors_app.callback()
def connectors(context: typer.Context, as_json: AsJson = False) -> None:
    """List the installed connectors and what they can do; broken ones with their error."""
    if context.invoked_subcommand is not None:
        return
    from vocbot.registry import find_connectors

    registry = find_connectors()
    if as_json:
        show(
            {
                "connectors": [
                    {"id": m.id, "title": m.title, "ports": sorted(m.ports), "checked_against": m.checked_against}
                    for m in registry.manifests.values()
                ],
                "broken": [{"id": b.id, "error": b.error} for b in registry.broken],
            }
        )
        return
    from vocbot.screen import connector_table

    connector_table(registry)


@connectors_app.command("try")
def connectors_try(
    name: Annotated[str, typer.Argument(help="The connector's id in the configuration.")],
    pages: Annotated[int, typer.Option(min=1, max=20, help="So many pages at most.")] = 1,
    config: ConfigPath = HERE,
    as_json: AsJson = False,
) -> None:
    """Ask a source for its first page and show what would be understood; nothing is kept."""
    from vocbot.config.load import configured, load
    from vocbot.config.opened import open_clock
    from vocbot.registry import find_connectors
    from vocbot.screen import trial_screen
    from vocbot.trial import try_source

    registry = find_connectors()
    configuration = load(config, registry)
    found = configured(configuration, registry, open_clock(configuration.settings))
    if name not in found:
        there = ", ".join(found) or "none"
        raise VocbotError(f"{config} has no connector {name}; there are: {there}")
    trial = try_source(name, found[name], found[name].context, pages)
    if as_json:
        show(trial.__dict__)
    else:
        trial_screen(trial)
    raise typer.Exit(1 if trial.unread else 0)
