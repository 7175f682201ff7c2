"""Intended outward acts, things that fall due, who said yes, and what is wrong with a source."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from vocbot.store.tables.base import Table, json_list, json_map, utc


class Delivery(Table, table=True):
    """One intended outward act.

    States: shadow (recorded, never sent), awaiting (an approval), held, planned, queued, performing, sent, unknown
    (may have happened and cannot be looked up), rejected, buried (gave up), cancelled.
    `doubt` is set while an earlier attempt may have happened; then the peer is searched before anything is sent.
    """

    __tablename__ = "delivery"
    # an id never comes again: the engine does nothing for an id and attempt that it knows
    __table_args__ = (
        Index("ix_delivery_due", "state", "due_at"),
        Index("ix_delivery_lane", "lane", "state"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    act: str  # ticket | update | comment | link | digest | report | alert | edit | ask | settle | faq | publish | ...
    connector: str
    target: str = ""  # channel, ticket ref or the like; never a contact detail
    state: str = "planned"
    due_at: datetime = utc()
    approval: str | None = Field(default=None, index=True)  # the token of the Approval that must come first
    doubt: bool = False
    attempt: int = 0
    route: int = 0  # which of the payload's ways to the customer is tried
    payload: dict[str, Any] = json_map()
    evidence: list[int] = json_list()  # ids of the Mentions behind it
    subject: str = ""  # VOC-42, CHANGE-3: what the act is about
    lane: str = ""  # acts of one lane are done in the order in which they were planned; "" is no lane
    receipt: dict[str, Any] = json_map()
    error: str = ""
    planned_at: datetime = utc()
    marked_at: datetime | None = utc(default=None)  # when the running attempt began
    ended_at: datetime | None = utc(default=None)


class Timer(Table, table=True):
    """A due row that is no outward act: a measuring look, a day to evaluate, a slot of a schedule."""

    __tablename__ = "timer"
    __table_args__ = (UniqueConstraint("kind", "subject"),)

    id: int | None = Field(default=None, primary_key=True)
    kind: str
    subject: str
    due_at: datetime | None = utc(default=None, index=True)  # None: done
    payload: dict[str, Any] = json_map()
    failures: int = 0
    error: str = ""


class Approval(Table, table=True):
    """A named person's yes or no; the first one counts."""

    __tablename__ = "approval"

    id: int | None = Field(default=None, primary_key=True)
    token: str = Field(unique=True)
    approved: bool
    by: str
    by_name: str
    reason: str = ""
    at: datetime = utc()


class Hold(Table, table=True):
    """A connector through which nothing leaves until a person releases it."""

    __tablename__ = "hold"

    connector: str = Field(primary_key=True)
    by: str
    why: str = ""
    at: datetime = utc()


class Limit(Table, table=True):
    """The outward rate of one connector over all workers, in physical time (generic cell rate algorithm)."""

    __tablename__ = "limit_slot"

    connector: str = Field(primary_key=True)
    next_free: datetime = utc()


INBOX_CURSOR = "inbox"  # the drain's, on SQLite


class Cursor(Table, table=True):
    """How far something has read: the drain of the inbox, a poll of a source, a schedule."""

    __tablename__ = "cursor"

    name: str = Field(primary_key=True)
    value: str
    moved_at: datetime = utc()


class Unread(Table, table=True):
    """An Inbound that could not be used: kept, listed, replayable."""

    __tablename__ = "unread"
    __table_args__ = (UniqueConstraint("inbound_id"),)

    id: int | None = Field(default=None, primary_key=True)
    inbound_id: int
    source: str
    kind: str  # unparseable | unsupported
    reason: str
    at: datetime = utc()


class AuditEntry(Table, table=True):
    """One dated fact. Append-only; `hash` covers the row and the hash before it. Pseudonyms only."""

    __tablename__ = "audit_entry"

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = utc()
    actor: str
    action: str = Field(index=True)
    subject: str = Field(index=True)
    detail: dict[str, Any] = json_map()
    prev: str
    hash: str


class Source(Table, table=True):
    """A configured connector that brings something in: when it was last heard, how long it is usually quiet."""

    __tablename__ = "source"

    name: str = Field(primary_key=True)
    heard_at: datetime | None = utc(default=None)
    records: int = 0
    quiet: float = 0.0  # seconds: the longest quiet, older ones fading


class Alarm(Table, table=True):
    """Something is wrong with a Source (silence | poll | lag | gap | history) or with what leaves through a connector
    (buried | stuck). An open one is not raised again."""

    __tablename__ = "alarm"

    id: int | None = Field(default=None, primary_key=True)
    source: str = Field(index=True)
    kind: str
    facts: dict[str, Any] = json_map()  # what the sentence about it is made from
    raised_at: datetime = utc()
    over_at: datetime | None = utc(default=None)
