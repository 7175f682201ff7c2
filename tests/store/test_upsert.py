"""Statements about many rows: the same on both databases."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlmodel import col, select

from vocbot.store.bulk import insert_numbered
from vocbot.store.db import Store
from vocbot.store.tables import Person
from vocbot.store.upsert import among

MANY = 40_000  # more than a statement of either database has room for parameters


@pytest.mark.parametrize("wanted", [[], [0], [1, 3], [3, 1, 3]])
def test_ids_and_words_are_found_among_those_that_are_wanted(each_store: Store, wanted: list[int]) -> None:
    names = [f"P-{n}'\"{{}}雷" for n in range(5)]
    new = [{"pseudonym": name, "language": "und", "created_at": datetime.now(UTC)} for name in names]
    with each_store.write() as session:
        ids = insert_numbered(session, Person, new)
        others = [ids[n] for n in range(5) if n not in wanted]
        by_id = among(session, Person.id, [ids[n] for n in wanted])
        assert set(session.exec(select(Person.pseudonym).where(by_id))) == {names[n] for n in wanted}
        assert set(session.exec(select(Person.id).where(~by_id))) == set(others)
        by_word = among(session, Person.pseudonym, {names[n] for n in wanted})
        assert set(session.exec(select(col(Person.id)).where(by_word))) == {ids[n] for n in wanted}
        assert len(session.exec(select(Person.id).where(among(session, Person.id, range(1, MANY)))).all()) == 5
