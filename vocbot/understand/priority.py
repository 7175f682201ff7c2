"""Suggested priority of every open Issue, with each factor visible."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import distinct, func
from sqlmodel import Session, col, select

from vocbot.stats.priority import Breakdown, Evidence, Standing, rank, score
from vocbot.store.issue_numbers import who
from vocbot.store.tables import Feedback, Issue, Mention, Signal, Ticket

MOMENTS = {"purchase": 1.25, "delivery": 1.25, "service": 1.25, "leave": 1.5}  # by journey stage; others 1.0


Priority = tuple[Breakdown, Standing]  # the sum with its factors, the place among the open Issues


def priorities(session: Session, last_day: date, kind: str = "problem") -> dict[int, Priority]:
    """Rank the open Issues of one kind as of `last_day`, by Issue id; wishes are ranked apart from problems.

    An Issue is open until the ticket of its generation is done, and again when it comes back.
    """
    done = select(Ticket.id).where(
        Ticket.issue_id == Issue.id, Ticket.generation == Issue.generation, Ticket.status == "done"
    )
    issues = session.exec(
        select(Issue)
        .where(Issue.kind == kind, col(Issue.merged_into).is_(None), ~done.exists())
        .order_by(col(Issue.id))
    ).all()
    mean = sum(i.severity for i in issues) / len(issues) if issues else 0.5
    breakdowns = [score(_evidence(session, issue, last_day, mean)) for issue in issues]
    return {
        issue.id: (b, s)
        for issue, b, s in zip(issues, breakdowns, rank(breakdowns), strict=True)
        if issue.id is not None
    }


def _evidence(session: Session, issue: Issue, last_day: date, mean_severity: float) -> Evidence:
    four_weeks = last_day - timedelta(days=27)
    said = Feedback.bucket != "superseded"
    people, channels, mentions = session.exec(
        select(
            func.count(distinct(who())),
            func.count(distinct(col(Feedback.channel))),
            func.count(distinct(col(Mention.feedback_id))),
        )
        .join(Feedback, col(Feedback.id) == Mention.feedback_id)
        .where(Mention.issue_id == issue.id, Mention.day >= four_weeks, Mention.day <= last_day, said)
    ).one()
    signal = session.exec(
        select(Signal)
        .where(Signal.issue_id == issue.id, Signal.last_day >= last_day - timedelta(days=7))
        .order_by(col(Signal.day).desc())
    ).first()
    first_day = session.exec(select(func.min(col(Feedback.day)))).one() or last_day
    weeks = max(1.0, ((last_day - first_day).days + 1) / 7)
    all_people = session.exec(
        select(func.count(distinct(who())))
        .join(Feedback, col(Feedback.id) == Mention.feedback_id)
        .where(Mention.issue_id == issue.id, Mention.day <= last_day, said)
    ).one()
    return Evidence(
        baseline_people=all_people / weeks,
        people_4_weeks=float(people),
        severity_sum=issue.severity * mentions,
        severity_count=mentions,
        severity_mean=mean_severity,
        surge_p=signal.p if signal else 1.0,
        channels=channels,
        moment=MOMENTS.get(issue.stage, 1.0),
        immediate=issue.immediate,
    )
