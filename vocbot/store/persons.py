"""Persons that were merged: who stands for whom. All rows stay, so that a merge can be undone."""

from __future__ import annotations

from sqlmodel import Session, col, select

from vocbot.store.tables import Person


def standing(session: Session, person: Person) -> Person:
    """The Person that stands for `person` after merges."""
    while person.merged_into is not None:
        person = session.get_one(Person, person.merged_into)
    return person


def stands_for(session: Session, person_id: int) -> list[int]:
    """The ids of the Person and of everybody merged into them, directly or through others, in order."""
    found, new = {person_id}, {person_id}
    while new:
        merged = session.exec(select(Person.id).where(col(Person.merged_into).in_(new))).all()
        new = {ident for ident in merged if ident is not None} - found
        found |= new
    return sorted(found)
