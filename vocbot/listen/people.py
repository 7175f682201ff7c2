"""Who spoke: pseudonymous Persons, found again by keyed hashes; names and addresses go to the vault, encrypted."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlmodel import Session, col, select

from vocbot.sdk.events import Author
from vocbot.store.audit import append
from vocbot.store.crypt import Crypt
from vocbot.store.persons import standing, stands_for
from vocbot.store.tables import Identity, Person, VaultEntry

_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # nothing that looks like something else


def recognise(session: Session, crypt: Crypt, source: str, author: Author, now: datetime) -> Person:
    """The Person behind `author`, created at the first meeting; contact details are added to the vault.

    An e-mail address or telephone number that is in the vault already joins the sources: it is the same person. Where
    both are known already, the younger is merged into the older: nobody is told twice, and a stop counts for both.
    """
    handle = crypt.blind("handle", source, author.handle)
    identity = session.exec(select(Identity).where(Identity.source == source, Identity.handle_hash == handle)).first()
    person = session.get(Person, identity.person_id) if identity else None
    same = _by_contact(session, crypt, author)
    if person is None:
        person = same
        if person is None:
            person = Person(pseudonym="P-" + "".join(secrets.choice(_LETTERS) for _ in range(8)), created_at=now)
            session.add(person)
            session.flush()
        assert person.id is not None
        session.add(Identity(person_id=person.id, source=source, handle_hash=handle))
    person = standing(session, person)
    if same is not None:
        person = _merged(session, person, standing(session, same), now)
    assert person.id is not None
    # a blank field is no address that people share, and must not join them
    details = [(c.kind, c.value) for c in author.contacts if c.value.strip()]
    if author.name and author.name.strip():
        details.append(("name", author.name))
    for kind, value in details:
        _keep(session, crypt, person.id, kind, value)
    session.flush()
    return person


def _merged(session: Session, one: Person, other: Person, now: datetime) -> Person:
    """The one Person that two are, which stands for both from now on."""
    if one.id == other.id:
        return one
    older, younger = (one, other) if (one.id or 0) < (other.id or 0) else (other, one)
    younger.merged_into = older.id
    session.add(younger)
    append(session, now, "vocbot", "merged", younger.pseudonym, into=older.pseudonym)
    return older


def contact(session: Session, crypt: Crypt, person_id: int, kind: str) -> str | None:
    """The latest contact detail of one kind, decrypted; None where there is none. Merged Persons share theirs."""
    value = session.exec(
        select(VaultEntry.value)
        .where(col(VaultEntry.person_id).in_(stands_for(session, person_id)), VaultEntry.kind == kind)
        .order_by(col(VaultEntry.id).desc())
    ).first()
    return crypt.open(value).decode() if value is not None else None


def _hash(crypt: Crypt, kind: str, value: str) -> str:
    return crypt.blind("contact", kind, value.strip().lower())


def _by_contact(session: Session, crypt: Crypt, author: Author) -> Person | None:
    for detail in author.contacts:
        entry = session.exec(
            select(VaultEntry)
            .where(VaultEntry.kind == detail.kind, VaultEntry.value_hash == _hash(crypt, detail.kind, detail.value))
            .order_by(col(VaultEntry.id))
        ).first()
        if entry is not None:
            return session.get(Person, entry.person_id)
    return None


def _keep(session: Session, crypt: Crypt, person_id: int, kind: str, value: str) -> None:
    digest = _hash(crypt, kind, value)
    known = session.exec(
        select(VaultEntry.id).where(
            VaultEntry.person_id == person_id, VaultEntry.kind == kind, VaultEntry.value_hash == digest
        )
    ).first()
    if known is None:
        sealed = crypt.seal(value.strip().encode("utf-8", "replace"))  # half a character cannot be written
        session.add(VaultEntry(person_id=person_id, kind=kind, value_hash=digest, value=sealed))
