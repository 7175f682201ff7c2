"""The real engine under kill -9: nothing is lost and nothing comes twice, on SQLite and on PostgreSQL.

The engine is one per process, so the workers are processes of their own (`worker.py`).
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import func, select

from vocbot.deliveries import rescue
from vocbot.deliveries.plan import plan
from vocbot.deliveries.rescue import Rescuer, SecondWorker, WorkerLock
from vocbot.sdk.clock import RealClock
from vocbot.sdk.testing.standin import Answer, Call, Fault, Standin, route
from vocbot.sdk.wire import Request
from vocbot.store.db import Store, open_store
from vocbot.store.tables import Delivery

ACTS, KILLS = 300, 5
HERE = Path(__file__).parent


class Peer(Standin):
    """Takes posts, as often as they come, and says which keys it has. `hold` lets the answers wait."""

    id = "peer"

    def __init__(self, log_path: Path) -> None:
        super().__init__(log_path, RealClock())
        self.times: Counter[str] = Counter()
        self.go_on = threading.Event()
        self.go_on.set()

    def settings(self) -> dict[str, Any]:
        return {"url": self.url}

    def samples(self, hook: str) -> Sequence[Request]:
        return []

    @route("POST", "/acts")
    def add(self, call: Call) -> Answer:
        self.times[call.json["key"]] += 1
        self.effect("posted", key=call.json["key"])
        return Answer(201)

    @route("GET", "/acts")
    def known(self, call: Call) -> Answer:
        return Answer(200, call.query["key"] in self.times)

    def answer(self, call: Call) -> Any:
        found = super().answer(call)
        self.go_on.wait(10)
        return found


class Workers:
    """The worker processes of one test."""

    def __init__(self, store_url: str, peer: Peer, folder: Path) -> None:
        self.running: list[subprocess.Popen[str]] = []
        self._command = [sys.executable, str(HERE / "worker.py"), store_url, peer.url]
        self._logs = folder
        self._started = 0

    def start(self) -> subprocess.Popen[str]:
        """Start one without waiting for it."""
        self._started += 1
        with self.log(self._started).open("w") as log:
            worker = subprocess.Popen(self._command, stdout=log, stderr=subprocess.STDOUT, text=True)
        self.running.append(worker)
        return worker

    def kill(self, worker: subprocess.Popen[str]) -> None:
        """kill -9."""
        self.running.remove(worker)
        worker.send_signal(signal.SIGKILL)
        assert worker.wait(10) == -signal.SIGKILL, self.said()

    def stop(self) -> None:
        """Let all end as they should."""
        for worker in self.running:
            worker.send_signal(signal.SIGTERM)
        assert [worker.wait(20) for worker in self.running] == [0] * len(self.running), self.said()
        self.running.clear()

    def log(self, number: int) -> Path:
        return self._logs / f"worker{number}.log"

    def said(self) -> str:
        return "\n".join(self.log(n + 1).read_text() for n in range(self._started))


@pytest.fixture
def peer(tmp_path: Path) -> Iterator[Peer]:
    standin = Peer(tmp_path / "peer.jsonl")
    standin.start()
    yield standin
    standin.go_on.set()
    standin.stop()


def make_workers(url: str, peer: Peer, folder: Path) -> Iterator[Workers]:
    found = Workers(url, peer, folder)
    yield found
    for worker in found.running:
        worker.kill()
        worker.wait(10)


@pytest.fixture
def sqlite_workers(store: Store, sqlite_url: str, peer: Peer, tmp_path: Path) -> Iterator[Workers]:
    yield from make_workers(sqlite_url, peer, tmp_path)


@pytest.fixture
def pg_workers(pg_store: Store, pg_url: str, peer: Peer, tmp_path: Path) -> Iterator[Workers]:
    yield from make_workers(pg_url, peer, tmp_path)


def plan_acts(store: Store, number: int) -> list[str]:
    keys = [f"act:{n}" for n in range(number)]
    with store.write() as session:
        for key in keys:
            plan(session, key=key, act="post", connector="peer", now=RealClock().now())
    return keys


def states(store: Store) -> dict[str, int]:
    with store.read() as session:
        return dict(session.exec(select(Delivery.state, func.count()).group_by(Delivery.state)).all())


def row(store: Store) -> Delivery:
    with store.read() as session:
        return session.exec(select(Delivery)).one()


def wait_for(what: Callable[[], bool], workers: Workers, seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not what():
        dead = [worker.pid for worker in workers.running if worker.poll() is not None]
        assert not dead, f"worker died by itself\n{workers.said()}"
        assert time.monotonic() < end, f"waited in vain\n{workers.said()}"
        time.sleep(0.02)


def kill_now_and_then(store: Store, peer: Peer, workers: Workers, seed: int) -> None:
    """Kill a random worker at random moments of the work; another one starts instead."""
    chance = random.Random(seed)
    for share in sorted(chance.sample(range(10, ACTS - 20), KILLS)):
        wait_for(lambda share=share: len(peer.times) >= share, workers)  # type: ignore[misc]
        time.sleep(chance.uniform(0.0, 0.03))
        workers.kill(chance.choice(workers.running))
        workers.start()


def check_the_end(store: Store, peer: Peer, workers: Workers, keys: list[str]) -> None:
    wait_for(lambda: states(store) == {"sent": len(keys)}, workers)
    assert peer.times == dict.fromkeys(keys, 1)
    assert Counter(effect["key"] for effect in peer.effects("posted")) == dict.fromkeys(keys, 1)
    with store.read() as session:
        met_again = session.exec(select(func.count()).where(Delivery.attempt > 1)).one()
    assert met_again >= 1  # or the kills hit nobody at work, and this test shows nothing
    workers.stop()


def test_sqlite_under_kill(store: Store, sqlite_workers: Workers, peer: Peer) -> None:
    peer.faults.add(Fault("POST", "drip", seconds=0.02, times=10**6))
    keys = plan_acts(store, ACTS)
    sqlite_workers.start()
    kill_now_and_then(store, peer, sqlite_workers, seed=20261103)
    check_the_end(store, peer, sqlite_workers, keys)
    assert store.folder is not None
    assert list(store.folder.glob("*.alive")) == []


def test_postgresql_under_kill(pg_store: Store, pg_workers: Workers, peer: Peer) -> None:
    peer.faults.add(Fault("POST", "drip", seconds=0.02, times=10**6))
    keys = plan_acts(pg_store, ACTS)
    for _ in range(3):
        pg_workers.start()
    kill_now_and_then(pg_store, peer, pg_workers, seed=20261104)
    check_the_end(pg_store, peer, pg_workers, keys)
