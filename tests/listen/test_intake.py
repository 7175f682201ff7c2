"""Nobody is answered before the record is on disk; and whatever fails, the writer lives on."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event
from sqlmodel import Session, col, select

from vocbot.listen import intake as module
from vocbot.listen.intake import Intake, IntakeFull
from vocbot.listen.raw import pack, storable, unpack
from vocbot.sdk.wire import Inbound
from vocbot.store import tables
from vocbot.store.crypt import Crypt
from vocbot.store.db import Store

NOW = datetime(2026, 11, 3, 9, 7, 1, 5, tzinfo=UTC)
Make = Callable[..., Intake]


def record(name: str = "e1", body: bytes = b"{}", **changes: Any) -> Inbound:
    values = {"kind": "webhook", "event_id": name, "body": body, "headers": {}, "received_at": NOW, **changes}
    return Inbound(**values)


def rows(store: Store) -> list[tables.Inbound]:
    with Session(store.inbox) as session:
        return list(session.exec(select(tables.Inbound).order_by(col(tables.Inbound.id))))


def names(store: Store) -> list[str]:
    return [row.event_id for row in rows(store)]


@pytest.fixture
def make(crypt: Crypt) -> Iterator[Make]:
    """Make a started intake; it is stopped at the end."""
    made: list[Intake] = []

    def start(store: Store, wake: Callable[[], None] = lambda: None, **options: Any) -> Intake:
        made.append(Intake(store, crypt, wake, **options))
        made[-1].start()
        return made[-1]

    yield start
    for one in made:
        one.stop()


class Disk:
    """Stands before the real insert: can be shut, and can refuse."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.open = threading.Event()
        self.open.set()
        self.error: Exception | None = None
        self.batches: list[int] = []
        monkeypatch.setattr(module, "insert_rows", self._guard(module.insert_rows))

    def _guard(self, insert: Callable[[Any, bool, list[Any]], int]) -> Callable[[Any, bool, list[Any]], int]:
        def guarded(connection: Any, sqlite: bool, batch: list[Any]) -> int:
            self.open.wait(20)
            self.batches.append(len(batch))
            if self.error is not None:
                raise self.error
            return insert(connection, sqlite, batch)

        return guarded


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Disk]:
    made = Disk(monkeypatch)
    yield made
    made.open.set()


async def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not true():
        assert time.monotonic() < end, "it does not happen"
        await asyncio.sleep(0.002)


# --- durable before the answer -------------------------------------------------------------------------------


def test_once_accepted_it_is_there_for_others_encrypted(each_store: Store, crypt: Crypt, make: Make) -> None:
    intake = make(each_store)

    async def send() -> None:
        for number in range(3):
            sent = record(f"e{number}", b"Ann's secret", headers={"x-event": "said"}, kind="poll")
            await intake.accept("desk", sent)
            assert names(each_store)[-1] == f"e{number}"  # by another connection

    asyncio.run(send())
    row = rows(each_store)[0]
    assert (row.source, row.kind, row.done, row.received_at) == ("desk", "poll", False, NOW)
    assert b"secret" not in row.body
    assert unpack(crypt.open(row.body)) == ({"x-event": "said"}, b"Ann's secret")


def test_nobody_is_answered_before_the_commit(store: Store, make: Make, disk: Disk) -> None:
    intake = make(store)
    disk.open.clear()

    async def send() -> None:
        waiting = asyncio.ensure_future(intake.accept("desk", record()))
        await asyncio.sleep(0.05)
        assert not waiting.done()
        assert intake.waiting == 1
        disk.open.set()
        await waiting
        assert intake.waiting == 0

    asyncio.run(send())
    assert names(store) == ["e1"]


def test_many_at_once_share_a_few_commits(each_store: Store, make: Make, disk: Disk) -> None:
    intake = make(each_store)

    async def send() -> None:
        await asyncio.gather(*(intake.accept("desk", record(f"e{n}")) for n in range(700)))

    asyncio.run(send())
    assert names(each_store) == [f"e{n}" for n in range(700)]
    assert sum(disk.batches) == 700
    assert len(disk.batches) < 100
    assert max(disk.batches) <= module.BATCH


def test_a_duplicate_is_kept_once_and_answered_like_the_first(each_store: Store, make: Make) -> None:
    intake = make(each_store)

    async def send() -> None:
        await asyncio.gather(*(intake.accept("desk", record("same", body)) for body in (b"1", b"2", b"3")))
        await intake.accept("desk", record("same"))
        await intake.accept("shop", record("same"))

    asyncio.run(send())
    assert [(row.source, row.event_id) for row in rows(each_store)] == [("desk", "same"), ("shop", "same")]


def test_the_parser_is_woken_after_the_commit(store: Store, make: Make) -> None:
    seen: list[int] = []
    intake = make(store, wake=lambda: seen.append(len(rows(store))))
    intake.accept_now("desk", [record("a"), record("b")])
    intake.stop()
    assert seen[-1] == 2


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=8))])
def test_the_time_is_kept_in_any_zone(each_store: Store, make: Make, zone: timezone) -> None:
    make(each_store).accept_now("desk", [record(received_at=NOW.astimezone(zone))])
    assert [row.received_at for row in rows(each_store)] == [NOW]


# --- too much ------------------------------------------------------------------------------------------------


def test_above_its_capacity_it_says_so_at_once(store: Store, make: Make, disk: Disk) -> None:
    intake = make(store, capacity=4)
    disk.open.clear()

    async def send() -> None:
        first = asyncio.ensure_future(intake.accept("desk", record("first")))
        await until(lambda: len(intake._queue) == 0 and intake.waiting == 1)
        waiting = [asyncio.ensure_future(intake.accept("desk", record(f"e{n}"))) for n in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(IntakeFull, match="too many records"):
            await intake.accept("desk", record("too much"))
        with pytest.raises(IntakeFull):
            intake.accept_now("desk", [record("too much")])
        assert intake.waiting == 4
        disk.open.set()
        await asyncio.gather(first, *waiting)
        await intake.accept("desk", record("again"))

    asyncio.run(send())
    assert names(store) == ["first", "e0", "e1", "e2", "again"]


def test_a_poll_may_bring_more_than_the_queue_holds(each_store: Store, make: Make) -> None:
    intake = make(each_store, capacity=module.BATCH)
    intake.accept_now("desk", [record(f"e{n}") for n in range(2 * module.BATCH + 1)])
    assert len(names(each_store)) == 2 * module.BATCH + 1
    intake.accept_now("desk", [])


# --- what goes wrong -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [OSError("disk full"), RuntimeError("whatever")])
def test_an_error_is_told_to_everybody_and_the_writer_lives_on(
    each_store: Store, make: Make, disk: Disk, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    intake = make(each_store)
    disk.error = error

    async def send() -> None:
        answers = await asyncio.gather(
            *(intake.accept("desk", record(f"e{n}")) for n in range(5)), return_exceptions=True
        )
        assert [type(answer) for answer in answers] == [IntakeFull] * 5
        with pytest.raises(IntakeFull, match="cannot be written"):
            await intake.accept("desk", record("e5"))

    asyncio.run(send())
    with pytest.raises(IntakeFull):
        intake.accept_now("desk", [record("e6"), record("e7")])
    assert intake.healthy
    assert intake.waiting == 0
    assert names(each_store) == []
    assert str(error) not in caplog.text
    disk.error = None
    intake.accept_now("desk", [record("e8")])
    assert names(each_store) == ["e8"]


def test_a_statement_that_fails_half_way_leaves_nothing(store: Store, make: Make) -> None:
    intake = make(store)
    intake.accept_now("desk", [record("before")])
    with store.inbox.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER bad BEFORE INSERT ON inbound WHEN NEW.event_id = 'bad' BEGIN SELECT RAISE(FAIL, 'no'); END"
        )
    with pytest.raises(IntakeFull):
        intake.accept_now("desk", [record("good"), record("bad")])
    assert names(store) == ["before"]
    intake.accept_now("desk", [record("good")])
    assert names(store) == ["before", "good"]


def test_a_disk_that_fills_up_loses_nothing_and_is_used_again(store: Store, make: Make) -> None:
    """SQLite's own limit of pages stands for the end of the disk; it holds for connections made meanwhile."""
    full = [True]

    @event.listens_for(store.inbox, "connect")
    def limit(connection: Any, _record: Any) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={pages + 20 if full[0] else 2**30}")

    store.inbox.dispose()
    intake = make(store)
    kept = 0
    with pytest.raises(IntakeFull, match="cannot be written"):
        for kept in range(100):
            intake.accept_now("desk", [record(f"e{kept}", b"x" * 20_000)])
    assert 2 <= kept < 50
    assert names(store) == [f"e{n}" for n in range(kept)]
    assert intake.healthy
    full[0] = False
    store.inbox.dispose()
    intake.accept_now("desk", [record(f"e{kept}", b"x" * 20_000)])  # its sender comes again
    assert names(store) == [f"e{n}" for n in range(kept + 1)]


def test_a_lost_connection_is_replaced(pg_store: Store, pg_server: str, make: Make) -> None:
    intake = make(pg_store)
    intake.accept_now("desk", [record("before")])
    with psycopg.connect(pg_server, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [pg_store.main.url.database]
        )
    with pytest.raises(IntakeFull):
        intake.accept_now("desk", [record("lost")])
    intake.accept_now("desk", [record("after")])
    assert names(pg_store) == ["before", "after"]


def test_a_database_that_comes_later_is_waited_for(store: Store, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    connect = store.inbox.raw_connection
    monkeypatch.setattr(store.inbox, "raw_connection", lambda: (_ for _ in ()).throw(OSError("not yet")))
    intake = make(store)
    with pytest.raises(IntakeFull):
        intake.accept_now("desk", [record("early")])
    assert intake.healthy
    monkeypatch.setattr(store.inbox, "raw_connection", connect)
    intake.accept_now("desk", [record("later")])
    assert names(store) == ["later"]


@pytest.mark.parametrize("name", ["a\x00b", "\ud800", "x" * 5000, "中" * 201, "", "line\nline"])
def test_no_name_that_a_sender_chose_stops_the_others(each_store: Store, make: Make, name: str) -> None:
    intake = make(each_store)
    intake.accept_now("desk", [record("one"), record(name), record("two"), record(name)])
    assert len(names(each_store)) == 3
    assert {"one", "two"} < set(names(each_store))


def test_a_sender_that_hangs_up_harms_nobody(store: Store, make: Make, disk: Disk) -> None:
    """Neither one request that is given up, nor all of them with their event loop."""
    intake = make(store)
    disk.open.clear()

    async def give_up() -> None:
        gone = asyncio.ensure_future(intake.accept("desk", record("gone")))
        await asyncio.sleep(0.01)
        gone.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await gone

    asyncio.run(give_up())
    asyncio.run(give_up())
    disk.open.set()
    intake.accept_now("desk", [record("next")])
    assert intake.healthy
    assert names(store) == ["gone", "next"]


# --- the end -------------------------------------------------------------------------------------------------


def test_stopping_writes_what_waits(each_store: Store, make: Make, disk: Disk) -> None:
    intake = make(each_store)
    disk.open.clear()
    count = 2 * module.BATCH + 7
    sender = threading.Thread(target=asyncio.run, args=(_send_all(intake, count),))
    sender.start()
    asyncio.run(until(lambda: intake.waiting == count))
    stopper = threading.Thread(target=intake.stop)
    stopper.start()
    disk.open.set()
    stopper.join(20)
    sender.join(20)
    assert len(names(each_store)) == count
    assert not intake.healthy
    with pytest.raises(IntakeFull):
        intake.accept_now("desk", [record("late")])


async def _send_all(intake: Intake, count: int) -> None:
    await asyncio.gather(*(intake.accept("desk", record(f"e{n}")) for n in range(count)))


def test_an_intake_that_never_began_takes_nothing_and_can_be_stopped(store: Store, crypt: Crypt) -> None:
    intake = Intake(store, crypt, lambda: None)
    assert not intake.healthy
    with pytest.raises(IntakeFull):
        intake.accept_now("desk", [record()])
    intake.stop()


# --- what is kept --------------------------------------------------------------------------------------------


def test_credentials_and_addresses_of_senders_are_not_kept() -> None:
    kept = {"content-type": "application/json", "x-github-event": "push", "x-event-time": "1"}
    dropped = ("authorization", "cookie", "host", "user-agent", "x-gitlab-token", "x-telegram-bot-api-secret-token")
    dropped += ("x-api-key", "x-auth", "x-forwarded-for", "x-real-ip", "x-client-ip", "x-goog-iap-jwt-authorization")
    headers = {**kept, **dict.fromkeys(dropped, "secret")}
    assert unpack(pack(record(headers=headers))) == (kept, b"{}")


@given(
    headers=st.dictionaries(st.from_regex(r"x-e[0-9]{1,3}", fullmatch=True), st.text(), max_size=3),
    body=st.binary(max_size=200),
)
def test_what_is_packed_comes_out_again(headers: dict[str, str], body: bytes) -> None:
    assert unpack(pack(record(body=body, headers=headers))) == (headers, body)


@given(st.text(st.characters()), st.text(st.characters()))
def test_storable_names_stay_apart(one: str, other: str) -> None:
    assert (storable(one) == storable(other)) == (one == other)
    assert storable(one) == storable(storable(one))
    assert storable(one).isprintable()
