"""Who spoke: pseudonymous Persons, found again by keyed hashes; names and addresses go to the vault, encrypted."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from vocbot.listen.sources import by_source
from vocbot.sdk.events import Author
from vocbot.store.audit import append
from vocbot.store.bulk import insert_numbered, insert_rows
from vocbot.store.crypt import Crypt
from vocbot.store.persons import standing, stands_for
from vocbot.store.tables import Identity, Person, VaultEntry
from vocbot.store.upsert import among

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
            person = Person(pseudonym=_pseudonym(), created_at=now)
            session.add(person)
            session.flush()
        assert person.id is not None
        session.add(Identity(person_id=person.id, source=source, handle_hash=handle))
    person = standing(session, person)
    if same is not None:
        person = _merged(session, person, standing(session, same), now)
    assert person.id is not None
    for kind, value in _told(author):
        _keep(session, crypt, person.id, kind, value)
    session.flush()
    return person


def recognise_all(
    session: Session, crypt: Crypt, spoke: Sequence[tuple[str, Author]], now: datetime
) -> dict[tuple[str, str], int]:
    """The ids of the Persons behind authors, by (source, handle). As `recognise`, but with a few statements for all
    who are met for the first time, or are known and say nothing new of themselves."""
    authors: dict[tuple[str, str], dict[Author, None]] = {}
    for source, author in spoke:
        authors.setdefault((source, author.handle), {})[author] = None
    hashes = {key: crypt.blind("handle", *key) for key in authors}
    details = {key: _details(crypt, same) for key, same in authors.items()}
    met: dict[tuple[str, str], int] = {}
    for source, theirs in by_source((key[0], digest) for key, digest in hashes.items()):
        query = select(Identity.handle_hash, Identity.person_id).where(Identity.source == source)
        query = query.where(among(session, Identity.handle_hash, theirs))
        met |= {(source, digest): known for digest, known in session.connection().execute(query).all()}
    vault = select(VaultEntry.kind, VaultEntry.value_hash, VaultEntry.person_id)
    known = among(session, VaultEntry.value_hash, {digest for told in details.values() for _, digest in told})
    holders: dict[tuple[str, str], set[int]] = {}
    for kind, digest, holder in session.connection().execute(vault.where(known)).all():
        holders.setdefault((kind, digest), set()).add(holder)
    found: dict[tuple[str, str], int] = {}
    strangers: list[tuple[str, str]] = []
    alone: list[tuple[str, str]] = []
    taken: set[tuple[str, str]] = set()
    for key, told in details.items():
        person = met.get((key[0], hashes[key]))
        ways = {way for way in told if way[0] != "name"}
        if person is not None and all(person in holders.get(way, ()) for way in told):
            # whoever shares an address with others is looked at alone
            if all(holders[way] == {person} for way in ways):
                found[key] = person
                continue
        elif person is None and not taken & ways and not any(way in holders for way in ways):
            strangers.append(key)
            taken |= ways
            continue
        alone.append(key)
    found |= _meet(session, crypt, {key: (hashes[key], details[key]) for key in strangers}, now)
    for key in alone:
        for author in authors[key]:
            person = recognise(session, crypt, key[0], author, now).id
            assert person is not None
            found[key] = person
    return _standing(session, found)


def _meet(
    session: Session, crypt: Crypt, strangers: Mapping[tuple[str, str], tuple[str, _Details]], now: datetime
) -> dict[tuple[str, str], int]:
    """Make Persons of all that are met for the first time."""
    if not strangers:
        return {}
    new = [{"pseudonym": _pseudonym(), "language": "und", "created_at": now} for _ in strangers]
    found = dict(zip(strangers, insert_numbered(session, Person, new), strict=True))
    identities = [
        {"person_id": found[key], "source": key[0], "handle_hash": digest} for key, (digest, _) in strangers.items()
    ]
    insert_rows(session, Identity, identities)
    entries = [
        {"person_id": found[key], "kind": kind, "value_hash": digest, "value": _sealed(crypt, value)}
        for key, (_, told) in strangers.items()
        for (kind, digest), value in told.items()
    ]
    insert_rows(session, VaultEntry, entries)
    return found


def _standing(session: Session, found: Mapping[tuple[str, str], int]) -> dict[tuple[str, str], int]:
    """The ids of those that stand for the Persons found, after merges."""
    merged = select(Person).where(among(session, Person.id, set(found.values())), col(Person.merged_into).is_not(None))
    stands = {one.id: standing(session, one).id for one in session.exec(merged)}
    return {key: stands.get(person) or person for key, person in found.items()}


# (kind, hash) to the value itself
_Details = dict[tuple[str, str], str]


def _details(crypt: Crypt, authors: Iterable[Author]) -> _Details:
    told = dict.fromkeys(detail for author in authors for detail in _told(author))
    return {(kind, contact_hash(crypt, kind, value)): value for kind, value in told}


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


def contact_hash(crypt: Crypt, kind: str, value: str) -> str:
    return crypt.blind("contact", kind, value.strip().lower())


def _by_contact(session: Session, crypt: Crypt, author: Author) -> Person | None:
    for detail in author.contacts:
        entry = session.exec(
            select(VaultEntry)
            .where(
                VaultEntry.kind == detail.kind, VaultEntry.value_hash == contact_hash(crypt, detail.kind, detail.value)
            )
            .order_by(col(VaultEntry.id))
        ).first()
        if entry is not None:
            return session.get(Person, entry.person_id)
    return None


def _keep(session: Session, crypt: Crypt, person_id: int, kind: str, value: str) -> None:
    digest = contact_hash(crypt, kind, value)
    known = session.exec(
        select(VaultEntry.id).where(
            VaultEntry.person_id == person_id, VaultEntry.kind == kind, VaultEntry.value_hash == digest
        )
    ).first()
    if known is None:
        session.add(VaultEntry(person_id=person_id, kind=kind, value_hash=digest, value=_sealed(crypt, value)))


def _sealed(crypt: Crypt, value: str) -> bytes:
    return crypt.seal(value.strip().encode("utf-8", "replace"))  # half a character cannot be written


def _told(author: Author) -> list[tuple[str, str]]:
    """What an author says of themselves; a blank field is no address that people share, and must not join them."""
    details = [(c.kind, c.value) for c in author.contacts if c.value.strip()]
    if author.name and author.name.strip():
        details.append(("name", author.name))
    return details


def _pseudonym() -> str:
    drawn = secrets.randbelow(len(_LETTERS) ** 8)  # one draw: eight cost more than all else about a new Person
    return "P-" + "".join(_LETTERS[drawn // len(_LETTERS) ** place % len(_LETTERS)] for place in range(8))
