"""Drain the inbox: raw record -> typed events -> the loop, in batches, each record in a savepoint of its own.

Exactly once per record: the cursor moves (SQLite) or the done flag is set (PostgreSQL) in the transaction that keeps
what the record produced. A record that cannot be used is listed as Unread and can be replayed; it blocks nobody.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import update
from sqlmodel import Session, col, select

from vocbot.listen.intake import unpack
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
        if not self.lag():
            return 0
        with self.store.write(lock="drain") as session:
            cursor = session.get(Cursor, CURSOR) or Cursor(name=CURSOR, value="0", moved_at=self.clock.now())
            rows = self._waiting(session, int(cursor.value))
            for row in rows:
                self._one(session, row)
            if rows:
                self._mark(session, cursor, [row.id for row in rows if row.id is not None])
        return len(rows)

    def lag(self) -> int:
        """Records that are durable but not parsed yet."""
        with self.store.read() as session:
            cursor = session.get(Cursor, CURSOR)
            return len(self._waiting(session, int(cursor.value) if cursor else 0))

    def _waiting(self, session: Session, after: int) -> Sequence[Inbound]:
        if self.store.sqlite:
            with Session(self.store.inbox) as inbox:
                return inbox.exec(
                    select(Inbound).where(col(Inbound.id) > after).order_by(col(Inbound.id)).limit(BATCH)
                ).all()
        return session.exec(
            select(Inbound).where(col(Inbound.done).is_(False)).order_by(col(Inbound.id)).limit(BATCH)
        ).all()

    def _mark(self, session: Session, cursor: Cursor, ids: list[int]) -> None:
        if self.store.sqlite:
            cursor.value, cursor.moved_at = str(ids[-1]), self.clock.now()
            session.add(cursor)
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
        except Exception as error:  # noqa: BLE001 - the worker's border: one record must not hold up the others
            log.error("record %s of %s not handled: %s", row.id, row.source, trace(error))
            self._unread(session, row, "failed", trace(error))

    def _unread(self, session: Session, row: Inbound, kind: str, reason: str) -> None:
        assert row.id is not None
        if session.exec(select(Unread.id).where(Unread.inbound_id == row.id)).first() is None:
            session.add(Unread(inbound_id=row.id, source=row.source, kind=kind, reason=reason, at=self.clock.now()))
            session.flush()
