"""Hold a connector: nothing leaves through it until a person releases it. What is planned waits, in order."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, func, select

from vocbot.store.audit import append
from vocbot.store.tables import Delivery, Hold


def hold(session: Session, connector: str, by: str, why: str, now: datetime) -> bool:
    """Hold it; False where it is held already. An attempt that has begun is not called back."""
    if session.get(Hold, connector) is not None:
        return False
    session.add(Hold(connector=connector, by=by, why=why, at=now))
    append(session, now, by, "hold", connector, why=why)
    return True


def release(session: Session, connector: str, by: str, now: datetime) -> bool:
    """Let go what has waited, at the connector's own rate; False where it is not held."""
    held = session.get(Hold, connector, with_for_update=True)
    if held is None:
        return False
    session.delete(held)
    append(session, now, by, "hold over", connector)
    return True


def waiting(session: Session, connector: str) -> int:
    """How many acts are planned towards it."""
    query = select(func.count()).select_from(Delivery)
    return session.exec(query.where(Delivery.connector == connector, Delivery.state == "planned")).one()
