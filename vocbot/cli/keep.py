"""Verbs about what is stored: store copy, backup, restore, retention."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vocbot.cli.common import HERE, AsJson, ConfigPath, opened, show
from vocbot.sdk.errors import VocbotError

if TYPE_CHECKING:
    from vocbot.store.db import Store

app = typer.Typer()
store_app = typer.Typer(help="The database as a whole.", no_args_is_help=True)
app.add_typer(store_app, name="store")

_URL = "sqlite:///path/vocbot.db or postgresql://...; env:NAME or file:PATH where it holds a password."


@store_app.command("copy")
def store_copy(
    from_: Annotated[str, typer.Option("--from", help=f"The store to copy: {_URL}")],
    to: Annotated[str, typer.Option("--to", help="An empty one; tables are made there.")],
    in_use: Annotated[
        bool, typer.Option("--in-use", help="Copy although others are at work: what they do meanwhile is not copied.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Move an installation between SQLite and PostgreSQL, or from one place to another. Stop vocbot first."""
    from datetime import UTC, datetime

    from vocbot.screen import copy_table
    from vocbot.store.copy import copy_store, is_empty

    with _store(from_, "--from", new=False) as source, _idle(source, in_use), _store(to, "--to") as target:
        if is_empty(source):
            raise VocbotError("--from: nothing is stored there: is the address right?")
        copied = copy_store(source, target, datetime.now(UTC))
    if as_json:
        show({"tables": [one.facts() for one in copied.tables], "replaced": copied.replaced})
        return
    copy_table(copied)
    print("the key is not in the database: store.key must be the same for the copy")  # noqa: T201


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="A new file; it gets mode 0600.")],
    config: ConfigPath = HERE,
    as_json: AsJson = False,
) -> None:
    """Write everything that is stored into one file, also while vocbot is running. The key is not in it."""
    from vocbot.store.backup import back_up
    from vocbot.store.key import open_crypt

    with opened(config) as ready:
        key = ready.settings.store.key
        copied = back_up(ready.store, open_crypt(ready.store, key), file, ready.clock.now())
    if as_json:
        show({"file": str(file), "tables": [one.facts() for one in copied.tables]})
        return
    rows = sum(one.found.rows for one in copied.tables)
    typer.echo(f"{file}: {rows:,} rows of {len(copied.tables)} tables")
    typer.echo(f"The key is NOT in it: keep a copy of {key} at another place; without it the backup is worthless.")


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="What `vocbot backup` wrote.")],
    config: ConfigPath = HERE,
    as_json: AsJson = False,
) -> None:
    """Write a backup into the empty store that the configuration names, with the key it was made with."""
    from vocbot.screen import copy_table
    from vocbot.store.backup import restore as write_back

    with opened(config) as ready:
        about, copied = write_back(file, ready.store, ready.settings.store.key, ready.clock.now())
    if as_json:
        show({"made_at": about.made_at, "tables": [one.facts() for one in copied.tables]})
        return
    copy_table(copied)
    typer.echo(
        f"This is how it was at {about.made_at.isoformat(timespec='minutes')}. What was done after that is not known "
        "here: look at docs/operations.md before you start vocbot."
    )


@app.command()
def retention(
    config: ConfigPath = HERE,
    now: Annotated[bool, typer.Option("--now", help="Take it out now; a worker does so once a day.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show how long raw data and finished work are kept, and how much of it is due to go."""
    from dataclasses import asdict

    from vocbot.screen import retention_table
    from vocbot.store.retention import Keep, Retention

    with opened(config) as ready:
        keep = ready.settings.retention.model_dump()
        tidy = Retention(ready.store, ready.clock, Keep(**keep))
        due = tidy.due()
        while now and tidy():
            pass
    if as_json:
        show({"keep": keep, "gone" if now else "due": asdict(due)})
        return
    retention_table(keep, due, now)


@contextmanager
def _store(reference: str, option: str, new: bool = True) -> Iterator[Store]:
    """The store at an address or behind env:NAME or file:PATH; without `new` SQLite's file must be there."""
    from vocbot.sdk.secrets import SecretProblem, read_secret
    from vocbot.store.db import StoreError, open_store

    try:
        url = read_secret(reference) if reference.startswith(("env:", "file:")) else reference
    except SecretProblem as problem:
        raise VocbotError(f"{option}: {problem}; {problem.hint}") from None
    path = Path(url.removeprefix("sqlite:///"))
    if not new and url.startswith("sqlite:///") and not path.is_file():
        raise VocbotError(f"{option}: {path} is not there")
    try:
        opened = open_store(url)
    except StoreError as error:
        raise VocbotError(f"{option}: {str(error).removeprefix('store.url: ')}") from None
    try:
        yield opened
    finally:
        opened.close()


@contextmanager
def _idle(store: Store, in_use: bool) -> Iterator[None]:
    """Keep workers out of `store` meanwhile. Raises VocbotError where somebody is at work, unless that is said."""
    from vocbot.deliveries.worker_lock import SecondWorker, WorkerLock
    from vocbot.store.snapshot import others

    busy = others(store)
    lock = WorkerLock(store)
    try:
        lock.__enter__()
    except SecondWorker:
        busy += 1
    if busy and not in_use:
        lock.__exit__(None, None, None)
        raise VocbotError(
            f"--from: {busy} at work there; what they do meanwhile would be lost, and done again by the copy. "
            "Stop them (vocbot serve, import), or say --in-use"
        )
    try:
        yield
    finally:
        lock.__exit__(None, None, None)
