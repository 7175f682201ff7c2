"""A worker of nothing but outward acts, until it is told to stop: python -m bench.outward STORE_URL PEER_URL RATE

The same sweep, engine and performer as in `vocbot serve`; the act is one POST.
"""

from __future__ import annotations

import signal
import sys
import threading
from dataclasses import dataclass

import httpx
from sqlmodel import Session

from vocbot.deliveries.engine import Engine
from vocbot.deliveries.perform import Performer
from vocbot.deliveries.rescue import Rescuer
from vocbot.deliveries.sweep import Sweeper
from vocbot.deliveries.worker_lock import WorkerLock
from vocbot.sdk import http
from vocbot.sdk.clock import RealClock
from vocbot.sdk.receipt import Receipt
from vocbot.store.db import open_store
from vocbot.store.tables import Delivery
from vocbot.worker import POLLING, SWEEP_EVERY

CONNECTORS = 8
TIMEOUT = 15.0


@dataclass(frozen=True)
class Post:
    """One POST to the peer."""

    peer: httpx.Client
    at_most_once: bool = False

    def send(self, delivery: Delivery) -> Receipt:
        http.write(self.peer, "POST", "/acts", json={"key": delivery.key})
        return Receipt("sent", delivery.key)

    def find(self, delivery: Delivery) -> Receipt | None:
        return None

    def blind(self, delivery: Delivery) -> bool:
        return False

    def lag(self, delivery: Delivery) -> float:
        return 0.0

    def next_route(self, delivery: Delivery) -> str | None:
        return None

    def settled(self, session: Session, delivery: Delivery) -> None:
        return None


def main() -> None:
    store_url, peer_url, rate = sys.argv[1], sys.argv[2], float(sys.argv[3])
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    store, clock = open_store(store_url), RealClock()
    handler = Post(http.client(peer_url, timeout=TIMEOUT))
    with WorkerLock(store):
        engine = Engine(store.main, Performer(store, clock, {"post": handler}, TIMEOUT), POLLING)
        rescuer = Rescuer(store, engine.executor)
        rescuer.hold()
        engine.start()
        rates = {f"c{n}": rate for n in range(CONNECTORS)}
        sweep = Sweeper(store, clock, {}, engine.enqueue, rates, TIMEOUT)
        print("ready", flush=True)
        while not stopping.wait(SWEEP_EVERY):
            sweep()
        engine.stop(5.0)
        rescuer.release()
    store.close()


if __name__ == "__main__":
    main()
