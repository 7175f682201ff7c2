"""Suggested priority of every open Issue, with each factor visible, and the band that a person chose instead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from vocbot.config.model import PrioritySettings
from vocbot.stats.formula import read
from vocbot.stats.priority import BANDS, Bounds, Breakdown, Evidence, Standing, rank, score
from vocbot.store.issue_numbers import LEVEL_WEEKS, Reach, reaches, worths
from vocbot.store.tables import Issue, Signal, Ticket, VolumeDay
from vocbot.understand.bands import cut_offs

KINDS = ("problem", "wish")  # ranked apart: what is missing is no harm

Priority = tuple[Breakdown, Standing]  # the sum with its factors, the place among the open Issues


def priorities(
    session: Session,
    last_day: date,
    settings: PrioritySettings,
    kind: str = "problem",
    known: Mapping[int, Reach] | None = None,
) -> dict[int, Priority]:
    """Rank the open Issues of one kind as of `last_day`, by Issue id; wishes are ranked apart from problems.

    An Issue is open until the ticket of its generation is done, and again when it comes back. `known`: the reach of
    all Issues, where the caller has counted it already.
    """
    issues = issues_of(session, kind)
    breakdowns = [breakdown for breakdown, _ in score_all(session, settings, issues, last_day, known)]
    chosen = [next((band for band in BANDS if band == issue.band), None) for issue in issues]
    standings = rank(breakdowns, cut_offs(session, settings, kind), chosen)
    return {issue.id: (b, s) for issue, b, s in zip(issues, breakdowns, standings, strict=True) if issue.id is not None}


def issues_of(session: Session, kind: str, open_only: bool = True) -> Sequence[Issue]:
    """The Issues of a kind, those merged into another left out."""
    query = select(Issue).where(Issue.kind == kind, col(Issue.merged_into).is_(None)).order_by(col(Issue.id))
    if open_only:
        done = select(Ticket.id).where(
            Ticket.issue_id == Issue.id, Ticket.generation == Issue.generation, Ticket.status == "done"
        )
        query = query.where(~done.exists())
    return session.exec(query).all()


def score_all(
    session: Session,
    settings: PrioritySettings,
    issues: Sequence[Issue],
    last_day: date,
    known: Mapping[int, Reach] | None = None,
) -> list[tuple[Breakdown, bool]]:
    """The score of each Issue as of `last_day`, and whether it was heard of in the four weeks up to it."""
    from vocbot.stats.prior import fit_gamma_prior  # a server that only listens does without scipy

    first_day = session.exec(select(func.min(col(VolumeDay.day)))).one()
    if not issues or first_day is None:
        return [(score(_silent(issue)), False) for issue in issues]
    reach = reaches(session, last_day) if known is None else known
    found = [reach.get(issue.id or 0, Reach()) for issue in issues]
    weeks = min(float(LEVEL_WEEKS), max(1.0, ((last_day - first_day).days + 1) / 7))
    prior = fit_gamma_prior([one.level_people for one in found], [weeks] * len(found))
    worth = worths(session, last_day, settings.value_attribute) if settings.value_attribute else {}
    surges, mean = _surges(session, last_day), sum(i.severity for i in issues) / len(issues)
    formula, bounds = read(settings.formula), bounds_of(settings)
    scored = []
    for issue, one in zip(issues, found, strict=True):
        evidence = Evidence(
            baseline_people=(prior.shape + one.level_people) / (prior.rate + weeks),
            people_4_weeks=float(one.recent_people),
            severity_sum=issue.severity * one.recent,
            severity_count=one.recent,
            severity_mean=mean,
            surge_p=surges.get(issue.id or 0, 1.0),
            channels=one.recent_channels,
            value_ratio=worth.get(issue.id or 0, 1.0),
            moment=settings.moments.get(issue.stage, 1.0),
            confidence=one.confidence,
            immediate=issue.immediate,
        )
        scored.append((score(evidence, formula, bounds), one.recent > 0))
    return scored


def priority_facts(issue: Issue, found: Priority | None) -> dict[str, Any] | None:
    """What other programs are told of an Issue's priority; None where it is not among the open ones."""
    if found is None:
        return None
    breakdown, standing = found
    return {
        "band": standing.band,
        "suggested": standing.suggested,
        "place": standing.position,
        "formula": breakdown.formula.text,
        "value": round(breakdown.worth, 4),
        "factors": {name: round(getattr(breakdown, name), 4) for name in breakdown.formula.factors},
        "safety_or_law": breakdown.immediate,
        "set_by": issue.band_by or None,
        "set_because": issue.band_why or None,
    }


def bounds_of(settings: PrioritySettings) -> Bounds:
    """How far each multiplier may go."""
    return Bounds(settings.surge, settings.channels, settings.value, settings.confidence, settings.recent)


def _silent(issue: Issue) -> Evidence:
    return Evidence(0.0, 0.0, 0.0, 0, issue.severity, immediate=issue.immediate)


def _surges(session: Session, last_day: date) -> dict[int, float]:
    """The p of each Issue's latest alarm, where one was raised or went on within the last seven days."""
    rows = session.exec(
        select(Signal.issue_id, Signal.p)
        .where(Signal.last_day >= last_day - timedelta(days=7), Signal.day <= last_day)
        .order_by(col(Signal.day), col(Signal.id))
    ).all()
    return dict(rows)
