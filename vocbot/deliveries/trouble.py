"""What is wrong with what leaves: acts that were given up, and acts that are tried in vain."""

from __future__ import annotations

from typing import Any

from sqlmodel import Session, col, func, select

from vocbot.deliveries.dead import DEAD
from vocbot.store.tables import Delivery

IN_VAIN = 10  # attempts: a quarter of an hour of waits that grow


def trouble(session: Session) -> dict[tuple[str, str], dict[str, Any]]:
    """Facts by connector and kind of alarm: `buried` until somebody has looked after each act, `stuck` until none is
    tried in vain."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    dead = select(Delivery.connector, func.count(), func.min(Delivery.ended_at)).where(col(Delivery.state).in_(DEAD))
    for connector, count, since in session.exec(dead.group_by(col(Delivery.connector))):
        found[connector, "buried"] = {"count": count, "since": since.isoformat() if since else ""}
    tried = (col(Delivery.state) == "planned", col(Delivery.attempt) >= IN_VAIN)
    in_vain = select(Delivery.connector, func.count()).where(*tried).group_by(col(Delivery.connector))
    for connector, count in session.exec(in_vain):
        last = select(Delivery.error).where(*tried, Delivery.connector == connector)
        reason = session.exec(last.order_by(col(Delivery.attempt).desc()).limit(1)).one()
        found[connector, "stuck"] = {"count": count, "tries": IN_VAIN, "reason": reason}
    return found
