"""Forget a Person: who they are, what they said, their raw records, and their words in what others read.

Rows stay without their content, so that every count stays what it was. Raw records go first, then everything else in
one transaction: after a kill at any moment the same request does the rest. Asked again, it says how the edits stand.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, update
from sqlmodel import Session, col, select
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from vocbot.privacy.certificate import ACTION, Certificate, certificate
from vocbot.privacy.edits import Edits, Looked, Sending, clean_acts, look
from vocbot.privacy.find import find_person
from vocbot.privacy.quotes import Words, words
from vocbot.privacy.records import Parsers, records_of
from vocbot.privacy.subject import Subject, subject
from vocbot.sdk.clock import Clock
from vocbot.store.audit import append
from vocbot.store.crypt import Crypt
from vocbot.store.db import Store
from vocbot.store.scrub import erase_slack, hide_deleted
from vocbot.store.tables import (
    Answer,
    Conversation,
    Cursor,
    Event,
    FaqDraft,
    Feedback,
    Identity,
    Inbound,
    Mention,
    Person,
    Unread,
    VaultEntry,
)
from vocbot.store.upsert import table
from vocbot.understand.issues import count_issues, count_volumes

PATIENCE = 30.0  # seconds that an act with their words may take to end


@dataclass(frozen=True)
class Forget:
    """Everything it takes. `drain` reads what waits in the inbox: else it would bring the person back."""

    store: Store
    crypt: Crypt
    clock: Clock
    parsers: Parsers
    editable: frozenset[str]  # connectors whose posts can be changed
    drain: Callable[[], int]

    def __call__(self, said: str, by: str) -> Certificate:
        """Forget whoever is called or reached by `said`. Raises VocbotError where that is nobody, or several, or an act
        with their words does not end."""
        while self.drain():
            pass
        with self.store.read() as session:
            known = subject(session, self.crypt, find_person(session, self.crypt, said))
        records = self._records(known)
        self._empty(list(map(int, records)))
        with self.store.read() as session:
            looked = look(session, known)
        Retrying(
            retry=retry_if_exception_type(Sending), wait=wait_fixed(1), stop=stop_after_delay(PATIENCE), reraise=True
        )(self._forget, known.person.id or 0, records, looked, by)
        erase_slack(self.store)
        with self.store.read() as session:
            found = certificate(session, known.person.pseudonym)
        assert found is not None
        return found

    def _records(self, known: Subject) -> dict[str, str]:
        """The numbers of their raw records with a keyed hash of each; noted before anything is emptied, so that a
        request that was cut short knows what it did."""
        found = {
            str(row.id): self.crypt.blind("removed", "record", data.hex())
            for row, data in records_of(self.store, self.crypt, self.parsers, known)
        }
        with self.store.write() as session:
            note = session.get(Cursor, _note(known)) or Cursor(name=_note(known), value="{}", moved_at=self.clock.now())
            found |= json.loads(note.value)
            note.value, note.moved_at = json.dumps(found), self.clock.now()
            session.add(note)
        return found

    def _empty(self, ids: list[int]) -> None:
        with Session(self.store.inbox) as inbox, inbox.begin():
            hide_deleted(inbox.connection())
            inbox.connection().execute(update(table(Inbound)).where(table(Inbound).c.id.in_(ids)).values(body=b""))

    def _forget(self, person: int, records: dict[str, str], looked: Looked, by: str) -> None:
        with self.store.write(lock="drain") as session:
            hide_deleted(session.connection())
            known = subject(session, self.crypt, session.get_one(Person, person))
            self._remove(session, known, records, looked, by)

    def _remove(self, session: Session, known: Subject, records: dict[str, str], looked: Looked, by: str) -> None:
        now = self.clock.now()
        removed = _Removed(self.crypt)
        removed.add("raw records", records.values())
        edits = clean_acts(session, known, looked, self.editable, now)
        removed.add("acts with their words, cleaned here", range(edits.cleaned))
        _clean_drafts(session, words(known.texts), removed)
        _remove_rows(session, known, removed, now)
        ids = [int(ident) for ident in records]
        session.connection().execute(delete(table(Unread)).where(table(Unread).c.inbound_id.in_(ids)))
        session.connection().execute(delete(table(Cursor)).where(table(Cursor).c.name == _note(known)))
        first = certificate(session, known.person.pseudonym) is None
        if first or removed.anything or edits.planned or edits.unreached:
            append(
                session,
                now,
                by,
                ACTION,
                known.person.pseudonym,
                merged=[name for name in known.pseudonyms if name != known.person.pseudonym],
                removed=removed.told,
                edits=edits.planned,
                unreached=_unreached(session, known, edits) if first or edits.unreached else [],
            )


class _Removed:
    """Counts what goes, with one keyed hash over each kind: it proves what it was to whoever shows it again."""

    def __init__(self, crypt: Crypt) -> None:
        self._crypt = crypt
        self.told: list[dict[str, Any]] = []

    @property
    def anything(self) -> bool:
        return bool(self.told)

    def add(self, what: str, values: Iterable[object]) -> None:
        found = sorted(map(str, values))
        if found:
            self.told.append({"what": what, "count": len(found), "hash": self._crypt.blind("removed", what, *found)})


def _note(known: Subject) -> str:
    return f"forget {known.person.pseudonym}"


def _remove_rows(session: Session, known: Subject, removed: _Removed, now: datetime) -> None:
    connection = session.connection()
    removed.add("names and contact details", known.known)
    removed.add("handles (keyed hashes)", (":".join(handle) for handle in known.handles))
    said = session.exec(select(Feedback).where(col(Feedback.person_id).in_(known.ids))).all()
    removed.add("texts", (one.text for one in said if one.text))
    removed.add("attributes", (json.dumps(one.attributes, sort_keys=True) for one in said if one.attributes))
    for model, what in ((VaultEntry, ""), (Identity, ""), (Event, "events")):
        rows = table(model)
        gone = connection.execute(delete(rows).where(rows.c.person_id.in_(known.ids)).returning(rows.c.id)).scalars()
        if what:
            removed.add(what, gone)
    answered: list[str] = []
    for source, ref in sorted(known.conversations):
        answers = table(Answer)
        here = (answers.c.source == source, answers.c.conversation == ref)
        answered += connection.execute(delete(answers).where(*here).returning(answers.c.text)).scalars()
        places = table(Conversation)
        connection.execute(delete(places).where(places.c.source == source, places.c.ref == ref))
    removed.add("agents' answers to them", answered)
    removed.add("conversations", (":".join(one) for one in known.conversations))
    feedback, mention, person = table(Feedback).c, table(Mention).c, table(Person).c
    of_theirs = mention.feedback_id.in_([one.id for one in said])
    touched = connection.execute(select(mention.issue_id, mention.day).where(of_theirs).distinct()).all()
    connection.execute(update(table(Mention)).where(of_theirs).values(text=""))
    empty: dict[str, Any] = {"text": "", "conversation": None, "attributes": {}, "inbound_id": None}
    mine = feedback.person_id.in_(known.ids)
    connection.execute(update(table(Feedback)).where(mine).values(**empty))
    # nobody can decide about words that are gone
    connection.execute(update(table(Feedback)).where(mine, feedback.bucket == "undecided").values(bucket="empty"))
    stop = {"language": "und", "stopped_at": known.person.stopped_at or now}
    connection.execute(update(table(Person)).where(person.id.in_(known.ids)).values(**stop))
    session.expire_all()
    count_issues(session, ((issue, day) for issue, day in touched))
    count_volumes(session, {one.day for one in said})


def _clean_drafts(session: Session, theirs: Words, removed: _Removed) -> None:
    gone: list[str] = []
    for draft in session.exec(select(FaqDraft)):
        kept = [text for text in draft.variants if not theirs.within(text)]
        if len(kept) < len(draft.variants):
            gone += [text for text in draft.variants if text not in kept]
            draft.variants = kept
            session.add(draft)
    removed.add("questions of FAQ drafts", gone)


def _unreached(session: Session, known: Subject, edits: Edits) -> list[list[Any]]:
    counted = Counter(edits.unreached)
    sources = session.exec(
        select(Feedback.source).where(col(Feedback.person_id).in_(known.ids)).distinct().order_by(Feedback.source)
    ).all()
    for source in sources:
        counted["what they wrote there", source, "it is kept by that system itself"] += 1
    counted["backups", "wherever they are", "those made before this moment still hold everything"] += 1
    return [[*place, count] for place, count in counted.items()]
