"""The first hours and days after a release, policy or campaign: a daily curve, and what rose, fell or is new since.

Days are counted from the moment of the release, so that the first hours are not hidden in a day that was half over.
Everything is measured against the rest of the feedback of the same hours: a day that is not over is no shorter one. No
verdict is given here: that takes whole weeks (`measure.verdict`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import case
from sqlmodel import Session, col, func, select

from vocbot.stats.alarms import discoveries
from vocbot.stats.effect import HARMFUL_RATIO, USEFUL_RATIO, Effect, estimate
from vocbot.stats.share import Shift, shift
from vocbot.store.tables import Change, Feedback, Issue, Mention

DAY = timedelta(days=1)
BEFORE, MOST_AFTER = 28, 14  # days
LEAST = 3  # mentions since the release, or as many expected
FALSE_SHARE = 0.01  # of those named: somebody looks every day for two weeks
SURE = 0.99
MOST = 200  # issues that are looked at
SHOWN = 5

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Day:
    """One day from `begin` on. `usual`: feedback at the same hours of the same weekday in the weeks before, None where
    there are none. `over`: whether it has ended."""

    begin: datetime
    feedback: int
    negative: int
    usual: float | None
    over: bool


@dataclass(frozen=True)
class Moved:
    """An Issue with its mentions `before` (of 28 days) and since, and the rate ratio with its interval."""

    issue: Issue
    before: int
    after: int
    effect: Effect

    @property
    def new(self) -> bool:
        """Never heard of in the days before."""
        return self.before == 0


@dataclass(frozen=True)
class Watched:
    """What is seen so far. `own`: the Issue that the Change is about, whatever it did."""

    days: tuple[Day, ...]
    negative: Shift | None
    own: Moved | None
    rose: tuple[Moved, ...]
    fell: tuple[Moved, ...]

    @property
    def more_negative(self) -> bool:
        """Whether the share of negative feedback rose beyond doubt."""
        return self.negative is not None and self.negative.p_more >= SURE

    @property
    def less_negative(self) -> bool:
        """Whether it fell beyond doubt."""
        return self.negative is not None and self.negative.p_less >= SURE


def watch(session: Session, change: Change, now: datetime) -> Watched:
    """Look at a Change that is out. Raises ValueError where it is not."""
    if change.released_at is None or now <= change.released_at:
        raise ValueError(f"{change.name} is not out yet")
    start, end = change.released_at, min(now, change.released_at + MOST_AFTER * DAY)
    edges = [start - n * DAY for n in range(BEFORE, 0, -1)]
    edges += [start + n * DAY for n in range(-(-(end - start) // DAY))]
    ends = [*edges[1:], end]
    heard = [_heard(session, a, b) for a, b in zip(edges, ends, strict=True)]
    volume, negative = (np.array(counts, dtype=np.float64) for counts in zip(*heard, strict=True))
    issues, panel = _mentions(session, edges, ends, change.issue_id)
    moved = [_moved(issue, counts, volume) for issue, counts in zip(issues, panel, strict=True)]
    known = [one for one in moved if one is not None]
    days = tuple(
        Day(a, int(volume[i]), int(negative[i]), _usual(session, volume, i, a, b), b - a == DAY)
        for i, (a, b) in enumerate(zip(edges, ends, strict=True))
        if i >= BEFORE
    )
    return Watched(
        days=days,
        negative=shift(negative[:BEFORE], volume[:BEFORE], negative[BEFORE:], volume[BEFORE:]),
        own=next((one for one in known if one.issue.id == change.issue_id), None),
        rose=_sure(known, change, lambda e: 1 - e.p_more, lambda e: e.rate_ratio >= HARMFUL_RATIO),
        fell=_sure(known, change, lambda e: 1 - e.p_less, lambda e: e.rate_ratio <= USEFUL_RATIO),
    )


def _heard(session: Session, begin: datetime, end: datetime) -> tuple[int, int]:
    """Feedback between two moments, and how much of it is negative."""
    found = session.exec(
        select(func.count(), func.sum(case((col(Feedback.polarity) < 0, 1), else_=0))).where(
            Feedback.time >= begin, Feedback.time < end, Feedback.bucket != "superseded"
        )
    ).one()
    return found[0], found[1] or 0


def _usual(session: Session, volume: Floats, place: int, begin: datetime, end: datetime) -> float | None:
    """The mean of the same hours of the weeks before the release."""
    weeks = [n for n in range(1, 2 + place // 7) if 0 <= place - 7 * n < BEFORE and volume[: place - 7 * n + 1].any()]
    if not weeks:
        return None
    if end - begin == DAY:
        return float(np.mean([volume[place - 7 * n] for n in weeks]))
    return float(np.mean([_heard(session, begin - 7 * n * DAY, end - 7 * n * DAY)[0] for n in weeks]))


def _mentions(
    session: Session, edges: Sequence[datetime], ends: Sequence[datetime], own: int | None
) -> tuple[list[Issue], Floats]:
    """The Issues that were heard of most, with their mentions (issues, days); the Change's own among them."""
    counts: dict[int, Floats] = {}
    for place, (begin, end) in enumerate(zip(edges, ends, strict=True)):
        rows = session.exec(
            select(col(Mention.issue_id), func.count(func.distinct(col(Mention.feedback_id))))
            .join(Feedback, col(Feedback.id) == col(Mention.feedback_id))
            .where(
                # the index is of days, in the owner's zone
                Mention.day >= (begin - DAY).date(),
                Mention.day <= (end + DAY).date(),
                Feedback.time >= begin,
                Feedback.time < end,
                Feedback.bucket != "superseded",
            )
            .group_by(col(Mention.issue_id))
        )
        for issue, count in rows:
            counts.setdefault(issue, np.zeros(len(edges)))[place] = count
    most = sorted(counts, key=lambda one: (one != own, -counts[one][BEFORE:].sum(), -counts[one].sum(), one))[:MOST]
    found = session.exec(select(Issue).where(col(Issue.id).in_(most), Issue.kind != "praise")).all()
    issues = sorted(found, key=lambda one: most.index(one.id or 0))
    return issues, np.array([counts[one.id or 0] for one in issues]).reshape(len(issues), len(edges))


def _moved(issue: Issue, counts: Floats, volume: Floats) -> Moved | None:
    """The rate since the release over that before; None where too little was said to tell."""
    rest = np.maximum(volume - counts, 0.0)
    y0, y1, c0, c1 = counts[:BEFORE], counts[BEFORE:], rest[:BEFORE], rest[BEFORE:]
    if c0.sum() <= 0 or c1.sum() <= 0 or max(y1.sum(), y0.sum() / c0.sum() * c1.sum()) < LEAST:
        return None
    return Moved(issue, int(y0.sum()), int(y1.sum()), estimate(y0, y1, c0, c1))


def _sure(
    moved: Sequence[Moved], change: Change, chance: Callable[[Effect], float], enough: Callable[[Effect], bool]
) -> tuple[Moved, ...]:
    """Those that moved beyond chance, the surest first; the Change's own Issue is told of apart."""
    others = [one for one in moved if one.issue.id != change.issue_id]
    if not others:
        return ()
    kept = discoveries([chance(one.effect) for one in others], FALSE_SHARE)
    named = [one for one, sure in zip(others, kept, strict=True) if sure and enough(one.effect)]
    return tuple(sorted(named, key=lambda one: chance(one.effect))[:SHOWN])


def watch_facts(change: Change, found: Watched) -> dict[str, Any]:
    """What is seen, for messages and for other programs."""
    return {
        "change": change.name,
        "released_at": change.released_at.isoformat() if change.released_at else None,
        "days": [
            {
                "begin": day.begin.isoformat(),
                "feedback": day.feedback,
                "usual": None if day.usual is None else round(day.usual, 1),
                "negative": day.negative,
                "over": day.over,
            }
            for day in found.days
        ],
        "negative": None
        if found.negative is None
        else {name: round(value, 4) for name, value in asdict(found.negative).items()},
        "more_negative": found.more_negative,
        "less_negative": found.less_negative,
        "own": None if found.own is None else _facts(found.own),
        "rose": [_facts(one) for one in found.rose],
        "fell": [_facts(one) for one in found.fell],
    }


def _facts(moved: Moved) -> dict[str, Any]:
    return {
        "issue": moved.issue.name,
        "title_zh": moved.issue.title_zh,
        "title_en": moved.issue.title_en,
        "new": moved.new,
        "before": moved.before,
        "after": moved.after,
        "ratio": round(moved.effect.rate_ratio, 3),
        "low": round(moved.effect.low, 3),
        "high": round(moved.effect.high, 3),
    }
