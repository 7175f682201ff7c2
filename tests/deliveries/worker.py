"""A worker process for the tests of the engine: sweeps, performs and rescues until it is killed or told to stop.

    python worker.py STORE_URL PEER_URL
"""

from __future__ import annotations

import signal
import sys
import threading
import time
from dataclasses import dataclass

import httpx
from sqlmodel import Session

from vocbot.deliveries.engine import Engine
from vocbot.deliveries.perform import Performer
from vocbot.deliveries.rescue import Rescuer, WorkerLock
from vocbot.deliveries.sweep import Sweeper
from vocbot.sdk import http
from vocbot.sdk.clock import RealClock
from vocbot.sdk.receipt import Receipt
from vocbot.store.db import open_store
from vocbot.store.tables import Delivery

TIMEOUT, POLLING, SWEEP_EVERY, RESCUE_EVERY = 1.5, 0.05, 0.05, 0.2


@dataclass(frozen=True)
class Handler:
    """Posts to the peer, which can be searched at once."""

    peer: httpx.Client
    at_most_once: bool = False

    def send(self, delivery: Delivery) -> Receipt:
        http.write(self.peer, "POST", "/acts", json={"key": delivery.key})
        return Receipt("sent", delivery.key)

    def find(self, delivery: Delivery) -> Receipt | None:
        known = http.read(self.peer, "/acts", params={"key": delivery.key}).json()
        return Receipt("already", delivery.key) if known else None

    def blind(self, delivery: Delivery) -> bool:
        return False

    def lag(self, delivery: Delivery) -> float:
        return 0.0

    def next_route(self, delivery: Delivery) -> str | None:
        return None

    def settled(self, session: Session, delivery: Delivery) -> None:
        assert delivery.state == "sent"


def main(store_url: str, peer_url: str) -> None:
    """Work until SIGTERM; says `ready` once the engine runs, and `rescued ID` for each executor it took over."""
    store, clock, stopping = open_store(store_url), RealClock(), threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    handler = Handler(http.client(peer_url, timeout=TIMEOUT))
    with WorkerLock(store):
        engine = Engine(store.main, Performer(store, clock, {"post": handler}, TIMEOUT), POLLING)
        rescuer = Rescuer(store, engine.executor)
        rescuer.hold()
        engine.start()
        sweep = Sweeper(store, clock, {}, engine.enqueue, {"peer": 1000.0}, TIMEOUT)
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


if __name__ == "__main__":
    main(*sys.argv[1:])
