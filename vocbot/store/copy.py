"""Copy a grown store into an empty one, from any kind of database to any other, and prove that nothing was lost.

All of our tables at one moment, in batches, in the order in which they refer to each other; never the durable engine's
own. What was written is read again before it counts, and compared by number and content.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Table, bindparam, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError, OperationalError

from vocbot.store.db import Store, StoreError
from vocbot.store.engine_rows import has_engine_rows
from vocbot.store.snapshot import Ends, high_mark, sequence, snapshot
from vocbot.store.tables import InboxTable
from vocbot.store.tables import Table as MainTable
from vocbot.store.translate import Row, translation

BATCH = 1_000


@dataclass(frozen=True)
class Content:
    """A table's rows: how many, and a digest of all of them whatever their order (the sum of the rows' SHA-256)."""

    rows: int
    digest: str


@dataclass(frozen=True)
class Copied:
    """One table: what was to be written, and what was read again at the target."""

    table: str
    sent: Content
    found: Content

    def facts(self) -> dict[str, Any]:
        """The same for other programs."""
        return {"table": self.table, "rows": self.found.rows, "sent": self.sent.digest, "found": self.found.digest}


@dataclass(frozen=True)
class Copy:
    """What was copied. `replaced` rows held a NUL character, which PostgreSQL does not take: U+FFFD stands there."""

    tables: tuple[Copied, ...]
    replaced: int


def copy_store(source: Store, target: Store, now: datetime, doubt: bool = False) -> Copy:
    """Copy everything of `source` at this moment into `target`, whole or not at all.

    With `doubt` planned acts are looked up before they are done, as after a backup that is older than they. Raises
    StoreError where the target is not empty, does not take a row, or does not give back what was written.
    """
    with snapshot(source) as ends, _written(target) as there:
        _refuse_full(there)
        told = translation(ends, target.sqlite, now, doubt)
        done = []
        for part, table in _tables():
            rows = told.rows(table.name, _rows(getattr(ends, part), table))
            done.append(_copy(rows, ends, there, part, table))
        wrong = [one.table for one in done if one.sent != one.found]
        if wrong:
            raise StoreError(f"the copy differs from what was read ({', '.join(wrong)}); nothing was kept of it")
        return Copy(tuple(done), told.replaced)


def is_empty(store: Store) -> bool:
    """Whether no table of ours holds a row."""
    with snapshot(store) as ends:
        return not any(_filled(getattr(ends, part), table) for part, table in _tables())


def _tables() -> Iterator[tuple[str, Table]]:
    for part, metadata in (("main", MainTable.metadata), ("inbox", InboxTable.metadata)):
        for table in metadata.sorted_tables:
            yield part, table


@contextmanager
def _written(store: Store) -> Iterator[Ends]:
    """The target, locked for everybody else. What is written counts at the end or, after an error, not at all."""
    with store.main.connect() as main:
        if not store.sqlite:
            names = ", ".join(f'"{table.name}"' for _, table in _tables())
            _lock(main, f"SET LOCAL lock_timeout = '10s'; LOCK TABLE {names} IN EXCLUSIVE MODE")
            yield Ends(main, main, sqlite=False)
            main.commit()
            return
        with store.inbox.connect() as inbox:
            for connection in (main, inbox):
                _lock(connection, "BEGIN IMMEDIATE")
            yield Ends(main, inbox, sqlite=True)
            # records without what they became are read again; the other way round they would be lost
            inbox.commit()
            main.commit()


def _lock(connection: Connection, statement: str) -> None:
    try:
        connection.exec_driver_sql(statement)
    except OperationalError:
        raise StoreError("the target is in use: stop whatever works on it") from None


def _refuse_full(there: Ends) -> None:
    for part, table in _tables():
        if _filled(getattr(there, part), table):
            raise StoreError(f"the target is not empty (table {table.name}): name a new database or folder")
    if has_engine_rows(there.main):
        # it would take our attempts for its own old ones and do nothing
        raise StoreError("the target is not empty (the engine's tables): name a new database or folder")


def _filled(connection: Connection, table: Table) -> bool:
    return connection.execute(select(text("1")).select_from(table).limit(1)).first() is not None


def _rows(connection: Connection, table: Table) -> Iterator[Row]:
    result = connection.execute(select(table), execution_options={"yield_per": BATCH})
    for row in result.mappings():
        yield dict(row)


def _copy(rows: Iterator[Row], ends: Ends, there: Ends, part: str, table: Table) -> Copied:
    source, target = getattr(ends, part), getattr(there, part)
    sent = _Sum()
    try:
        _insert(target, table, _seen(rows, sent.add))
        _number(source, target, table)
    except DBAPIError as error:
        state = getattr(error.orig, "sqlstate", None) or getattr(error.orig, "sqlite_errorname", "")
        # never its message, which quotes the row
        raise StoreError(f"the target does not take a row of {table.name} ({state}); nothing was kept") from None
    found = _Sum()
    for row in _rows(target, table):
        found.add(row)
    return Copied(table.name, sent.content(), found.content())


def _seen(rows: Iterator[Row], tell: Callable[[Row], None]) -> Iterator[Row]:
    for row in rows:
        tell(row)
        yield row


def _insert(target: Connection, table: Table, rows: Iterator[Row]) -> None:
    """Write `rows`; what refers to the table itself is filled in when all of them are there."""
    own = [c.name for c in table.columns if any(key.column.table is table for key in c.foreign_keys)]
    keys = [column.name for column in table.primary_key]
    links: list[Row] = []
    while batch := list(islice(rows, BATCH)):
        for row in batch:
            if any(row[name] is not None for name in own):
                links.append({f"to_{name}": row[name] for name in own} | {f"at_{name}": row[name] for name in keys})
                row |= dict.fromkeys(own)
        target.execute(insert(table), batch)
    if links:
        change = update(table).values({name: bindparam(f"to_{name}") for name in own})
        target.execute(change.where(*(table.c[name] == bindparam(f"at_{name}") for name in keys)), links)


def _number(source: Connection, target: Connection, table: Table) -> None:
    """Let the target count on from where the source was: a number of a deleted row must not come again."""
    keys = list(table.primary_key)
    if len(keys) != 1 or keys[0].type.python_type is not int:
        return
    (key,) = keys
    mark = max(high_mark(source, table.name, key.name), target.execute(select(func.max(key))).scalar() or 0)
    if not mark:
        return
    if target.dialect.name == "postgresql":
        name = sequence(target, table.name, key.name)
        if name is not None:
            target.execute(text("SELECT setval(CAST(:s AS regclass), :n)"), {"s": name, "n": mark})
    elif table.dialect_options["sqlite"]["autoincrement"]:
        target.execute(text("DELETE FROM sqlite_sequence WHERE name = :t"), {"t": table.name})
        target.execute(text("INSERT INTO sqlite_sequence (name, seq) VALUES (:t, :n)"), {"t": table.name, "n": mark})


class _Sum:
    """Counts rows and sums their hashes; a sum, because databases sort text differently."""

    def __init__(self) -> None:
        self._rows = self._sum = 0

    def add(self, row: Mapping[str, Any]) -> None:
        text = json.dumps([_plain(value) for value in row.values()], sort_keys=True, separators=(",", ":"))
        self._rows += 1
        self._sum += int.from_bytes(hashlib.sha256(text.encode()).digest(), "big")

    def content(self) -> Content:
        return Content(self._rows, f"{self._sum % 2**256:064x}")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, float):
        return value + 0.0  # SQLite keeps no sign of zero
    return hashlib.sha256(value).hexdigest() if isinstance(value, bytes | memoryview) else value
