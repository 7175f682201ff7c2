"""Deliveries as lists and pages show them: counts by connector and state, what waits, what was given up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, func, select

from vocbot.store.tables import Delivery, Hold, Unread

UNDER_WAY = ("planned", "queued", "performing")


@dataclass(frozen=True)
class Outward:
    """One connector. `states` counts its acts; `due` is since when the oldest act that could leave has been due."""

    connector: str
    states: dict[str, int]
    due: datetime | None
    retrying: int
    held: Hold | None

    def facts(self) -> dict[str, Any]:
        """As JSON."""
        held = self.held.model_dump(exclude={"connector"}) if self.held else None
        return {
            "connector": self.connector,
            "states": self.states,
            "oldest_due": self.due,
            "retrying": self.retrying,
            "held": held,
        }


def delivery_list(session: Session, now: datetime) -> list[Outward]:
    """Every connector that something was planned for, or that is held."""
    states: dict[str, dict[str, int]] = {}
    counts = select(Delivery.connector, Delivery.state, func.count()).group_by(
        col(Delivery.connector), col(Delivery.state)
    )
    for connector, state, count in session.exec(counts):
        states.setdefault(connector, {})[state] = count
    under_way = col(Delivery.state).in_(UNDER_WAY)
    oldest = select(Delivery.connector, func.min(Delivery.due_at)).where(under_way, col(Delivery.due_at) <= now)
    due = dict(session.exec(oldest.group_by(col(Delivery.connector))).all())
    tried = select(Delivery.connector, func.count()).where(Delivery.state == "planned", Delivery.attempt > 0)
    retrying = dict(session.exec(tried.group_by(col(Delivery.connector))).all())
    holds = {hold.connector: hold for hold in session.exec(select(Hold))}
    return [
        Outward(name, states.get(name, {}), due.get(name), retrying.get(name, 0), holds.get(name))
        for name in sorted(states.keys() | holds.keys())
    ]


def unread(session: Session) -> Sequence[Unread]:
    """Records that could not be used, the latest first."""
    return session.exec(select(Unread).order_by(col(Unread.id).desc())).all()


def dead_facts(delivery: Delivery) -> dict[str, Any]:
    """A given-up act as JSON; no word of what it would have said."""
    names = ("key", "act", "connector", "state", "subject", "error", "attempt", "planned_at", "ended_at")
    return {name: getattr(delivery, name) for name in names}
