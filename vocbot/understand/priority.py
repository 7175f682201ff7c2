"""Suggested priority of every open Issue, with each factor visible."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from sqlalchemy import func
from sqlmodel import Session, col, select

from vocbot.stats.priority import Breakdown, Evidence, Standing, rank, score
from vocbot.store.issue_numbers import Reach, reaches
from vocbot.store.tables import Feedback, Issue, Signal, Ticket

MOMENTS = {"purchase": 1.25, "delivery": 1.25, "service": 1.25, "leave": 1.5}  # by journey stage; others 1.0


Priority = tuple[Breakdown, Standing]  # the sum with its factors, the place among the open Issues


def priorities(
    session: Session, last_day: date, kind: str = "problem", known: Mapping[int, Reach] | None = None
) -> dict[int, Priority]:
    """Rank the open Issues of one kind as of `last_day`, by Issue id; wishes are ranked apart from problems.

    An Issue is open until the ticket of its generation is done, and again when it comes back. `known`: the reach of
    all Issues, where the caller has counted it already.
    """
    done = select(Ticket.id).where(
        Ticket.issue_id == Issue.id, Ticket.generation == Issue.generation, Ticket.status == "done"
    )
    issues = session.exec(
        select(Issue)
        .where(Issue.kind == kind, col(Issue.merged_into).is_(None), ~done.exists())
        .order_by(col(Issue.id))
    ).all()
    reach = reaches(session, last_day) if known is None else known
    surges = _surges(session, last_day)
    first_day = session.exec(select(func.min(col(Feedback.day)))).one() or last_day
    weeks = max(1.0, ((last_day - first_day).days + 1) / 7)
    mean = sum(i.severity for i in issues) / len(issues) if issues else 0.5
    breakdowns = []
    for issue in issues:
        found = reach.get(issue.id or 0, Reach())
        evidence = Evidence(
            baseline_people=found.people / weeks,
            people_4_weeks=float(found.recent_people),
            severity_sum=issue.severity * found.recent,
            severity_count=found.recent,
            severity_mean=mean,
            surge_p=surges.get(issue.id or 0, 1.0),
            channels=found.recent_channels,
            moment=MOMENTS.get(issue.stage, 1.0),
            immediate=issue.immediate,
        )
        breakdowns.append(score(evidence))
    return {
        issue.id: (b, s)
        for issue, b, s in zip(issues, breakdowns, rank(breakdowns), strict=True)
        if issue.id is not None
    }


def _surges(session: Session, last_day: date) -> dict[int, float]:
    """The p of each Issue's latest alarm, where one was raised or went on within the last seven days."""
    rows = session.exec(
        select(Signal.issue_id, Signal.p)
        .where(Signal.last_day >= last_day - timedelta(days=7))
        .order_by(col(Signal.day), col(Signal.id))
    ).all()
    return dict(rows)
