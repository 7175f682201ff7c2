"""Drain the inbox: raw record -> typed events -> the loop, in batches, each record in a savepoint of its own.

Exactly once per record: the cursor moves (SQLite) or the done flag is set (PostgreSQL) in the transaction that keeps
what the record produced. A record that cannot be used is listed as Unread and can be replayed; it blocks nobody.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, update
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, col, select

from vocbot.listen.raw import unpack
from vocbot.sdk import events, wire
from vocbot.sdk.clock import Clock
from vocbot.sdk.errors import Unparseable, trace
from vocbot.sdk.ports import WebhookSource
from vocbot.store.crypt import Crypt
from vocbot.store.db import Store
from vocbot.store.tables import Cursor, Inbound, Unread

log = logging.getLogger(__name__)

BATCH = 100
CURSOR = "inbox"

# Trouble that a database has by itself: connection lost, deadlock, no room, stopped; and SQLite's busy, locked, no
# memory, read-only, disk error, full, cannot open, locking protocol.
_SQLSTATES = ("08", "40", "53", "57")
_SQLITE_CODES = (5, 6, 7, 8, 10, 13, 14, 15)

# Takes one event of a record in the running transaction: (session, source, event, inbound id).
EventHandler = Callable[[Session, str, events.Event, int], None]


@dataclass(frozen=True)
class Drain:
    """Everything a drain needs."""

    store: Store
    crypt: Crypt
    clock: Clock
    sources: Mapping[str, WebhookSource]
    handle: EventHandler

    def __call__(self) -> int:
        """Parse one batch; returns how many records it held."""
        if not self._waits():
            return 0
        with self.store.write(lock="drain") as session:
            with self._inbox(session) as inbox:
                rows = inbox.exec(
                    select(Inbound).where(self._still(session)).order_by(col(Inbound.id)).limit(BATCH)
                ).all()
            for row in rows:
                self._one(session, row)
            if rows:
                self._mark(session, [row.id for row in rows if row.id is not None])
        return len(rows)

    def lag(self) -> int:
        """Records that are durable but not parsed yet."""
        with self.store.read() as session, self._inbox(session) as inbox:
            return inbox.exec(select(func.count()).select_from(Inbound).where(self._still(session))).one()

    def replay(self) -> int:
        """Parse the Unread records again, as after a connector learned more; returns how many are read now.

        What a record brought before is known by its source's ids and not kept twice.
        """
        with self.store.read() as session:
            listed = session.exec(select(Unread.inbound_id).order_by(col(Unread.inbound_id))).all()
        read = 0
        for ident in listed:
            with self.store.write(lock="drain") as session:
                with self._inbox(session) as inbox:
                    row = inbox.get(Inbound, ident)
                entry = session.exec(select(Unread).where(Unread.inbound_id == ident)).first()
                if row is None or entry is None:
                    continue  # retention took the record, or another process was here
                session.delete(entry)
                session.flush()
                self._one(session, row)
                read += session.exec(select(Unread.id).where(Unread.inbound_id == ident)).first() is None
        return read

    def _waits(self) -> bool:
        with self.store.read() as session, self._inbox(session) as inbox:
            return inbox.exec(select(Inbound.id).where(self._still(session)).limit(1)).first() is not None

    def _still(self, session: Session) -> ColumnElement[bool]:
        """Which rows wait: those after the cursor on SQLite, those without the flag on PostgreSQL."""
        if not self.store.sqlite:
            return col(Inbound.done).is_(False)
        cursor = session.get(Cursor, CURSOR)
        return col(Inbound.id) > (int(cursor.value) if cursor else 0)

    @contextmanager
    def _inbox(self, session: Session) -> Iterator[Session]:
        """A session that reads the inbox: another file on SQLite."""
        if self.store.sqlite:
            with Session(self.store.inbox) as inbox:
                yield inbox
        else:
            yield session

    def _mark(self, session: Session, ids: list[int]) -> None:
        if self.store.sqlite:
            session.merge(Cursor(name=CURSOR, value=str(ids[-1]), moved_at=self.clock.now()))
        else:
            session.connection().execute(update(Inbound).where(col(Inbound.id).in_(ids)).values(done=True))

    def _one(self, session: Session, row: Inbound) -> None:
        assert row.id is not None
        try:
            with session.begin_nested():
                source = self.sources.get(row.source)
                if source is None:
                    raise Unparseable(f"connector {row.source} is not configured any more")
                headers, body = unpack(self.crypt.open(row.body))
                kind = "poll" if row.kind == "poll" else "webhook"
                inbound = wire.Inbound(kind, row.event_id, body, headers, row.received_at)  # type: ignore[arg-type]
                for event in source.parse(inbound):
                    if isinstance(event, events.Unsupported):
                        self._unread(session, row, "unsupported", f"event type {event.type[:80]} is not known")
                    else:
                        self.handle(session, row.source, event, row.id)
        except Unparseable as error:
            self._unread(session, row, "unparseable", str(error))
        except Exception as error:
            # the worker's border: one record must not hold up the others; but where the database has trouble, that is
            # no record's fault, and the whole batch is tried again
            if _of_database(error):
                raise
            log.error("record %s of %s not handled: %s", row.id, row.source, trace(error))
            self._unread(session, row, "failed", trace(error))

    def _unread(self, session: Session, row: Inbound, kind: str, reason: str) -> None:
        assert row.id is not None
        if session.exec(select(Unread.id).where(Unread.inbound_id == row.id)).first() is None:
            session.add(Unread(inbound_id=row.id, source=row.source, kind=kind, reason=reason, at=self.clock.now()))
            session.flush()


def _of_database(error: Exception) -> bool:
    """Whether the database had trouble that no record brought about."""
    if not isinstance(error, OperationalError):
        return False
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        return code & 0xFF in _SQLITE_CODES
    state = getattr(error.orig, "sqlstate", None)
    return state is None or state[:2] in _SQLSTATES
