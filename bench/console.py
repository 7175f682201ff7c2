"""Every page of the console over a store with 100,000 pieces of feedback: time to answer and size.

Written into the tables as the stages would have: 84 days, problems of Zipf's sizes, people who come back, tickets,
changes, verdicts, notices. Pages are asked over loopback, interleaved, each several times.
"""

from __future__ import annotations

import random
import statistics
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI
from sqlmodel import Session, insert, select

from vocbot.config.load import Configuration
from vocbot.config.model import Settings
from vocbot.opened import Opened
from vocbot.registry import Registry
from vocbot.sdk.clock import RealClock
from vocbot.store import users
from vocbot.store.crypt import Crypt
from vocbot.store.db import Store, open_store
from vocbot.store.search import index
from vocbot.store.tables import (
    Change,
    Delivery,
    Feedback,
    Issue,
    IssueDay,
    Mention,
    Notice,
    Person,
    Signal,
    Source,
    Ticket,
    Verdict,
    VolumeDay,
)
from vocbot.web.console import add_console
from vocbot.web.shield import Shield

ITEMS, DAYS, ISSUES, PEOPLE = 100_000, 84, 120, 40_000
ROUNDS = 9
DOOR = 3.0  # seconds that somebody takes to sign in
LIMIT_MS, LIMIT_KB = 200, 150
KEY = "dGhlIGtleSB0aGF0IGV2ZXJ5IHRlc3QgdXNlcyAhISE="

_EN = [
    "the",
    "coupon",
    "refund",
    "order",
    "payment",
    "app",
    "crashes",
    "login",
    "code",
    "late",
    "parcel",
    "courier",
    "price",
    "invoice",
    "support",
    "slow",
    "broken",
]
_ZH = [
    "优惠券",
    "退款",
    "订单",
    "付款",
    "闪退",
    "登录",
    "验证码",
    "物流",
    "快递",
    "发票",
    "客服",
    "太慢",
    "坏了",
    "一直",
    "还是",
    "没有",
]
_CHANNELS = ("chat", "email", "review", "web")


def fill(store: Store, items: int = ITEMS, seed: int = 7) -> None:
    """Fill an empty store."""
    rng = random.Random(seed)
    now = datetime.now(UTC)
    today = now.date()
    sizes = [1 / (n + 1) for n in range(ISSUES)]
    chosen = rng.choices(range(1, ISSUES + 1), sizes, k=items)
    people = min(PEOPLE, items)
    with store.write() as session:
        _many(session, Person, ({"id": n, "pseudonym": f"P-{n:08}", "created_at": now} for n in range(1, people + 1)))
        _many(session, Issue, (_issue(n, now) for n in range(1, ISSUES + 1)))
        feedback, mentions = [], []
        days: Counter[tuple[int, date]] = Counter()
        volume: Counter[date] = Counter()
        for n in range(1, items + 1):
            zh = n % 3 != 0
            words = " ".join(rng.choices(_EN, k=14)) if not zh else "".join(rng.choices(_ZH, k=12))
            day = today - timedelta(days=DAYS - 1 - n * DAYS // (items + 1))
            at = datetime(day.year, day.month, day.day, n % 24, tzinfo=UTC)
            at = min(at, now)
            undecided = n % 5 == 0
            person = rng.randint(1, people)
            volume[day] += 1
            feedback.append(
                {
                    "id": n,
                    "source": "desk",
                    "external_id": str(n),
                    "person_id": person,
                    "text": words,
                    "language": "zh" if zh else "en",
                    "time": at,
                    "day": day,
                    "channel": _CHANNELS[n % 4],
                    "bucket": "undecided" if undecided else "issue",
                    "attributes": {"version": f"5.{n % 6}", "region": f"r{n % 9}", "product": f"p{n % 12}"},
                    "created_at": now,
                }
            )
            if not undecided:
                days[chosen[n - 1], day] += 1
                mentions.append(
                    {
                        "feedback_id": n,
                        "issue_id": chosen[n - 1],
                        "person_id": person,
                        "start": 0,
                        "end": len(words),
                        "text": words,
                        "time": at,
                        "day": day,
                        "polarity": -0.5,
                        "because": ["shop/one", "shop v1"],
                    }
                )
        _many(session, Feedback, feedback)
        _many(session, Mention, mentions)
        _many(session, IssueDay, ({"issue_id": i, "day": d, "mentions": c, "people": c} for (i, d), c in days.items()))
        _many(session, VolumeDay, ({"day": d, "feedback": c} for d, c in volume.items()))
        spoke: dict[int, set[int]] = {}
        for one in mentions:
            spoke.setdefault(one["issue_id"], set()).add(one["person_id"])
        said = Counter(one["issue_id"] for one in mentions)
        for number in spoke:
            issue = session.get_one(Issue, number)
            issue.mentions, issue.people = said[number], len(spoke[number])
        session.add(Source(name="desk", heard_at=now, records=items))
        for n in range(1, ISSUES // 2):
            _acted(session, n, now, today)


def _issue(n: int, now: datetime) -> dict[str, Any]:
    zh, en = _ZH[n % len(_ZH)] + _ZH[n * 7 % len(_ZH)], f"{_EN[n % len(_EN)]} {_EN[n * 7 % len(_EN)]} {n}"
    return {
        "id": n,
        "number": n,
        "rule_key": f"shop/{n}",
        "title_zh": f"{zh}{n}",
        "title_en": en,
        "kind": "wish" if n % 10 == 9 else "problem",
        "area": "checkout",
        "stage": "purchase",
        "first_seen": now - timedelta(days=DAYS),
        "last_seen": now,
    }


def _acted(session: Session, n: int, now: datetime, today: date) -> None:
    numbers = {"observed": 9, "people": 9, "expected": 1.0, "p": 1e-6}
    day = today - timedelta(days=40)
    session.add(Signal(issue_id=n, generation=1, state="emerging", day=day, last_day=day, raised_at=now, **numbers))
    done = n % 2 == 0
    session.add(
        Ticket(
            issue_id=n,
            generation=1,
            connector="jira",
            ref=str(n),
            key=f"SHOP-{n}",
            status="done" if done else "open",
            outcome="fixed" if done else None,
            planned_at=now,
        )
    )
    if not done:
        return
    change = Change(id=n, issue_id=n, added_by="Shen", added_at=now, released_at=now - timedelta(days=20))
    session.add(change)
    session.flush()
    for week in (1, 2):
        session.add(
            Verdict(
                change_id=n,
                issue_id=n,
                week=week,
                verdict="effective",
                rate_ratio=0.2,
                low=0.1,
                high=0.4,
                p_less=0.99,
                before=90,
                before_weeks=4,
                after=8,
                looked_at=now,
            )
        )
    mention = session.exec(select(Mention.id).where(Mention.issue_id == n).limit(1)).one()
    for person in range(1, 40):
        session.add(Notice(person_id=person * n, change_id=n, mention_id=mention, language="zh", planned_at=now))
        session.add(
            Delivery(
                key=f"notice:{n}:{person}",
                act="notice",
                connector="desk",
                state="sent" if n % 4 else "planned",
                due_at=now,
                subject=f"CHANGE-{n}",
                payload={"person": person * n},
                planned_at=now,
            )
        )


def _many(session: Session, table: Any, rows: Any) -> None:
    listed = list(rows)
    for start in range(0, len(listed), 2_000):
        session.connection().execute(insert(table), _whole(table, listed[start : start + 2_000]))


def _whole(table: Any, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """With the defaults that the class knows and the table does not."""
    usual = {
        name: field.get_default(call_default_factory=True)
        for name, field in table.model_fields.items()
        if not field.is_required() and name not in rows[0] and name != "id"
    }
    return [usual | row for row in rows]


@contextmanager
def filled(items: int = ITEMS) -> Iterator[Store]:
    """A filled and indexed store in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{Path(folder)}/vocbot.db")
        fill(store, items)
        while index(store):
            pass
        yield store
        store.close()


PAGES = {
    "today": "/",
    "issues": "/issues",
    "issues, third page": "/issues?page=3&sort=week",
    "the largest issue": "/issues/VOC-1",
    "its last items": "/issues/VOC-1?page=100000",
    "a fixed issue": "/issues/VOC-2",
    "search 退款": "/issues?q=退款",
    "search refund late": "/issues?q=refund%20late",
    "search a rare word": "/issues?q=zebra",
    "approvals": "/approvals",
    "undecided": "/undecided",
    "deliveries": "/deliveries",
    "a person": "/people/P-00000001",
}


def run() -> None:
    """Print milliseconds (the first request of a server, median and slowest of the rounds, and of CPU) and kilobytes
    of every page. Before it, a person sees the door."""
    with filled() as store, _served(store) as (url, cookie), httpx.Client(base_url=url, cookies=cookie) as client:
        httpx.get(f"{url}/sign-in")
        time.sleep(DOOR)
        first = {}
        for name, path in PAGES.items():
            began = time.perf_counter()
            client.get(path)
            first[name] = (time.perf_counter() - began) * 1000
        times: dict[str, list[float]] = {name: [] for name in PAGES}
        cpu: dict[str, list[float]] = {name: [] for name in PAGES}
        sizes = {}
        for _ in range(ROUNDS):
            for name, path in PAGES.items():
                began, worked = time.perf_counter(), time.process_time()
                answer = client.get(path)
                times[name].append((time.perf_counter() - began) * 1000)
                cpu[name].append((time.process_time() - worked) * 1000)
                sizes[name] = len(answer.content) / 1024
                assert answer.status_code == 200, (name, answer.status_code)
    print(f"{ITEMS:,} pieces of feedback; limits: {LIMIT_MS} ms, {LIMIT_KB} KB")
    print("| page | ms, first | median | slowest | CPU ms, median | KB |")
    print("|---|---|---|---|---|---|")
    for name in PAGES:
        some = times[name]
        print(
            f"| {name} | {first[name]:.0f} | {statistics.median(some):.0f} | {max(some):.0f} "
            f"| {statistics.median(cpu[name]):.0f} | {sizes[name]:.0f} |"
        )


@contextmanager
def _served(store: Store) -> Iterator[tuple[str, dict[str, str]]]:
    settings = Settings.model_validate({})
    configuration = Configuration(settings, {}, None)
    opened = Opened(configuration, Registry({}, ()), store, Crypt(KEY), RealClock(), {})
    app = FastAPI(openapi_url=None)
    add_console(app, opened)
    with store.write() as session:
        user = users.add_user(session, "admin", "admin", users.hashed(users.new_password()), "bench", RealClock().now())
        session.flush()
        token = users.sign_in(session, user, RealClock().now())
    config = uvicorn.Config(Shield(app, False), host="127.0.0.1", port=0, log_level="warning", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}", {app.state.console.cookie: token}
    server.should_exit = True
    thread.join(10)
