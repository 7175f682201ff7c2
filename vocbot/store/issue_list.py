"""The list of Issues: what `vocbot issues` shows."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import distinct, func
from sqlmodel import Session, col, select

from vocbot.store.issue_numbers import who
from vocbot.store.tables import Change, Feedback, Issue, Mention, Signal, Ticket, Verdict


@dataclass(frozen=True)
class Listed:
    """One line of the list. `state` is the latest of: new, signalled, ticketed, in progress, declined, done, or the
    word of the latest verdict."""

    issue: Issue
    mentions: int
    people: int
    state: str
    signals: tuple[Signal, ...]
    ticket: Ticket | None


def issue_list(session: Session) -> list[Listed]:
    """All Issues that are not merged into another, most mentions first."""
    counts = {
        issue_id: (mentions, people)
        for issue_id, mentions, people in session.exec(
            select(
                col(Mention.issue_id),
                func.count(distinct(col(Mention.feedback_id))),
                func.count(distinct(who())),
            )
            .join(Feedback, col(Feedback.id) == col(Mention.feedback_id))
            .where(Feedback.bucket != "superseded")
            .group_by(col(Mention.issue_id))
        ).all()
    }
    issues = session.exec(select(Issue).where(col(Issue.merged_into).is_(None)).order_by(col(Issue.id))).all()
    listed = [_listed(session, issue, *counts.get(issue.id or 0, (0, 0))) for issue in issues]
    return sorted(listed, key=lambda one: (-one.mentions, one.issue.number))


def _listed(session: Session, issue: Issue, mentions: int, people: int) -> Listed:
    signals = session.exec(select(Signal).where(Signal.issue_id == issue.id).order_by(col(Signal.day))).all()
    ticket = session.exec(
        select(Ticket).where(Ticket.issue_id == issue.id).order_by(col(Ticket.generation).desc())
    ).first()
    return Listed(issue, mentions, people, _state(session, issue, tuple(signals), ticket), tuple(signals), ticket)


def _state(session: Session, issue: Issue, signals: tuple[Signal, ...], ticket: Ticket | None) -> str:
    if ticket is None or ticket.generation != issue.generation:  # it came back since that ticket
        return "signalled" if signals else "new"
    if ticket.status == "done":
        verdict = session.exec(
            select(Verdict.verdict)
            .join(Change, col(Change.id) == col(Verdict.change_id))
            .where(Verdict.issue_id == issue.id, Change.generation == ticket.generation)
            .order_by(col(Verdict.change_id).desc(), col(Verdict.week).desc())
        ).first()
        return verdict or ("done" if ticket.outcome == "fixed" else "declined")
    return {"planned": "signalled", "in_progress": "in progress", "open": "ticketed"}.get(ticket.status, ticket.status)
