"""Things that fall due and are no outward act. One row per (kind, subject); the sweep runs it in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlmodel import Session, select

from vocbot.store.tables import Timer

# Runs one due timer inside the sweep's transaction and returns when it is due again, or None.
TimerHandler = Callable[[Session, Timer], datetime | None]


def set_timer(session: Session, kind: str, subject: str, due: datetime, payload: dict[str, Any] | None = None) -> Timer:
    """Let (kind, subject) fall due at `due`, or earlier if it already does."""
    timer = session.exec(select(Timer).where(Timer.kind == kind, Timer.subject == subject)).first()
    if timer is None:
        timer = Timer(kind=kind, subject=subject, due_at=due, payload=payload or {})
    elif timer.due_at is None or due < timer.due_at:
        timer.due_at = due
        timer.payload = payload or timer.payload
    session.add(timer)
    session.flush()
    return timer
