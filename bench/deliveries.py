"""Outward acts: from a webhook to the ticket, how many acts a second, and whether a limit holds.

The first is `vocbot serve` with a stand-in of Jira: a safety word opens a ticket at once. The others are workers that
do nothing but post to a peer (bench/outward.py), each store by itself.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import yaml
from sqlmodel import func, select

from bench.intake import free_port, postgresql, running, wait_for
from bench.outward import CONNECTORS
from vocbot.deliveries.plan import plan
from vocbot.registry import find_connectors
from vocbot.sdk.clock import RealClock
from vocbot.sdk.manifest import resolve
from vocbot.sdk.signing import sign
from vocbot.store.db import Store, open_store
from vocbot.store.tables import Delivery

SECRET = "whsec_" + "QUJD" * 8
TICKETS = 40
ACTS = 2_000
LIMIT, LIMITED = 50.0, 500


def run() -> None:
    """Print the table."""
    print("| what | figure |")
    print("|---|---|")
    with tempfile.TemporaryDirectory(prefix="vocbot-bench-") as folder:
        took = sorted(latencies(Path(folder)))
    p50, p99 = statistics.median(took), took[int(len(took) * 0.99)]
    print(
        f"| webhook to ticket, idle, {len(took)} tickets: p50 / p99 | {1e3 * p50:.0f} / {1e3 * p99:.0f} ms |",
        flush=True,
    )
    for name, workers in (("SQLite", 1), ("PostgreSQL", 3)):
        with ExitStack() as stack:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="vocbot-bench-"))
            url = postgresql(stack, Path(folder)) if name == "PostgreSQL" else f"sqlite:///{folder}/vocbot.db"
            if not url:
                continue
            rate, worst = acts(stack, url, workers)
        print(f"| {name}, {workers} worker(s): acts a second | {rate:.0f} |")
        print(f"| the same with a limit of {LIMIT:.0f} a second: worst second at the peer | {worst} |", flush=True)


def latencies(folder: Path) -> Iterator[float]:
    """Seconds from posting a record until the tracker has the ticket, one after the other on an idle vocbot."""
    standin = resolve(find_connectors().manifests["jira"].standin)(folder / "jira.jsonl", RealClock())
    standin.start()
    port, settings = free_port(), standin.settings()
    for name in ("api_token", "webhook_secret"):
        (folder / name).write_text(settings[name])
        settings[name] = f"file:{folder}/{name}"
    (folder / "secret").write_text(SECRET)
    (folder / "bench.yaml").write_text(yaml.safe_dump(_pack(), allow_unicode=True))
    config = {
        "rules": [str(folder / "bench.yaml")],
        "modes": {"ticket": "auto"},
        "tickets": {"connector": "jira"},
        "store": {"url": f"sqlite:///{folder}/vocbot.db", "key": f"file:{folder}/vocbot.key"},
        "web": {"port": port},
        "connectors": {
            "shop": {"type": "webhook", "secrets": [f"file:{folder}/secret"]},
            "jira": {"type": "jira", "per_second": 100, **settings},
        },
    }
    (folder / "vocbot.yaml").write_text(yaml.safe_dump(config))
    with running("vocbot", "serve", "--config", folder / "vocbot.yaml"):
        wait_for(port)
        time.sleep(3)
        for n in range(TICKETS):
            opened = len(standin.world.tickets)
            began = time.perf_counter()
            _post(port, n)
            while len(standin.world.tickets) == opened:
                assert time.perf_counter() - began < 30, "no ticket came"
                time.sleep(0.001)
            yield time.perf_counter() - began
            time.sleep(0.3)
    standin.stop()


def _pack() -> dict[str, object]:
    """A rule pack with one urgent issue for each ticket."""

    def issue(n: int) -> dict[str, object]:
        match = [f"{begin} poisonous{n}x" for begin in ("It was", "This is", "Simply")]
        rule = {"id": f"r{n}", "language": "en", "any": [f"poisonous{n}x"], "match": match}
        return {
            "id": f"i{n}",
            "title": {"en": f"Poisonous {n}", "zh": f"有毒 {n}"},
            "kind": "problem",
            "area": "food",
            "reason": "poisonous",
            "stage": "use",
            "severity": 1.0,
            "department": "quality",
            "immediate": True,
            "rules": [{**rule, "no_match": ["It was good", "Fine", "Thank you"]}],
        }

    about = {"en": "Bench", "zh": "测量"}
    return {"pack": "bench", "version": 1, "about": about, "issues": [issue(n) for n in range(TICKETS)]}


def _post(port: int, n: int) -> None:
    now, url = RealClock().now(), f"http://127.0.0.1:{port}/hooks/shop"
    author = {"id": f"u{n}"}
    said = {"id": f"f{n}", "text": f"It was poisonous{n}x, truly", "time": now.isoformat(), "author": author}
    body = json.dumps(said).encode()
    headers = {"content-type": "application/json", **sign("standard_webhooks", SECRET, body, now, url=url)}
    httpx.post(url, content=body, headers=headers).raise_for_status()


def acts(stack: ExitStack, url: str, workers: int) -> tuple[float, int]:
    """Acts a second without a limit that counts, and the worst second at the peer under LIMIT."""
    port = free_port()
    stack.enter_context(running("bench.peer", port))
    wait_for(port)
    peer = f"http://127.0.0.1:{port}"
    store = open_store(url)
    stack.callback(store.close)
    with _at_work(url, peer, 1_000.0, workers):
        _plan(store, "fast", ACTS, CONNECTORS)
        times = _until_done(store, peer, ACTS)
    rate = (len(times) - 1) / (times[-1] - times[0])
    with _at_work(url, peer, LIMIT, workers):
        _plan(store, "slow", LIMITED, 1)
        limited = _until_done(store, peer, ACTS + LIMITED)[ACTS:]
    # every window of one second that begins with an act, not only those of the clock
    worst = max(sum(begin <= time < begin + 1 for time in limited) for begin in limited)
    return rate, worst


@contextmanager
def _at_work(url: str, peer: str, rate: float, workers: int) -> Iterator[None]:
    started: list[subprocess.Popen[str]] = []
    try:
        for _ in range(workers):
            command = [sys.executable, "-m", "bench.outward", url, peer, str(rate)]
            started.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
            assert started[-1].stdout is not None and started[-1].stdout.readline() == "ready\n"
        yield
    finally:
        for one in started:
            one.terminate()
        for one in started:
            one.wait(30)


def _plan(store: Store, name: str, count: int, connectors: int) -> None:
    now = RealClock().now()
    with store.write() as session:
        for n in range(count):
            plan(session, key=f"{name}:{n}", act="post", connector=f"c{n % connectors}", now=now)


def _until_done(store: Store, peer: str, count: int) -> list[float]:
    end = time.monotonic() + 300
    while _states(store) != {"sent": count}:
        assert time.monotonic() < end, _states(store)
        time.sleep(0.2)
    times: list[float] = httpx.get(peer).json()
    assert len(times) == count, "something came twice"
    return sorted(times)


def _states(store: Store) -> dict[str, int]:
    with store.read() as session:
        return dict(session.exec(select(Delivery.state, func.count()).group_by(Delivery.state)).all())
