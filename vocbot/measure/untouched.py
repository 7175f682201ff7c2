"""What issues did that nobody touched: how far their shares wander by themselves, and how fast their surges fade.

They are the placebos of a verdict. An issue is untouched in a time in which no Change for it came out.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray
from sqlmodel import Session, col, select

from vocbot.stats.judge import wander_of_others
from vocbot.store.tables import Change, Issue, IssueDay, Signal, VolumeDay

Floats = NDArray[np.float64]

WEEK = timedelta(days=7)
_BEFORE_A_SPIKE = 8  # weeks that its level is taken from
_MOST_SPIKES = 200


def wander(session: Session, issue_id: int, before: Sequence[date], after: Sequence[date]) -> float | None:
    """Weekly variance of the log share of untouched issues between the weeks that begin at these days; None where
    there are too few of them."""
    starts = [*before, *after]
    touched = _touched(session, min(starts), max(starts) + WEEK)
    ids = [
        found
        for found in session.exec(select(Issue.id).where(col(Issue.merged_into).is_(None)).order_by(col(Issue.id)))
        if found is not None and (found == issue_id or found not in touched)
    ]
    if issue_id not in ids:
        return None
    panel, volume = weekly(session, ids, starts)
    mine, n = ids.index(issue_id), len(before)
    return wander_of_others(panel, np.maximum(volume - panel, 0.0), mine, range(n), slice(n, len(starts)))


def faded(session: Session, issue_id: int, lag: timedelta, weeks: int, today: date) -> list[float]:
    """Log rate ratios of other issues' untouched surges: `weeks` weeks from `lag` after the alarm, against the weeks
    before it. The latest ones, all of them over by `today`."""
    ratios = []
    for signal in _surges(session, issue_id, today - lag - weeks * WEEK):
        before = [signal.day - n * WEEK for n in range(_BEFORE_A_SPIKE, 0, -1)]
        after = [signal.day + lag + n * WEEK for n in range(weeks)]
        if signal.issue_id in _touched(session, signal.day, after[-1] + WEEK):
            continue
        panel, volume = weekly(session, [signal.issue_id], [*before, *after])
        rest = np.maximum(volume - panel[0], 0.0)
        n = len(before)
        if rest[:n].sum() > 0 and rest[n:].sum() > 0:
            rate = (panel[0, n:].sum() + 0.5) / rest[n:].sum()
            ratios.append(math.log(rate / ((panel[0, :n].sum() + 0.5) / rest[:n].sum())))
    return ratios


def _surges(session: Session, issue_id: int, until: date) -> Sequence[Signal]:
    return session.exec(
        select(Signal)
        .where(Signal.issue_id != issue_id, Signal.state == "surging", Signal.day <= until)
        .order_by(col(Signal.day).desc())
        .limit(_MOST_SPIKES)
    ).all()


def _touched(session: Session, first: date, last: date) -> set[int]:
    """Issues for which a Change came out between the two days, give or take a day for the zone."""
    rows = session.exec(
        select(Change.issue_id, Change.released_at).where(
            col(Change.released_at).is_not(None), col(Change.issue_id).is_not(None)
        )
    )
    day = timedelta(days=1)
    return {
        issue for issue, at in rows if issue is not None and at is not None and first - day <= at.date() <= last + day
    }


def weekly(session: Session, ids: Sequence[int], starts: Sequence[date]) -> tuple[Floats, Floats]:
    """Mentions (issues, weeks) and all feedback (weeks,) of the weeks that begin at `starts`."""
    place = {start + timedelta(days=d): i for i, start in enumerate(starts) for d in range(7)}
    row = {issue: i for i, issue in enumerate(ids)}
    panel, volume = np.zeros((len(ids), len(starts))), np.zeros(len(starts))
    first, last = min(place), max(place)
    cells: Iterable[tuple[int, date, int]] = session.exec(
        select(col(IssueDay.issue_id), col(IssueDay.day), col(IssueDay.mentions)).where(
            IssueDay.day >= first,
            IssueDay.day <= last,
            *([IssueDay.issue_id == ids[0]] if len(ids) == 1 else []),
        )
    )
    for issue, day, mentions in cells:
        if issue in row and day in place:
            panel[row[issue], place[day]] += mentions
    totals: Iterable[tuple[date, int]] = session.exec(
        select(col(VolumeDay.day), col(VolumeDay.feedback)).where(VolumeDay.day >= first, VolumeDay.day <= last)
    )
    for day, feedback in totals:
        if day in place:
            volume[place[day]] += feedback
    return panel, volume
