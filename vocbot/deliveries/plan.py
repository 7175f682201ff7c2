"""Decide an outward act: one row with a unique key, in the same transaction as whatever decided it.

Nothing in vocbot talks to the outside in any other way.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from sqlmodel import Session, col, select

from vocbot.deliveries.once import add_once
from vocbot.store.tables import Approval, Delivery

Mode = Literal["shadow", "approve", "auto"]
NOT_BEGUN = ("awaiting", "held", "planned", "queued")


def plan(
    session: Session,
    *,
    key: str,
    act: str,
    connector: str,
    now: datetime,
    mode: Mode = "auto",
    approval: str | None = None,
    due: datetime | None = None,
    target: str = "",
    payload: dict[str, Any] | None = None,
    evidence: Sequence[int] = (),
    subject: str = "",
    lane: str = "",
) -> Delivery | None:
    """Plan one act, due at `due` (now, if None). Returns None where the key was planned before: it is done once.

    In mode `approve` it waits for the Approval named `approval`, without which it raises ValueError; in mode `shadow`
    it is recorded and never sent. Acts of one `lane` begin only when those planned before them have ended.
    """
    if mode == "approve" and not approval:
        raise ValueError(f"{key} is to wait for an approval without a name")
    if session.exec(select(Delivery.id).where(Delivery.key == key)).first() is not None:
        return None
    state = {"shadow": "shadow", "approve": "awaiting", "auto": "planned"}[mode]
    delivery = Delivery(
        key=key,
        act=act,
        connector=connector,
        target=target,
        state=state,
        approval=approval if mode == "approve" else None,
        due_at=due or now,
        payload=payload or {},
        evidence=list(evidence),
        subject=subject,
        lane=lane,
        planned_at=now,
    )
    return delivery if add_once(session, delivery) else None


def release(session: Session, approval: Approval, now: datetime) -> list[Delivery]:
    """Carry out a decision: what waited for it is planned, or cancelled. Returns those deliveries.

    A due time that was planned in the future (quiet hours, the day after the canary) stays as it is.
    """
    waiting = session.exec(
        select(Delivery)
        .where(Delivery.approval == approval.token, Delivery.state == "awaiting")
        .order_by(col(Delivery.id))
        .with_for_update()
    ).all()
    for delivery in waiting:
        if approval.approved:
            delivery.state = "planned"
        else:
            delivery.state, delivery.ended_at = "cancelled", now
            delivery.error = "declined"
        session.add(delivery)
    return list(waiting)


def cancel(session: Session, delivery: Delivery, now: datetime, why: str) -> bool:
    """Take back an act that has not begun and is not in doubt. False where it is too late."""
    session.flush()
    session.refresh(delivery, with_for_update=True)  # it may have begun since it was read
    if delivery.state not in NOT_BEGUN or delivery.doubt:
        return False
    delivery.state, delivery.ended_at, delivery.error = "cancelled", now, why
    session.add(delivery)
    return True
