"""Everything by which a Person is recognised in what is stored: rows, keyed hashes, conversations, words."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session, col, select

from vocbot.store.crypt import Crypt
from vocbot.store.persons import stands_for
from vocbot.store.tables import Feedback, Identity, Mention, Person, VaultEntry


@dataclass(frozen=True)
class Subject:
    """A Person and everybody merged into them. `conversations` are those in which no other customer spoke."""

    person: Person
    ids: tuple[int, ...]
    pseudonyms: tuple[str, ...]
    handles: frozenset[tuple[str, str]]  # source, keyed hash
    contacts: frozenset[tuple[str, str]]  # kind, keyed hash
    known: tuple[str, ...]  # contact details and names, readable
    conversations: frozenset[tuple[str, str]]  # source, ref
    records: frozenset[int]  # raw records that brought their feedback
    texts: tuple[str, ...]  # what they said


def subject(session: Session, crypt: Crypt, person: Person) -> Subject:
    """Gather what is known of the Person that stands for others, too."""
    ids = stands_for(session, person.id or 0)
    said = session.exec(select(Feedback).where(col(Feedback.person_id).in_(ids)).order_by(col(Feedback.id))).all()
    vault = session.exec(select(VaultEntry).where(col(VaultEntry.person_id).in_(ids))).all()
    handles = session.exec(select(Identity.source, Identity.handle_hash).where(col(Identity.person_id).in_(ids))).all()
    mentions = session.exec(select(Mention.text).where(col(Mention.person_id).in_(ids))).all()
    met = {(one.source, one.conversation) for one in said if one.conversation is not None}
    return Subject(
        person,
        tuple(ids),
        tuple(session.exec(select(Person.pseudonym).where(col(Person.id).in_(ids)).order_by(col(Person.id))).all()),
        frozenset(handles),
        frozenset((one.kind, one.value_hash) for one in vault),
        tuple(crypt.open(one.value).decode() for one in vault),
        frozenset((source, ref) for source, ref in met if ref and not _shared(session, source, ref, ids)),
        frozenset(one.inbound_id for one in said if one.inbound_id is not None),
        tuple(dict.fromkeys(text for text in (*(one.text for one in said), *mentions) if text.strip())),
    )


def _shared(session: Session, source: str, ref: str, ids: list[int]) -> bool:
    query = select(Feedback.id).where(
        Feedback.source == source,
        Feedback.conversation == ref,
        col(Feedback.person_id).is_(None) | col(Feedback.person_id).not_in(ids),
    )
    return session.exec(query).first() is not None
