"""Verbs that bring feedback in, and show how it comes: import, sources."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vocbot.cli.common import HERE, AsJson, ConfigPath, connected, core, opened, show
from vocbot.helpers import helpers, worth
from vocbot.sdk.errors import VocbotError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from concurrent.futures import Executor
    from typing import Any

    from vocbot.importing import Imported
    from vocbot.opened import Opened

app = typer.Typer()


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="CSV, JSON Lines (.jsonl) or Excel (.xlsx).")],
    source: Annotated[str, typer.Option(help="Name of where it comes from: part of every feedback.")],
    map_: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            help="What is in which column: text=COLUMN (needed), time=, id=, author=, score=, channel=, or "
            "ANY_ATTRIBUTE=COLUMN. Once for each. With event=COLUMN instead of text=, rows are what customers met.",
        ),
    ] = None,
    tz: Annotated[str | None, typer.Option(help="Zone of times that name none, such as Asia/Shanghai.")] = None,
    dates: Annotated[str | None, typer.Option(help="day-first or month-first, for 03/11/2026.")] = None,
    encoding: Annotated[str | None, typer.Option(help="Such as gb18030; else it is found out.")] = None,
    delimiter: Annotated[str | None, typer.Option(help="Between the cells of CSV; else it is found out.")] = None,
    sheet: Annotated[str | None, typer.Option(help="Of a workbook; else the first.")] = None,
    config: ConfigPath = HERE,
    as_json: AsJson = False,
) -> None:
    """Import feedback from a file. Doing it again brings what is new, and nothing twice."""
    if not source.strip() or len(source) > 63 or not source.isprintable():
        raise VocbotError("--source: give a name of up to 63 visible characters, such as survey-2026")
    options = {"tz": tz, "dates": dates, "encoding": encoding, "delimiter": delimiter, "sheet": sheet}
    settings = {"path": str(file), "map": _mapping(map_ or []), **options}
    if not settings["map"]:
        with connected(config) as ready:
            raise VocbotError(_suggestion(ready, file, source))
    with helpers(worth(file)) as pool:  # before anything else is loaded
        _import(config, source.strip(), settings, as_json, pool)


def _import(config: Path, source: str, settings: Mapping[str, Any], as_json: bool, pool: Executor | None) -> None:
    from vocbot.collector import collect_seldom
    from vocbot.importing import import_file, open_file
    from vocbot.screen import imported

    with core(config, lambda opened: _fitting_rules(opened, settings)) as ready:
        files = open_file(ready, settings)
        collect_seldom()
        with _progress() as tell:
            done = import_file(ready, source, settings, files, tell, pool)
        if as_json:
            show(done.__dict__)
        else:
            imported(done, settings["map"], ready.configuration.settings.language)


def _fitting_rules(ready: Opened, settings: Mapping[str, Any]) -> tuple[str, ...]:
    """The shipped rules that know what the first rows speak of, for where no configuration names any."""
    from vocbot.data import rule_paths, shipped_packs
    from vocbot.importing import first_texts, open_file
    from vocbot.understand.fitting import fitting
    from vocbot.understand.rulepack import load_packs

    texts = first_texts(open_file(ready, settings))
    if not texts:
        return ()
    fit = fitting(load_packs(rule_paths(shipped_packs())), texts)
    if fit:
        said = ", ".join(f"{name} (recognises {count} of the first {len(texts)} rows)" for name, count in fit.items())
        typer.echo(f"no configuration names rules; those that fit are used: {said}", err=True)
    return tuple(fit)


def _mapping(given: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for one in given:
        name, sign, column = one.partition("=")
        if not sign or not name.strip() or not column.strip():
            raise VocbotError(f"--map {one}: write NAME=COLUMN, such as text=Comment")
        if name.strip() in found:
            raise VocbotError(f"--map {name.strip()}=... is given twice; keep one")
        found[name.strip()] = column.strip()
    return found


def _suggestion(ready: Opened, file: Path, source: str) -> str:
    """What to write where no column was named: the command with the columns that look right."""
    from vocbot.runtime import IMPORTER
    from vocbot.sdk.manifest import resolve

    manifest = ready.registry.manifests.get(IMPORTER)
    guess = resolve(manifest.ports["poll_source"]).guess(str(file)) if manifest is not None else {}
    told = " ".join(f"--map {shlex.quote(f'{name}={column}')}" for name, column in guess.items())
    told = told if "text" in guess else f"--map text=COLUMN {told}".strip()
    return (
        "which column is what is not said; for this file perhaps:\n"
        f"  vocbot import {shlex.quote(str(file))} --source {shlex.quote(source)} {told}"
    )


@contextmanager
def _progress() -> Iterator[Callable[[Imported], None]]:
    """A bar on a terminal; nothing where the output goes elsewhere."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TextColumn("{task.description}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=1.0)

        def tell(done: Imported) -> None:
            bar.update(task, completed=done.share, description=f"{done.rows:,} rows")

        yield tell


@app.command()
def sources(config: ConfigPath = HERE, as_json: AsJson = False) -> None:
    """Show every source: when it was last heard, how far it is read, what is wrong."""
    from vocbot.screen import source_table
    from vocbot.store.source_list import source_list

    with opened(config) as ready:
        listed = source_list(ready.store, ready.clock.now())
        if as_json:
            show([one.facts() for one in listed])
        else:
            source_table(listed, ready.settings.language, ready.settings.zone)
