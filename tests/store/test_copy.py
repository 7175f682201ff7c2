"""A store is copied to the other kind of database and back, whole or not at all, and goes on where it was."""

from __future__ import annotations

import math
import os
import random
import signal
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Boolean, Column, Date, Float, Integer, LargeBinary, event, insert, select, text
from sqlmodel import Session, col
from sqlmodel import select as models

from tests.store.conftest import Builder
from vocbot.listen.parse import Drain, lag
from vocbot.sdk.testing.clock import HandClock
from vocbot.store import copy as copying
from vocbot.store.copy import Copy, copy_store, is_empty
from vocbot.store.crypt import Crypt
from vocbot.store.db import Store, StoreError, open_store
from vocbot.store.tables import INBOX_CURSOR, Cursor, Delivery, Inbound, InboxTable, Person, Table, Unread
from vocbot.store.upsert import table

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
TEXTS = ("", "plain", "汉字，。", "a\nb\t'\"\\", "😀 e\u0301", "%s :x {y}", "x" * 5000, "\u2028\ufffe")
JSONS: tuple[Any, ...] = ({}, {"b": [1, None, 1.5, True], "a": {"z": "汉\ud800"}}, {"n": 2**60, "e": 1e-300})


def value(column: Column[Any], rng: random.Random, unique: int) -> Any:
    """Something odd that fits the column."""
    kind = column.type
    if column.nullable and rng.random() < 0.2:
        return None
    if column.name in ("state", "kind", "bucket"):
        return rng.choice(("planned", "queued", "performing", "sent"))
    if isinstance(kind, Boolean):
        return rng.random() < 0.5
    if isinstance(kind, Integer):
        return unique if column.unique or column.name.endswith("_id") else rng.choice((0, -1, 2**31 - 1))
    if isinstance(kind, Float):
        return rng.choice((0.0, -0.0, 1.0, math.pi, 5e-324, 1.7e308))
    if isinstance(kind, LargeBinary):
        return rng.randbytes(rng.choice((1, 300)))
    if isinstance(kind, Date):
        return date(2000, 1, 1) + timedelta(days=unique)
    match kind.__class__.__name__:
        case "UTCDateTime":
            return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(microseconds=rng.randrange(10**15))
        case "JSON":
            return [1, 2] if "ids" in column.name else rng.choice(JSONS)
    return f"{rng.choice(TEXTS)}{unique}"


def fill(store: Store, rng: random.Random, rows: int = 25) -> None:
    """Rows in every table, with gaps between their numbers and references in any direction."""
    for engine, metadata in ((store.main, Table.metadata), (store.inbox, InboxTable.metadata)):
        with engine.begin() as connection:
            kept: dict[str, list[int]] = {}
            for one in metadata.sorted_tables:
                ids = rng.sample(range(1, 500), rows)
                made = []
                for place, ident in enumerate(ids):
                    row = {c.name: value(c, rng, 1000 + place) for c in one.columns}
                    for c in one.columns:
                        for key in c.foreign_keys:
                            there = kept.get(key.column.table.name)
                            row[c.name] = None if there is None else there[place]
                    if "id" in row:
                        row["id"] = ident
                    made.append(row)
                connection.execute(insert(one), made)
                kept[one.name] = ids
                if "merged_into" in one.c:  # in either direction, and to themselves
                    for ident in ids[: rows // 2]:
                        target = rng.choice(ids)
                        connection.execute(one.update().where(one.c.id == ident).values(merged_into=target))
            if metadata is Table.metadata:
                connection.execute(insert(table(Cursor)), [{"name": INBOX_CURSOR, "value": "250", "moved_at": NOW}])


def content(store: Store) -> dict[str, list[Any]]:
    found = {}
    for engine, metadata in ((store.main, Table.metadata), (store.inbox, InboxTable.metadata)):
        with engine.connect() as connection:
            for one in metadata.sorted_tables:
                rows = [dict(row) for row in connection.execute(select(one)).mappings()]
                found[one.name] = sorted(rows, key=lambda row: repr([row[c.name] for c in one.primary_key]))
    return found


Open = Callable[[str], Store]


@pytest.fixture
def other(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Open]:
    """Opens another empty store: postgresql, or sqlite in a folder of its own."""
    opened: list[Store] = []

    def another(kind: str) -> Store:
        url = f"sqlite:///{tmp_path}/other{len(opened)}/vocbot.db"
        opened.append(open_store(url if kind == "sqlite" else request.getfixturevalue("pg_url")))
        return opened[-1]

    yield another
    for one in opened:
        one.close()


@pytest.mark.parametrize("seed", range(3))
def test_there_and_back_everything_is_the_same(store: Store, other: Open, seed: int) -> None:
    fill(store, random.Random(seed))
    before = content(store)
    there, back = other("postgresql"), other("sqlite")
    told = copy_store(store, there, NOW)
    assert {one.table: one.found.rows for one in told.tables} == {name: len(rows) for name, rows in before.items()} | {
        "cursor": len(before["cursor"]) - 1
    }
    moved = content(there)
    flags = {row["id"]: row["done"] for row in moved["inbound"]}
    assert flags == {row["id"]: row["id"] <= 250 for row in before["inbound"]}
    same = [name for name in before if name not in ("inbound", "cursor", "delivery")]
    assert {name: moved[name] for name in same} == {name: before[name] for name in same}

    copy_store(there, back, NOW)
    again = content(back)
    assert {name: again[name] for name in same} == {name: before[name] for name in same}
    assert again["delivery"] == moved["delivery"]
    for row in before["inbound"]:
        row["done"] = False
    assert again["inbound"] == before["inbound"]
    (cursor,) = [row for row in again["cursor"] if row["name"] == INBOX_CURSOR]
    assert int(cursor["value"]) == max(ident for ident, done in flags.items() if done)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_numbers_go_on_where_they_were(store: Store, other: Open, kind: str) -> None:
    with store.write() as session:
        session.add_all(
            [Delivery(id=i, key=f"k{i}", act="x", connector="c", due_at=NOW, planned_at=NOW) for i in (1, 9)]
        )
        session.flush()
        session.delete(session.get_one(Delivery, 9))
        session.add(Person(id=4, pseudonym="P-4", created_at=NOW))
    there = other(kind)
    copy_store(store, there, NOW)
    with there.write() as session:
        act, person = (
            Delivery(key="new", act="x", connector="c", due_at=NOW, planned_at=NOW),
            Person(pseudonym="P-5", created_at=NOW),
        )
        session.add_all([act, person])
        session.flush()
        assert (act.id, person.id) == (10, 5)


@pytest.mark.parametrize("doubt", [False, True])
def test_work_in_hand_is_planned_again(store: Store, other: Open, doubt: bool) -> None:
    states = ("planned", "queued", "performing", "awaiting", "held", "sent", "unknown")
    with store.write() as session:
        for state in states:
            session.add(Delivery(key=state, act="x", connector="c", state=state, due_at=NOW, planned_at=NOW, attempt=3))
    there = other("postgresql")
    copy_store(store, there, NOW, doubt)
    with there.read() as session:
        rows = {d.key: (d.state, d.doubt, d.due_at > NOW) for d in session.exec(models(Delivery))}
        assert {d.attempt for d in session.exec(models(Delivery))} == {3}  # the engine never meets a number again
    open_ = ("planned", doubt, doubt)
    assert rows == {state: (state, False, False) for state in states} | {
        "planned": open_,
        "queued": open_,
        "performing": ("planned", True, True),
    }


def records(store: Store, *done: bool) -> None:
    with Session(store.inbox) as inbox:
        for number, one in enumerate(done, 1):
            inbox.add(Inbound(source="s", event_id=str(number), kind="x", received_at=NOW, body=b"b", done=one))
        inbox.commit()


def read_by_a_drain(store: Store) -> list[str]:
    """What a drain takes for not read yet, in its order."""
    clock = HandClock(NOW)
    drain = Drain(store, Crypt("dGhlIGtleSB0aGF0IGV2ZXJ5IHRlc3QgdXNlcyAhISE="), clock, {}, lambda session, taken: None)
    expected = lag(store)
    assert (drain(), lag(store)) == (expected, 0)
    # nobody can read these records: all that were met are listed
    with store.read() as session, Session(store.inbox) as inbox:
        met = session.exec(models(Unread.inbound_id).order_by(col(Unread.id))).all()
        waiting = [inbox.get_one(Inbound, ident).event_id for ident in met]
    assert len(waiting) == expected
    return waiting


def test_what_waited_before_what_was_read_still_waits(pg_store: Store, other: Open, tmp_path: Path) -> None:
    records(pg_store, True, False, True, False, False, True, False)
    there = other("sqlite")
    told = copy_store(pg_store, there, NOW)
    assert {one.table: one.sent == one.found for one in told.tables}["inbound"]
    assert read_by_a_drain(there) == ["2", "4", "5", "7"]
    with Session(there.inbox) as inbox:
        known = {row.event_id: row.id for row in inbox.exec(models(Inbound))}
        assert [known[e] for e in ("1", "3", "6")] == [1, 3, 6]  # feedback and the unread list name these
        late = Inbound(source="s", event_id="new", kind="x", received_at=NOW, body=b"b")
        inbox.add(late)
        inbox.commit()
    assert lag(there) == 1


@pytest.mark.parametrize("done", [(), (False, False), (True, True), (True, False)])
def test_an_inbox_in_order_keeps_its_numbers(pg_store: Store, other: Open, done: tuple[bool, ...]) -> None:
    records(pg_store, *done)
    there = other("sqlite")
    copy_store(pg_store, there, NOW)
    with Session(there.inbox) as inbox:
        assert [row.id for row in inbox.exec(models(Inbound).order_by(col(Inbound.id)))] == [*range(1, len(done) + 1)]
    assert lag(there) == done.count(False)


def test_the_cursor_becomes_flags(store: Store, other: Open) -> None:
    records(store, False, False, False)
    with store.write() as session:
        session.add(Cursor(name=INBOX_CURSOR, value="2", moved_at=NOW))
    there = other("postgresql")
    copy_store(store, there, NOW)
    assert read_by_a_drain(there) == ["3"]


def test_the_copy_is_of_one_moment(store: Store, other: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    records(store, False)
    real = copying._copy
    state: dict[str, Copy | bool] = {}

    def disturbed(*args: Any) -> Any:
        if not state:
            state["done"] = True
            records_later(store)
        return real(*args)

    def records_later(live: Store) -> None:
        with live.write() as session:
            session.merge(Cursor(name=INBOX_CURSOR, value="2", moved_at=NOW))
        with Session(live.inbox) as inbox:
            inbox.add(Inbound(source="s", event_id="later", kind="x", received_at=NOW, body=b"b"))
            inbox.commit()

    monkeypatch.setattr(copying, "_copy", disturbed)
    there = other("sqlite")
    copy_store(store, there, NOW)
    assert read_by_a_drain(there) == ["1"]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_target_with_anything_in_it_is_refused(build: Builder, store: Store, other: Open, kind: str) -> None:
    build.person()
    there = other(kind)
    records(there, True)
    with pytest.raises(StoreError, match=r"not empty \(table inbound"):
        copy_store(store, there, NOW)
    with there.read() as session:
        assert session.exec(models(Person)).first() is None


def test_a_target_with_the_engines_rows_is_refused(store: Store, other: Open) -> None:
    there = other("postgresql")
    with there.main.begin() as connection:
        connection.execute(text("CREATE SCHEMA dbos"))
        connection.execute(text("CREATE TABLE dbos.workflow_status (workflow_uuid text)"))
    copy_store(store, there, NOW)  # as after a start: tables without rows
    with there.main.begin() as connection:
        connection.execute(text("INSERT INTO dbos.workflow_status VALUES ('1:1')"))
    with pytest.raises(StoreError, match="engine"):
        copy_store(store, there, NOW)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_what_was_not_written_right_is_not_kept(
    build: Builder, store: Store, other: Open, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    build.said(build.issue(), person=build.person())
    records(store, True)
    there = other(kind)

    @event.listens_for(there.main, "before_cursor_execute", retval=True)
    def lose(_c: Any, _u: Any, statement: str, parameters: Any, _x: Any, _many: bool) -> Any:
        if statement.startswith("INSERT INTO feedback"):
            parameters = damaged(parameters)
        return statement, parameters

    def damaged(parameters: Any) -> Any:
        def one(row: Any) -> Any:
            if isinstance(row, dict):
                return {k: "other" if v == "words" else v for k, v in row.items()}
            return tuple("other" if v == "words" else v for v in row)

        return [one(row) for row in parameters] if isinstance(parameters, list) else one(parameters)

    with pytest.raises(StoreError, match=r"differs.*feedback"):
        copy_store(store, there, NOW)
    assert is_empty(there)


def test_a_nul_is_replaced_and_counted(build: Builder, store: Store, other: Open) -> None:
    build.feedback(text="a\0b")
    build.feedback(text="ab")
    there = other("postgresql")
    assert copy_store(store, there, NOW).replaced == 1
    assert [row["text"] for row in content(there)["feedback"]] == ["a\ufffdb", "ab"]
    assert copy_store(store, other("sqlite"), NOW).replaced == 0


def test_a_refused_row_is_named_by_its_table_only(build: Builder, store: Store, other: Open) -> None:
    build.conversation("secret-ref", "open")
    there = other("postgresql")
    with there.main.begin() as connection:
        connection.execute(text("ALTER TABLE conversation ADD CHECK (ref <> 'secret-ref')"))
    with pytest.raises(StoreError, match=r"a row of conversation \(23514") as caught:
        copy_store(store, there, NOW)
    assert "secret" not in str(caught.value)
    assert is_empty(there)


@pytest.mark.parametrize("where", ["BATCH", "COMMIT"])
def test_a_kill_leaves_the_target_empty(store: Store, sqlite_url: str, other: Open, tmp_path: Path, where: str) -> None:
    fill(store, random.Random(1))
    there = other("sqlite")
    url = f"sqlite:///{there.folder}/vocbot.db"
    child = os.fork()
    if not child:
        try:
            mine, target = open_store(sqlite_url), open_store(url)

            def die(*_: Any) -> None:
                os.kill(os.getpid(), signal.SIGKILL)

            if where == "BATCH":
                monkeyed = copying._number
                copying._number = lambda s, t, table: die() if table.name == "mention" else monkeyed(s, t, table)
            else:
                event.listen(target.inbox, "commit", die)
            copy_store(mine, target, NOW)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    assert is_empty(there)
    assert copy_store(store, there, NOW).tables
