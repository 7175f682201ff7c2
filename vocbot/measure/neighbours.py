"""Did a Change push the trouble elsewhere? Issues beside its own that are new or rose after it.

Neighbours are Issues of the same area, and those that the same people spoke of after the release. That one rose is no
proof that the Change did it: it is said as what came beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
from sqlmodel import Session, and_, col, distinct, func, or_, select

from vocbot.measure.untouched import WEEK, weekly
from vocbot.stats.alarms import discoveries
from vocbot.stats.effect import HARMFUL_RATIO, estimate
from vocbot.store.tables import Issue, Mention

MOST = 40  # neighbours that are looked at
LEAST = 5  # mentions after the release; fewer are no news
FALSE_SHARE = 0.05  # of those named, as Benjamini and Hochberg count them


@dataclass(frozen=True)
class Neighbour:
    """An Issue that rose: mentions in so many weeks before and after, the rate ratio with its 95 % interval. `new`:
    first heard of after the release."""

    issue: str
    title_zh: str
    title_en: str
    new: bool
    before: int
    after: int
    ratio: float
    low: float
    high: float

    def kept(self) -> dict[str, Any]:
        """As it is kept with a Verdict."""
        return {**asdict(self), "ratio": round(self.ratio, 3), "low": round(self.low, 3), "high": round(self.high, 3)}


def risen(session: Session, issue: Issue, before: Sequence[date], after: Sequence[date]) -> list[Neighbour]:
    """The neighbours that rose between the weeks that begin at these days, the surest first."""
    near = _near(session, issue, after[0], after[-1] + WEEK)
    if not near:
        return []
    panel, volume = weekly(session, [one.id or 0 for one in near], [*before, *after])
    n, found = len(before), []
    for one, counts in zip(near, panel, strict=True):
        control = np.maximum(volume - counts, 0.0)
        if counts[n:].sum() >= LEAST and control[:n].sum() > 0 and control[n:].sum() > 0:
            found.append((one, counts, estimate(counts[:n], counts[n:], control[:n], control[n:])))
    if not found:
        return []
    sure = discoveries([1 - effect.p_more for _, _, effect in found], FALSE_SHARE)
    named = [
        (
            effect.p_more,
            Neighbour(
                issue=one.name,
                title_zh=one.title_zh,
                title_en=one.title_en,
                new=not counts[:n].any() and one.first_seen.date() >= after[0] - timedelta(days=1),
                before=int(counts[:n].sum()),
                after=int(counts[n:].sum()),
                ratio=effect.rate_ratio,
                low=effect.low,
                high=effect.high,
            ),
        )
        for (one, counts, effect), kept in zip(found, sure, strict=True)
        if kept and effect.rate_ratio >= HARMFUL_RATIO
    ]
    return [neighbour for _, neighbour in sorted(named, key=lambda pair: -pair[0])]


def _near(session: Session, issue: Issue, first: date, end: date) -> list[Issue]:
    """Issues of the same area and those that the same people spoke of in these days, most mentions first."""
    spoke = select(Mention.person_id).where(
        Mention.issue_id == issue.id, Mention.day < end, col(Mention.person_id).is_not(None)
    )
    theirs = (
        select(Mention.issue_id)
        .where(Mention.day >= first, Mention.day < end, col(Mention.person_id).in_(spoke))
        .group_by(col(Mention.issue_id))
        .having(func.count(distinct(col(Mention.person_id))) > 1)
    )
    return list(
        session.exec(
            select(Issue)
            .where(
                Issue.kind != "praise",
                Issue.id != issue.id,
                col(Issue.merged_into).is_(None),
                or_(and_(col(Issue.area) == issue.area, col(Issue.area) != ""), col(Issue.id).in_(theirs)),
            )
            .order_by(col(Issue.mentions).desc(), col(Issue.id))
            .limit(MOST)
        ).all()
    )
