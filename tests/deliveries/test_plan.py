"""A key is planned once; what waits for a yes waits; what has begun is not taken back."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlmodel import Session, select

from vocbot.deliveries.plan import cancel, plan, release
from vocbot.sdk.testing.clock import HandClock
from vocbot.store.db import Store
from vocbot.store.tables import Approval, Delivery, Limit


def one(session: Session, clock: HandClock, key: str = "ticket:VOC-1:1", **options: object) -> Delivery | None:
    return plan(session, key=key, act="ticket", connector="jira", now=clock.now(), **options)  # type: ignore[arg-type]


def stored(store: Store) -> list[Delivery]:
    with store.read() as session:
        return list(session.exec(select(Delivery).order_by(Delivery.id)))  # type: ignore[arg-type]


def approval(clock: HandClock, token: str, approved: bool = True) -> Approval:
    return Approval(token=token, approved=approved, by="U1", by_name="Mei", at=clock.now())


def test_a_key_is_planned_once(store: Store, clock: HandClock) -> None:
    with store.write() as session:
        assert one(session, clock) is not None
        assert one(session, clock) is None
    clock.move(timedelta(days=1))
    with store.write() as session:
        assert one(session, clock) is None
        assert one(session, clock, key="ticket:VOC-1:2") is not None
    assert [d.key for d in stored(store)] == ["ticket:VOC-1:1", "ticket:VOC-1:2"]


def test_two_at_the_same_moment_plan_one_and_lose_nothing_else(pg_store: Store, clock: HandClock) -> None:
    planned: list[bool] = []
    first_is_in, second_begins = threading.Event(), threading.Event()

    def second() -> None:
        with pg_store.write() as session:
            session.add(Limit(connector="what else was decided", next_free=clock.now()))
            assert first_is_in.wait(10)
            second_begins.set()
            planned.append(one(session, clock) is not None)

    thread = threading.Thread(target=second)
    thread.start()
    with pg_store.write() as session:
        assert one(session, clock) is not None
        first_is_in.set()
        assert second_begins.wait(10)
        thread.join(0.3)
        assert thread.is_alive()  # it waits for the end of this transaction
    thread.join(10)
    assert planned == [False]
    assert len(stored(pg_store)) == 1
    with pg_store.read() as session:
        assert session.get(Limit, "what else was decided") is not None


def test_a_rolled_back_decision_leaves_no_act(store: Store, clock: HandClock) -> None:
    with pytest.raises(RuntimeError), store.write() as session:
        one(session, clock)
        raise RuntimeError
    assert stored(store) == []


@pytest.mark.parametrize(("mode", "state"), [("auto", "planned"), ("approve", "awaiting"), ("shadow", "shadow")])
def test_modes(store: Store, clock: HandClock, mode: str, state: str) -> None:
    with store.write() as session:
        one(session, clock, mode=mode, approval="yes please", evidence=(3, 1), subject="VOC-1", target="T")
    (found,) = stored(store)
    assert (found.state, found.due_at, found.planned_at) == (state, clock.now(), clock.now())
    assert found.approval == ("yes please" if mode == "approve" else None)
    assert (found.evidence, found.subject, found.target, found.payload) == ([3, 1], "VOC-1", "T", {})


def test_waiting_for_nobody_is_refused(store: Store, clock: HandClock) -> None:
    with store.write() as session, pytest.raises(ValueError, match="without a name"):
        one(session, clock, mode="approve")


def test_a_yes_releases_what_waits_for_it(each_store: Store, clock: HandClock) -> None:
    later = clock.now() + timedelta(days=3)
    with each_store.write() as session:
        one(session, clock, "a", mode="approve", approval="x")
        one(session, clock, "b", mode="approve", approval="x", due=later)
        one(session, clock, "c", mode="approve", approval="y")
        one(session, clock, "d")
    clock.move(timedelta(hours=1))
    with each_store.write() as session:
        assert [d.key for d in release(session, approval(clock, "x"), clock.now())] == ["a", "b"]
    by_key = {d.key: d for d in stored(each_store)}
    assert {k: d.state for k, d in by_key.items()} == {"a": "planned", "b": "planned", "c": "awaiting", "d": "planned"}
    assert by_key["b"].due_at == later
    assert all(d.ended_at is None for d in by_key.values())


def test_a_no_cancels_what_waits_for_it(store: Store, clock: HandClock) -> None:
    with store.write() as session:
        one(session, clock, "a", mode="approve", approval="x")
        one(session, clock, "b", mode="approve", approval="y")
    with store.write() as session:
        release(session, approval(clock, "x", approved=False), clock.now())
    first, second = stored(store)
    assert (first.state, first.error, first.ended_at) == ("cancelled", "declined", clock.now())
    assert second.state == "awaiting"


def test_a_second_answer_changes_nothing(store: Store, clock: HandClock) -> None:
    with store.write() as session:
        one(session, clock, "a", mode="approve", approval="x")
        release(session, approval(clock, "x", approved=False), clock.now())
        assert release(session, approval(clock, "x"), clock.now()) == []
    assert stored(store)[0].state == "cancelled"


@pytest.mark.parametrize("state", ["awaiting", "held", "planned", "queued"])
def test_what_has_not_begun_is_taken_back(store: Store, clock: HandClock, state: str) -> None:
    with store.write() as session:
        delivery = one(session, clock)
        assert delivery is not None
        delivery.state = state
        assert cancel(session, delivery, clock.now(), "asked to stop")
    (found,) = stored(store)
    assert (found.state, found.error, found.ended_at) == ("cancelled", "asked to stop", clock.now())


@pytest.mark.parametrize("state", ["performing", "sent", "unknown", "rejected", "buried", "shadow", "cancelled"])
def test_what_has_begun_or_ended_is_not_taken_back(store: Store, clock: HandClock, state: str) -> None:
    with store.write() as session:
        delivery = one(session, clock)
        assert delivery is not None
        delivery.state = state
        assert not cancel(session, delivery, clock.now(), "too late")
    assert (stored(store)[0].state, stored(store)[0].error) == (state, "")


@pytest.mark.parametrize("state", ["planned", "queued", "held"])
def test_what_is_in_doubt_is_not_taken_back(store: Store, clock: HandClock, state: str) -> None:
    with store.write() as session:
        delivery = one(session, clock)
        assert delivery is not None
        delivery.state, delivery.doubt = state, True
        assert not cancel(session, delivery, clock.now(), "too late")
    assert stored(store)[0].state == state


def test_what_began_meanwhile_is_not_taken_back(pg_store: Store, clock: HandClock) -> None:
    with pg_store.write() as session:
        one(session, clock)
    with pg_store.write() as session:
        seen = session.exec(select(Delivery)).one()
        assert seen.state == "planned"
        with pg_store.write() as other:
            other.exec(select(Delivery)).one().state = "performing"
        assert not cancel(session, seen, clock.now(), "too late")
    assert stored(pg_store)[0].state == "performing"
