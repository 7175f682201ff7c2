"""Keeping a grown installation: copying it to the other database and back, a backup, forgetting one person.

    python -m bench keep [ITEMS]

The store is that of `bench scale` with a raw record for each item. Seconds on the clock, in one process, with a
PostgreSQL of its own on this machine; rows of all tables a second beside them.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
from cryptography.fernet import Fernet
from sqlalchemy import insert

from bench.intake import postgresql
from bench.scale import fill
from vocbot.listen.raw import pack
from vocbot.privacy.forget import Forget
from vocbot.sdk import wire
from vocbot.sdk.clock import RealClock
from vocbot.store.backup import back_up
from vocbot.store.copy import copy_store
from vocbot.store.crypt import Crypt
from vocbot.store.db import Store, open_store
from vocbot.store.tables import Inbound, Person
from vocbot.store.upsert import table

NOW = datetime(2026, 11, 20, tzinfo=UTC)
BATCH = 20_000


def run(items: int = 100_000) -> None:
    """Print the table."""
    crypt = Crypt(Fernet.generate_key().decode())
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="vocbot-keep-")))
        url = postgresql(stack, folder)
        first, there, back = (
            open_store(f"sqlite:///{folder}/first/vocbot.db"),
            open_store(url),
            open_store(f"sqlite:///{folder}/back/vocbot.db"),
        )
        fill(first, items)
        _records(first, crypt, items)
        print(f"{items:,} items\n\n| what | s | processor s | rows/s |\n|---|---|---|---|")
        with _timed("SQLite to PostgreSQL, compared") as rows:
            rows(copy_store(first, there, NOW))
        with _timed("PostgreSQL to SQLite, compared") as rows:
            rows(copy_store(there, back, NOW))
        with _timed("backup of SQLite") as rows:
            rows(back_up(first, crypt, folder / "backup", NOW))
        with first.read() as session:
            person = session.get_one(Person, 1).pseudonym
        with _timed("forgetting one person, every record opened"):
            Forget(first, crypt, RealClock(), {}, frozenset(), lambda: 0)(person, "bench")
        size = (folder / "backup").stat().st_size / 1e6
        print(f"\nbackup: {size:,.0f} MB; memory at the end: {psutil.Process().memory_info().rss / 1e6:,.0f} MB")
        for store in (first, there, back):
            store.close()


def _records(store: Store, crypt: Crypt, items: int) -> None:
    body = b'{"id": 12345678, "text": "' + b"the coupon was not applied " * 8 + b'"}'
    for start in range(0, items, BATCH):
        rows = [
            {
                "source": "desk",
                "event_id": str(number),
                "kind": "webhook",
                "received_at": NOW,
                "body": crypt.seal(pack(wire.Inbound("webhook", str(number), body, {}, NOW))),
                "done": True,
            }
            for number in range(start, min(items, start + BATCH))
        ]
        with store.inbox.begin() as connection:
            connection.execute(insert(table(Inbound)), rows)


@contextmanager
def _timed(what: str) -> Iterator[Callable[[Any], None]]:
    copied: list[Any] = []
    clock, used = time.perf_counter(), time.process_time()
    yield copied.append
    clock, used = time.perf_counter() - clock, time.process_time() - used
    rows = sum(one.found.rows for copy in copied for one in copy.tables)
    print(f"| {what} | {clock:,.1f} | {used:,.1f} | {f'{rows / clock:,.0f}' if rows else ''} |", flush=True)
