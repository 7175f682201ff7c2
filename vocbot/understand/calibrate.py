"""Learn from the owner's own history which value of the formula is a P1, a P2 and a P3."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlmodel import Session

from vocbot.config.model import PrioritySettings
from vocbot.stats.priority import calibrated
from vocbot.store.audit import append
from vocbot.store.tables import Calibration
from vocbot.understand.bands import basis, three
from vocbot.understand.priority import KINDS, issues_of, score_all

MONTH = timedelta(days=28)
MONTHS = 13  # a year of them


def calibrate(session: Session, settings: PrioritySettings, last_day: date, now: datetime) -> None:
    """Learn the cut-offs of each kind of Issue from the months up to `last_day`, unless they are known and fresh."""
    if settings.bands:
        return
    for kind in KINDS:
        known, of = session.get(Calibration, kind), basis(settings)
        if known is not None and known.basis == of and last_day - known.last < MONTH:
            continue
        values = _history(session, settings, last_day, kind)
        found = calibrated(values, three(settings.shares))
        if found is None:
            continue
        fresh = known or Calibration(issue_kind=kind, basis=of, last=last_day, made_at=now)
        fresh.basis, fresh.last, fresh.made_at, fresh.seen = of, last_day, now, len(values)
        fresh.p1, fresh.p2, fresh.p3 = found
        session.add(fresh)
        detail = {name: round(value, 3) for name, value in zip(("P1", "P2", "P3"), found, strict=True)}
        append(session, now, "vocbot", "bands learned", kind, seen=len(values), **detail)


def _history(session: Session, settings: PrioritySettings, last_day: date, kind: str) -> list[float]:
    """The formula's values at the end of each month, of the Issues that were heard of in it."""
    issues = issues_of(session, kind, open_only=False)
    values = []
    for month in range(MONTHS):
        scored = score_all(session, settings, issues, last_day - month * MONTH)
        values += [breakdown.worth for breakdown, heard in scored if heard and not breakdown.immediate]
    return values
