"""How late the texts of each source come, and in which sources an Issue is spoken of: for weeks that are young."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from sqlmodel import Session, col, func, select

from vocbot.stats.arrival import exposure_factors
from vocbot.store.tables import Feedback, Mention

Floats = NDArray[np.float64]

YOUNG_WEEKS = 4  # older ones are all there
_LATEST = timedelta(days=28)  # what came later was brought in by hand, and says nothing of a source
_LEARNED_FROM = timedelta(weeks=12)
_MOST_TEXTS = 20_000
_DAY = timedelta(days=1)


def young_weeks(session: Session, issues: Sequence[int], monday: date, now: datetime, zone: ZoneInfo) -> Floats:
    """What to multiply the exposure of each Issue by in the last `YOUNG_WEEKS` up to that of `monday`, the oldest
    first: (issues, weeks), 1 where all sources are alike."""
    delays = _delays(session, now)
    sources = sorted(delays)
    if len(sources) < 2:  # one source is as late as all are
        return np.ones((len(issues), YOUNG_WEEKS))
    row, column = {issue: i for i, issue in enumerate(issues)}, {source: i for i, source in enumerate(sources)}
    mixes, overall = np.zeros((len(issues), len(sources))), np.zeros(len(sources))
    since = (now - _LEARNED_FROM).astimezone(zone).date()
    columns: Any = (col(Mention.issue_id), col(Feedback.source), func.count())
    spoken: Any = session.exec(
        select(*columns)
        .join(Feedback, col(Feedback.id) == col(Mention.feedback_id))
        .where(Mention.day >= since, Feedback.bucket != "superseded")
        .group_by(col(Mention.issue_id), col(Feedback.source))
    )
    for issue, source, count in spoken:
        if issue in row and source in column:
            mixes[row[issue], column[source]] = count
    totals = session.exec(
        select(col(Feedback.source), func.count())
        .where(Feedback.day >= since, Feedback.bucket != "superseded")
        .group_by(col(Feedback.source))
    )
    for source, count in totals:
        if source in column:
            overall[column[source]] = count
    ages = [
        [
            (now - datetime.combine(monday - timedelta(weeks=back) + timedelta(days=d + 1), time(), zone)) / _DAY
            for d in range(7)
        ]
        for back in range(YOUNG_WEEKS - 1, -1, -1)
    ]
    return exposure_factors(mixes, overall, {column[s]: np.array(late) for s, late in delays.items()}, ages)


def _delays(session: Session, now: datetime) -> dict[str, list[float]]:
    """Days between a text and its coming, by source, of texts old enough that all of their time have come."""
    rows = session.exec(
        select(col(Feedback.source), col(Feedback.time), col(Feedback.created_at))
        .where(
            Feedback.time >= now - _LEARNED_FROM,
            Feedback.time < now - _LATEST,
            Feedback.revision == 0,
        )
        .order_by(col(Feedback.time).desc())
        .limit(_MOST_TEXTS)
    )
    found: dict[str, list[float]] = defaultdict(list)
    for source, said, came in rows:
        late = came - said
        if late < _LATEST:
            found[source].append(max(0.0, late / _DAY))
    return found
