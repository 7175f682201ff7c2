"""Never more than the rate allows, whoever asks, however many ask at once."""

from __future__ import annotations

import itertools
import threading
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session

from vocbot.deliveries.limits import AHEAD, most, slot
from vocbot.store.db import Store

START = datetime(2026, 11, 3, 9, 7, tzinfo=UTC)
INTERVALS = st.sampled_from([0.02, 0.2, 1 / 3, 1.0, 7.0]).map(lambda s: timedelta(seconds=s))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(INTERVALS, st.lists(st.integers(0, 3000), min_size=1, max_size=60))
def test_slots_lie_apart_and_not_far_ahead(store: Store, interval: timedelta, pauses: list[int]) -> None:
    now, granted = START, []
    with Session(store.main) as session:
        for milliseconds in pauses:
            now += timedelta(milliseconds=milliseconds)
            found = slot(session, "c", now, interval)
            if found is not None:
                assert now <= found <= now + AHEAD
                granted.append(found)
        session.rollback()
    assert granted[:1] == [START + timedelta(milliseconds=pauses[0])]  # who comes first never waits
    assert all(later - earlier >= interval for earlier, later in itertools.pairwise(granted))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=8, deadline=None)
@given(INTERVALS, st.sampled_from([50, 100, 250, 500]))
def test_the_rate_is_reached_from_sweep_to_sweep(store: Store, interval: timedelta, sweep: int) -> None:
    seconds, granted = 15.0, 0
    with Session(store.main) as session:
        for step in range(int(seconds * 1000 / sweep)):
            taken = 0
            while slot(session, "c", START + timedelta(milliseconds=step * sweep), interval) is not None:
                taken += 1
            assert taken <= most(interval)
            granted += taken
        session.rollback()
    assert granted >= 0.97 * seconds / interval.total_seconds() - 1


def test_a_pause_is_not_made_up_for(store: Store) -> None:
    interval = timedelta(milliseconds=200)
    with store.write() as session:
        assert slot(session, "c", START, interval) == START
    later = START + timedelta(hours=5)
    with store.write() as session:
        found = [slot(session, "c", later, interval) for _ in range(5)]
    assert found == [later, later + interval, later + 2 * interval, None, None]


def test_connectors_do_not_share(store: Store) -> None:
    interval = timedelta(seconds=10)
    with store.write() as session:
        assert [slot(session, c, START, interval) for c in ("a", "b", "a", "b")] == [START, START, None, None]
        assert slot(session, "a", START + interval, interval) == START + interval


def test_a_slot_of_a_rolled_back_transaction_is_free_again(store: Store) -> None:
    interval = timedelta(seconds=10)
    with Session(store.main) as session:
        assert slot(session, "c", START, interval)
        session.rollback()
    with store.write() as session:
        assert slot(session, "c", START, interval) == START


def test_two_threads_get_together_what_one_would_get(each_store: Store) -> None:
    interval = timedelta(milliseconds=200)
    granted: list[datetime] = []
    errors: list[BaseException] = []
    together = threading.Barrier(2)

    def ask() -> None:
        try:
            for step in range(8):
                together.wait(20)
                for _ in range(3):
                    now = START + timedelta(seconds=2 * step)
                    with each_store.write() as session:
                        found = slot(session, "c", now, interval)
                        if found is not None:
                            granted.append(found)
        except BaseException as error:
            errors.append(error)
            together.abort()

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert errors == []
    expected = [START + timedelta(seconds=2 * step) + n * interval for step in range(8) for n in range(3)]
    assert sorted(granted) == expected
