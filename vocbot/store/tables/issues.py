"""Recurring problems and wishes, their daily counts, and the alarms about them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from vocbot.store.tables.base import Table, json_list, json_map, later, utc


class Issue(Table, table=True):
    """A recurring problem or wish. `number` is for people (VOC-42) and never reused; merges keep the row."""

    __tablename__ = "issue"

    id: int | None = Field(default=None, primary_key=True)
    number: int = Field(unique=True)
    rule_key: str | None = Field(default=None, unique=True)  # "shop/coupon-not-applied" where a rule defines it
    title_zh: str
    title_en: str
    kind: str = "problem"  # problem | wish | praise
    area: str = ""
    reason: str = ""
    stage: str = ""
    department: str = ""
    # between which steps of the journey customers fell; empty where it is no hand-off
    hand_off_from: str = Field(default="", sa_column_kwargs=later("''"))
    hand_off_to: str = Field(default="", sa_column_kwargs=later("''"))
    severity: float = 0.5
    immediate: bool = False
    generation: int = 1  # counts up when the problem comes back after a fix
    first_seen: datetime = utc()
    last_seen: datetime = utc()
    merged_into: int | None = Field(default=None, foreign_key="issue.id", index=True)
    mentions: int = 0  # Feedback that mentions it, in all; kept right by whoever writes Mentions
    people: int = 0  # behind them; a Feedback without an author counts as one person
    band: str = ""  # P1 to P4 where a person chose it; then it wins over the formula
    band_by: str = ""
    band_why: str = ""

    @property
    def name(self) -> str:
        """What people call it: VOC-42."""
        return f"VOC-{self.number}"

    def title(self, language: str) -> str:
        """The title in zh or en."""
        return self.title_zh if language == "zh" else self.title_en


class IssueChange(Table, table=True):
    """A merge, split, rename, move or chosen priority of Issues, with what is needed to undo it."""

    __tablename__ = "issue_change"

    id: int | None = Field(default=None, primary_key=True)
    issue_id: int = Field(foreign_key="issue.id", index=True)
    kind: str  # merge | split | rename | move | priority
    at: datetime = utc()
    by: str
    undo: dict[str, Any] = json_map()
    undone_at: datetime | None = utc(default=None)


class IssueDay(Table, table=True):
    """Counts per Issue and local day, kept in the same transaction as the Mentions they count."""

    __tablename__ = "issue_day"

    issue_id: int = Field(foreign_key="issue.id", primary_key=True)
    day: date = Field(primary_key=True)
    mentions: int = 0
    negative: int = 0
    people: int = 0


class VolumeDay(Table, table=True):
    """All Feedback of a local day: the exposure of every rate."""

    __tablename__ = "volume_day"

    day: date = Field(primary_key=True)
    feedback: int = 0


class Signal(Table, table=True):
    """An alarm about an Issue with the numbers that raised it; an open one is extended, not raised again."""

    __tablename__ = "signal"
    __table_args__ = (UniqueConstraint("issue_id", "day"),)

    id: int | None = Field(default=None, primary_key=True)
    issue_id: int = Field(foreign_key="issue.id", index=True)
    generation: int
    state: str  # emerging | surging | recurring | drifting | hand-off | immediate
    day: date  # the local day that raised it
    last_day: date  # the last local day that would have raised it
    observed: int
    people: int
    expected: float
    p: float
    at_most: bool = False  # people are counted per Feedback because the source names no authors
    raised_at: datetime = utc()


class DetectorState(Table, table=True):
    """What the weekly detector knew after a settled week; one row. It may go at any time and is made anew."""

    __tablename__ = "detector_state"

    id: int = Field(default=1, primary_key=True)
    start: date  # Mondays of the first and the last week seen
    last: date
    issues: list[int] = json_list()
    sums: str = ""  # of the counts seen
    packed: bytes
    made_at: datetime = utc()


class Calibration(Table, table=True):
    """The cut-offs of the bands, as learned from the owner's own history of one kind of Issue."""

    __tablename__ = "calibration"

    issue_kind: str = Field(primary_key=True)
    basis: str  # hash of the settings that they belong to
    p1: float = 0.0
    p2: float = 0.0
    p3: float = 0.0
    seen: int = 0  # Issues times months
    last: date
    made_at: datetime = utc()
