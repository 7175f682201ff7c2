"""Everything that is kept about a Person, in readable form: what they may ask for."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Any

from sqlmodel import Session, SQLModel, col, select

from vocbot.listen.raw import unpack
from vocbot.privacy.find import find_person
from vocbot.privacy.quotes import without, words
from vocbot.privacy.records import Parsers, records_of
from vocbot.privacy.subject import Subject, subject
from vocbot.store.crypt import Crypt
from vocbot.store.db import Store
from vocbot.store.tables import (
    Answer,
    AuditEntry,
    Conversation,
    Delivery,
    Event,
    Feedback,
    Identity,
    Issue,
    Mention,
    Notice,
    Person,
    VaultEntry,
)


def export(store: Store, crypt: Crypt, parsers: Parsers, said: str, now: datetime) -> dict[str, Any]:
    """Everything about whoever is called or reached by `said`. Raises VocbotError where that is nobody, or several.

    Handles are kept as keyed hashes only: in readable form they stand in the raw records.
    """
    with store.read() as session:
        known = subject(session, crypt, find_person(session, crypt, said))
        found = {"exported_at": now.isoformat(), **_rows(session, crypt, known)}
    records = [
        {
            "source": row.source,
            "kind": row.kind,
            "event_id": row.event_id,
            "received_at": row.received_at.isoformat(),
            **_body(data),
        }
        for row, data in records_of(store, crypt, parsers, known)
    ]
    return {**found, "raw_records": records}


def _rows(session: Session, crypt: Crypt, known: Subject) -> dict[str, Any]:
    mine = _Mine(session, known.ids)
    theirs = words(known.texts)
    titles = {issue.id: issue.name for issue in session.exec(select(Issue))}
    places = [row for row in session.exec(select(Conversation)) if (row.source, row.ref) in known.conversations]
    answers = [row for row in session.exec(select(Answer)) if (row.source, row.conversation) in known.conversations]
    acts = [
        row
        for row in session.exec(select(Delivery).order_by(col(Delivery.id)))
        if (row.act == "notice" and row.payload["person"] in known.ids) or without(row.payload, theirs) is not None
    ]
    facts = select(AuditEntry).where(
        col(AuditEntry.subject).in_(known.pseudonyms) | col(AuditEntry.actor).in_(known.pseudonyms)
    )
    return {
        "person": known.person.pseudonym,
        "persons": [_plain(row) for row in session.exec(select(Person).where(col(Person.id).in_(known.ids)))],
        "identities": mine.rows(Identity),
        "contacts": [
            {"kind": row.kind, "value": crypt.open(row.value).decode()}
            for row in session.exec(select(VaultEntry).where(col(VaultEntry.person_id).in_(known.ids)))
        ],
        "feedback": mine.rows(Feedback),
        "mentions": [{**row, "issue": titles.get(row["issue_id"])} for row in mine.rows(Mention)],
        "events": mine.rows(Event),
        "conversations": [_plain(row) for row in places],
        "answers": [_plain(row) for row in answers],
        "notices": mine.rows(Notice),
        "acts_with_their_words": [_plain(row) for row in acts],
        "facts": [_plain(row) for row in session.exec(facts.order_by(col(AuditEntry.id)))],
    }


class _Mine:
    def __init__(self, session: Session, ids: tuple[int, ...]) -> None:
        self._session, self._ids = session, ids

    def rows(self, model: type[SQLModel]) -> list[dict[str, Any]]:
        columns: Any = model
        query = select(model).where(col(columns.person_id).in_(self._ids)).order_by(col(columns.id))
        return [_plain(row) for row in self._session.exec(query)]


def _plain(row: SQLModel) -> dict[str, Any]:
    return row.model_dump(mode="json")


def _body(data: bytes) -> dict[str, Any]:
    headers, body = unpack(data)
    try:
        return {"headers": dict(headers), "body": body.decode()}
    except UnicodeDecodeError:
        return {"headers": dict(headers), "body_base64": base64.b64encode(body).decode()}
