"""Acts that ended without being done: list them, try one again, or let it go. A person decides, and is named."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from sqlmodel import Session, col, select

from vocbot.store.audit import append
from vocbot.store.tables import Delivery

DEAD = ("rejected", "unknown", "buried")

Again = Literal["planned", "not dead", "may be twice"]


def dead(session: Session) -> Sequence[Delivery]:
    """The dead, the latest first."""
    query = select(Delivery).where(col(Delivery.state).in_(DEAD))
    return session.exec(query.order_by(col(Delivery.ended_at).desc(), col(Delivery.id).desc())).all()


def replay(session: Session, delivery: Delivery, by: str, now: datetime, twice: bool = False) -> Again:
    """Plan a dead act once more; its age begins anew.

    One whose outcome is unknown may have happened: it is planned only with `twice`, which says that the person accepts
    that. What can be looked up is looked up first, as ever.
    """
    session.flush()
    session.refresh(delivery, with_for_update=True)
    if delivery.state not in DEAD:
        return "not dead"
    if delivery.state == "unknown" and not twice:
        return "may be twice"
    if delivery.state == "unknown":
        delivery.doubt = False  # nobody can look; the person has decided
    append(session, now, by, "replayed", delivery.subject or delivery.key, key=delivery.key, was=delivery.state)
    delivery.state, delivery.ended_at = "planned", None
    delivery.due_at = delivery.planned_at = now
    session.add(delivery)
    return "planned"


def drop(session: Session, delivery: Delivery, by: str, why: str, now: datetime) -> bool:
    """Let a dead act go: it is not listed any more. False where it is not dead."""
    session.flush()
    session.refresh(delivery, with_for_update=True)
    if delivery.state not in DEAD:
        return False
    append(session, now, by, "dropped", delivery.subject or delivery.key, key=delivery.key, why=why)
    delivery.state = "cancelled"
    session.add(delivery)
    return True
