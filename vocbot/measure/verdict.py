"""Did a Change work? Weekly looks at whole weeks before and after its release, against the rest of the feedback."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from sqlmodel import Session, col, func, select

from vocbot.config.model import MoneySettings
from vocbot.measure.change import on_record
from vocbot.measure.money import saved
from vocbot.measure.neighbours import risen
from vocbot.measure.recurrence import WATCHED_WEEKS, still_holds
from vocbot.measure.untouched import WEEK, faded, wander
from vocbot.stats import effect
from vocbot.stats.judge import fades_by_itself
from vocbot.stats.share import shift
from vocbot.store.audit import append
from vocbot.store.tables import Change, Issue, IssueDay, Signal, Verdict, VolumeDay

MOST_WEEKS_BEFORE = 26
RECENT_SURGE = timedelta(weeks=8)
LEAST_RATIO = 0.01  # "gone altogether" has no power formula
FIRST_LOOK, LAST_LOOK = effect.FIRST_LOOK, effect.LAST_LOOK
Weeks = NDArray[np.float64]


def look(
    session: Session,
    issue: Issue,
    change: Change,
    week: int,
    now: datetime,
    zone: ZoneInfo,
    money: MoneySettings | None = None,
) -> Verdict | None:
    """Look after `week` whole weeks and keep the Verdict; None where there is nothing to compare with.

    After an effective verdict the looks go on as a watch for a relapse. "regressed" is the last word.
    """
    assert change.released_at is not None and change.id is not None and issue.id is not None
    release = change.released_at.astimezone(zone).date()
    starts_before = _weeks_before(session, issue, change, release)
    starts_after = [release + timedelta(days=1 + 7 * n) for n in range(week)]
    y0, c0, bad0 = _weekly(session, issue.id, starts_before)
    y1, c1, bad1 = _weekly(session, issue.id, starts_after)
    if not starts_before or c0.sum() <= 0 or c1.sum() <= 0:
        return None
    wandering = wander(session, issue.id, starts_before, starts_after)
    found = effect.estimate(y0, y1, c0, c1, wandering)
    word: str = effect.verdict(found, week)
    surge = _surge(session, issue, change, release) if word == "effective" else None
    if surge is not None:
        lag = starts_after[0] - surge.day
        word = fades_by_itself(found, faded(session, issue.id, lag, week, starts_after[-1] + WEEK))
    earlier = verdicts(session, change)
    if any(v.verdict == "regressed" for v in earlier):
        word = "regressed"
    elif any(v.verdict == "effective" for v in earlier):
        word = "effective" if still_holds(found, y1, c1, earlier) else "regressed"
    weekly = float(y0.mean())
    verdict = Verdict(
        change_id=change.id,
        issue_id=issue.id,
        week=week,
        verdict=word,
        rate_ratio=found.rate_ratio,
        low=found.low,
        high=found.high,
        p_less=found.p_less,
        before=int(y0.sum()),
        before_weeks=len(starts_before),
        after=int(y1.sum()),
        avoided=found.avoided,
        weeks_needed=_weeks_needed(
            weekly, change.target, len(starts_before), float(c0.mean()), found.phi, wandering or 0.0
        ),
        numbers={
            "before": [[d.isoformat(), int(y), int(c)] for d, y, c in zip(starts_before, y0, c0, strict=True)],
            "after": [[d.isoformat(), int(y), int(c)] for d, y, c in zip(starts_after, y1, c1, strict=True)],
            "phi": round(found.phi, 3),
            "wander": wandering,
            "avoided": [round(found.avoided_low, 1), round(found.avoided_high, 1)],
            "negative": _negative(bad0, y0, bad1, y1),
            "neighbours": [one.kept() for one in risen(session, issue, starts_before, starts_after)],
            "hypothesis": on_record(session, issue.name, change),
            "saved": None if money is None else saved(found, word, issue.area, money),
        },
        looked_at=now,
    )
    session.add(verdict)
    append(
        session,
        now,
        "vocbot",
        "verdict",
        issue.name,
        change=change.name,
        week=week,
        verdict=word,
        rate_ratio=round(found.rate_ratio, 3),
        low=round(found.low, 3),
        high=round(found.high, 3),
    )
    return verdict


def verdicts(session: Session, change: Change) -> list[Verdict]:
    """All looks at a Change so far."""
    return list(session.exec(select(Verdict).where(Verdict.change_id == change.id).order_by(col(Verdict.week))).all())


def looks_until(verdict: Verdict | None) -> int:
    """The week of the last look: a verified Change is watched for a year."""
    return WATCHED_WEEKS if verdict is not None and verdict.verdict == "effective" else LAST_LOOK


def next_look(change: Change, week: int, zone: ZoneInfo) -> datetime:
    """When the look after `week` whole weeks is due: a few hours into the next local day, for what comes late."""
    assert change.released_at is not None
    day = change.released_at.astimezone(zone).date() + timedelta(days=1 + 7 * week)
    return datetime.combine(day, datetime.min.time(), zone) + timedelta(hours=6)


def _weeks_before(session: Session, issue: Issue, change: Change, release: date) -> list[date]:
    """First days of the whole weeks before the release: since the trouble began, at most 26, the oldest first.

    The week of the alarm that opened the ticket is left out: it was chosen for being high, and the next one is lower
    by itself. Weeks before the trouble began would hide that anything changed.
    """
    first = session.exec(select(func.min(col(VolumeDay.day)))).one()
    alarm = session.exec(
        select(Signal)
        .where(Signal.issue_id == issue.id, Signal.generation == change.generation, Signal.day <= release)
        .order_by(col(Signal.day))
    ).first()
    if first is None:
        return []
    begin = max(first, alarm.day) if alarm else first
    starts = [release - timedelta(days=7 * n) for n in range(1, MOST_WEEKS_BEFORE + 1)]
    calm = [s for s in starts if s >= begin and not (alarm and s <= alarm.day < s + timedelta(days=7))]
    # a fix within a week of its alarm leaves nothing calmer to compare with
    return sorted(calm) or ([starts[0]] if starts[0] >= first else [])


def _negative(bad_before: Weeks, before: Weeks, bad_after: Weeks, after: Weeks) -> dict[str, float] | None:
    """How the share of negative mentions moved; None where either window has no mention."""
    found = shift(np.minimum(bad_before, before), before, np.minimum(bad_after, after), after)
    if found is None:
        return None
    return {
        "before": round(found.before, 4),
        "after": round(found.after, 4),
        "change": round(found.change, 4),
        "low": round(found.low, 4),
        "high": round(found.high, 4),
        "p_less": round(found.p_less, 4),
    }


def _weekly(session: Session, issue_id: int, starts: list[date]) -> tuple[Weeks, Weeks, Weeks]:
    """Mentions of the Issue, all other feedback, and its negative mentions, per week beginning at `starts`."""
    mentions, others, negative = np.zeros(len(starts)), np.zeros(len(starts)), np.zeros(len(starts))
    for i, start in enumerate(starts):
        span = start, start + timedelta(days=7)
        mine, bad = session.exec(
            select(func.sum(IssueDay.mentions), func.sum(IssueDay.negative)).where(
                IssueDay.issue_id == issue_id, IssueDay.day >= span[0], IssueDay.day < span[1]
            )
        ).one()
        total = session.exec(
            select(func.sum(VolumeDay.feedback)).where(VolumeDay.day >= span[0], VolumeDay.day < span[1])
        ).one()
        mentions[i], others[i], negative[i] = mine or 0, max(0, (total or 0) - (mine or 0)), bad or 0
    return mentions, others, negative


def _surge(session: Session, issue: Issue, change: Change, release: date) -> Signal | None:
    """The surge that made somebody act. A new issue has no lower level to fall back to by itself."""
    return session.exec(
        select(Signal)
        .where(
            Signal.issue_id == issue.id,
            Signal.generation == change.generation,
            Signal.state == "surging",
            Signal.day <= release,
            Signal.day > release - RECENT_SURGE,
        )
        .order_by(col(Signal.day))
    ).first()


def _weeks_needed(weekly: float, target: float, weeks: int, control: float, phi: float, wandering: float) -> int | None:
    if weekly <= 0 or control <= 0:
        return None
    return effect.weeks_needed(weekly, max(LEAST_RATIO, 1 + target), weeks, control, phi, wandering)
