"""Feedback as one stage hands it on to the next: many at a time, and so without the weight of mapped objects."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Kept:
    """What a stored Feedback says, redacted. `current` is False where a newer revision came together with it, `first`
    where it supersedes an earlier one."""

    id: int
    source: str
    external_id: str
    person_id: int | None
    text: str
    time: datetime
    day: date
    current: bool
    first: bool
