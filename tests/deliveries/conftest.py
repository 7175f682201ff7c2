"""A peer on loopback, and real worker processes that post to it: `sqlite_workers` and `pg_workers`."""

from __future__ import annotations

import json
import os
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
from sqlmodel import func, select

from vocbot.deliveries.plan import plan
from vocbot.sdk.clock import RealClock
from vocbot.sdk.testing.standin import Answer, Call, Standin, route
from vocbot.sdk.wire import Request
from vocbot.store.db import Store
from vocbot.store.tables import Delivery


class Peer(Standin):
    """Takes posts, as often as they come, and says which keys it has. Thinks a little, while it may `go_on`."""

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
        return Answer(201, {"key": call.json["key"]})

    @route("GET", "/acts")
    def known(self, call: Call) -> Answer:
        return Answer(200, call.query["key"] in self.times)

    def answer(self, call: Call) -> Any:
        found = super().answer(call)
        if call.method == "POST":
            self.go_on.wait(20)
            time.sleep(0.04)  # most of the time, some request is under way
        return found


@dataclass(frozen=True)
class Worker:
    """One process and what it says."""

    pid: int
    log: Path

    def said(self, word: str) -> list[str]:
        """What stands after `word` on the lines that begin with it."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [line.removeprefix(word).strip() for line in lines if line.startswith(word + " ")]

    @property
    def alive(self) -> bool:
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        return True


class Workers:
    """The worker processes of one test, their store and their peer."""

    def __init__(self, nursery: subprocess.Popen[str], store: Store, store_url: str, peer: Peer, folder: Path) -> None:
        self.store, self.peer = store, peer
        self.running: list[Worker] = []
        self.all: list[Worker] = []
        self.timeout = 1.5
        self.sightless = self.at_most_once = False
        self._nursery = nursery
        self._urls = (store_url, peer.url)
        self._folder = folder

    def start(self) -> Worker:
        """Start a worker without waiting until it is ready."""
        return self._fork("work", *self._urls, self.timeout, self.sightless, self.at_most_once)

    def decide(self) -> Worker:
        """Let a process plan in a transaction that fails and in one that does not."""
        return self._fork("decide", self._urls[0])

    def _fork(self, *job: object) -> Worker:
        assert self._nursery.stdin is not None and self._nursery.stdout is not None
        log = self._folder / f"worker{len(self.all)}.log"
        self._nursery.stdin.write(json.dumps([str(log), *job]) + "\n")
        self._nursery.stdin.flush()
        worker = Worker(int(self._nursery.stdout.readline()), log)
        self.running.append(worker)
        self.all.append(worker)
        return worker

    def ready(self) -> list[Worker]:
        return [worker for worker in self.running if worker.said("ready")]

    def kill(self, worker: Worker) -> None:
        """kill -9."""
        self.running.remove(worker)
        os.kill(worker.pid, signal.SIGKILL)
        self.wait_for(lambda: not worker.alive)

    def stop(self) -> None:
        """Let all end as they should."""
        self.wait_for(lambda: len(self.ready()) == len(self.running))
        stopping, self.running = self.running, []
        for worker in stopping:
            os.kill(worker.pid, signal.SIGTERM)
        self.wait_for(lambda: not any(worker.alive for worker in stopping))
        assert [worker.said("ended") for worker in stopping] == [["well"]] * len(stopping), self.logs()

    def wait_for(self, what: Callable[[], object], seconds: float = 60.0) -> None:
        """Wait until `what` is true; fails where a worker ends by itself."""
        end = time.monotonic() + seconds
        while not what():
            dead = [worker.log.name for worker in self.running if not worker.alive]
            assert not dead, f"{dead} ended\n{self.logs()}"
            assert time.monotonic() < end, f"waited in vain\n{self.logs()}"
            time.sleep(0.02)

    def plan(self, number: int) -> list[str]:
        """Plan so many acts; returns their keys."""
        keys = [f"act:{n}" for n in range(number)]
        with self.store.write() as session:
            for key in keys:
                plan(session, key=key, act="post", connector="peer", now=RealClock().now())
        return keys

    def states(self) -> dict[str, int]:
        """How many acts are in each state."""
        with self.store.read() as session:
            return dict(session.exec(select(Delivery.state, func.count()).group_by(Delivery.state)).all())

    def row(self) -> Delivery:
        """The only act."""
        with self.store.read() as session:
            return session.exec(select(Delivery)).one()

    def logs(self) -> str:
        return "\n".join(f"-- {w.log.name}\n{w.log.read_text() if w.log.exists() else ''}" for w in self.all)


@pytest.fixture(scope="session")
def nursery() -> Iterator[subprocess.Popen[str]]:
    """The process that forks the workers."""
    command = [sys.executable, str(Path(__file__).with_name("worker.py"))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(10) == 0


@pytest.fixture
def peer(tmp_path: Path) -> Iterator[Peer]:
    standin = Peer(tmp_path / "peer.jsonl")
    standin.start()
    yield standin
    standin.go_on.set()
    standin.stop()


def make_workers(*arguments: Any) -> Iterator[Workers]:
    workers = Workers(*arguments)
    yield workers
    while workers.running:
        workers.kill(workers.running[-1])


@pytest.fixture
def sqlite_workers(nursery: Any, store: Store, sqlite_url: str, peer: Peer, tmp_path: Path) -> Iterator[Workers]:
    """Worker processes on a SQLite store, none started yet."""
    yield from make_workers(nursery, store, sqlite_url, peer, tmp_path)


@pytest.fixture
def pg_workers(nursery: Any, pg_store: Store, pg_url: str, peer: Peer, tmp_path: Path) -> Iterator[Workers]:
    """Worker processes on PostgreSQL, none started yet."""
    yield from make_workers(nursery, pg_store, pg_url, peer, tmp_path)


@pytest.fixture(params=["sqlite", "postgresql"])
def workers_on_each(request: pytest.FixtureRequest) -> Workers:
    """Worker processes, once on each database."""
    found: Workers = request.getfixturevalue("sqlite_workers" if request.param == "sqlite" else "pg_workers")
    return found
