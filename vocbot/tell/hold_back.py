"""Notices that are not to leave after all: the person said stop, a canary said still, or a later Change took over."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, select

from vocbot.deliveries.plan import NOT_BEGUN, cancel
from vocbot.store.audit import append
from vocbot.store.persons import stands_for
from vocbot.store.tables import Change, Delivery, Person
from vocbot.tell.ask import withdraw


def notice_token(change: Change) -> str:
    """What is approved: all notices about one Change, as they read now."""
    return f"notice:{change.name}:{change.revision}" if change.revision else f"notice:{change.name}"


def stop_telling(session: Session, person: Person, now: datetime) -> int:
    """The person does not want such messages: remember it and take back what has not been sent."""
    if person.stopped_at is not None:
        return 0
    person.stopped_at = now
    session.add(person)
    ids = stands_for(session, person.id or 0)
    mine = [d for d in _waiting(session) if d.payload["person"] in ids]
    taken = sum(cancel(session, d, now, "the person asked to stop") for d in mine)
    append(session, now, person.pseudonym, "stop", person.pseudonym, cancelled=taken)
    return taken


def hold_notices(session: Session, change: Change, now: datetime, why: str) -> int:
    """Hold the notices about a Change that have not begun: a canary said it is still broken."""
    held = 0
    for delivery in _waiting(session):
        if delivery.subject == change.name and delivery.state == "planned":
            delivery.state, delivery.error = "held", why
            session.add(delivery)
            held += 1
    if held:
        append(session, now, "vocbot", "notices held", change.name, count=held, why=why)
    return held


def take_over(session: Session, change: Change, now: datetime) -> int:
    """Take back what waits about earlier Changes of the same Issue: this one is what helps."""
    earlier = session.exec(
        select(Change).where(
            Change.issue_id == change.issue_id, Change.id != change.id, col(Change.released_at).is_not(None)
        )
    ).all()
    tokens = {other.name: notice_token(other) for other in earlier}
    why = f"{change.name} took over"
    taken = [d for d in _waiting(session) if d.subject in tokens and cancel(session, d, now, why)]
    for name in sorted({d.subject for d in taken}):
        withdraw(session, tokens[name], now)
    return len(taken)


def _waiting(session: Session) -> list[Delivery]:
    return list(
        session.exec(
            select(Delivery).where(
                Delivery.act == "notice", col(Delivery.state).in_(NOT_BEGUN), col(Delivery.doubt).is_(False)
            )
        ).all()
    )
