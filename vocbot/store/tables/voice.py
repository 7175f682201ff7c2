"""The customer's voice: who spoke (pseudonymous), what was said (redacted), and what it means."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Index, UniqueConstraint
from sqlmodel import Field

from vocbot.store.tables.base import Table, json_list, json_map, later, utc


class Person(Table, table=True):
    """A pseudonymous customer. `merged_into` points to the one that stands for both; undo clears it."""

    __tablename__ = "person"

    id: int | None = Field(default=None, primary_key=True)
    pseudonym: str = Field(unique=True)  # P-7F3K2, the only name that audit and pages show
    language: str = "und"
    merged_into: int | None = Field(default=None, foreign_key="person.id", index=True)
    stopped_at: datetime | None = utc(default=None)  # asked not to be written to any more
    created_at: datetime = utc()


class Identity(Table, table=True):
    """A Person as one source knows them: a keyed hash of the handle, never the handle itself."""

    __tablename__ = "identity"
    __table_args__ = (UniqueConstraint("source", "handle_hash"),)

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    source: str
    handle_hash: str


class VaultEntry(Table, table=True):
    """A contact detail or name, encrypted, apart from everything else."""

    __tablename__ = "vault_entry"
    __table_args__ = (UniqueConstraint("person_id", "kind", "value_hash"),)

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    kind: str  # name | email | phone | ...
    value_hash: str = Field(index=True)
    value: bytes


class Feedback(Table, table=True):
    """One piece of customer voice. `bucket` says where it ended, so that nothing is lost."""

    __tablename__ = "feedback"
    __table_args__ = (
        UniqueConstraint("source", "external_id", "revision"),
        Index("ix_feedback_conversation", "source", "conversation"),
        Index("ix_feedback_bucket", "bucket", "time"),
    )

    id: int | None = Field(default=None, primary_key=True)
    source: str
    external_id: str
    revision: int = 0
    inbound_id: int | None = None
    person_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    text: str
    language: str = "und"
    time: datetime = utc(index=True)
    day: date = Field(index=True)  # in the owner's zone
    channel: str
    conversation: str | None = None
    public: bool = False
    score: float | None = None
    polarity: float = 0.0  # -1 .. 1 over the whole text
    # what heads read in it; nothing where none has
    confidence: float = Field(default=0.0, sa_column_kwargs=later("0"))  # how likely the better side of it is right
    intent: str = Field(default="", sa_column_kwargs=later("''"))  # complaint | question | ... | undecided
    stage: str = Field(default="", sa_column_kwargs=later("''"))
    severity: str = Field(default="", sa_column_kwargs=later("''"))  # low | medium | high | undecided
    aspects: list[str] | None = Field(default_factory=list, sa_type=JSON, nullable=True)
    attributes: dict[str, str] = json_map()
    bucket: str = "new"  # new | issue | praise | undecided | empty | superseded
    created_at: datetime = utc()


class Conversation(Table, table=True):
    """Where a reply would go, and whether that way is still open."""

    __tablename__ = "conversation"
    __table_args__ = (UniqueConstraint("source", "ref"),)

    id: int | None = Field(default=None, primary_key=True)
    source: str
    ref: str
    status: str = "open"  # open | solved | closed
    changed_at: datetime = utc()


class Answer(Table, table=True):
    """What an agent wrote, redacted: raw material for FAQ drafts."""

    __tablename__ = "answer"
    __table_args__ = (UniqueConstraint("source", "external_id"),)

    id: int | None = Field(default=None, primary_key=True)
    source: str
    external_id: str
    conversation: str = Field(index=True)
    text: str
    language: str
    time: datetime = utc()


class Mention(Table, table=True):
    """One statement of a Feedback about one Issue, and why we think so."""

    __tablename__ = "mention"
    __table_args__ = (
        UniqueConstraint("feedback_id", "issue_id", "start"),
        Index("ix_mention_issue_day", "issue_id", "day"),
    )

    id: int | None = Field(default=None, primary_key=True)
    feedback_id: int = Field(foreign_key="feedback.id", index=True)
    issue_id: int = Field(foreign_key="issue.id")
    person_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    start: int  # characters into Feedback.text
    end: int
    text: str
    time: datetime = utc()
    day: date = Field(index=True)
    stage: str = ""
    aspect: str = ""
    polarity: float = 0.0
    confidence: float = 1.0
    because: list[str] = json_list()  # rule ids, model version


class Grouped(Table, table=True):
    """Where the grouping of what no rule knows put a Feedback: in a group, by number; in an Issue once enough people
    speak of it. A copy of an earlier text is not counted again."""

    __tablename__ = "grouped"

    feedback_id: int = Field(foreign_key="feedback.id", primary_key=True)
    number: int = Field(index=True)
    copy_of: int | None = Field(default=None, foreign_key="feedback.id", index=True)


class Correction(Table, table=True):
    """What a person says is right of a Feedback where a head was wrong, or might be: heads learn from all that stand.

    The words are those of the Feedback, so that who is forgotten teaches nothing any more.
    """

    __tablename__ = "correction"

    id: int | None = Field(default=None, primary_key=True)
    feedback_id: int = Field(foreign_key="feedback.id", index=True)
    head: str  # sentiment | intent | aspects | stage | severity
    labels: list[str] = json_list()
    was: dict[str, Any] = json_map()  # what the Feedback showed before
    by: str
    at: datetime = utc()
    undone_at: datetime | None = utc(default=None)


class Event(Table, table=True):
    """Something a customer did or met (page seen, order, delivery, campaign), joined to Persons."""

    __tablename__ = "event"
    __table_args__ = (UniqueConstraint("source", "external_id"),)

    id: int | None = Field(default=None, primary_key=True)
    source: str
    external_id: str
    person_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    kind: str
    time: datetime = utc(index=True)
    attributes: dict[str, Any] = json_map()


class Series(Table, table=True):
    """An operational count beside the voice (repairs, calls, shipments) by week and attribute."""

    __tablename__ = "series"
    __table_args__ = (UniqueConstraint("name", "attribute", "value", "week"),)

    id: int | None = Field(default=None, primary_key=True)
    name: str
    attribute: str = ""
    value: str = ""
    week: date  # its Monday
    count: float
