"""What is no longer needed goes after a time: raw records that were read, and the engine's finished rows.

Never a record that was not read yet. One that could not be read is kept longer, as it can be replayed; when it goes,
that is said in the log and in the audit log. Feedback, counts, acts and the audit log stay.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, func
from sqlmodel import Session, col, select

from vocbot.sdk.clock import Clock, RealClock
from vocbot.store.audit import append
from vocbot.store.db import Store
from vocbot.store.engine_rows import count_finished, delete_finished
from vocbot.store.tables import INBOX_CURSOR, Cursor, Inbound, Unread
from vocbot.store.upsert import table

log = logging.getLogger(__name__)

BATCH = 1_000  # deleted in one transaction, so that senders need not wait for it
BATCHES = 50  # in one go


@dataclass(frozen=True)
class Keep:
    """How many days are kept; None: for ever. Raw records count from when they came in."""

    raw_days: int | None
    unread_days: int | None
    engine_days: int | None


@dataclass(frozen=True)
class Due:
    """How much there is to take out, or was: raw records, records that could not be read, finished attempts."""

    raw: int
    unread: int
    engine: int


@dataclass(frozen=True)
class Retention:
    """Everything tidying needs."""

    store: Store
    clock: Clock
    keep: Keep

    def __call__(self) -> bool:
        """Take out some of what is due; returns whether there is more."""
        gone = self.tidy()
        return max(gone.raw, gone.unread, gone.engine) >= BATCH * BATCHES

    def due(self) -> Due:
        """What would be taken out now; changes nothing."""
        with Session(self.store.inbox) as inbox:
            query = select(func.count()).select_from(Inbound)
            raw = inbox.exec(query.where(*self._old(self.keep.raw_days))).one() if self.keep.raw_days else 0
            listed = self._listed()
            # those that are listed stay for longer
            stay = sum(inbox.exec(query.where(*self._old(self.keep.raw_days), part)).one() for part in _parts(listed))
            unread = sum(
                inbox.exec(query.where(*self._old(self.keep.unread_days), part)).one() for part in _parts(listed)
            )
        with self.store.main.connect() as connection:
            engine = count_finished(connection, self._finished()) if self.keep.engine_days else 0
        return Due(raw - stay if self.keep.raw_days else 0, unread if self.keep.unread_days else 0, engine)

    def tidy(self) -> Due:
        """Take out what is due, up to a limit; returns what it was."""
        raw = self._raw()
        unread = self._unread()
        engine = 0
        for _ in range(BATCHES if self.keep.engine_days else 0):
            with self.store.write() as session:
                some = delete_finished(session.connection(), self._finished(), BATCH)
            engine += some
            if some < BATCH:
                break
        if raw or unread:
            with self.store.write() as session:
                append(session, self.clock.now(), "vocbot", "retention", "inbox", raw=raw, unread=unread)
        if unread:
            log.warning(
                "%s records that could not be read are deleted; they cannot be replayed any more",
                unread,
                extra={"action": "retention.unread_deleted"},
            )
        return Due(raw, unread, engine)

    def _raw(self) -> int:
        gone, after = 0, 0
        listed = set(self._listed())
        while self.keep.raw_days and gone < BATCH * BATCHES:
            with Session(self.store.inbox) as inbox:
                query = select(Inbound.id).where(*self._old(self.keep.raw_days), col(Inbound.id) > after)
                ids = inbox.exec(query.order_by(col(Inbound.id)).limit(BATCH)).all()
            some = [ident for ident in ids if ident is not None and ident not in listed]
            self._delete(some)
            gone += len(some)
            if len(ids) < BATCH:
                break
            after = ids[-1] or after
        return gone

    def _unread(self) -> int:
        if not self.keep.unread_days:
            return 0
        old: list[int] = []
        with Session(self.store.inbox) as inbox:
            for part in _parts(self._listed()):
                ids = inbox.exec(select(Inbound.id).where(*self._old(self.keep.unread_days), part))
                old += [ident for ident in ids if ident is not None]
        for start in range(0, len(old), BATCH):
            some = old[start : start + BATCH]
            # first the list: a record without its entry is tidied next time, an entry without its record is a riddle
            with self.store.write(lock="drain") as session:
                session.connection().execute(delete(table(Unread)).where(table(Unread).c.inbound_id.in_(some)))
            self._delete(some)
        return len(old)

    def _delete(self, ids: list[int]) -> None:
        if ids:
            with Session(self.store.inbox) as inbox, inbox.begin():
                inbox.connection().execute(delete(table(Inbound)).where(table(Inbound).c.id.in_(ids)))

    def _listed(self) -> list[int]:
        with self.store.read() as session:
            return list(session.exec(select(Unread.inbound_id).order_by(col(Unread.inbound_id))))

    def _old(self, days: int | None) -> tuple[ColumnElement[bool], ...]:
        """Records that were read and came so long ago; never the newest one, by which a key can be tried."""
        newest = select(func.max(Inbound.id)).scalar_subquery()
        old = col(Inbound.received_at) < self._before(self.clock.now(), days)
        if not self.store.sqlite:
            return old, col(Inbound.done).is_(True), col(Inbound.id) < newest
        with self.store.read() as session:
            cursor = session.get(Cursor, INBOX_CURSOR)
        return old, col(Inbound.id) <= (int(cursor.value) if cursor else 0), col(Inbound.id) < newest

    def _finished(self) -> float:
        # the engine knows physical time only, however fast our clock runs
        return self._before(RealClock().now(), self.keep.engine_days).timestamp()

    def _before(self, now: datetime, days: int | None) -> datetime:
        return now - timedelta(days=days or 0)


def _parts(ids: list[int]) -> list[ColumnElement[bool]]:
    return [col(Inbound.id).in_(ids[start : start + BATCH]) for start in range(0, len(ids), BATCH)]
