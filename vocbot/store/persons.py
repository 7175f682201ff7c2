"""Persons that were merged: who stands for whom. All rows stay, so that a merge can be undone."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select as columns
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


def merges(session: Session) -> tuple[dict[int, int], dict[int, list[int]]]:
    """Who stands for each Person that was merged, and whom each of those stands for."""
    query: Any = columns(col(Person.id), col(Person.merged_into)).where(col(Person.merged_into).is_not(None))
    into = dict(session.connection().execute(query.order_by(col(Person.id))).all())
    stands: dict[int, int] = {}
    merged: dict[int, list[int]] = {}
    for person in into:
        last = person
        while last in into:
            last = into[last]
        stands[person] = last
        merged.setdefault(last, []).append(person)
    return stands, merged
