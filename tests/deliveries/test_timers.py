"""One row per (kind, subject), the earlier time wins, and none is lost while a sweep clears it."""

from __future__ import annotations

import threading
from datetime import timedelta

from sqlmodel import Session, select

from vocbot.deliveries.sweep import Sweeper
from vocbot.deliveries.timers import set_timer
from vocbot.sdk.testing.clock import HandClock
from vocbot.store.db import Store
from vocbot.store.tables import Timer

HOUR = timedelta(hours=1)


def the_timer(store: Store) -> Timer:
    with store.read() as session:
        return session.exec(select(Timer)).one()


def test_the_earlier_time_wins_and_its_payload_with_it(each_store: Store, clock: HandClock) -> None:
    now = clock.now()
    for due, payload, expected in (
        (now + 5 * HOUR, {"n": 1}, (now + 5 * HOUR, {"n": 1})),
        (now + 9 * HOUR, {"n": 2}, (now + 5 * HOUR, {"n": 1})),
        (now + 2 * HOUR, {"n": 3}, (now + 2 * HOUR, {"n": 3})),
        (now + HOUR, None, (now + HOUR, {"n": 3})),
        (now, {}, (now, {})),
    ):
        with each_store.write() as session:
            set_timer(session, "look", "CHANGE-1", due, payload)
        timer = the_timer(each_store)
        assert (timer.due_at, timer.payload) == expected


def test_a_timer_that_has_run_is_set_anew(store: Store, clock: HandClock) -> None:
    with store.write() as session:
        set_timer(session, "look", "CHANGE-1", clock.now(), {"n": 1}).due_at = None
    with store.write() as session:
        set_timer(session, "look", "CHANGE-1", clock.now() + HOUR)
    timer = the_timer(store)
    assert (timer.due_at, timer.payload) == (clock.now() + HOUR, {"n": 1})


def test_kinds_and_subjects_are_apart(store: Store, clock: HandClock) -> None:
    with store.write() as session:
        for kind, subject in (("look", "a"), ("look", "b"), ("digest", "a")):
            set_timer(session, kind, subject, clock.now())
    with store.read() as session:
        assert len(session.exec(select(Timer)).all()) == 3


def test_two_that_set_the_first_time_lose_nothing(pg_store: Store, clock: HandClock) -> None:
    first_is_in, second_begins = threading.Event(), threading.Event()

    def second() -> None:
        with pg_store.write() as session:
            set_timer(session, "look", "other", clock.now())
            assert first_is_in.wait(10)
            second_begins.set()
            set_timer(session, "look", "same", clock.now())

    thread = threading.Thread(target=second)
    thread.start()
    with pg_store.write() as session:
        set_timer(session, "look", "same", clock.now() + HOUR)
        first_is_in.set()
        assert second_begins.wait(10)
        thread.join(0.3)
    thread.join(10)
    with pg_store.read() as session:
        found = {t.subject: t.due_at for t in session.exec(select(Timer))}
    assert found == {"other": clock.now(), "same": clock.now()}


def test_what_is_set_while_the_timer_runs_is_not_lost(pg_store: Store, clock: HandClock) -> None:
    running, setting = threading.Event(), threading.Event()
    ran: list[str] = []

    def handler(session: Session, timer: Timer) -> None:
        ran.append(timer.subject)
        if len(ran) == 1:
            running.set()
            assert setting.wait(10)
            threading.Event().wait(0.3)

    sweep = Sweeper(pg_store, clock, {"evaluate": handler}, lambda *_: None, {}, 15.0)
    with pg_store.write() as session:
        set_timer(session, "evaluate", "day", clock.now())
    thread = threading.Thread(target=sweep)
    thread.start()
    assert running.wait(10)
    with pg_store.write() as session:  # something new came in, which the running handler did not see
        setting.set()
        set_timer(session, "evaluate", "day", clock.now())
    thread.join(10)
    sweep()
    assert ran == ["day", "day"]
