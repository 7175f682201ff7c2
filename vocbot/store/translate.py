"""What a row means in another store: what only one kind of database has, and work that a process had in hand.

SQLite keeps a cursor for the reader of the inbox, PostgreSQL a flag on each record. Acts that were handed to the engine
are planned again, since its rows stay behind; one that was being done may have happened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from vocbot.store.snapshot import Ends, high_mark
from vocbot.store.tables import INBOX_CURSOR, Cursor, Delivery, Inbound
from vocbot.store.upsert import table

Row = dict[str, Any]

DOUBT_WAIT = timedelta(minutes=5)  # until an act is looked up: longer than any request and any search takes
_NO_NUL = str.maketrans({"\0": "\ufffd"})


@dataclass
class Translation:
    """The rows of one store as another keeps them. `replaced` counts rows with a NUL, which PostgreSQL takes not."""

    now: datetime
    doubt: bool  # whether what was planned may have happened since
    to_sqlite: bool
    records: Callable[[Row], Row]
    cursor: Row | None  # what the reader of the inbox has for a cursor in the other store
    drop_cursor: bool
    replaced: int = field(default=0)

    def rows(self, name: str, found: Iterator[Row]) -> Iterator[Row]:
        """The rows of the table `name`, translated."""
        change = {table(Inbound).name: self.records, table(Delivery).name: self._delivery}.get(name)
        for row in found:
            if name == table(Cursor).name and row["name"] == INBOX_CURSOR and self.drop_cursor:
                continue
            yield self._clean(change(row) if change else row)
        if name == table(Cursor).name and self.cursor is not None:
            yield self.cursor

    def _delivery(self, row: Row) -> Row:
        begun = row["state"] == "performing"
        if begun or (self.doubt and row["state"] in ("planned", "queued")):
            row |= {"state": "planned", "doubt": True, "due_at": max(row["due_at"], self.now + DOUBT_WAIT)}
            row["error"] = "interrupted while sending" if begun else row["error"]
        elif row["state"] == "queued":
            row["state"] = "planned"
        return row

    def _clean(self, row: Row) -> Row:
        if not self.to_sqlite:
            odd = {k: v.translate(_NO_NUL) for k, v in row.items() if isinstance(v, str) and "\0" in v}
            self.replaced += bool(odd)
            row |= odd
        return row


def translation(source: Ends, to_sqlite: bool, now: datetime, doubt: bool) -> Translation:
    """How the rows of `source` are to be written; `doubt`: acts that were planned may have been done since."""
    if source.sqlite == to_sqlite:
        return Translation(now, doubt, to_sqlite, lambda row: row, None, drop_cursor=False)
    if source.sqlite:
        kept = source.main.execute(select(table(Cursor).c.value).where(table(Cursor).c.name == INBOX_CURSOR)).scalar()
        read = int(kept or 0)
        return Translation(now, doubt, to_sqlite, lambda row: row | {"done": row["id"] <= read}, None, True)
    last, again = _numbers(source)
    return Translation(
        now,
        doubt,
        to_sqlite,
        lambda row: row | {"id": again.get(row["id"], row["id"]), "done": False},
        {"name": INBOX_CURSOR, "value": str(last), "moved_at": now},
        drop_cursor=True,
    )


def _numbers(source: Ends) -> tuple[int, Mapping[int, int]]:
    """The last record that was read, and new numbers for those that wait.

    On PostgreSQL a record may wait before one that was read: it comes after the cursor only under a higher number.
    Nothing names a record that was not read yet, so that its number is free to change.
    """
    inbound = table(Inbound).c
    last = source.inbox.execute(select(func.max(inbound.id)).where(inbound.done)).scalar() or 0
    waiting = source.inbox.execute(select(inbound.id).where(~inbound.done).order_by(inbound.id)).scalars().all()
    if not waiting or waiting[0] > last:
        return last, {}
    mark = max(high_mark(source.inbox, table(Inbound).name), last, waiting[-1])
    return last, {ident: mark + place for place, ident in enumerate(waiting, 1)}
