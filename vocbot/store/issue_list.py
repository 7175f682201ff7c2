"""The list of Issues: what `vocbot issues` shows."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import func
from sqlmodel import Session, col, select

from vocbot.store.tables import Change, Grouped, Issue, Mention, Signal, Ticket, Verdict

_PART = 500


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
    copies: int = 0  # of texts that are mentions: passed on, and not counted with them


def issue_list(session: Session) -> list[Listed]:
    """All Issues that are not merged into another, most mentions first."""
    issues = session.exec(select(Issue).where(col(Issue.merged_into).is_(None)).order_by(col(Issue.id))).all()
    signals: dict[int, list[Signal]] = {}
    for signal in session.exec(select(Signal).order_by(col(Signal.day))):
        signals.setdefault(signal.issue_id, []).append(signal)
    tickets = {t.issue_id: t for t in session.exec(select(Ticket).order_by(col(Ticket.generation)))}
    copies = _copies(session)
    listed = [
        _listed(session, i, tuple(signals.get(i.id or 0, ())), tickets.get(i.id or 0), copies.get(i.id or 0, 0))
        for i in issues
    ]
    return sorted(listed, key=lambda one: (-one.mentions, one.issue.number))


def _copies(session: Session) -> dict[int, int]:
    """Copies by the Issue of the text that they are copies of."""
    # originals first: left to itself, SQLite walks through all mentions to find the few that were copied
    counted = select(Grouped.copy_of, func.count()).where(col(Grouped.copy_of).is_not(None))
    copied = dict(session.exec(counted.group_by(col(Grouped.copy_of))).all())
    originals, found = sorted(o for o in copied if o is not None), Counter[int]()
    for start in range(0, len(originals), _PART):
        part = originals[start : start + _PART]
        query = select(Mention.issue_id, Mention.feedback_id).where(col(Mention.feedback_id).in_(part)).distinct()
        for issue_id, original in session.exec(query):
            found[issue_id] += copied[original]
    return found


def _listed(session: Session, issue: Issue, signals: tuple[Signal, ...], ticket: Ticket | None, copies: int) -> Listed:
    state = _state(session, issue, signals, ticket)
    return Listed(issue, issue.mentions, issue.people, state, signals, ticket, copies)


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
