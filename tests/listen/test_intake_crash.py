"""kill -9 in the middle of a load: what was acknowledged is there, and nothing is there twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest
from sqlmodel import Session, col, select

from vocbot.listen.raw import unpack
from vocbot.store import tables
from vocbot.store.crypt import Crypt
from vocbot.store.db import open_store

CHILD = """
import asyncio, os, sys
from datetime import UTC, datetime
from vocbot.listen.intake import Intake
from vocbot.sdk.wire import Inbound
from vocbot.store.crypt import Crypt
from vocbot.store.db import open_store

url, key, first, last = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
intake = Intake(open_store(url), Crypt(key), lambda: None)
intake.start()
waiting = iter(range(first, last))

async def sender():
    for n in waiting:
        body = b"%d " % n * 50
        await intake.accept("desk", Inbound("webhook", f"e{n}", body, {}, datetime.now(UTC)))
        os.write(1, b"%d\\n" % n)  # the answer: whoever reads it relies on the record

async def load():
    await asyncio.gather(*(sender() for _ in range(64)))

asyncio.run(load())
intake.stop()
"""


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_whatever_was_acknowledged_survives_kill_9(
    request: pytest.FixtureRequest, database: str, crypt: Crypt, key: str
) -> None:
    """Ten times killed in the middle of a load; each time the senders repeat all that was not acknowledged."""
    url: str = request.getfixturevalue("sqlite_url" if database == "sqlite" else "pg_url")
    acknowledged: set[int] = set()
    for kill_after in (100, 300, 50, 200, 150, 400, 100, 250, 50, 300):
        first = min(set(range(3000)) - acknowledged)
        acknowledged |= _run_and_kill(url, key, first, kill_after)
        _check(url, crypt, acknowledged)
    assert 1850 <= len(acknowledged) < 3000, "the kills came in the middle"


def _run_and_kill(url: str, key: str, first: int, kill_after: int) -> set[int]:
    """Send 3000 records from `first` on and kill the process after so many answers; returns what was answered."""
    command = [sys.executable, "-c", CHILD, url, key, str(first), "3000"]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, "PYTHONUNBUFFERED": "1"})
    assert child.stdout is not None
    answers: list[bytes] = []
    for line in child.stdout:
        answers.append(line)
        if len(answers) == kill_after:
            child.send_signal(signal.SIGKILL)
    assert child.wait(20) == -signal.SIGKILL
    child.stdout.close()
    return {int(line) for line in answers if line.endswith(b"\n")}


def _check(url: str, crypt: Crypt, acknowledged: set[int]) -> None:
    store = open_store(url)
    with Session(store.inbox) as session:
        found = session.exec(select(tables.Inbound).order_by(col(tables.Inbound.id))).all()
    kept = [int(row.event_id[1:]) for row in found]
    assert len(kept) == len(set(kept)), "twice"
    assert acknowledged <= set(kept), "lost"
    for row in found[:: len(found) // 20 + 1]:
        assert unpack(crypt.open(row.body))[1] == b"%d " % int(row.event_id[1:]) * 50
    store.close()
