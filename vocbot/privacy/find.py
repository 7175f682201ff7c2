"""Find the Person that somebody asks about: by pseudonym, or by an address, number or handle and its keyed hash."""

from __future__ import annotations

import re

from sqlmodel import Session, col, select

from vocbot.listen.people import contact_hash
from vocbot.sdk.errors import VocbotError
from vocbot.store.crypt import Crypt
from vocbot.store.persons import standing
from vocbot.store.tables import Identity, Person, VaultEntry

PSEUDONYM = re.compile(r"P-[A-Z0-9]{2,16}", re.IGNORECASE)
_FEWEST_DIGITS = 7  # of a telephone number that is compared by its digits


def find_person(session: Session, crypt: Crypt, said: str) -> Person:
    """The Person who stands for whoever is called or reached by `said`.

    Raises VocbotError where nobody is, or several are; it never quotes what was said unless it is a pseudonym.
    """
    said = said.strip()
    if PSEUDONYM.fullmatch(said):
        person = session.exec(select(Person).where(Person.pseudonym == said.upper())).first()
        if person is None:
            raise VocbotError(f"nobody is called {said.upper()} here")
        return standing(session, person)
    if not said:
        raise VocbotError("nothing was said: write a pseudonym, an e-mail address, a telephone number or a handle")
    found = {}
    for ident in _by_contact(session, crypt, said) | _by_handle(session, crypt, said):
        person = standing(session, session.get_one(Person, ident))
        found[person.pseudonym] = person
    if not found:
        raise VocbotError("nobody here is known by that; write it as the source does, or use a pseudonym")
    if len(found) > 1:
        raise VocbotError(f"several people are known by that: {', '.join(sorted(found))}; say which one")
    return next(iter(found.values()))


def _by_contact(session: Session, crypt: Crypt, said: str) -> set[int]:
    kinds = [kind for kind in session.exec(select(VaultEntry.kind).distinct()) if kind != "name"]
    hashes = {contact_hash(crypt, kind, said): kind for kind in kinds}
    rows = session.exec(select(VaultEntry).where(col(VaultEntry.value_hash).in_(hashes)))
    found = {row.person_id for row in rows if hashes[row.value_hash] == row.kind}
    digits = re.sub(r"\D", "", said)
    if found or "phone" not in kinds or len(digits) < _FEWEST_DIGITS or "@" in said:
        return found
    # written in another way than the source writes it: a rare question, so every number is looked at
    query = select(VaultEntry.person_id, VaultEntry.value).where(VaultEntry.kind == "phone")
    return {ident for ident, value in session.exec(query) if re.sub(r"\D", "", crypt.open(value).decode()) == digits}


def _by_handle(session: Session, crypt: Crypt, said: str) -> set[int]:
    hashes = {
        crypt.blind("handle", source, said): source for source in session.exec(select(Identity.source).distinct())
    }
    rows = session.exec(select(Identity).where(col(Identity.handle_hash).in_(hashes)))
    return {row.person_id for row in rows if hashes[row.handle_hash] == row.source}
