"""Every record is read once, whatever happens between; one that cannot be used is listed and stops nobody."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col, select

from vocbot.listen import parse
from vocbot.listen.parse import Drain, Taken, lag
from vocbot.listen.raw import pack
from vocbot.sdk import events, wire
from vocbot.sdk.errors import Unparseable
from vocbot.sdk.testing.clock import HandClock
from vocbot.store.crypt import Crypt
from vocbot.store.db import Store
from vocbot.store.tables import Cursor, Feedback, Inbound, Timer, Unread

Put = Callable[..., None]
MakeDrain = Callable[..., Drain]


class Source:
    """Reads bodies like [["said", "words"], ["unsupported", "type"], ["broken", ""]]."""

    def __init__(self) -> None:
        self.knows = {"said"}
        self.read: list[wire.Inbound] = []

    def parse(self, inbound: wire.Inbound) -> Sequence[events.Event]:
        self.read.append(inbound)
        return [self._event(inbound, *part) for part in inbound.json()]

    def _event(self, inbound: wire.Inbound, kind: str, words: str) -> events.Event:
        if kind == "broken":
            raise Unparseable("this makes no sense")
        if kind == "bug":
            raise KeyError(f"secret {words}")
        if kind == "ignored":
            return events.Ignored(words)
        if kind in self.knows:
            return events.Feedback(f"{inbound.event_id}:{words}", words, inbound.received_at, "chat")
        return events.Unsupported(kind)


def keep(session: Session, source: str, event: events.Event, inbound_id: int) -> None:
    """Takes an event as the loop does: what was kept before is not kept twice; some words do harm."""
    if isinstance(event, events.Ignored):
        return
    assert isinstance(event, events.Feedback)
    if session.exec(select(Feedback.id).where(Feedback.external_id == event.external_id)).first() is not None:
        return
    day = event.time.date()
    kept = {"text": event.text, "time": event.time, "day": day, "channel": "chat", "created_at": event.time}
    session.add(Feedback(source=source, external_id=event.external_id, inbound_id=inbound_id, **kept))
    session.flush()
    match event.text:
        case "fails":
            raise RuntimeError("secret of a customer")
        case "breaks the transaction":
            session.connection().execute(text("INSERT INTO nowhere VALUES (1)"))
        case "deadlock":
            session.connection().execute(text("DO $$ BEGIN RAISE EXCEPTION SQLSTATE '40P01'; END $$"))
        case "connection gone":
            session.connection().execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))


def each(handle: Callable[..., None]) -> Callable[[Session, Sequence[Taken]], None]:
    def handled(session: Session, taken: Sequence[Taken]) -> None:
        for one in taken:
            handle(session, one.source, one.event, one.inbound_id)

    return handled


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def make(crypt: Crypt, clock: HandClock, source: Source) -> MakeDrain:
    def drain(store: Store, **changes: Any) -> Drain:
        parsers = {("desk", "webhook"): source.parse, ("desk", "poll"): source.parse}
        changes["handle"] = each(changes.get("handle", keep))
        return replace(Drain(store, crypt, clock, parsers, keep), **changes)  # type: ignore[arg-type]

    return drain


@pytest.fixture
def put(crypt: Crypt, clock: HandClock) -> Put:
    """Write records as the intake does; each is a list of parts, or bytes."""

    def written(store: Store, *bodies: Any, source: str = "desk", kind: str = "webhook") -> None:
        with Session(store.inbox) as session, session.begin():
            start = len(session.exec(select(Inbound.id)).all())
            for number, body in enumerate(bodies, start + 1):
                raw = body if isinstance(body, bytes) else json.dumps(body).encode()
                sealed = crypt.seal(pack(wire.Inbound(kind, f"e{number}", raw, {"x-a": "b"}, clock.now())))  # type: ignore[arg-type]
                row = {"source": source, "event_id": f"e{number}", "kind": kind, "received_at": clock.now()}
                session.add(Inbound(**row, body=sealed))
                session.flush()

    return written


def said(store: Store) -> list[str]:
    with store.read() as session:
        return list(session.exec(select(Feedback.text).order_by(col(Feedback.id))))


def unread(store: Store) -> list[tuple[int, str, str]]:
    with store.read() as session:
        return [(u.inbound_id, u.kind, u.reason) for u in session.exec(select(Unread).order_by(col(Unread.id)))]


# --- in order, once ------------------------------------------------------------------------------------------


def test_records_are_read_once_in_order_with_all_they_carried(
    each_store: Store, make: MakeDrain, put: Put, source: Source, clock: HandClock
) -> None:
    drain = make(each_store)
    assert (drain(), lag(each_store)) == (0, 0)
    put(each_store, [["said", "one"], ["ignored", "x"], ["said", "two"]], [], kind="poll")
    put(each_store, [["said", "three"]])
    assert lag(each_store) == 3
    assert drain() == 3
    assert (drain(), lag(each_store)) == (0, 0)
    assert said(each_store) == ["one", "two", "three"]
    assert unread(each_store) == []
    first = source.read[0]
    assert (first.kind, first.event_id, first.headers, first.received_at) == ("poll", "e1", {"x-a": "b"}, clock.now())
    assert [seen.kind for seen in source.read] == ["poll", "poll", "webhook"]
    with each_store.read() as session:
        assert session.exec(select(Feedback.inbound_id)).all() == [1, 1, 3]


def test_a_batch_at_a_time(each_store: Store, make: MakeDrain, put: Put) -> None:
    put(each_store, *([["said", f"{n}"]] for n in range(10)))
    drain = replace(make(each_store), batch=4)
    assert lag(each_store) == 10  # all of them, not a batch
    assert [drain() for _ in range(4)] == [4, 4, 2, 0]
    assert said(each_store) == [f"{n}" for n in range(10)]


def test_what_came_in_between_is_read_next(each_store: Store, make: MakeDrain, put: Put) -> None:
    drain = make(each_store)
    for number in range(3):
        put(each_store, [["said", f"{number}"]])
        assert drain() == 1
    assert said(each_store) == ["0", "1", "2"]


def test_a_crash_before_the_commit_reads_the_batch_again(
    each_store: Store, make: MakeDrain, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(each_store, [["said", "one"]], [["broken", ""]], [["said", "two"]])

    class Crash(BaseException):
        pass

    def crash(*_: object) -> None:
        raise Crash

    for place in ("handle", "_mark"):
        drain = make(each_store)
        if place == "handle":
            seen: list[int] = []

            def die(session: Session, source: str, event: events.Event, ident: int, seen: list[int] = seen) -> None:
                keep(session, source, event, ident)
                seen.append(ident)
                if len(seen) == 2:
                    raise Crash

            drain = make(each_store, handle=die)
        else:
            monkeypatch.setattr(Drain, "_mark", crash)
        with pytest.raises(Crash):
            drain()
        assert said(each_store) == []
        assert unread(each_store) == []
        assert lag(each_store) == 3
        monkeypatch.undo()
    assert make(each_store)() == 3
    assert said(each_store) == ["one", "two"]
    assert len(unread(each_store)) == 1


def test_two_drains_at_once_read_nothing_twice(each_store: Store, make: MakeDrain, put: Put) -> None:
    put(each_store, *([["said", f"{n}"]] for n in range(60)))
    counts: list[int] = []
    together = threading.Barrier(3)

    def slowly(session: Session, source: str, event: events.Event, ident: int) -> None:
        time.sleep(0.001)
        session.add(Timer(kind="seen", subject=f"{ident}"))  # unique: a second time would fail
        keep(session, source, event, ident)

    def work() -> None:
        drain = make(each_store, handle=slowly)
        together.wait()
        while count := drain():
            counts.append(count)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(counts) == 60
    assert said(each_store) == [f"{n}" for n in range(60)]
    assert unread(each_store) == []


def test_on_postgresql_a_row_that_becomes_visible_late_is_read(pg_store: Store, make: MakeDrain, put: Put) -> None:
    """Ids are given before the commit: a cursor would have passed the slower of two writers."""
    drain = make(pg_store)
    put(pg_store, [["said", "0"]])
    with Session(pg_store.inbox) as slow:
        row = slow.exec(select(Inbound)).one()
        late = Inbound(
            id=50, source="desk", event_id="late", kind="webhook", received_at=row.received_at, body=row.body
        )
        slow.add(late)
        slow.flush()
        with Session(pg_store.inbox) as fast, fast.begin():
            fast.add(Inbound(**{**late.model_dump(), "id": 51, "event_id": "fast"}))
        assert drain() == 2
        slow.commit()
    assert drain() == 1
    with pg_store.read() as session:
        assert sorted(session.exec(select(Feedback.inbound_id)).all()) == [1, 50, 51]  # type: ignore[type-var]


# --- records that cannot be used -----------------------------------------------------------------------------

BAD = [
    ([["said", "lost"], ["broken", ""]], "unparseable", "this makes no sense"),
    ([["said", "lost"], ["bug", "x"]], "failed", "KeyError at test_parse.py"),
    ([["said", "kept"], ["moved", ""]], "unsupported", "event type moved is not known"),
    ([["m" * 500, ""]], "unsupported", f"event type {'m' * 80} is not known"),
    (b"{", "unparseable", "body is not JSON"),
    (b"\xff", "unparseable", "body is not UTF-8"),
    (b"", "unparseable", "body is not JSON"),
    (b"[1]", "failed", "TypeError at test_parse.py"),
    ([["said", "lost"], ["said", "fails"]], "failed", "RuntimeError at test_parse.py"),
    ([["said", "lost"], ["said", "breaks the transaction"]], "failed", "Error at "),
    ([["a\x00b", ""]], "", ""),
    ([["\ud800", ""]], "", ""),
]


def test_a_broken_record_stops_nobody_and_is_listed_once(
    each_store: Store, make: MakeDrain, put: Put, caplog: pytest.LogCaptureFixture
) -> None:
    drain = make(each_store)
    for body, _, _ in BAD:
        put(each_store, [["said", "before"]], body, [["said", "after"]])
    assert drain() == 3 * len(BAD)
    found = unread(each_store)
    assert [ident for ident, _, _ in found] == [3 * n + 2 for n in range(len(BAD))]
    for (_, kind, reason), (body, wanted, because) in zip(found, BAD, strict=True):
        if wanted:
            assert kind == wanted, body
            assert because in reason, body
        assert "secret" not in reason
    # what a broken record said before it broke is undone with it; an unknown type undoes nothing
    assert said(each_store) == [*["before", "after"] * 2, "before", "kept", "after", *["before", "after"] * 9]
    assert (drain(), lag(each_store)) == (0, 0)
    assert "secret" not in caplog.text


def test_a_record_of_a_connector_that_is_gone_is_listed(each_store: Store, make: MakeDrain, put: Put) -> None:
    put(each_store, [["said", "one"]], source="old")
    make(each_store)()
    assert unread(each_store) == [(1, "unparseable", "connector old is not configured any more")]


def test_a_record_that_was_sealed_with_another_key_is_listed(store: Store, make: MakeDrain, put: Put) -> None:
    put(store, [["said", "one"]])
    make(store, crypt=Crypt("A" * 43 + "="))()
    assert [(ident, kind) for ident, kind, _ in unread(store)] == [(1, "failed")]


@pytest.mark.parametrize("trouble", ["deadlock", "connection gone"])
def test_trouble_of_the_database_is_no_records_fault(pg_store: Store, make: MakeDrain, put: Put, trouble: str) -> None:
    put(pg_store, [["said", "one"]], [["said", trouble]])
    with pytest.raises(DBAPIError):
        make(pg_store)()
    assert (said(pg_store), unread(pg_store), lag(pg_store)) == ([], [], 2)


def test_a_busy_file_is_no_records_fault(store: Store, make: MakeDrain, put: Put) -> None:
    put(store, [["said", "one"]])

    def busy(session: Session, *_: object) -> None:
        with store.main.connect() as other:
            other.exec_driver_sql("PRAGMA busy_timeout=0")
            other.exec_driver_sql("BEGIN IMMEDIATE")

    with pytest.raises(DBAPIError, match="locked"):
        make(store, handle=busy)()
    assert (unread(store), lag(store)) == ([], 1)


# --- replay --------------------------------------------------------------------------------------------------


def test_replaying_reads_what_a_connector_has_learned(
    each_store: Store, make: MakeDrain, put: Put, source: Source, clock: HandClock
) -> None:
    put(each_store, [["moved", "one"]], [["broken", ""]], [["said", "two"], ["moved", "three"]], [["said", "four"]])
    drain = make(each_store)
    drain()
    assert [ident for ident, _, _ in unread(each_store)] == [1, 2, 3]
    assert drain.replay() == 0
    assert [ident for ident, _, _ in unread(each_store)] == [1, 2, 3]
    assert said(each_store) == ["two", "four"]
    source.knows.add("moved")
    clock.move(timedelta(days=1))
    assert drain.replay() == 2
    assert unread(each_store) == [(2, "unparseable", "this makes no sense")]
    assert said(each_store) == ["two", "four", "one", "three"]
    assert (lag(each_store), drain()) == (0, 0)


def test_a_record_that_retention_took_stays_listed(store: Store, make: MakeDrain, put: Put, source: Source) -> None:
    put(store, [["moved", "one"]])
    drain = make(store)
    drain()
    source.knows.add("moved")
    with store.inbox.begin() as connection:
        connection.exec_driver_sql("DELETE FROM inbound")
    assert drain.replay() == 0
    assert [ident for ident, _, _ in unread(store)] == [1]


def test_after_retention_new_records_are_still_read(store: Store, make: MakeDrain, put: Put) -> None:
    drain = make(store)
    put(store, [["said", "one"]], [["said", "two"]])
    drain()
    with store.inbox.begin() as connection:
        connection.exec_driver_sql("DELETE FROM inbound")
    put(store, [["said", "three"]])
    assert drain() == 1
    assert said(store) == ["one", "two", "three"]
    with store.read() as session:
        assert session.get_one(Cursor, parse.INBOX_CURSOR).value == "3"


def test_two_workers_read_different_records_at_the_same_time(pg_store: Store, make: MakeDrain, put: Put) -> None:
    """The second does not wait for what the first is reading, and does not read it again."""
    put(pg_store, *([["said", f"t{n}"]] for n in range(parse.BATCH + 3)))
    prepared: list[list[str]] = []
    inner = make(pg_store)

    def outer(now: Sequence[Taken], _after: Sequence[Taken]) -> None:
        prepared.append([one.event.text for one in now])
        if len(prepared) == 1:
            assert replace(inner, prepare=outer)() == 3  # while the first batch is claimed and not kept yet

    assert replace(inner, prepare=outer)() == parse.BATCH
    assert [len(texts) for texts in prepared] == [parse.BATCH, 3]
    assert sorted(said(pg_store)) == sorted(f"t{n}" for n in range(parse.BATCH + 3))
    assert inner() == 0
