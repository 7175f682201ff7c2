"""Worker processes for the tests of the engine: sweep, perform and rescue until killed or told to stop.

Importing everything takes a second of a core, far longer than what is tested. So one process imports, and forks a
child for each line on its standard input: a JSON list of a log file, `work` or `decide`, and what these take. It
answers with the child's process id.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
import traceback
from dataclasses import dataclass

import httpx
from sqlalchemy import text
from sqlmodel import Session

from vocbot.deliveries.engine import Engine
from vocbot.deliveries.perform import Performer
from vocbot.deliveries.plan import plan
from vocbot.deliveries.rescue import Rescuer
from vocbot.deliveries.sweep import Sweeper
from vocbot.deliveries.worker_lock import WorkerLock
from vocbot.sdk import http
from vocbot.sdk.clock import RealClock
from vocbot.sdk.receipt import Receipt
from vocbot.store.db import open_store
from vocbot.store.tables import Delivery

POLLING, SWEEP_EVERY, RESCUE_EVERY = 0.02, 0.05, 0.2


@dataclass(frozen=True)
class Handler:
    """Posts to the peer, which can be searched at once where it is not `sightless`."""

    peer: httpx.Client
    sightless: bool = False
    at_most_once: bool = False

    def send(self, delivery: Delivery) -> Receipt:
        http.write(self.peer, "POST", "/acts", json={"key": delivery.key})
        return Receipt("sent", delivery.key)

    def find(self, delivery: Delivery) -> Receipt | None:
        known = http.read(self.peer, "/acts", params={"key": delivery.key}).json()
        return Receipt("already", delivery.key) if known else None

    def blind(self, delivery: Delivery) -> bool:
        return self.sightless

    def lag(self, delivery: Delivery) -> float:
        return 0.0

    def next_route(self, delivery: Delivery) -> str | None:
        return None

    def settled(self, session: Session, delivery: Delivery) -> None:
        assert delivery.state == ("unknown" if self.at_most_once and delivery.doubt else "sent")


def work(store_url: str, peer_url: str, timeout: float, sightless: bool, at_most_once: bool) -> None:
    """Work until SIGTERM. Says `ready EXECUTOR` once the engine runs, `rescued EXECUTOR` for each one taken over."""
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    store, clock = open_store(store_url), RealClock()
    handler = Handler(http.client(peer_url, timeout=timeout), sightless, at_most_once)
    with WorkerLock(store):
        engine = Engine(store.main, Performer(store, clock, {"post": handler}, timeout), POLLING, side_by_side=8)
        rescuer = Rescuer(store, engine.executor)
        rescuer.hold()
        engine.start()
        sweep = Sweeper(store, clock, {}, engine.enqueue, {"peer": 1000.0}, timeout)
        print("ready", engine.executor, flush=True)
        rescue_at = 0.0
        while not stopping.wait(SWEEP_EVERY):
            sweep()
            if time.monotonic() >= rescue_at:
                rescue_at = time.monotonic() + RESCUE_EVERY
                assert rescuer.alive()
                for executor in rescuer():
                    print("rescued", executor, flush=True)
        engine.stop(1.0)
        rescuer.release()
    store.close()
    print("ended well", flush=True)


def decide(store_url: str) -> None:
    """Plan and enqueue in a transaction that fails, then in one that does not; says what is there after each."""
    ran: list[int] = []
    all_ran = threading.Event()

    def run(_delivery_id: int, attempt: int) -> None:
        ran.append(attempt)
        if attempt == 3:
            all_ran.set()

    store = open_store(store_url)
    engine = Engine(store.main, run, POLLING)
    engine.start()

    def enqueue(*attempts: int) -> None:
        with store.write() as session:
            delivery = plan(session, key="k", act="post", connector="peer", now=RealClock().now())
            assert delivery is not None and delivery.id is not None
            for attempt in attempts:
                engine.enqueue(session, delivery.id, attempt, "peer", RealClock().now())
            if 3 not in attempts:
                raise LookupError

    def count(table: str) -> int:
        with store.read() as session:
            return int(session.connection().execute(text(f"SELECT count(*) FROM {table}")).scalar_one())

    jobs = "workflow_status" if store.sqlite else "dbos.workflow_status"
    try:
        enqueue(1)
    except LookupError:
        print("failed", count("delivery"), count(jobs), flush=True)
    enqueue(2, 2, 3)
    print("committed", count("delivery"), count(jobs), flush=True)
    assert all_ran.wait(20)
    engine.stop(1.0)
    store.close()
    print("ran", *sorted(ran), flush=True)


def main() -> None:
    """Fork a child for each line."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the dead
    for line in sys.stdin:
        assert threading.active_count() == 1, "a fork would leave the other threads behind"
        log, job, *arguments = json.loads(line)
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            out = os.open(log, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
            os.dup2(out, 1)
            os.dup2(out, 2)
            try:
                if job == "work":
                    work(*arguments)
                else:
                    decide(*arguments)
            except BaseException:
                traceback.print_exc()
            sys.stderr.flush()
            os._exit(0)
        print(pid, flush=True)


if __name__ == "__main__":
    main()
