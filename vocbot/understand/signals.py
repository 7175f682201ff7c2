"""Signals: alarms about Issues by the daily rule, or at once for safety and legal words.

An open alarm is extended, not raised again; after `QUIET_DAYS` without one, or after a release, the next is new. Days
are evaluated in any order and again and again, as texts come late; what counts is the day, never when we looked.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from vocbot.config.model import CalendarSettings
from vocbot.stats.daily import assess_last_day
from vocbot.store.audit import append
from vocbot.store.tables import Change, Feedback, Issue, IssueDay, Mention, Signal, Ticket, VolumeDay
from vocbot.understand.calendar import special_days

Floats = NDArray[np.float64]
Release = tuple[date, int]  # the local day a Change came out, and the generation it is for

QUIET_DAYS = 7
HISTORY_DAYS = 56  # eight weeks; after that the season would have to be known
EMERGING_WITHIN = timedelta(weeks=8)


def evaluate(
    session: Session, day: date, now: datetime, zone: ZoneInfo, calendar: CalendarSettings | None = None
) -> list[Signal]:
    """Assess local day `day` for every Issue; returns the Signals that are news (raised, not extended).

    A special day of the `calendar` is judged by the special days of the weeks before it.
    """
    issues = session.exec(
        select(Issue).where(Issue.kind != "praise", col(Issue.merged_into).is_(None)).order_by(col(Issue.id))
    ).all()
    first = session.exec(select(col(VolumeDay.day)).order_by(col(VolumeDay.day)).limit(1)).first()
    if not issues or first is None or day < first:
        return []
    start = max(first, day - timedelta(days=HISTORY_DAYS))
    days = [start + timedelta(days=n) for n in range((day - start).days + 1)]
    counts, people, volume = _matrix(session, issues, days)
    special = special_days(calendar, days[0], day) if calendar is not None else frozenset()
    figures = assess_last_day(counts, people, volume, [d.weekday() for d in days], special=[d in special for d in days])
    raised = []
    for i, issue in enumerate(issues):
        at_once = issue.immediate and counts[i, -1] > 0
        if not (figures.alarm[i] or at_once):
            continue
        expected = float(figures.baseline.expected[i]) if figures.baseline is not None else 0.0
        releases = releases_of(session, issue, zone)
        signal = raise_or_extend(
            session,
            issue,
            releases,
            Signal(
                issue_id=issue.id or 0,
                generation=generation_of(issue, day, releases),
                state=state_of(session, issue, day, releases, zone),
                day=day,
                last_day=day,
                observed=int(figures.observed[i]),
                people=int(figures.people[i]),
                expected=expected,
                p=float(figures.p[i]),
                at_most=anonymous(session, issue, day),
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
    cells = columns(col(IssueDay.issue_id), col(IssueDay.day), col(IssueDay.mentions), col(IssueDay.people))
    cells = cells.where(col(IssueDay.day) >= days[0], col(IssueDay.day) <= days[-1])
    for issue, day, mentions, spoke in session.connection().execute(cells).all():
        if issue in row:
            at = row[issue], (day - days[0]).days
            counts[at], people[at] = mentions, spoke
    totals = columns(col(VolumeDay.day), col(VolumeDay.feedback))
    totals = totals.where(col(VolumeDay.day) >= days[0], col(VolumeDay.day) <= days[-1])
    for day, feedback in session.connection().execute(totals).all():
        volume[(day - days[0]).days] = feedback
    return counts, people, volume


def raise_or_extend(session: Session, issue: Issue, releases: list[Release], fresh: Signal) -> Signal | None:
    """Keep `fresh` as a new Signal, or let the open one grow. None where nothing new was raised."""
    mine = Signal.issue_id == issue.id
    latest = session.exec(select(Signal).where(mine, Signal.day <= fresh.day).order_by(col(Signal.day).desc())).first()
    if (
        latest is not None
        and (fresh.day - latest.last_day).days <= QUIET_DAYS
        and not _released_between(releases, latest.day, fresh.day)
    ):
        if latest.day == fresh.day:
            latest.observed, latest.people, latest.at_most = fresh.observed, fresh.people, fresh.at_most
            latest.expected, latest.p = fresh.expected, fresh.p
        latest.last_day = max(latest.last_day, fresh.day)
        session.add(latest)
        if fresh.state == "recurring" and latest.state != "recurring" and not _ticketed(session, latest):
            latest.state = "recurring"  # nobody had told us yet that a Change had come out before it
            return latest
        return None
    following = session.exec(select(Signal).where(mine, Signal.day > fresh.day).order_by(col(Signal.day))).first()
    if (
        following is not None
        and (following.day - fresh.day).days <= QUIET_DAYS
        and not _released_between(releases, fresh.day, following.day)
    ):
        return None  # texts of an earlier day came late: it is the alarm that we know
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


def _ticketed(session: Session, signal: Signal) -> bool:
    query = select(Ticket.id).where(Ticket.issue_id == signal.issue_id, Ticket.generation == signal.generation)
    return session.exec(query).first() is not None


def releases_of(session: Session, issue: Issue, zone: ZoneInfo) -> list[Release]:
    """When Changes of the Issue came out."""
    rows = session.exec(
        select(Change.released_at, Change.generation).where(
            Change.issue_id == issue.id, col(Change.released_at).is_not(None)
        )
    ).all()
    return [(at.astimezone(zone).date(), generation) for at, generation in rows if at is not None]


def _released_between(releases: list[Release], first: date, second: date) -> bool:
    """Whether a Change came out between two alarms. Its own day is before it: most of it was."""
    return any(first <= out < second for out, _ in releases)


def generation_of(issue: Issue, day: date, releases: list[Release]) -> int:
    """The generation that a day belongs to, which may be one of the past."""
    return min((generation for out, generation in releases if day <= out), default=issue.generation)


def state_of(session: Session, issue: Issue, day: date, releases: list[Release], zone: ZoneInfo) -> str:
    """recurring after the release of its generation's Change; immediate for safety and law; emerging while young."""
    if any(out < day and generation == generation_of(issue, day, releases) for out, generation in releases):
        return "recurring"
    if issue.immediate:
        return "immediate"
    known = session.exec(select(Signal.id).where(Signal.issue_id == issue.id, Signal.day < day)).first()
    if known is None and day - issue.first_seen.astimezone(zone).date() < EMERGING_WITHIN:
        return "emerging"
    return "surging"


def anonymous(session: Session, issue: Issue, day: date) -> bool:
    """Whether some of the day's mentions have no author, so that people are counted "at most"."""
    return (
        session.exec(
            select(Mention.id)
            .join(Feedback)
            .where(
                Mention.issue_id == issue.id,
                Mention.day == day,
                col(Mention.person_id).is_(None),
                Feedback.bucket != "superseded",
            )
            .limit(1)
        ).first()
        is not None
    )
