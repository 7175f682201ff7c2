"""A grown installation: a million pieces of feedback, and how long what people look at takes then.

    python -m bench scale [ITEMS]

The store is made by inserting rows directly: 2,000 issues of very different size, a year of days, 300,000 people, and
half as many things that they did or met as pieces of feedback. Times
are the median of several runs in one process that has the store open; memory is that of `vocbot serve` (the server and
the worker beside it) after it has answered.
"""

from __future__ import annotations

import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import psutil
import yaml
from sqlalchemy import insert, text
from sqlmodel import Session

from vocbot.store.db import Store, open_store
from vocbot.store.tables import Event, Feedback, Issue, IssueDay, Mention, Person, VolumeDay
from vocbot.store.upsert import table

ISSUES, PEOPLE, DAYS = 2_000, 300_000, 364
LAST = date(2026, 11, 1)  # a Sunday
BATCH = 20_000
RUNS = 5
ZONE = ZoneInfo("Asia/Shanghai")


def run(items: int = 1_000_000) -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory(prefix="vocbot-scale-") as folder:
        data = Path(folder) / "data"
        data.mkdir()
        store = open_store(f"sqlite:///{data}/vocbot.db")
        began = time.perf_counter()
        fill(store, items)
        size = sum(path.stat().st_size for path in data.iterdir()) / 1e9
        print(f"{items:,} items, {ISSUES:,} issues: made in {time.perf_counter() - began:,.0f} s, {size:.1f} GB\n")
        print("| what | median ms |")
        print("|---|---|")
        for name, look in looks(store).items():
            print(f"| {name} | {1e3 * _median(look):,.0f} |", flush=True)
        store.close()
        print(f"| memory of `vocbot serve`, MB | {_memory(Path(folder)):,.0f} |")


def looks(store: Store) -> dict[str, Callable[[], Any]]:
    """What is looked at, by name."""
    from vocbot.config.model import PrioritySettings
    from vocbot.store.issue_list import issue_list
    from vocbot.store.reach import reach
    from vocbot.store.why import why
    from vocbot.understand.calibrate import calibrate
    from vocbot.understand.causes import causes
    from vocbot.understand.journey import handoffs, steps_before
    from vocbot.understand.signals import evaluate

    def read(look: Callable[[Session], Any]) -> Callable[[], Any]:
        def once() -> Any:
            with store.read() as session:
                return look(session)

        return once

    with store.read() as session:
        biggest = session.connection().execute(text("SELECT id FROM issue ORDER BY mentions DESC LIMIT 1")).scalar_one()
    return {
        "issue list": read(issue_list),
        "page of the biggest issue": read(lambda s: why(s, s.get_one(Issue, biggest), LAST)),
        "texts of the weekly digest": read(_digest),
        "who can be told about the biggest issue": read(lambda s: reach(s, biggest, None, datetime.now(UTC))),
        "what stands out in the biggest issue": read(lambda s: causes(s, biggest, LAST)),
        "what people met before the biggest issue": read(lambda s: steps_before(s, biggest, LAST)),
        "hand-offs of a month against a year": read(lambda s: handoffs(s, LAST)),
        "a day assessed": read(lambda s: (evaluate(s, LAST, datetime.now(UTC), ZONE), s.rollback())),
        "bands learned from a year (once a month)": read(
            lambda s: (calibrate(s, PrioritySettings(), LAST, datetime.now(UTC)), s.rollback())
        ),
    }


def _digest(session: Session) -> object:
    from vocbot.tell.digest import texts

    return texts(session, "en", LAST - timedelta(days=6), LAST)


def _median(look: Callable[[], Any]) -> float:
    look()
    took = []
    for _ in range(RUNS):
        began = time.perf_counter()
        look()
        took.append(time.perf_counter() - began)
    return statistics.median(took)


def fill(store: Store, items: int) -> None:
    """Write the rows of a grown installation, with counts that fit them."""
    chosen = random.Random(11)
    now = datetime(2026, 11, 2, tzinfo=UTC)
    with store.main.begin() as connection:
        connection.execute(
            insert(table(Person)),
            [{"pseudonym": f"P-{n:08d}", "language": "en", "created_at": now} for n in range(PEOPLE)],
        )
        issue = {"title_zh": "问题", "kind": "problem", "first_seen": now - timedelta(days=DAYS), "last_seen": now}
        rows = [Issue(number=n + 1, title_en=f"Problem {n + 1}", **issue) for n in range(ISSUES)]
        connection.execute(insert(table(Issue)), [row.model_dump(exclude={"id"}) for row in rows])
    weights = [1 / (n + 1) ** 0.8 for n in range(ISSUES)]
    said = 0
    while said < items:
        count = min(BATCH, items - said)
        issues = chosen.choices(range(1, ISSUES + 1), weights, k=count)
        feedback, mentions = [], []
        for n, issue_id in enumerate(issues, said + 1):
            day = LAST - timedelta(days=chosen.randrange(DAYS))
            common = {
                "person_id": chosen.randrange(1, PEOPLE + 1),
                "text": f"The coupon of order {n} shows as available but the full price is charged, again and again.",
                "time": datetime(day.year, day.month, day.day, chosen.randrange(24), tzinfo=UTC),
                "day": day,
                "polarity": -0.5,
            }
            feedback.append(
                {
                    **common,
                    "id": n,
                    "source": "shop",
                    "external_id": str(n),
                    "revision": 0,
                    "language": "en" if n % 2 else "zh",
                    "channel": ("chat", "email", "review")[n % 3],
                    "public": n % 3 == 2,
                    "attributes": {"version": f"5.{n % 7}"},
                    "bucket": "issue" if n % 4 else "undecided",
                    "created_at": now,
                }
            )
            if n % 4:
                because = {"stage": "purchase", "aspect": "payment", "confidence": 1.0, "because": ["shop/coupon-en"]}
                mentions.append({**common, **because, "feedback_id": n, "issue_id": issue_id, "start": 0, "end": 60})
        with store.main.begin() as connection:
            connection.execute(insert(table(Feedback)), feedback)
            connection.execute(insert(table(Mention)), mentions)
            connection.execute(insert(table(Event)), [_met(chosen, n) for n in range(said, said + count, 2)])
        said += count
    with store.main.begin() as connection:
        for statement in _counts():
            connection.execute(text(statement))


def _met(chosen: random.Random, number: int) -> dict[str, Any]:
    day = LAST - timedelta(days=chosen.randrange(DAYS))
    return {
        "source": "shop",
        "external_id": str(number),
        "person_id": chosen.randrange(1, PEOPLE + 1),
        "kind": chosen.choice(("saw ad", "ordered", "delivered")),
        "time": datetime(day.year, day.month, day.day, chosen.randrange(24), tzinfo=UTC),
        "attributes": {"campaign": f"c{number % 20}"},
    }


def _counts() -> Iterator[str]:
    yield (
        f"INSERT INTO {IssueDay.__tablename__} (issue_id, day, mentions, negative, people) SELECT issue_id, day, "
        "count(DISTINCT feedback_id), count(DISTINCT feedback_id), count(DISTINCT person_id) FROM mention GROUP BY 1, 2"
    )
    yield f"INSERT INTO {VolumeDay.__tablename__} (day, feedback) SELECT day, count(*) FROM feedback GROUP BY 1"
    yield (
        "UPDATE issue SET mentions = (SELECT sum(mentions) FROM issue_day WHERE issue_id = issue.id), people = "
        "(SELECT count(DISTINCT person_id) FROM mention WHERE issue_id = issue.id)"
    )


def _memory(folder: Path) -> float:
    """Megabytes of all processes of `vocbot serve`, shared pages counted once for each."""
    from bench.intake import free_port, wait_for

    port = free_port()
    (folder / "vocbot.yaml").write_text(
        yaml.safe_dump({"store": {"url": f"sqlite:///{folder}/data/vocbot.db"}, "web": {"port": port}})
    )
    command = [sys.executable, "-m", "vocbot", "serve"]
    process = subprocess.Popen(command, cwd=folder, env={**os.environ, "VOCBOT_CONFIG": str(folder / "vocbot.yaml")})
    try:
        wait_for(port)
        for _ in range(20):
            httpx.get(f"http://127.0.0.1:{port}/health", timeout=60)
            httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=60)
            time.sleep(0.5)
        family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
        return float(sum(one.memory_full_info().uss for one in family)) / 1e6
    finally:
        process.terminate()
        process.wait(30)
