"""Rows by the thousand come back as they were given, beside rows that were there, on either database."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError, StatementError
from sqlmodel import select

from vocbot.store.bulk import insert_numbered, insert_rows, update_rows
from vocbot.store.db import Store
from vocbot.store.tables import Feedback, Person, VaultEntry

NOON = datetime(2026, 11, 3, 12, tzinfo=timezone(timedelta(hours=8)))


def feedback(number: int, **values: Any) -> dict[str, Any]:
    given = {
        "source": "desk",
        "external_id": f"f{number}",
        "revision": 0,
        "inbound_id": None,
        "person_id": None,
        "text": f"退款 :text '%s' {number}",
        "language": "zh",
        "time": NOON,
        "day": date(2026, 11, 3),
        "channel": "chat",
        "conversation": None,
        "public": bool(number % 2),
        "score": 4.5 if number % 3 else None,
        "polarity": -0.25,
        "attributes": {"版本": "5.2", "a'b": 'c"d'},
        "bucket": "new",
        "created_at": NOON,
    }
    return {**given, **values}


def test_rows_come_back_as_they_were_given(each_store: Store) -> None:
    given = [feedback(number) for number in range(1200)]
    with each_store.write() as session:
        ids = insert_numbered(session, Feedback, given)
    with each_store.read() as session:
        found = {one.id: one for one in session.exec(select(Feedback))}
        assert [found[ident].external_id for ident in ids] == [row["external_id"] for row in given]
        for ident, row in zip(ids, given, strict=True):
            assert {name: getattr(found[ident], name) for name in row} == row
        assert found[ids[0]].time.tzinfo == UTC


def test_numbers_go_on_after_what_is_there_and_leave_room_for_what_comes(each_store: Store) -> None:
    def keep(number: int) -> Feedback:
        with each_store.write() as session:
            session.add(one := Feedback(**feedback(number)))
        return one

    before = keep(0)
    with each_store.write() as session:
        first = insert_numbered(session, Feedback, [feedback(1), feedback(2)])
        second = insert_numbered(session, Feedback, [feedback(3)])
    after = keep(4)
    ids = [before.id, *first, *second, after.id]
    assert len(set(ids)) == 5
    assert ids == sorted(ids, key=lambda ident: ident or 0)


def test_what_the_database_refuses_is_refused_whole(each_store: Store) -> None:
    with pytest.raises(IntegrityError), each_store.write() as session:
        insert_rows(session, Feedback, [feedback(1), feedback(1)])
    naive = feedback(2, time=NOON.replace(tzinfo=None))
    with pytest.raises((StatementError, ValueError), match="without a zone"), each_store.write() as session:
        insert_rows(session, Feedback, [naive])
    with each_store.read() as session:
        assert session.exec(select(Feedback)).all() == []


def test_bytes_and_no_rows(each_store: Store) -> None:
    with each_store.write() as session:
        assert insert_numbered(session, Person, []) == []
        insert_rows(session, VaultEntry, [])
        [person] = insert_numbered(session, Person, [{"pseudonym": "P-1", "language": "und", "created_at": NOON}])
        entry = {"person_id": person, "kind": "email", "value_hash": "h", "value": b"\0\xff%s"}
        insert_rows(session, VaultEntry, [entry])
    with each_store.read() as session:
        assert session.exec(select(VaultEntry.value)).one() == b"\0\xff%s"
        assert session.get_one(Person, person).stopped_at is None


def test_rows_are_changed_by_their_id(each_store: Store) -> None:
    with each_store.write() as session:
        ids = insert_numbered(session, Feedback, [feedback(1), feedback(2), feedback(3)])
        loaded = session.get_one(Feedback, ids[0])
        changes = [{"id": ident, "bucket": f"b{ident}", "attributes": {"n": str(ident)}} for ident in ids[:2]]
        update_rows(session, Feedback, changes)
        update_rows(session, Feedback, [])
        assert (loaded.bucket, loaded.attributes) == (f"b{ids[0]}", {"n": str(ids[0])})
    with each_store.read() as session:
        kept = [session.get_one(Feedback, ident) for ident in ids]
        assert [one.bucket for one in kept] == [f"b{ids[0]}", f"b{ids[1]}", "new"]
        assert [one.text for one in kept] == [feedback(n)["text"] for n in (1, 2, 3)]
