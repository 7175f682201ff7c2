"""Signals: alarms about Issues by the daily rule, or at once for safety and legal words.

An open alarm is extended, not raised again; after `QUIET_DAYS` without one the next is new.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray
from sqlmodel import Session, col, select

from vocbot.stats.daily import assess_last_day
from vocbot.store.audit import append
from vocbot.store.tables import Change, Feedback, Issue, IssueDay, Mention, Signal, VolumeDay

Floats = NDArray[np.float64]

QUIET_DAYS = 7
HISTORY_DAYS = 56  # eight weeks; after that the season would have to be known
EMERGING_WITHIN = timedelta(weeks=8)


def evaluate(session: Session, day: date, now: datetime) -> list[Signal]:
    """Assess local day `day` for every Issue; returns the Signals that were raised now (not the extended ones)."""
    issues = session.exec(
        select(Issue).where(Issue.kind != "praise", col(Issue.merged_into).is_(None)).order_by(col(Issue.id))
    ).all()
    first = session.exec(select(col(VolumeDay.day)).order_by(col(VolumeDay.day)).limit(1)).first()
    if not issues or first is None:
        return []
    start = max(first, day - timedelta(days=HISTORY_DAYS))
    days = [start + timedelta(days=n) for n in range((day - start).days + 1)]
    counts, people, volume = _matrix(session, issues, days)
    figures = assess_last_day(counts, people, volume, [d.weekday() for d in days])
    raised = []
    for i, issue in enumerate(issues):
        at_once = issue.immediate and counts[i, -1] > 0
        if not (figures.alarm[i] or at_once):
            continue
        expected = float(figures.baseline.expected[i]) if figures.baseline is not None else 0.0
        signal = _raise_or_extend(
            session,
            issue,
            Signal(
                issue_id=issue.id or 0,
                generation=issue.generation,
                state="immediate" if at_once else "",
                day=day,
                last_day=day,
                observed=int(figures.observed[i]),
                people=int(figures.people[i]),
                expected=expected,
                p=float(figures.p[i]),
                at_most=_anonymous(session, issue, day),
                raised_at=now,
            ),
        )
        if signal is not None:
            raised.append(signal)
    return raised


def _matrix(session: Session, issues: Sequence[Issue], days: list[date]) -> tuple[Floats, Floats, Floats]:
    """Counts and people as (issues, days), and the volume of each day."""
    row = {issue.id: i for i, issue in enumerate(issues)}
    counts = np.zeros((len(issues), len(days)))
    people = np.zeros_like(counts)
    volume = np.zeros(len(days))
    for cell in session.exec(select(IssueDay).where(col(IssueDay.day) >= days[0], col(IssueDay.day) <= days[-1])):
        if cell.issue_id in row:
            at = row[cell.issue_id], (cell.day - days[0]).days
            counts[at], people[at] = cell.mentions, cell.people
    for total in session.exec(select(VolumeDay).where(col(VolumeDay.day) >= days[0], col(VolumeDay.day) <= days[-1])):
        volume[(total.day - days[0]).days] = total.feedback
    return counts, people, volume


def _raise_or_extend(session: Session, issue: Issue, fresh: Signal) -> Signal | None:
    """Keep `fresh` as a new Signal, or let the open one grow. None where nothing new was raised."""
    latest = session.exec(
        select(Signal).where(Signal.issue_id == issue.id, Signal.day <= fresh.day).order_by(col(Signal.day).desc())
    ).first()
    if (
        latest is not None
        and (fresh.day - latest.last_day).days <= QUIET_DAYS
        and not _released_since(session, issue, latest)
    ):
        if latest.day == fresh.day:
            latest.observed, latest.people = fresh.observed, fresh.people
            latest.expected, latest.p = fresh.expected, fresh.p
        latest.last_day = max(latest.last_day, fresh.day)
        session.add(latest)
        return None
    fresh.state = fresh.state or _state(session, issue, fresh, latest)
    session.add(fresh)
    session.flush()
    append(
        session,
        fresh.raised_at,
        "vocbot",
        "signal",
        issue.name,
        state=fresh.state,
        day=fresh.day.isoformat(),
        observed=fresh.observed,
        expected=round(fresh.expected, 2),
    )
    return fresh


def _state(session: Session, issue: Issue, fresh: Signal, latest: Signal | None) -> str:
    """recurring after a released Change; emerging while the Issue is young; else surging."""
    if _last_release(session, issue) is not None:
        return "recurring"
    if latest is None and fresh.raised_at - issue.first_seen < EMERGING_WITHIN:
        return "emerging"
    return "surging"


def _last_release(session: Session, issue: Issue) -> datetime | None:
    return session.exec(
        select(Change.released_at)
        .where(Change.issue_id == issue.id, col(Change.released_at).is_not(None))
        .order_by(col(Change.released_at).desc())
    ).first()


def _released_since(session: Session, issue: Issue, signal: Signal) -> bool:
    """Whether a Change came out after the alarm: an alarm after that is a new one."""
    released = _last_release(session, issue)
    return released is not None and released > signal.raised_at


def _anonymous(session: Session, issue: Issue, day: date) -> bool:
    """Whether some of the day's mentions have no author, so that people are counted "at most"."""
    return (
        session.exec(
            select(Mention.id)
            .join(Feedback)
            .where(Mention.issue_id == issue.id, Mention.day == day, col(Mention.person_id).is_(None))
            .limit(1)
        ).first()
        is not None
    )
