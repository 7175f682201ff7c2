"""KPIs of departments: the score of those who spoke of an area, with its interval, and days that look made up.

NPS where scores go to ten, CSAT where they go to five: told apart by source, for one survey asks one question.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

from sqlmodel import Session, col, select

from vocbot.stats.scores import Crowded, Kind, Summary, crowded_days, summarise
from vocbot.store.tables import Feedback, Issue, Mention

_CSAT_MOST, _NPS_MOST = 5.0, 10.0


@dataclass(frozen=True)
class AreaScore:
    """The KPI of one source and area."""

    source: str
    area: str
    kind: Kind
    summary: Summary


@dataclass(frozen=True)
class Suspicion:
    """A day of a source on which one score came far too often."""

    source: str
    day: date
    crowd: Crowded


def area_scores(session: Session, first: date, last: date) -> list[AreaScore]:
    """The KPI of each source and issue area in these days, the area with most answers first. A text about two areas
    counts in both, one about two issues of an area once."""
    kinds = _kinds(session)
    heard: dict[tuple[str, str], dict[int, float]] = defaultdict(dict)
    rows = session.exec(
        select(Feedback.id, Feedback.source, Feedback.score, Issue.area)
        .join(Mention, col(Mention.feedback_id) == col(Feedback.id))
        .join(Issue, col(Issue.id) == col(Mention.issue_id))
        .where(
            Feedback.day >= first,
            Feedback.day <= last,
            Feedback.bucket != "superseded",
            col(Feedback.score).is_not(None),
        )
    )
    for ident, source, score, area in rows:
        if source in kinds and score is not None and ident is not None:
            heard[source, area][ident] = score
    found = [
        AreaScore(source, area, kinds[source], summarise(list(scores.values()), kinds[source]))
        for (source, area), scores in heard.items()
    ]
    return sorted(found, key=lambda one: (-one.summary.n, one.source, one.area))


def suspicions(session: Session, first: date, last: date) -> list[Suspicion]:
    """Days in this time on which one score of a source came far more often than usual."""
    kinds = _kinds(session)
    answers: dict[str, list[tuple[int, float]]] = defaultdict(list)
    rows = session.exec(
        select(col(Feedback.source), col(Feedback.day), col(Feedback.score)).where(
            Feedback.day >= first,
            Feedback.day <= last,
            Feedback.bucket != "superseded",
            col(Feedback.score).is_not(None),
        )
    )
    for source, day, score in rows:
        if source in kinds and score is not None:
            answers[source].append(((day - first).days, score))
    return [
        Suspicion(source, first + timedelta(days=crowd.day), crowd)
        for source, given in sorted(answers.items())
        for crowd in crowded_days(*zip(*given, strict=True))
    ]


def _kinds(session: Session) -> dict[str, Kind]:
    """What each source asks; sources whose scores are neither are left out."""
    ranges: dict[str, list[float]] = defaultdict(list)
    for source, score in session.exec(
        select(Feedback.source, Feedback.score).where(col(Feedback.score).is_not(None)).distinct()
    ):
        if score is not None:
            ranges[source].append(score)
    found: dict[str, Kind] = {}
    for source, scores in ranges.items():
        if min(scores) >= 1 and max(scores) <= _CSAT_MOST:
            found[source] = "csat"
        elif min(scores) >= 0 and max(scores) <= _NPS_MOST:
            found[source] = "nps"
    return found
