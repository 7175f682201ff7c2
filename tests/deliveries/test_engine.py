"""The real engine under kill -9: nothing is lost and nothing comes twice, on SQLite and on PostgreSQL.

The engine is one per process, so the workers are processes of their own (`worker.py`).
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import col, func, select

from vocbot.deliveries import rescue
from vocbot.deliveries.plan import plan
from vocbot.deliveries.rescue import Rescuer, SecondWorker, WorkerLock
from vocbot.sdk.clock import RealClock
from vocbot.sdk.testing.standin import Answer, Call, Standin, route
from vocbot.sdk.wire import Request
from vocbot.store.db import Store
from vocbot.store.tables import Delivery

ACTS, KILLS = 300, 5


# -- kill -9


def kill_now_and_then(peer: Peer, workers: Workers, seed: int) -> None:
    """Kill a random worker at random moments of the work; another one starts instead."""
    chance = random.Random(seed)
    for share in sorted(chance.sample(range(10, ACTS - 30), KILLS)):
        workers.wait_for(lambda share=share: len(peer.times) >= share and workers.ready())
        time.sleep(chance.uniform(0.0, 0.03))
        workers.kill(chance.choice(workers.ready()))
        workers.start()


def check_the_end(store: Store, peer: Peer, workers: Workers, keys: list[str]) -> None:
    workers.wait_for(lambda: states(store) == {"sent": len(keys)})
    assert peer.times == dict.fromkeys(keys, 1)
    assert Counter(effect["key"] for effect in peer.effects("posted")) == dict.fromkeys(keys, 1)
    with store.read() as session:
        met_again = session.exec(select(func.count()).where(col(Delivery.attempt) > 1)).one()
    assert met_again >= 1, "the kills hit nobody at work: this run shows nothing"
    workers.stop()


def test_sqlite_under_kill(store: Store, sqlite_workers: Workers, peer: Peer) -> None:
    keys = plan_acts(store, ACTS)
    sqlite_workers.start()
    kill_now_and_then(peer, sqlite_workers, seed=20261103)
    check_the_end(store, peer, sqlite_workers, keys)
    assert store.folder is not None
    assert list(store.folder.glob("*.alive")) == []


def test_postgresql_under_kill(pg_store: Store, pg_workers: Workers, peer: Peer) -> None:
    keys = plan_acts(pg_store, ACTS)
    for _ in range(3):
        pg_workers.start()
    kill_now_and_then(peer, pg_workers, seed=20261104)
    check_the_end(pg_store, peer, pg_workers, keys)


# -- one transaction

TRANSACTIONS = """
import sys, threading
from sqlalchemy import text
from vocbot.deliveries.engine import Engine
from vocbot.deliveries.plan import plan
from vocbot.sdk.clock import RealClock
from vocbot.store.db import open_store

ran, done = [], threading.Event()
store = open_store(sys.argv[1])
engine = Engine(store.main, lambda *job: (ran.append(job), job[1] == 3 and done.set()), 0.05)
engine.start()

def count(table):
    with store.read() as session:
        return session.connection().execute(text(f"SELECT count(*) FROM {table}")).scalar()

def decide(*attempts):
    with store.write() as session:
        delivery = plan(session, key="k", act="post", connector="peer", now=RealClock().now())
        for attempt in attempts:
            engine.enqueue(session, delivery.id, attempt, "peer")
        if not attempts[1:]:
            raise KeyError

jobs = "workflow_status" if store.sqlite else "dbos.workflow_status"
try:
    decide(1)
except KeyError:
    print("rolled back:", count("delivery"), "deliveries,", count(jobs), "jobs", flush=True)
decide(2, 2, 3)
print("committed:", count("delivery"), "deliveries,", count(jobs), "jobs", flush=True)
assert done.wait(20)
engine.stop(1.0)
store.close()
print("ran:", sorted(attempt for _, attempt in ran), flush=True)
"""


def test_a_job_is_there_if_and_only_if_its_act_is(each_store: Store) -> None:
    url = each_store.main.url.render_as_string(hide_password=False)
    child = subprocess.run(
        [sys.executable, "-W", "error", "-c", TRANSACTIONS, url],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert child.stdout.splitlines() == [
        "rolled back: 0 deliveries, 0 jobs",
        "committed: 1 deliveries, 2 jobs",
        "ran: [2, 3]",
    ], child.stderr
    assert child.returncode == 0
