"""Changes: registered before they come out, their hypothesis hashed into the audit log; released by event or hand."""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlmodel import Session, col, select

from vocbot.store.audit import append, facts
from vocbot.store.tables import Change, Issue, Ticket


def register(session: Session, issue: Issue | None, change: Change, now: datetime) -> Change:
    """Keep a Change that is to come; its hypothesis can be told from a later one by its hash.

    `issue`: what it is about; None for a release, policy or campaign that is about no single one.
    """
    if change.hypothesis:
        change.hypothesis_hash = _hash(issue.name if issue else "", change)
    if issue is not None:
        change.issue_id, change.generation = issue.id, issue.generation
    change.added_at = now
    session.add(change)
    session.flush()
    append(
        session,
        now,
        change.added_by,
        "change registered",
        issue.name if issue else change.name,
        change=change.name,
        kind=change.kind,
        hypothesis_hash=change.hypothesis_hash,
        target=change.target,
    )
    return change


def on_record(session: Session, subject: str, change: Change) -> str | None:
    """What the audit log says of a Change's hypothesis: "before" the release, "late", or "altered" where what stands
    there now is not what was registered; None without one. `subject`: what the Change is about."""
    if not change.hypothesis:
        return None
    registered = next(
        (
            entry.at
            for entry in facts(session, subject)
            if entry.action == "change registered"
            and entry.detail.get("change") == change.name
            and entry.detail.get("hypothesis_hash") == _hash(subject if change.issue_id else "", change)
        ),
        None,
    )
    if registered is None:
        return "altered"
    return "before" if change.released_at is None or registered <= change.released_at else "late"


def _hash(subject: str, change: Change) -> str:
    return hashlib.sha256(f"{subject}\n{change.hypothesis}\n{change.target}".encode()).hexdigest()


def release_change(session: Session, issue: Issue | None, change: Change, at: datetime, by: str, now: datetime) -> None:
    """The Change has reached customers at `at`."""
    change.released_at = at
    session.add(change)
    subject = issue.name if issue else change.name
    append(session, now, by, "released", subject, change=change.name, since=at.isoformat(), version=change.version)


def for_ticket(session: Session, issue: Issue, ticket: Ticket, version: str | None, now: datetime) -> Change:
    """The Change behind a finished ticket: one of its generation that was registered, or that somebody has already
    released by hand while the ticket was open; else a new one."""
    change = session.exec(
        select(Change)
        .where(
            Change.issue_id == issue.id,
            Change.generation == ticket.generation,
            col(Change.released_at).is_(None) | col(Change.ticket_id).is_(None),
        )
        .order_by(col(Change.released_at).is_not(None), col(Change.id))
    ).first()
    if change is None:
        change = register(session, issue, Change(added_by=f"ticket {ticket.key}"), now)
        change.generation = ticket.generation
    change.ticket_id = ticket.id
    change.version = change.version or version or ""
    session.add(change)
    session.flush()
    return change


def latest_release(session: Session, issue: Issue, before: int | None = None) -> Change | None:
    """The latest Change of an Issue that has reached customers; with `before`, of the generations before that one."""
    query = select(Change).where(Change.issue_id == issue.id, col(Change.released_at).is_not(None))
    if before is not None:
        query = query.where(Change.generation < before)
    return session.exec(query.order_by(col(Change.released_at).desc())).first()


def taken_over(session: Session, change: Change, until: datetime) -> bool:
    """Whether another Change of the same Issue came out after this one and before `until`."""
    assert change.released_at is not None
    query = select(Change.id).where(
        Change.issue_id == change.issue_id,
        Change.id != change.id,
        col(Change.released_at) > change.released_at,
        col(Change.released_at) < until,
    )
    return session.exec(query).first() is not None
