"""Did a campaign make people ask? What they did not understand of it, they ask about or say that they had expected.

A question is told by its marks and words. The questions about an issue since the campaign began are compared with those
of the weeks before, each against the rest of the feedback. That they rose with it does not say that it made them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from sqlmodel import Session, col, select

from vocbot.config.model import CalendarSettings
from vocbot.stats.effect import Effect, estimate
from vocbot.store.tables import Change, Feedback, Mention, VolumeDay

Floats = NDArray[np.float64]

BEFORE = 28  # days before a campaign
STILL = timedelta(days=28)  # after its first day, so long it is looked at
LEAST, LEAST_RATIO, SURE = 5, 1.5, 0.99

_ASKS = re.compile(
    r"[?？]|[吗嘛呢][。！!，,\s]*$|怎么|为什么|为何|如何|是不是|是否|能不能|可不可以|以为|不是说|说好"
    r"|\b(how (do|can|does|to)|why|does it|is it|can i|i thought|supposed to|misle(a)?d|unclear|not clear)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Asked:
    """Questions about an Issue since a campaign began on `first`, and in the 28 days before."""

    campaign: str
    first: date
    before: int
    since: int
    effect: Effect


def asks(text: str) -> bool:
    """Whether somebody asks, or says that something was not as they had understood it."""
    return _ASKS.search(text) is not None


def asked_since(
    session: Session, issue_id: int, calendar: CalendarSettings, last_day: date, zone: ZoneInfo
) -> tuple[Asked, ...]:
    """The campaigns up to `last_day` since which more people ask about the Issue, the latest first."""
    found = []
    for name, first in _campaigns(session, calendar, last_day, zone):
        start = first - timedelta(days=BEFORE)
        days = (last_day - start).days + 1
        questions, rest = _daily(session, issue_id, start, days)
        if questions[BEFORE:].sum() < LEAST or rest[:BEFORE].sum() <= 0 or rest[BEFORE:].sum() <= 0:
            continue
        effect = estimate(questions[:BEFORE], questions[BEFORE:], rest[:BEFORE], rest[BEFORE:])
        if effect.p_more >= SURE and effect.rate_ratio >= LEAST_RATIO:
            found.append(Asked(name, first, int(questions[:BEFORE].sum()), int(questions[BEFORE:].sum()), effect))
    return tuple(found)


def _campaigns(
    session: Session, calendar: CalendarSettings, last_day: date, zone: ZoneInfo
) -> Sequence[tuple[str, date]]:
    """Campaigns of the configuration and those registered as a Change that began within `STILL`, the latest first."""
    known = {(one.name, one.first) for one in calendar.campaigns}
    changes = session.exec(select(Change).where(Change.kind == "campaign", col(Change.released_at).is_not(None)))
    for change in changes:
        out: datetime | None = change.released_at
        if out is not None:
            known.add((change.version or change.name, out.astimezone(zone).date()))
    recent = [(name, first) for name, first in known if last_day - STILL < first <= last_day]
    return sorted(recent, key=lambda one: (one[1], one[0]), reverse=True)


def _daily(session: Session, issue_id: int, start: date, days: int) -> tuple[Floats, Floats]:
    """Feedback that asks about the Issue, and all other feedback, day by day."""
    questions, volume = np.zeros(days), np.zeros(days)
    end = start + timedelta(days=days)
    said = session.exec(
        select(col(Mention.feedback_id), col(Mention.day), col(Mention.text))
        .join(Feedback, col(Feedback.id) == col(Mention.feedback_id))
        .where(Mention.issue_id == issue_id, Mention.day >= start, Mention.day < end, Feedback.bucket != "superseded")
    )
    for _, day in {(feedback, day) for feedback, day, text in said if asks(text)}:
        questions[(day - start).days] += 1
    totals = session.exec(select(VolumeDay).where(VolumeDay.day >= start, VolumeDay.day < end))
    for total in totals:
        volume[(total.day - start).days] = total.feedback
    return questions, np.maximum(volume - questions, 0.0)
