"""Drain the inbox: raw record -> typed events -> the loop, in batches, each record in a savepoint of its own.

Exactly once per record: the cursor moves (SQLite) or the done flag is set (PostgreSQL) in the transaction that keeps
what the record produced. A record that cannot be used is listed as Unread and can be replayed; it blocks nobody.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple

from sqlalchemy import ColumnElement, func, update
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, col, select

from vocbot.listen.raw import unpack
from vocbot.listen.sources import hear
from vocbot.sdk import events, wire
from vocbot.sdk.clock import Clock
from vocbot.sdk.errors import Unparseable, trace
from vocbot.store.crypt import Crypt
from vocbot.store.db import Store, take_lock
from vocbot.store.tables import INBOX_CURSOR, Cursor, Inbound, Unread
from vocbot.store.upsert import among

log = logging.getLogger(__name__)

BATCH = 500  # while others want to write

# Trouble that a database has by itself: connection lost, deadlock, no room, stopped; and SQLite's busy, locked, no
# memory, read-only, disk error, full, cannot open, locking protocol.
_SQLSTATES = ("08", "40", "53", "57")
_SQLITE_CODES = (5, 6, 7, 8, 10, 13, 14, 15)

# Reads one record into events, without any call.
Parse = Callable[[wire.Inbound], Sequence[events.Event]]


@dataclass(frozen=True)
class Taken:
    """One event, the source it came from, and the record that brought it (None where there is none)."""

    source: str
    event: events.Event
    inbound_id: int | None


# Takes events in order in the running transaction.
EventHandler = Callable[[Session, Sequence[Taken]], None]


class Waiting(NamedTuple):
    """A record as it lies in the inbox."""

    id: int
    source: str
    event_id: str
    kind: str
    received_at: datetime
    body: bytes


class _Read(NamedTuple):
    """A record and what it means."""

    row: Waiting
    found: list[Taken] | _Unusable


# without the machinery of whole objects, which costs more than opening and reading a record
_COLUMNS = tuple(getattr(Inbound, name) for name in Waiting._fields)


@dataclass(frozen=True)
class Drain:
    """Everything a drain needs. `parsers` are found by source and kind of record; those of an import by kind alone."""

    store: Store
    crypt: Crypt
    clock: Clock
    parsers: Mapping[tuple[str, str], Parse]
    handle: EventHandler
    prepare: Callable[[Sequence[Taken], Sequence[Taken]], None] | None = None  # is told what comes now, and after it
    look: int = 0  # how many records after a batch it is told of
    batch: int = BATCH  # how many records are read and kept together
    _ahead: dict[int, _Read] = field(default_factory=dict)  # those records by id: they come next

    def __call__(self) -> int:
        """Parse one batch; returns how many records it held."""
        return self._alone_at_work() if self.store.sqlite else self._beside_others()

    def _alone_at_work(self) -> int:
        """On SQLite one process reads, and while a transaction lasts nobody else writes: so what needs none is done
        before it."""
        with self.store.read() as session, Session(self.store.inbox) as inbox:
            read = self._waiting(session, inbox, self.batch + self.look)
        if not read:
            return 0
        batch, after = read[: self.batch], read[self.batch :]
        self._prepare(batch, after)
        with self.store.write() as session:
            with Session(self.store.inbox) as inbox:
                ids = [one.row.id for one in batch]
                still = set(
                    inbox.exec(select(Inbound.id).where(_still(self.store, session), among(inbox, Inbound.id, ids)))
                )
            mine = [one for one in batch if one.row.id in still]
            self._keep(session, mine)
        return len(mine)

    def _beside_others(self) -> int:
        """On PostgreSQL each worker claims rows of its own before it reads them, so that no two read the same; what
        they keep, they keep one after the other."""
        with self.store.write() as session:
            batch = self._waiting(session, session, self.batch, claim=True)
            if not batch:
                return 0
            after = self._waiting(session, session, self.look, besides=batch) if self.look else []
            self._prepare(batch, after)
            take_lock(session, "drain")
            self._keep(session, batch)
        return len(batch)

    def _waiting(
        self, session: Session, inbox: Session, most: int, claim: bool = False, besides: Sequence[_Read] = ()
    ) -> list[_Read]:
        """The next records in order, at most so many, read; those that were read ahead are not read again."""
        waits = [_still(self.store, session), ~among(inbox, Inbound.id, [one.row.id for one in besides])]
        query = select(Inbound.id).where(*waits).order_by(col(Inbound.id)).limit(most)
        ids = inbox.exec(query.with_for_update(skip_locked=True) if claim else query).all()
        wanted = set(ids)
        known = {ident: one for ident, one in self._ahead.items() if ident in wanted}
        rows = inbox.exec(
            select(*_COLUMNS).where(among(inbox, Inbound.id, [i for i in ids if i is not None and i not in known]))
        )
        for row in map(Waiting._make, rows):
            known[row.id] = _Read(row, self._read(row))
        return [known[ident] for ident in ids if ident is not None]

    def _prepare(self, batch: Sequence[_Read], after: Sequence[_Read]) -> None:
        self._ahead.clear()
        self._ahead.update((one.row.id, one) for one in after)
        if self.prepare is not None:
            self.prepare(*([t for one in part for t in _known(one.found)] for part in (batch, after)))

    def _keep(self, session: Session, read: Sequence[_Read]) -> None:
        """Take a batch, and note that it is taken, in one transaction."""
        self._take(session, read)
        if read:
            hear(session, _times([one.row for one in read]))
            self._mark(session, [one.row.id for one in read])

    def replay(self) -> int:
        """Parse the Unread records again, as after a connector learned more; returns how many are read now.

        What a record brought before is known by its source's ids and not kept twice.
        """
        with self.store.read() as session:
            listed = session.exec(select(Unread.inbound_id).order_by(col(Unread.inbound_id))).all()
        read = 0
        for ident in listed:
            with self.store.write(lock="drain") as session:
                with _inbox(self.store, session) as inbox:
                    row = inbox.exec(select(*_COLUMNS).where(Inbound.id == ident)).first()
                entry = session.exec(select(Unread).where(Unread.inbound_id == ident)).first()
                if row is None or entry is None:
                    continue  # retention took the record, or another process was here
                session.delete(entry)
                session.flush()
                waiting = Waiting(*row)
                self._take(session, [_Read(waiting, self._read(waiting))])
                read += session.exec(select(Unread.id).where(Unread.inbound_id == ident)).first() is None
        return read

    def _mark(self, session: Session, ids: list[int]) -> None:
        if self.store.sqlite:
            session.merge(Cursor(name=INBOX_CURSOR, value=str(ids[-1]), moved_at=self.clock.now()))
        else:
            session.connection().execute(update(Inbound).where(among(session, Inbound.id, ids)).values(done=True))

    def _take(self, session: Session, read: Sequence[_Read]) -> None:
        """Take a batch at once; where one of its records cannot be handled, each by itself."""
        try:
            with session.begin_nested():
                self.handle(session, [taken for one in read for taken in _known(one.found)])
        except Exception as error:
            # the worker's border: one record must not hold up the others; but where the database has trouble, that is
            # no record's fault, and the whole batch is tried again
            if _of_database(error):
                raise
            for row, found in read:
                self._alone(session, row, found)
            return
        for row, found in read:
            self._list(session, row, found)

    def _alone(self, session: Session, row: Waiting, found: list[Taken] | _Unusable) -> None:
        if isinstance(found, list):
            try:
                with session.begin_nested():
                    self.handle(session, _known(found))
            except Exception as error:
                if _of_database(error):
                    raise
                log.error(
                    "record %s of %s not handled: %s",
                    row.id,
                    row.source,
                    trace(error),
                    extra={"action": "record.failed"},
                )
                found = _Unusable("failed", trace(error))
        self._list(session, row, found)

    def _list(self, session: Session, row: Waiting, found: list[Taken] | _Unusable) -> None:
        """List a record that could not be used, or that holds an event nobody knows."""
        if isinstance(found, _Unusable):
            self._unread(session, row, found.kind, found.reason)
            return
        for taken in found:
            if isinstance(taken.event, events.Unsupported):
                self._unread(session, row, "unsupported", f"event type {taken.event.type[:80]} is not known")

    def _read(self, row: Waiting) -> list[Taken] | _Unusable:
        """What a record means, or why that cannot be said."""
        parse = self.parsers.get((row.source, row.kind)) or self.parsers.get(("", row.kind))
        if parse is None:
            return _Unusable("unparseable", f"connector {row.source} is not configured any more")
        try:
            headers, body = unpack(self.crypt.open(row.body))
            kind: Literal["webhook", "poll"] = "webhook" if row.kind == "webhook" else "poll"
            return [
                Taken(row.source, event, row.id)
                for event in parse(wire.Inbound(kind, row.event_id, body, headers, row.received_at))
            ]
        except Unparseable as error:
            return _Unusable("unparseable", str(error))
        except Exception as error:  # noqa: BLE001 - a plug-in's code: it must not hold up the other records
            log.error(
                "record %s of %s not read: %s", row.id, row.source, trace(error), extra={"action": "record.unread"}
            )
            return _Unusable("failed", trace(error))

    def _unread(self, session: Session, row: Waiting, kind: str, reason: str) -> None:
        if session.exec(select(Unread.id).where(Unread.inbound_id == row.id)).first() is None:
            # a sender's word for an event may hold what no database takes: NUL, half a character
            reason = reason.encode("utf-8", "replace").decode().replace("\0", "?")
            session.add(Unread(inbound_id=row.id, source=row.source, kind=kind, reason=reason, at=self.clock.now()))
            session.flush()


def _times(rows: Sequence[Waiting]) -> dict[str, list[datetime]]:
    found: dict[str, list[datetime]] = {}
    for row in rows:
        found.setdefault(row.source, []).append(row.received_at)
    return found


def lag(store: Store) -> int:
    """Records that are durable but not parsed yet."""
    with store.read() as session, _inbox(store, session) as inbox:
        return inbox.exec(select(func.count()).select_from(Inbound).where(_still(store, session))).one()


def _still(store: Store, session: Session) -> ColumnElement[bool]:
    """Which rows wait: those after the cursor on SQLite, those without the flag on PostgreSQL."""
    if not store.sqlite:
        return col(Inbound.done).is_(False)
    cursor = session.get(Cursor, INBOX_CURSOR)
    return col(Inbound.id) > (int(cursor.value) if cursor else 0)


@contextmanager
def _inbox(store: Store, session: Session) -> Iterator[Session]:
    """A session that reads the inbox: another file on SQLite."""
    if store.sqlite:
        with Session(store.inbox) as inbox:
            yield inbox
    else:
        yield session


@dataclass(frozen=True)
class _Unusable:
    """A record of which nothing can be made: `unparseable`, or `failed` in our own code."""

    kind: str
    reason: str


def _known(found: list[Taken] | _Unusable) -> list[Taken]:
    """What the loop can take."""
    return [] if isinstance(found, _Unusable) else [t for t in found if not isinstance(t.event, events.Unsupported)]


def _of_database(error: Exception) -> bool:
    """Whether the database had trouble that no record brought about."""
    if not isinstance(error, OperationalError):
        return False
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        return code & 0xFF in _SQLITE_CODES
    state = getattr(error.orig, "sqlstate", None)
    return state is None or state[:2] in _SQLSTATES
