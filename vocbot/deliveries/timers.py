"""Things that fall due and are no outward act. One row per (kind, subject); the sweep runs it in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, select

from vocbot.deliveries.once import add_once
from vocbot.store.tables import Timer
from vocbot.store.upsert import read_anew, table

# Runs one due timer inside the sweep's transaction and returns when it is due again, or None.
TimerHandler = Callable[[Session, Timer], datetime | None]


def set_timer(session: Session, kind: str, subject: str, due: datetime, payload: dict[str, Any] | None = None) -> Timer:
    """Let (kind, subject) fall due at `due`, or earlier if it already does.

    `payload` goes with the time that counts; None leaves it as it was.
    """
    timer = _locked(session, kind, subject)
    if timer is None:
        timer = Timer(kind=kind, subject=subject, due_at=due, payload=payload or {})
        if add_once(session, timer):
            return timer
        timer = _locked(session, kind, subject)
        assert timer is not None
    if timer.due_at is None or due < timer.due_at:
        timer.due_at = due
        timer.payload = timer.payload if payload is None else payload
    session.add(timer)
    session.flush()
    return timer


def set_timers(session: Session, kind: str, subjects: Collection[str], due: datetime) -> None:
    """`set_timer` for many subjects, whose rows are looked up at once."""
    t = table(Timer).c
    query = select(t.id, t.subject, t.due_at).where(t.kind == kind, t.subject.in_(subjects)).order_by(t.subject)
    known = session.connection().execute(query.with_for_update()).all()
    later = [row.id for row in known if row.due_at is None or due < row.due_at]
    if later:
        session.connection().execute(update(table(Timer)).where(t.id.in_(later)).values(due_at=due))
        read_anew(session, Timer)
    for subject in sorted(set(subjects) - {row.subject for row in known}):
        set_timer(session, kind, subject, due)


def _locked(session: Session, kind: str, subject: str) -> Timer | None:
    """The row, once a sweep that runs it has ended: until then it shows the time that the sweep is about to clear."""
    query = select(Timer).where(Timer.kind == kind, Timer.subject == subject).with_for_update()
    return session.exec(query.execution_options(populate_existing=True)).first()
