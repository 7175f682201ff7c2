"""What waits for a named person's yes, grouped by what one decision covers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from vocbot.store.tables import Approval, Delivery


@dataclass(frozen=True)
class Waiting:
    """One decision: its token (faq:3, notice:CHANGE-1), the kind of act, what it is about, how many acts."""

    token: str
    act: str
    subject: str
    count: int
    since: datetime
    title: str  # of the text that would go out


def approval_list(session: Session) -> list[Waiting]:
    """All that waits, the oldest first."""
    about = (col(Delivery.approval), col(Delivery.act), col(Delivery.subject))
    columns: Any = (*about, func.count(), func.min(col(Delivery.planned_at)), func.min(col(Delivery.id)))
    rows: Any = session.exec(
        select(*columns).where(Delivery.state == "awaiting").group_by(*about).order_by(func.min(col(Delivery.id)))
    ).all()
    first = {row[-1]: row for row in rows}
    texts: Any = select(col(Delivery.id), col(Delivery.payload)).where(col(Delivery.id).in_(first))
    titles = {ident: payload.get("document", {}).get("title", "") for ident, payload in session.exec(texts)}
    return [
        Waiting(token or "", act, subject, count, since, titles.get(ident, ""))
        for token, act, subject, count, since, ident in rows
    ]


def covered(session: Session, token: str) -> Sequence[Delivery]:
    """The acts that wait for one decision, in order."""
    return session.exec(
        select(Delivery).where(Delivery.approval == token, Delivery.state == "awaiting").order_by(col(Delivery.id))
    ).all()


def decision(session: Session, token: str) -> Approval | None:
    """Who has decided about this already."""
    return session.exec(select(Approval).where(Approval.token == token)).first()


def fingerprint(deliveries: Sequence[Delivery]) -> str:
    """A hash of what would be done: whoever decides says what they saw, and a changed text is not approved unseen."""
    shown = [[d.id, d.target, d.payload] for d in deliveries]
    text = json.dumps(shown, sort_keys=True, ensure_ascii=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:24]
