"""Changes: registered before they come out, their hypothesis hashed into the audit log; released by event or hand."""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlmodel import Session, col, select

from vocbot.store.audit import append
from vocbot.store.tables import Change, Issue, Ticket


def register(session: Session, issue: Issue, change: Change, now: datetime) -> Change:
    """Keep a Change that is to come; its hypothesis can be told from a later one by its hash."""
    if change.hypothesis:
        text = f"{issue.name}\n{change.hypothesis}\n{change.target}"
        change.hypothesis_hash = hashlib.sha256(text.encode()).hexdigest()
    change.issue_id, change.generation, change.added_at = issue.id, issue.generation, now
    session.add(change)
    session.flush()
    append(
        session,
        now,
        change.added_by,
        "change registered",
        issue.name,
        change=change.name,
        kind=change.kind,
        hypothesis_hash=change.hypothesis_hash,
        target=change.target,
    )
    return change


def release_change(session: Session, issue: Issue, change: Change, at: datetime, by: str, now: datetime) -> None:
    """The Change has reached customers at `at`."""
    change.released_at = at
    session.add(change)
    append(session, now, by, "released", issue.name, change=change.name, since=at.isoformat(), version=change.version)


def for_ticket(session: Session, issue: Issue, ticket: Ticket, version: str | None, now: datetime) -> Change:
    """The Change that a finished ticket releases: the registered one of its generation, else a new one."""
    change = session.exec(
        select(Change)
        .where(
            Change.issue_id == issue.id,
            Change.generation == ticket.generation,
            col(Change.released_at).is_(None),
        )
        .order_by(col(Change.id))
    ).first()
    if change is None:
        change = register(session, issue, Change(added_by=f"ticket {ticket.key}"), now)
        change.generation = ticket.generation
    change.ticket_id = ticket.id
    change.version = change.version or version or ""
    session.add(change)
    session.flush()
    return change


def latest_release(session: Session, issue: Issue) -> Change | None:
    """The latest Change of an Issue that has reached customers."""
    return session.exec(
        select(Change)
        .where(Change.issue_id == issue.id, col(Change.released_at).is_not(None))
        .order_by(col(Change.released_at).desc())
    ).first()
