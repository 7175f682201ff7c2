"""What is no longer needed goes, what may still be needed stays, and what cannot be brought back is said."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from dbos._schemas.system_database import SystemSchema
from sqlalchemy import text
from sqlmodel import Session, select

from vocbot.sdk.testing.clock import HandClock
from vocbot.store import engine_rows, retention
from vocbot.store.db import Store
from vocbot.store.retention import Due, Keep, Retention
from vocbot.store.tables import INBOX_CURSOR, AuditEntry, Cursor, Inbound, Unread

KEEP = Keep(raw_days=90, unread_days=365, engine_days=7)


def record(store: Store, clock: HandClock, ident: int, age: float, read: bool = True, unread: bool = False) -> None:
    at = clock.now() - timedelta(days=age)
    with Session(store.inbox) as inbox:
        inbox.add(Inbound(id=ident, source="s", event_id=str(ident), kind="x", received_at=at, body=b"b", done=read))
        inbox.commit()
    with store.write() as session:
        if unread:
            session.add(Unread(inbound_id=ident, source="s", kind="unparseable", reason="r", at=at))
        if read and store.sqlite:
            session.merge(Cursor(name=INBOX_CURSOR, value=str(ident), moved_at=at))


def left(store: Store) -> list[int | None]:
    with Session(store.inbox) as inbox:
        return list(inbox.exec(select(Inbound.id).order_by(Inbound.id)))  # type: ignore[arg-type]


def listed(store: Store) -> list[int]:
    with store.read() as session:
        return list(session.exec(select(Unread.inbound_id)))


def test_old_records_go_once_they_were_read(each_store: Store, clock: HandClock) -> None:
    for ident, age in ((1, 91), (2, 90.5), (3, 89.5), (4, 1)):
        record(each_store, clock, ident, age)
    for ident in (5, 6):
        record(each_store, clock, ident, 200, read=False)
    tidy = Retention(each_store, clock, KEEP)
    assert tidy.due() == Due(2, 0, 0)
    assert left(each_store) == [1, 2, 3, 4, 5, 6]
    assert tidy() is False
    assert left(each_store) == [3, 4, 5, 6]  # what nobody has read waits, however old it is
    assert tidy.due() == Due(0, 0, 0)
    with each_store.read() as session:
        (entry,) = session.exec(select(AuditEntry)).all()
        assert (entry.action, entry.detail) == ("retention", {"raw": 2, "unread": 0})


def test_what_may_be_replayed_stays_longer(
    each_store: Store, clock: HandClock, caplog: pytest.LogCaptureFixture
) -> None:
    for ident, age in ((1, 366), (2, 364), (3, 100)):
        record(each_store, clock, ident, age, unread=True)
    record(each_store, clock, 4, 366)
    record(each_store, clock, 5, 0)
    tidy = Retention(each_store, clock, KEEP)
    assert tidy.due() == Due(1, 1, 0)
    with caplog.at_level(logging.WARNING):
        tidy()
    assert left(each_store) == [2, 3, 5]
    assert sorted(listed(each_store)) == [2, 3]
    assert "1 records that could not be read are deleted" in caplog.text
    with each_store.read() as session:
        assert session.exec(select(AuditEntry)).one().detail == {"raw": 1, "unread": 1}


def test_the_newest_record_stays_to_try_a_key_by(each_store: Store, clock: HandClock) -> None:
    for ident in (1, 2):
        record(each_store, clock, ident, 1000)
    Retention(each_store, clock, KEEP)()
    assert left(each_store) == [2]


@pytest.mark.parametrize("never", ["raw_days", "unread_days"])
def test_none_is_for_ever(store: Store, clock: HandClock, never: str) -> None:
    record(store, clock, 1, 5000, unread=True)
    record(store, clock, 2, 5000)
    record(store, clock, 3, 5000)
    keep = Keep(**{**KEEP.__dict__, never: None})
    gone = Retention(store, clock, keep)
    assert gone.due() == (Due(0, 1, 0) if never == "raw_days" else Due(1, 0, 0))
    gone()
    assert left(store) == ([2, 3] if never == "raw_days" else [1, 3])


def test_much_goes_in_several_goes(store: Store, clock: HandClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    monkeypatch.setattr(retention, "BATCHES", 2)
    for ident in range(1, 8):
        record(store, clock, ident, 100, unread=ident in (2, 3))
    tidy = Retention(store, clock, KEEP)
    assert [tidy(), tidy()] == [True, False]
    assert left(store) == [2, 3, 7]


def test_the_engines_tables_are_as_we_take_them_to_be() -> None:
    """A newer engine may keep a payload somewhere else: what is not deleted with its attempt would stay for ever."""
    tables = SystemSchema.metadata_obj.tables.values()
    known = {engine_rows._STATUS, *engine_rows._PAYLOADS}
    assert known <= {one.name for one in tables}
    for one in tables:
        names = set(one.columns.keys())
        follows = any(key.column.table.name == engine_rows._STATUS for c in one.columns for key in c.foreign_keys)
        assert one.name in known or "workflow_uuid" not in names or follows, one.name
    status = next(one for one in tables if one.name == engine_rows._STATUS)
    assert {"workflow_uuid", "status", "updated_at"} <= set(status.columns.keys())


@pytest.fixture
def engine(each_store: Store) -> Callable[[], list[str]]:
    """Rows as the engine keeps them, in its own tables; returns what is left of them."""
    schema = "" if each_store.sqlite else "dbos."
    tables = {
        "workflow_status": "(workflow_uuid text, status text, updated_at bigint)",
        "workflow_input": "(workflow_uuid text)",
        "operation_outputs": "(workflow_uuid text)",
    }
    now = datetime.now(UTC)
    with each_store.main.begin() as connection:
        if schema:
            connection.execute(text("CREATE SCHEMA dbos"))
        for name, columns in tables.items():
            connection.execute(text(f"CREATE TABLE {schema}{name} {columns}"))
        for ident, status, age in (
            ("1:1", "SUCCESS", 8),
            ("2:1", "ERROR", 8),
            ("3:1", "PENDING", 80),
            ("4:1", "ENQUEUED", 80),
            ("5:1", "SUCCESS", 6),
            ("6:1", "CANCELLED", 9),
        ):
            at = int((now - timedelta(days=age)).timestamp() * 1000)
            connection.execute(
                text(f"INSERT INTO {schema}workflow_status VALUES (:i, :s, :a)"), {"i": ident, "s": status, "a": at}
            )
            for name in ("workflow_input", "operation_outputs"):
                connection.execute(text(f"INSERT INTO {schema}{name} VALUES (:i)"), {"i": ident})

    def remains() -> list[str]:
        with each_store.main.connect() as connection:
            found = [
                sorted(connection.execute(text(f"SELECT workflow_uuid FROM {schema}{name}")).scalars())
                for name in tables
            ]
        assert found[0] == found[1] == found[2]
        return found[0]

    return remains


def test_finished_attempts_go_and_open_ones_never(
    each_store: Store, clock: HandClock, engine: Callable[[], list[str]]
) -> None:
    tidy = Retention(each_store, clock, KEEP)
    assert tidy.due() == Due(0, 0, 3)
    assert engine() == ["1:1", "2:1", "3:1", "4:1", "5:1", "6:1"]
    tidy()
    assert engine() == ["3:1", "4:1", "5:1"]
