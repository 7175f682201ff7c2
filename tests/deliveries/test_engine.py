"""The real engine under kill -9: nothing is lost and nothing comes twice, on SQLite and on PostgreSQL.

The engine is one per process, so the workers are processes of their own (`worker.py`).
"""

from __future__ import annotations

import random
import time
from collections import Counter
from typing import Any

import pytest
from sqlmodel import col, func, select

from vocbot.store.tables import Delivery

ACTS, KILLS = 300, 5
MANY_ACTS, MANY_KILLS = 2_000, 20


def kill_now_and_then(workers: Any, seed: int, acts: int = ACTS, kills: int = KILLS) -> None:
    """Kill a random worker at random moments of the work; another one starts instead."""
    chance = random.Random(seed)
    for share in sorted(chance.sample(range(10, acts - 30), kills)):
        workers.wait_for(lambda share=share: len(workers.peer.times) >= share and workers.ready())
        time.sleep(chance.uniform(0.0, 0.03))
        workers.kill(chance.choice(workers.ready()))
        workers.start()


def check_the_end(workers: Any, keys: list[str]) -> None:
    workers.wait_for(lambda: workers.states() == {"sent": len(keys)})
    once = dict.fromkeys(keys, 1)
    assert workers.peer.times == once
    assert Counter(effect["key"] for effect in workers.peer.effects("posted")) == once
    with workers.store.read() as session:
        met_again = session.exec(select(func.count()).where(col(Delivery.attempt) > 1)).one()
    assert met_again >= 1, "the kills hit nobody at work: this run shows nothing"
    workers.stop()


def test_sqlite_under_kill(sqlite_workers: Any) -> None:
    keys = sqlite_workers.plan(ACTS)
    sqlite_workers.start()
    kill_now_and_then(sqlite_workers, seed=20261103)
    check_the_end(sqlite_workers, keys)
    assert list(sqlite_workers.store.folder.glob("*.alive")) == []


def test_postgresql_under_kill(pg_workers: Any) -> None:
    keys = pg_workers.plan(ACTS)
    for _ in range(3):
        pg_workers.start()
    kill_now_and_then(pg_workers, seed=20261104)
    check_the_end(pg_workers, keys)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("workers_on_each", "sightless", "at_most_once"),
    [
        ("sqlite", False, False),
        ("sqlite", True, True),
        ("postgresql", False, False),
        ("postgresql", True, False),
    ],
    indirect=["workers_on_each"],
)
def test_twenty_kills_in_two_thousand_acts(workers_on_each: Any, sightless: bool, at_most_once: bool) -> None:
    """Nothing lost. Where the peer can be searched, nothing twice; else what the act has chosen holds exactly."""
    workers = workers_on_each
    workers.sightless, workers.at_most_once = sightless, at_most_once
    keys = workers.plan(MANY_ACTS)
    for _ in range(1 if workers.store.sqlite else 3):
        workers.start()
    kill_now_and_then(workers, 20261105, MANY_ACTS, MANY_KILLS)
    if not sightless:
        check_the_end(workers, keys)
        return
    ended = {"sent", "unknown"} if at_most_once else {"sent"}
    workers.wait_for(lambda: workers.states().keys() <= ended)
    with workers.store.read() as session:
        rows = session.exec(select(Delivery)).all()
    assert {row.key for row in rows} == set(keys)
    for row in rows:
        times = workers.peer.times[row.key]
        if at_most_once:
            assert times == 1 if row.state == "sent" else times <= 1, row.key
        else:
            assert times >= 1, row.key
    hit = sum(row.state == "unknown" for row in rows) if at_most_once else max(workers.peer.times.values()) - 1
    assert hit >= 1, "the kills hit nobody at work: this run shows nothing"
    workers.stop()


def test_a_job_is_there_if_and_only_if_its_act_is(workers_on_each: Any) -> None:
    child = workers_on_each.decide()
    workers_on_each.running.remove(child)
    workers_on_each.wait_for(lambda: not child.alive)
    # numbers of acts and of jobs; the same attempt twice is one job
    assert child.log.read_text().splitlines() == ["failed 0 0", "committed 1 2", "ran 2 3"]
