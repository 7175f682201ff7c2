"""The sweep runs what is due, queues what is due, no faster than the limits, and takes up what was lost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text
from sqlmodel import Session, col, select

from vocbot.deliveries import sweep
from vocbot.deliveries.hold import hold, release, waiting
from vocbot.deliveries.plan import plan
from vocbot.deliveries.sweep import Sweeper
from vocbot.deliveries.timers import TimerHandler, set_timer
from vocbot.sdk.testing.clock import HandClock
from vocbot.store.db import Store
from vocbot.store.tables import Delivery, Hold, Limit, Timer

TIMEOUT = 15.0
STALE = timedelta(seconds=sweep.STALE * TIMEOUT)
SECOND = timedelta(seconds=1)


class Queue:
    """Stands for the engine: what was handed over."""

    def __init__(self) -> None:
        self.jobs: list[tuple[int, int, str]] = []
        self.slots: list[datetime] = []

    def __call__(self, session: Session, delivery_id: int, attempt: int, connector: str, slot: datetime) -> None:
        assert session.in_transaction()
        self.jobs.append((delivery_id, attempt, connector))
        self.slots.append(slot)


@pytest.fixture
def queue() -> Queue:
    return Queue()


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> HandClock:
    """The physical clock that the limits go by."""
    hand = HandClock()
    monkeypatch.setattr(sweep, "RealClock", lambda: hand)
    return hand


def sweeper(
    store: Store,
    clock: HandClock,
    queue: Queue,
    timers: Mapping[str, TimerHandler] | None = None,
    rates: Mapping[str, float] | None = None,
) -> Sweeper:
    return Sweeper(store, clock, timers or {}, queue, {"a": 1000.0, "b": 1000.0, **(rates or {})}, TIMEOUT)


def act(store: Store, clock: HandClock, key: str, connector: str = "a", **values: object) -> int:
    with store.write() as session:
        delivery = plan(session, key=key, act="ticket", connector=connector, now=clock.now())
        assert delivery is not None and delivery.id is not None
        for name, value in values.items():
            setattr(delivery, name, value)
        return delivery.id


def deliveries(store: Store) -> dict[str, Delivery]:
    with store.read() as session:
        return {d.key: d for d in session.exec(select(Delivery).order_by(col(Delivery.id)))}


def timer(store: Store, subject: str) -> Timer:
    with store.read() as session:
        return session.exec(select(Timer).where(Timer.subject == subject)).one()


def set_due(store: Store, clock: HandClock, *subjects: str, kind: str = "t") -> None:
    with store.write() as session:
        for subject in subjects:
            set_timer(session, kind, subject, clock.now())


# -- timers


def test_a_timer_runs_once_when_it_is_due(store: Store, clock: HandClock, queue: Queue) -> None:
    ran: list[str] = []
    sweep_once = sweeper(store, clock, queue, {"t": lambda _s, t: ran.append(t.subject)})
    set_due(store, clock, "now")
    with store.write() as session:
        set_timer(session, "t", "later", clock.now() + SECOND)
    assert sweep_once() == 1
    assert (sweep_once(), ran) == (0, ["now"])
    clock.move(SECOND)
    assert (sweep_once(), ran) == (1, ["now", "later"])
    assert timer(store, "now").due_at is None


def test_a_timer_says_when_it_is_due_again(store: Store, clock: HandClock, queue: Queue) -> None:
    set_due(store, clock, "x")
    sweeper(store, clock, queue, {"t": lambda _s, _t: clock.now() + 3 * SECOND})()
    assert timer(store, "x").due_at == clock.now() + 3 * SECOND


@pytest.mark.parametrize(("returned", "set_anew", "expected"), [(5, 2, 2), (2, 5, 2), (None, 4, 4), (4, None, 4)])
def test_a_handler_may_set_its_own_timer_anew(
    store: Store, clock: HandClock, queue: Queue, returned: int | None, set_anew: int | None, expected: int
) -> None:
    def handler(session: Session, timer: Timer) -> datetime | None:
        if set_anew is not None:
            set_timer(session, timer.kind, timer.subject, clock.now() + set_anew * SECOND)
        return None if returned is None else clock.now() + returned * SECOND

    set_due(store, clock, "x")
    sweeper(store, clock, queue, {"t": handler})()
    assert timer(store, "x").due_at == clock.now() + expected * SECOND


def test_a_failing_timer_waits_longer_each_time_and_stops_nobody(
    each_store: Store, clock: HandClock, queue: Queue, caplog: pytest.LogCaptureFixture
) -> None:
    ran: list[str] = []

    def handler(session: Session, timer: Timer) -> None:
        ran.append(timer.subject)
        if timer.subject == "bad":
            session.add(Limit(connector="half done", next_free=clock.now()))
            raise ValueError("mail to mei@example.com")

    sweep_once = sweeper(each_store, clock, queue, {"t": handler})
    set_due(each_store, clock, "bad", "good")
    act(each_store, clock, "k")
    waits = []
    for _ in range(10):
        sweep_once()
        bad = timer(each_store, "bad")
        assert bad.due_at is not None
        waits.append((bad.due_at - clock.now()).total_seconds())
        clock.move(bad.due_at - clock.now())
    assert waits == [2, 4, 8, 16, 32, 64, 128, 256, 300, 300]
    assert ran == ["bad", "good"] + ["bad"] * 9
    assert deliveries(each_store)["k"].state == "queued"
    assert timer(each_store, "bad").error == "ValueError"
    assert "mei@example.com" not in caplog.text
    with each_store.read() as session:
        assert session.get(Limit, "half done") is None


def test_a_timer_that_has_failed_for_weeks_still_stops_nobody(store: Store, clock: HandClock, queue: Queue) -> None:
    set_due(store, clock, "unheard of", kind="nobody's")
    with store.write() as session:
        session.exec(select(Timer)).one().failures = 5000
    act(store, clock, "k")
    sweeper(store, clock, queue)()
    found = timer(store, "unheard of")
    assert (found.failures, found.error, found.due_at) == (5001, "KeyError", clock.now() + 300 * SECOND)
    assert len(queue.jobs) == 1


def test_a_success_forgives_the_failures(store: Store, clock: HandClock, queue: Queue) -> None:
    set_due(store, clock, "x")
    with store.write() as session:
        row = session.exec(select(Timer)).one()
        row.failures, row.error = 3, "ValueError"
    sweeper(store, clock, queue, {"t": lambda _s, _t: None})()
    assert (timer(store, "x").failures, timer(store, "x").error) == (0, "")


# -- deliveries


def test_only_what_is_due_is_queued(each_store: Store, clock: HandClock, queue: Queue) -> None:
    first = act(each_store, clock, "due")
    act(each_store, clock, "early", due_at=clock.now() + SECOND)
    for state in ("shadow", "awaiting", "held", "sent", "unknown", "rejected", "buried", "cancelled"):
        act(each_store, clock, state, state=state, marked_at=clock.now() - 2 * STALE)
    assert sweeper(each_store, clock, queue)() == 1
    assert queue.jobs == [(first, 1, "a")]
    found = deliveries(each_store)
    assert (found["due"].state, found["due"].attempt, found["due"].doubt) == ("queued", 1, False)
    assert all(d.state == key for key, d in found.items() if key not in ("due", "early"))
    assert sweeper(each_store, clock, queue)() == 0
    clock.move(SECOND)
    assert sweeper(each_store, clock, queue)() == 1


def test_what_waits_longest_goes_first(store: Store, clock: HandClock, queue: Queue, wall: HandClock) -> None:
    late = act(store, clock, "late", due_at=clock.now() - SECOND)
    early = act(store, clock, "early", due_at=clock.now() - 9 * SECOND)
    sweep_once = sweeper(store, clock, queue, rates={"a": 0.5})
    assert sweep_once() == 1
    wall.move(2 * SECOND)
    assert sweep_once() == 1
    assert [job[0] for job in queue.jobs] == [early, late]


def test_the_limit_is_kept(store: Store, clock: HandClock, queue: Queue, wall: HandClock) -> None:
    for n in range(40):
        act(store, clock, f"k{n}", due_at=clock.now() - timedelta(days=1))
    begun = wall.now()
    sweep_once = sweeper(store, clock, queue, rates={"a": 4.0})
    counts = []
    for _ in range(8):
        counts.append(sweep_once())
        wall.move(timedelta(milliseconds=500))
        clock.move(timedelta(days=1))  # our own time does not loosen it
    assert counts == [3, 2, 2, 2, 2, 2, 2, 2]
    assert queue.slots == [begun + n * timedelta(milliseconds=250) for n in range(17)]


def test_a_long_queue_before_one_connector_holds_up_no_other(
    store: Store, clock: HandClock, queue: Queue, wall: HandClock
) -> None:
    with store.write() as session:
        for n in range(2 * sweep.BATCH):
            plan(session, key=f"k{n}", act="notice", connector="slow", now=clock.now() - timedelta(days=1))
    other = act(store, clock, "other", "b")
    sweeper(store, clock, queue, rates={"slow": 0.5})()
    assert [job for job in queue.jobs if job[2] == "b"] == [(other, 1, "b")]
    assert len(queue.jobs) == 2


@pytest.mark.parametrize("state", ["performing", "queued"])
def test_what_was_lost_is_taken_up(store: Store, clock: HandClock, queue: Queue, state: str) -> None:
    lost = act(store, clock, "k", state=state, attempt=3, marked_at=clock.now())
    sweep_once = sweeper(store, clock, queue)
    clock.move(STALE - SECOND)
    assert sweep_once() == 0
    clock.move(SECOND)
    assert sweep_once() == 1
    found = deliveries(store)["k"]
    # what had begun is met as begun by the new attempt, which knows how long to doubt it
    assert (found.state, found.attempt, found.marked_at, found.doubt) == (state, 4, clock.now(), False)
    assert queue.jobs == [(lost, 4, "a")]
    assert sweep_once() == 0


def test_an_act_that_is_being_cancelled_is_left_alone(pg_store: Store, clock: HandClock, queue: Queue) -> None:
    act(pg_store, clock, "k")
    with pg_store.main.begin() as connection:  # a sweep that waits for it fails instead of hanging
        connection.execute(
            text("DO $$ BEGIN EXECUTE 'ALTER DATABASE ' || current_database() || ' SET lock_timeout = 2000'; END $$")
        )
    pg_store.main.dispose()
    with pg_store.write() as session:
        session.exec(select(Delivery).with_for_update()).one().state = "cancelled"
        session.flush()
        assert sweeper(pg_store, clock, queue)() == 0
    assert sweeper(pg_store, clock, queue)() == 0
    assert (deliveries(pg_store)["k"].state, queue.jobs) == ("cancelled", [])


def test_a_failing_engine_leaves_the_act_planned(store: Store, clock: HandClock) -> None:
    def broken(*_: object) -> None:
        raise OSError("no queue today")

    act(store, clock, "k")
    enqueue: Callable[[Session, int, int, str], None] = broken
    with pytest.raises(OSError, match="no queue today"):
        Sweeper(store, clock, {}, enqueue, {}, TIMEOUT)()
    assert (deliveries(store)["k"].state, deliveries(store)["k"].attempt) == ("planned", 0)


# -- lanes and holds


def test_a_lane_keeps_the_order_whatever_is_due_first(each_store: Store, clock: HandClock, queue: Queue) -> None:
    first = act(each_store, clock, "first", lane="VOC-1")
    second = act(each_store, clock, "second", connector="b", lane="VOC-1", due_at=clock.now() - SECOND)
    other = act(each_store, clock, "other", lane="VOC-2")
    alone = act(each_store, clock, "alone")
    sweep_once = sweeper(each_store, clock, queue)
    sweep_once()
    assert {job[0] for job in queue.jobs} == {first, other, alone}
    for state in ("performing", "planned"):  # a retry far in the future, too
        with each_store.write() as session:
            row = session.get_one(Delivery, first)
            row.state, row.due_at = state, clock.now() + 60 * SECOND
            session.add(row)
        sweep_once()
        assert second not in {job[0] for job in queue.jobs}
    with each_store.write() as session:
        row = session.get_one(Delivery, first)
        row.state = "sent"
        session.add(row)
    sweep_once()
    assert queue.jobs[-1][0] == second


@pytest.mark.parametrize("state", ["shadow", "awaiting", "rejected", "unknown", "buried", "cancelled"])
def test_what_is_not_under_way_holds_up_no_lane(store: Store, clock: HandClock, queue: Queue, state: str) -> None:
    act(store, clock, "first", lane="VOC-1", state=state)
    second = act(store, clock, "second", lane="VOC-1")
    sweeper(store, clock, queue)()
    assert [job[0] for job in queue.jobs] == [second]


def test_nothing_is_queued_for_a_held_connector(each_store: Store, clock: HandClock, queue: Queue) -> None:
    kept, free = act(each_store, clock, "kept"), act(each_store, clock, "free", connector="b")
    sweep_once = sweeper(each_store, clock, queue)
    with each_store.write() as session:
        assert hold(session, "a", "Li Na", "wrong channel", clock.now())
        assert not hold(session, "a", "Wang", "", clock.now())
    sweep_once()
    assert [job[0] for job in queue.jobs] == [free]
    with each_store.write() as session:
        assert waiting(session, "a") == 1
        assert session.get_one(Hold, "a").by == "Li Na"
        assert release(session, "a", "Li Na", clock.now())
        assert not release(session, "a", "Li Na", clock.now())
    sweep_once()
    assert [job[0] for job in queue.jobs] == [free, kept]


def test_nobody_is_woken_at_night(each_store: Store, clock: HandClock, queue: Queue) -> None:
    night = clock.now() + SECOND

    def allowed(act: str, time: datetime) -> datetime:
        return max(time, night) if act == "notice" else time

    kept, free = act(each_store, clock, "kept", act="notice"), act(each_store, clock, "free")
    sweep_once = replace(sweeper(each_store, clock, queue), allowed=allowed)
    sweep_once()
    assert [job[0] for job in queue.jobs] == [free]
    assert deliveries(each_store)["kept"].due_at == night
    clock.move(SECOND)
    sweep_once()
    assert [job[0] for job in queue.jobs] == [free, kept]
