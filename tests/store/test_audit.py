"""The chain of facts holds, and whoever changes, takes out or moves a row is found at that row."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from vocbot.store.audit import START, append, chain, facts, verify
from vocbot.store.db import Store, open_store
from vocbot.store.tables import AuditEntry

NOW = datetime(2026, 11, 3, 9, 7, tzinfo=UTC)
ROWS = 6
QUIET = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


def write(store: Store, count: int = ROWS) -> None:
    with store.write() as session:
        for number in range(count):
            append(session, NOW, "vocbot", "opened", f"VOC-{number}", number=number, ratio=0.1 * number)


def check(store: Store) -> tuple[int, int | None]:
    with store.read() as session:
        return verify(session)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store with six rows, for tests that roll back what they do."""
    folder: Path = tmp_path_factory.mktemp("audit")
    opened = open_store(f"sqlite:///{folder}/vocbot.db")
    write(opened)
    yield opened
    opened.close()


def tampered(store: Store, *statements: str) -> tuple[int, int | None]:
    """What verifying says after `statements`, which are undone again."""
    with store.read() as session:
        for statement in statements:
            session.connection().execute(text(statement))
        found = verify(session)
        session.rollback()
    return found


# --- a whole chain -------------------------------------------------------------------------------------------


def test_a_chain_that_nobody_touched_fits(each_store: Store) -> None:
    assert check(each_store) == (0, None)
    write(each_store)
    write(each_store)
    assert check(each_store) == (2 * ROWS, None)
    with each_store.read() as session:
        first = session.get_one(AuditEntry, 1)
        assert (first.prev, session.get_one(AuditEntry, 2).prev) == (START, first.hash)


def test_facts_of_one_subject_in_order(store: Store) -> None:
    with store.write() as session:
        for action in ("opened", "ticketed", "released"):
            append(session, NOW, "vocbot", action, "VOC-1")
            append(session, NOW, "vocbot", action, "VOC-11")
    with store.read() as session:
        assert [e.action for e in facts(session, "VOC-1")] == ["opened", "ticketed", "released"]


def test_what_was_rolled_back_is_no_link(each_store: Store) -> None:
    write(each_store, 1)
    with pytest.raises(ZeroDivisionError), each_store.write() as session:
        append(session, NOW, "vocbot", "opened", "VOC-9")
        raise ZeroDivisionError
    write(each_store, 1)
    assert check(each_store) == (2, None)


def test_a_fact_may_be_dated_in_any_zone(each_store: Store) -> None:
    zones = [timezone(timedelta(hours=8)), timezone(timedelta(hours=-3, minutes=-30)), UTC]
    with each_store.write() as session:
        for zone in zones:
            append(session, NOW.astimezone(zone), "vocbot", "opened", "VOC-1")
            append(session, NOW.replace(microsecond=1).astimezone(zone), "vocbot", "opened", "VOC-1")
    assert check(each_store) == (6, None)


@QUIET
@given(detail=st.dictionaries(st.text(min_size=1).filter(str.isidentifier), ANYTHING, max_size=3))
def test_any_detail_is_read_back_as_it_was_hashed(written: Store, detail: dict[str, Any]) -> None:
    for taken in ("session", "at", "actor", "action", "subject"):
        detail.pop(taken, None)
    with written.read() as session:
        append(session, NOW, "P-2", "told", "CHANGE-1", **detail)
        session.expire_all()
        assert verify(session) == (ROWS + 1, None)
        session.rollback()


def test_details_that_json_changes_are_hashed_as_they_come_back(each_store: Store) -> None:
    with each_store.write() as session:
        append(session, NOW, "vocbot", "opened", "VOC-1", ids=(1, 2), counts={10: "ten", 9: "nine"}, odd="\ud800")
    assert check(each_store) == (1, None)


# --- a chain that somebody touched ---------------------------------------------------------------------------


@QUIET
@given(
    ident=st.integers(1, ROWS),
    change=st.sampled_from(
        [
            "actor = 'somebody'",
            "action = 'closed'",
            "subject = subject || '0'",
            "at = '2026-11-03T09:07:00.000001'",
            "detail = '{}'",
            "detail = replace(detail, 'number', 'Number')",
            "prev = '" + "1" * 64 + "'",
            "hash = '" + "1" * 64 + "'",
        ]
    ),
)
def test_a_changed_row_is_found(written: Store, ident: int, change: str) -> None:
    assert tampered(written, f"UPDATE audit_entry SET {change} WHERE id = {ident}") == (ident - 1, ident)


@QUIET
@given(gone=st.sets(st.integers(1, ROWS), min_size=1))
def test_a_removed_row_is_found_at_the_next(written: Store, gone: set[int]) -> None:
    left = [ident for ident in range(1, ROWS + 1) if ident not in gone]
    listed = ",".join(map(str, gone))
    first = next((ident for ident in left if ident > min(gone)), None)
    whole = sum(ident < min(gone) for ident in left)
    # cut off at the end, the rest is whole: only the number of rows shows it
    assert tampered(written, f"DELETE FROM audit_entry WHERE id IN ({listed})") == (whole, first)


@QUIET
@given(order=st.permutations(range(1, ROWS + 1)))
def test_moved_rows_are_found_at_the_first_that_moved(written: Store, order: list[int]) -> None:
    moves = [f"UPDATE audit_entry SET id = -id WHERE id = {ident}" for ident in range(1, ROWS + 1)]
    moves += [f"UPDATE audit_entry SET id = {new} WHERE id = {-old}" for new, old in enumerate(order, 1)]
    first = next((new for new, old in enumerate(order, 1) if new != old), None)
    assert tampered(written, *moves) == ((ROWS, None) if first is None else (first - 1, first))


@QUIET
@given(ident=st.integers(1, ROWS))
def test_a_row_that_was_slipped_in_is_found(written: Store, ident: int) -> None:
    columns = "at, actor, action, subject, detail, prev, hash"
    copy = f"INSERT INTO audit_entry ({columns}) SELECT {columns} FROM audit_entry WHERE id = {ident}"
    assert tampered(written, copy) == (ROWS, ROWS + 1)


def test_who_changes_a_row_and_its_hash_is_found_at_the_next(written: Store) -> None:
    with written.read() as session:
        entry = session.get_one(AuditEntry, 3)
        entry.actor = "somebody"
        entry.hash = chain(entry)
        session.flush()
        assert verify(session) == (3, 4)
        session.rollback()


# --- many at once --------------------------------------------------------------------------------------------


def test_facts_added_at_the_same_time_make_one_chain(each_store: Store) -> None:
    problems: list[Exception] = []

    def work(name: str) -> None:
        try:
            for number in range(15):
                with each_store.write() as session:
                    append(session, NOW, name, "opened", f"VOC-{number}")
                    append(session, NOW, name, "ticketed", f"VOC-{number}")
        except Exception as error:
            problems.append(error)

    threads = [threading.Thread(target=work, args=(f"worker-{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert check(each_store) == (120, None)
