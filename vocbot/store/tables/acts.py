"""What the company does about an Issue, tells about it, and learns from it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from vocbot.store.tables.base import Table, json_list, json_map, later, utc


class Ticket(Table, table=True):
    """The Issue's work item in a tracker; one per Issue and generation, whatever happens on the wire."""

    __tablename__ = "ticket"
    __table_args__ = (UniqueConstraint("issue_id", "generation"),)

    id: int | None = Field(default=None, primary_key=True)
    issue_id: int = Field(foreign_key="issue.id", index=True)
    generation: int
    connector: str
    ref: str | None = Field(default=None, index=True)  # the tracker's own id, known once it is created
    key: str | None = None  # DEMO-7
    url: str | None = None
    status: str = "planned"  # planned | open | in_progress | done | deleted
    outcome: str | None = None  # fixed | wont_do | duplicate | cancelled
    priority: str = "P3"
    planned_at: datetime = utc()
    done_at: datetime | None = utc(default=None)
    changed_at: datetime | None = utc(default=None)  # by the tracker's time: an older message changes nothing


class Commitment(Table, table=True):
    """An owner's promise before the committee: KPI, due date, result."""

    __tablename__ = "commitment"

    id: int | None = Field(default=None, primary_key=True)
    issue_id: int = Field(foreign_key="issue.id", index=True)
    owner: str
    kpi: str
    due: date
    priority: str = ""
    carried_over: int = 0
    status: str = "open"  # open | met | missed | dropped
    result: str = ""
    made_at: datetime = utc()


class Change(Table, table=True):
    """What the company did and when it reached customers. Planned ones have no `released_at` yet."""

    __tablename__ = "change"

    id: int | None = Field(default=None, primary_key=True)
    issue_id: int | None = Field(default=None, foreign_key="issue.id", index=True)
    ticket_id: int | None = Field(default=None, foreign_key="ticket.id", index=True)
    generation: int = 1
    kind: str = "fix"  # fix | release | policy | campaign
    version: str = ""
    what_zh: str = ""  # in customers' words
    what_en: str = ""
    check_zh: str = ""  # how a customer can see it
    check_en: str = ""
    # counts up when somebody edits what customers are told: a yes to an older text does not count
    revision: int = Field(default=0, sa_column_kwargs=later("0"))
    hypothesis: str = ""
    hypothesis_hash: str = ""  # also in the audit log, before the release
    target: float = -0.6  # hoped-for relative change of weekly mentions
    added_by: str
    added_at: datetime = utc()
    released_at: datetime | None = utc(default=None)

    @property
    def name(self) -> str:
        """What people call it: CHANGE-3."""
        return f"CHANGE-{self.id}"

    def what(self, language: str) -> str:
        """What changed, in zh or en."""
        return self.what_zh if language == "zh" else self.what_en

    def check(self, language: str) -> str:
        """How to see it, in zh or en."""
        return self.check_zh if language == "zh" else self.check_en


class FaqDraft(Table, table=True):
    """Question, answer, evidence. Stale once the Issue's fix is released."""

    __tablename__ = "faq_draft"
    __table_args__ = (UniqueConstraint("issue_id", "generation", "language"),)

    id: int | None = Field(default=None, primary_key=True)
    issue_id: int = Field(foreign_key="issue.id", index=True)
    generation: int = 1
    language: str
    question: str
    variants: list[str] = json_list()
    answer: str
    steps: list[str] = json_list()
    answer_ids: list[int] = json_list()
    answers_seen: int = 0
    answers_solved: int = 0  # of those, in conversations that ended solved
    risk_words: list[str] = json_list()
    status: str = "draft"  # draft | approved | published | rejected | stale
    revision: int = 0  # counts up when somebody edits it: a yes to an older one does not count
    approver: str | None = None
    article_ref: str | None = None
    created_at: datetime = utc()


class Notice(Table, table=True):
    """The message to one Person about one Change; never two."""

    __tablename__ = "notice"
    __table_args__ = (UniqueConstraint("person_id", "change_id"),)

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    change_id: int = Field(foreign_key="change.id", index=True)
    mention_id: int = Field(foreign_key="mention.id")
    language: str
    canary: bool = False
    reaction: str | None = None  # still | stop | other
    planned_at: datetime = utc()
    told_at: datetime | None = utc(default=None)


class Digest(Table, table=True):
    """A regular message to a role; its period comes from its slot."""

    __tablename__ = "digest"
    __table_args__ = (UniqueConstraint("name", "slot"),)

    id: int | None = Field(default=None, primary_key=True)
    name: str
    slot: datetime = utc()
    first_day: date
    last_day: date
    language: str
    phrases: list[str] = json_list()


class Verdict(Table, table=True):
    """What one look at the numbers says of a Change."""

    __tablename__ = "verdict"
    __table_args__ = (UniqueConstraint("change_id", "week"),)

    id: int | None = Field(default=None, primary_key=True)
    change_id: int = Field(foreign_key="change.id", index=True)
    issue_id: int = Field(foreign_key="issue.id", index=True)
    week: int  # looks are counted in whole weeks after the release
    verdict: str  # effective | not effective | got worse | too early | inconclusive | regressed
    rate_ratio: float
    low: float
    high: float
    p_less: float
    before: int
    before_weeks: int
    after: int
    avoided: float = 0.0
    weeks_needed: int | None = None
    numbers: dict[str, Any] = json_map()
    looked_at: datetime = utc()
