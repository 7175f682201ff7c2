"""One customer by their pseudonym: what they said and were told. Who it is, is shown on request and logged."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response
from sqlmodel import Session, col, select

from vocbot.store.audit import append
from vocbot.store.persons import standing, stands_for
from vocbot.store.tables import Change, Feedback, Notice, Person, VaultEntry
from vocbot.web.desk import Desk, Reading, Writing
from vocbot.web.refusals import Refused

router = APIRouter()
SHOWN = 40


@router.get("/people/{pseudonym}")
def person(desk: Reading, pseudonym: str) -> Response:
    """What is known without knowing who it is."""
    return _page(desk, pseudonym, None)


@router.post("/people/{pseudonym}/identity")
def identity(desk: Writing, pseudonym: str) -> Response:
    """Name and contact details. The look is in the audit log before they are shown."""
    desk.require("see identity")
    reason = desk.form.get("reason", "").strip()[:200]
    if not reason:
        raise Refused(400, "no_reason")
    opened = desk.console.opened
    with opened.store.write() as session:
        found = _found(session, pseudonym)
        append(session, opened.clock.now(), desk.user.name, "identity seen", found.pseudonym, reason=reason)
        entries = session.exec(
            select(VaultEntry)
            .where(col(VaultEntry.person_id).in_(stands_for(session, found.id or 0)))
            .order_by(col(VaultEntry.kind), col(VaultEntry.id))
        ).all()
        details = [(entry.kind, opened.crypt.open(entry.value).decode()) for entry in entries]
    return _page(desk, pseudonym, details)


def _found(session: Session, pseudonym: str) -> Person:
    found = session.exec(select(Person).where(Person.pseudonym == pseudonym)).first()
    if found is None:
        raise Refused(404, "no_page")
    return standing(session, found)


def _page(desk: Desk, pseudonym: str, details: list[tuple[str, str]] | None) -> Response:
    with desk.console.opened.store.read() as session:
        found = _found(session, pseudonym)
        ids = stands_for(session, found.id or 0)
        said = session.exec(
            select(Feedback)
            .where(col(Feedback.person_id).in_(ids), Feedback.bucket != "superseded")
            .order_by(col(Feedback.time).desc())
            .limit(SHOWN)
        ).all()
        told = session.exec(
            select(Notice, Change)
            .join(Change, col(Change.id) == col(Notice.change_id))
            .where(col(Notice.person_id).in_(ids))
            .order_by(col(Notice.id).desc())
        ).all()
    return desk.page(
        "person.html", person=found, said=said, told=told, details=details, allowed=desk.may("see identity")
    )
