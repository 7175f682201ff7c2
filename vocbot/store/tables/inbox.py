"""inbox.db: what came in, raw and encrypted, before anybody looked at it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field

from vocbot.store.tables.base import InboxTable, utc


class Inbound(InboxTable, table=True):
    """One raw request or record as it came; `body` holds headers and body, encrypted, until retention ends."""

    __tablename__ = "inbound"
    __table_args__ = (
        UniqueConstraint("source", "event_id"),
        Index("ix_inbound_waiting", "id", postgresql_where=text("NOT done")),
        # an id never comes again, even after the last row was deleted: the reader's cursor would be past it
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, primary_key=True)
    source: str
    event_id: str
    kind: str  # webhook | poll | import
    received_at: datetime = utc(index=True)
    body: bytes
    # PostgreSQL only, where rows become visible out of order; on SQLite the reader keeps a cursor of its own
    done: bool = Field(default=False)


class Poll(InboxTable, table=True):
    """How far a source was polled. Beside the records, so that a page and its cursor are kept in one transaction."""

    __tablename__ = "poll"

    source: str = Field(primary_key=True)
    cursor: str | None = None
    moved_at: datetime = utc()  # when the last page was kept
    newest: datetime | None = utc(default=None)  # the youngest item that was ever seen
    gap: str = ""  # what is known to be lost, as the source said it last
    gap_at: datetime | None = utc(default=None)
    begun_at: datetime | None = utc(default=None)  # the last round
    ended_at: datetime | None = utc(default=None)
    ended: str = ""  # complete | stopped
    reason: str = ""  # why it stopped
    complete_at: datetime | None = utc(default=None)  # the last round that read all there was
