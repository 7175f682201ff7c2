"""Signals by whole weeks, once there are eight of them: the daily rule is the fast channel, this is the one that knows
volume, season and every issue's own restlessness.

A week is assessed a few hours after it ended, and again when texts of it come late. The volume that was heard so far
says how much of the week is there yet, and expectations follow it; those of issues in slow sources the more.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from sqlmodel import Session, col, distinct, func, select

from vocbot.config.model import CalendarSettings
from vocbot.stats.alarms import AlarmRule, is_slow, loud
from vocbot.stats.detect import MIN_WEEKS, Detector
from vocbot.stats.scan import WeekFigures
from vocbot.store.issue_numbers import who
from vocbot.store.tables import Feedback, Issue, IssueDay, Mention, Signal, VolumeDay
from vocbot.understand.calendar import special_days
from vocbot.understand.kept_weeks import SETTLED, put_away, take_up
from vocbot.understand.lateness import YOUNG_WEEKS, young_weeks
from vocbot.understand.signals import anonymous, generation_of, raise_or_extend, releases_of, state_of

Floats = NDArray[np.float64]

WEEK = timedelta(days=7)
HISTORY_WEEKS = 260
LEAST_RATIO_ON_SPECIAL_DAYS = 3.0  # a campaign may double anything
STILL_NEWS = timedelta(weeks=8)  # an older week raises nothing any more
_SETTLES = timedelta(hours=6)  # for what comes late


def monday_of(day: date) -> date:
    """The first day of the week that a day is in."""
    return day - timedelta(days=day.weekday())


def to_assess(days: Collection[date], now: datetime, zone: ZoneInfo) -> dict[datetime, list[str]]:
    """When the weeks that these days are in are to be assessed, by their Mondays: some hours after their end, or after
    now where they are over, so that late texts are taken together. What is no news any more is left out."""
    found: dict[datetime, list[str]] = {}
    for monday in sorted({monday_of(day) for day in days}):
        if _is_news(monday, now, zone):
            due = max(now, datetime.combine(monday + WEEK, time(), zone)) + _SETTLES
            found.setdefault(due, []).append(monday.isoformat())
    return found


def _is_news(monday: date, now: datetime, zone: ZoneInfo) -> bool:
    return now.astimezone(zone).date() - monday <= STILL_NEWS


def evaluate_week(
    session: Session, monday: date, now: datetime, zone: ZoneInfo, calendar: CalendarSettings | None = None
) -> list[Signal]:
    """Assess the week for every Issue; returns the Signals that are news (raised, not extended).

    A window with special days of the `calendar` in it must hold several times what was expected.
    """
    if not _is_news(monday, now, zone):
        return []
    issues = session.exec(
        select(Issue).where(Issue.kind != "praise", col(Issue.merged_into).is_(None)).order_by(col(Issue.id))
    ).all()
    first = session.exec(select(func.min(col(VolumeDay.day)))).one()
    if not issues or first is None:
        return []
    start = max(monday_of(first + timedelta(days=6)), monday - (HISTORY_WEEKS - 1) * WEEK)  # whole weeks alone
    weeks = (monday - start).days // 7 + 1
    if weeks < MIN_WEEKS:
        return []
    figures = _figures(session, issues, start, monday, now, zone)
    rule = AlarmRule()
    raised = []
    for i in map(int, np.flatnonzero(loud(figures, rule))):
        issue, since = issues[i], monday - (int(figures.window[i]) - 1) * WEEK
        special = calendar is not None and special_days(calendar, since, monday + timedelta(days=6))
        if special and figures.observed[i] < LEAST_RATIO_ON_SPECIAL_DAYS * figures.expected[i]:
            continue
        people = _people(session, issue, since, monday + WEEK)
        if people < rule.min_people:
            continue
        signal = _signal(session, issue, since, monday, figures, i, people, now, zone)
        if signal is not None:
            raised.append(signal)
    return raised


def _figures(
    session: Session, issues: Sequence[Issue], start: date, monday: date, now: datetime, zone: ZoneInfo
) -> WeekFigures:
    """What the week of `monday` says of each Issue, from the weeks since `start`, or from the state put away."""
    ids = [issue.id or 0 for issue in issues]
    taken = take_up(session, ids, start, monday)
    state = taken.detector if taken is not None else Detector(len(ids) + 1)
    begin = taken.last + WEEK if taken is not None else start
    weeks = (monday - begin).days // 7 + 1
    counts, volume = _matrix(session, issues, begin, weeks)
    counts = np.vstack([counts, np.zeros(weeks)])  # one that is never mentioned, for those that are yet to come
    factors = np.ones((len(ids) + 1, weeks))
    young = min(weeks, YOUNG_WEEKS)
    factors[:-1, weeks - young :] = young_weeks(session, ids, monday, now, zone)[:, YOUNG_WEEKS - young :]
    for t in range(weeks):
        figures = state.step(counts[:, t], float(volume[t]), factors[:, t])
        if begin + t * WEEK == monday - SETTLED:
            put_away(session, state, ids, start, begin + t * WEEK, now)
    return figures


def _signal(
    session: Session,
    issue: Issue,
    since: date,
    monday: date,
    figures: WeekFigures,
    i: int,
    people: int,
    now: datetime,
    zone: ZoneInfo,
) -> Signal | None:
    sunday = monday + timedelta(days=6)
    releases = releases_of(session, issue, zone)
    state = state_of(session, issue, sunday, releases, zone)
    if state == "recurring" and any(since <= out for out, _ in releases):
        return None  # part of it is from before the release: what came after shows in the next, and in single days
    if state == "surging" and is_slow(figures, i, AlarmRule()):
        state = "drifting"
    return raise_or_extend(
        session,
        issue,
        releases,
        Signal(
            issue_id=issue.id or 0,
            generation=generation_of(issue, sunday, releases),
            state=state,
            day=sunday,
            last_day=sunday,
            observed=int(figures.observed[i]),
            people=people,
            expected=float(figures.expected[i]),
            p=float(figures.p[i]),
            at_most=anonymous(session, issue, sunday),
            raised_at=now,
        ),
    )


def _matrix(session: Session, issues: Sequence[Issue], start: date, weeks: int) -> tuple[Floats, Floats]:
    """Mentions (issues, weeks) and all feedback (weeks,)."""
    row = {issue.id: i for i, issue in enumerate(issues)}
    counts, volume = np.zeros((len(issues), weeks)), np.zeros(weeks)
    until = start + weeks * WEEK
    cells = session.exec(
        select(col(IssueDay.issue_id), col(IssueDay.day), col(IssueDay.mentions)).where(
            IssueDay.day >= start, IssueDay.day < until
        )
    )
    for issue, day, mentions in cells.all():
        if issue in row:
            counts[row[issue], (day - start).days // 7] += mentions
    totals = session.exec(
        select(col(VolumeDay.day), col(VolumeDay.feedback)).where(VolumeDay.day >= start, VolumeDay.day < until)
    )
    for day, feedback in totals:
        volume[(day - start).days // 7] += feedback
    return counts, volume


def _people(session: Session, issue: Issue, since: date, until: date) -> int:
    """Distinct people of the window; where a text names no author it counts as one."""
    return session.exec(
        select(func.count(distinct(who())))
        .select_from(Mention)
        .join(Feedback, col(Feedback.id) == Mention.feedback_id)
        .where(Mention.issue_id == issue.id, Mention.day >= since, Mention.day < until, Feedback.bucket != "superseded")
    ).one()
