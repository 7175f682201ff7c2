"""Whatever a peer, a crash or a second worker does: nothing is lost, and nothing happens twice that must not.

Hypothesis plays random stories: acts of five kinds, attempts that end in every way, crashes before and after the
peer has done it, jobs that the engine loses or hands out twice, a worker rescued although it lives. (A rule-based
state machine was tried: it spends its steps on trying rules, and found planted faults one time in two.)
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event
from sqlmodel import Session, delete, select

from vocbot.deliveries.perform import Performer
from vocbot.deliveries.plan import plan
from vocbot.deliveries.sweep import STALE, Sweeper
from vocbot.sdk.errors import OutcomeUnknown, Rejected, Retryable, Unreachable
from vocbot.sdk.receipt import Receipt
from vocbot.sdk.testing.clock import HandClock
from vocbot.store.db import Store, open_store
from vocbot.store.tables import Delivery

TIMEOUT, LAG = 15.0, 5.0
SECRET = "mei@example.com"
ENDED = ("sent", "unknown", "rejected", "buried")

SENDS = (  # some twice, or they would come too rarely
    "sent",  # done, and answered
    "429",  # nothing happened, with Retry-After
    "busy",  # nothing happened, without
    "rejected",
    "closed",  # Unreachable
    "lost",  # done, but the answer was lost; it may land as late as the timeout
    "lost",
    "lost",
    "timeout",  # not done, and no answer either
    "bug before",
    "bug after",
    "crash before",
    "crash after",
    "crash after",
    "rescued alive",  # done, while another worker takes the attempt up
    "overtaken",  # the same, and that one has ended before this one hears of a timeout
    "overtaken",
)
FINDS = ("works", "works", "works", "works", "down", "refused", "bug", "crash")


class Crash(BaseException):
    """kill -9."""


@dataclass
class Peer:
    """The other end, and the one handler in front of it."""

    clock: HandClock
    landed: dict[str, list[datetime]] = field(default_factory=dict)
    calls: int = 0
    next_send: str = "sent"
    next_find: str = "works"
    late: float = 0.0
    retry_after: float = 30.0
    meanwhile: Any = None  # what happens while the request is under way

    def do(self, key: str, late: float = 0.0) -> None:
        self.landed.setdefault(key, []).append(self.clock.now() + timedelta(seconds=late))

    def times(self, key: str) -> int:
        return len(self.landed.get(key, []))

    def send(self, key: str) -> Receipt:
        self.calls += 1
        match self.next_send:
            case "429":
                raise Retryable("HTTP 429", after=self.retry_after)
            case "busy":
                raise Retryable("HTTP 503")
            case "rejected":
                raise Rejected("HTTP 400", 400)
            case "closed":
                raise Unreachable("closed for good")
            case "timeout":
                raise OutcomeUnknown("no answer")
            case "bug before":
                raise KeyError(SECRET)
            case "crash before":
                raise Crash
        self.do(key, self.late if self.next_send == "lost" else 0.0)
        match self.next_send:
            case "lost":
                raise OutcomeUnknown("no answer")
            case "bug after":
                raise KeyError(SECRET)
            case "crash after":
                raise Crash
            case "rescued alive":
                self.meanwhile(1)
            case "overtaken":
                self.next_send, self.next_find = "sent", "works"
                self.meanwhile(3)
                raise OutcomeUnknown("no answer")
        return Receipt("sent", f"ref of {key}")

    def find(self, key: str) -> Receipt | None:
        self.calls += 1
        match self.next_find:
            case "down":
                raise Retryable("HTTP 503")
            case "refused":
                raise Rejected("HTTP 401", 401)
            case "bug":
                raise ValueError(SECRET)
            case "crash":
                raise Crash
        seen = [at for at in self.landed.get(key, []) if at + timedelta(seconds=LAG) <= self.clock.now()]
        return Receipt("already", f"ref of {key}") if seen else None


@dataclass(frozen=True)
class Kind:
    """A Handler in front of the peer."""

    peer: Peer
    sightless: bool
    at_most_once: bool
    routes: int = 1

    def send(self, delivery: Delivery) -> Receipt:
        return self.peer.send(delivery.key)

    def find(self, delivery: Delivery) -> Receipt | None:
        assert not self.sightless, "this peer cannot be searched"
        return self.peer.find(delivery.key)

    def blind(self, delivery: Delivery) -> bool:
        return self.sightless

    def lag(self, delivery: Delivery) -> float:
        return LAG

    def next_route(self, delivery: Delivery) -> str | None:
        return f"way {delivery.route + 1}" if delivery.route + 1 < self.routes else None

    def settled(self, session: Session, delivery: Delivery) -> None:
        assert delivery.ended_at is not None


@dataclass(frozen=True)
class Step:
    """What happens next: mostly a job is performed."""

    what: str
    index: int
    send: str
    find: str
    late: float
    retry_after: float
    seconds: float


STEPS = st.builds(
    Step,
    what=st.sampled_from(("work",) * 7 + ("wait", "lose a job", "old job")),
    index=st.integers(0, 5),
    send=st.sampled_from(SENDS),
    find=st.sampled_from(FINDS),
    late=st.sampled_from((TIMEOUT, TIMEOUT, 0.0)),
    retry_after=st.sampled_from((0.0, 7.0, 600.0)),
    seconds=st.sampled_from((0.5, 5.0, 90.0, STALE * TIMEOUT, 86400.0)),
)
KINDS = ("findable", "findable once", "blind", "blind once", "two ways")


class Story:
    """One store, one peer, and an engine that is a list of jobs."""

    def __init__(self, store: Store, acts: list[str]) -> None:
        self.store, self.clock = store, HandClock()
        self.peer = Peer(self.clock)
        self.jobs: list[tuple[int, int]] = []
        self.old_jobs: list[tuple[int, int]] = []
        self.ended: dict[str, str] = {}
        kinds = {
            "findable": Kind(self.peer, sightless=False, at_most_once=False),
            "findable once": Kind(self.peer, sightless=False, at_most_once=True),
            "blind": Kind(self.peer, sightless=True, at_most_once=False),
            "blind once": Kind(self.peer, sightless=True, at_most_once=True),
            "two ways": Kind(self.peer, sightless=False, at_most_once=True, routes=2),
        }
        self.performer = Performer(store, self.clock, kinds, TIMEOUT)
        rates = {"way 0": 1e6, "way 1": 1e6}
        self.sweeper = Sweeper(store, self.clock, {}, self.enqueue, rates, TIMEOUT)
        with store.write() as session:
            session.exec(delete(Delivery))
            for number, act in enumerate(acts):
                plan(session, key=f"k{number}", act=act, connector="way 0", now=self.clock.now())

    def enqueue(self, _session: Session, delivery_id: int, attempt: int, _connector: str, _slot: datetime) -> None:
        self.jobs.append((delivery_id, attempt))

    def rows(self) -> list[Delivery]:
        with self.store.read() as session:
            return list(session.exec(select(Delivery)))

    def row(self, delivery_id: int) -> Delivery:
        with self.store.read() as session:
            return session.get_one(Delivery, delivery_id)

    def play(self, step: Step) -> None:
        match step.what:
            case "wait":
                self.clock.move(timedelta(seconds=step.seconds))
                self.sweeper()
            case "lose a job" if self.jobs:
                self.old_jobs.append(self.jobs.pop(step.index % len(self.jobs)))
            case "old job" if self.old_jobs:
                job = self.old_jobs[-1 - step.index % len(self.old_jobs)]
                if job not in self.jobs:
                    self.jobs.append(job)
            case _:
                self.work(step)

    def until_due(self) -> None:
        """Time goes on to the very moment when something falls due."""
        due = [row.due_at for row in self.rows() if row.state == "planned"]
        self.clock.move(max(timedelta(0), min(due, default=self.clock.now()) - self.clock.now()))
        self.sweeper()

    def work(self, step: Step) -> None:
        if not self.jobs:
            self.until_due()
        if not self.jobs:
            return
        job = self.jobs[step.index % len(self.jobs)]
        peer = self.peer
        peer.next_send, peer.next_find, peer.late, peer.retry_after = step.send, step.find, step.late, step.retry_after
        peer.meanwhile = lambda rounds: self.meanwhile(job[0], rounds)
        before, calls = self.row(job[0]), peer.calls
        asked_to_wait = False
        try:
            self.performer(*job)
        except Crash:
            pass  # the job is met again
        else:
            self.jobs.remove(job)
            self.old_jobs.append(job)
            asked_to_wait = step.send == "429" and peer.calls > calls
        now = self.row(job[0])
        if before.attempt != job[1] or before.state not in ("queued", "performing"):
            assert now == before and peer.calls == calls, "a stale attempt did something"
        if before.state == "performing":
            assert peer.calls == calls, "an attempt that was met again did not wait"
        if asked_to_wait and now.error == "HTTP 429":
            assert now.due_at >= self.clock.now() + timedelta(seconds=step.retry_after)

    def meanwhile(self, delivery_id: int, rounds: int) -> None:
        """Another worker performs this act, again and again, whenever it is due."""
        for _ in range(rounds):
            row = self.row(delivery_id)
            if row.state == "planned":
                self.clock.move(max(timedelta(0), row.due_at - self.clock.now()))
                self.sweeper()
            self.performer(delivery_id, self.row(delivery_id).attempt)

    def recover(self) -> None:
        """The peer does what it is asked to: everything comes to its end."""
        self.peer.next_send, self.peer.next_find = "sent", "works"
        for _ in range(12):
            for job in self.jobs[:]:
                self.performer(*job)
            self.jobs.clear()
            if all(row.state in ENDED for row in self.rows()):
                return
            self.clock.move(timedelta(seconds=STALE * TIMEOUT))
            self.sweeper()
        raise AssertionError([f"{row.act} is still {row.state}: {row.error}" for row in self.rows()])

    def check(self) -> None:
        """What holds at any time."""
        for row in self.rows():
            times = self.peer.times(row.key)
            assert times <= 1 or row.act == "blind", f"{row.act}: done twice"
            if times and row.state not in ("sent", "performing"):
                assert row.doubt, f"{row.act}: done, {row.state}, and nobody doubts it"
            assert SECRET not in row.error
            assert (row.ended_at is not None) == (row.state in ENDED)
            if row.key in self.ended:
                assert row.state == self.ended[row.key], "it had ended"
            if row.ended_at is None:
                continue
            self.ended[row.key] = row.state
            match row.state:
                case "sent":
                    assert times >= 1 and not row.doubt and row.receipt["ref"] == f"ref of {row.key}"
                case "unknown":
                    assert row.act == "blind once" and row.doubt
                case "rejected":
                    assert times == 0 or (row.act == "blind" and row.doubt)
                case _:
                    raise AssertionError(row.state)


@pytest.fixture
def quick_store(tmp_path: Path) -> Iterator[Store]:
    """A SQLite store that does not wait for the disk."""
    store = open_store(f"sqlite:///{tmp_path}/vocbot.db")
    store.main.dispose()

    @event.listens_for(store.main, "connect")
    def no_waiting(connection: Any, _record: Any) -> None:
        with contextlib.closing(connection.cursor()) as cursor:
            cursor.execute("PRAGMA synchronous=OFF")

    yield store
    store.close()


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(KINDS), min_size=1, max_size=3), st.lists(STEPS, min_size=25, max_size=25))
def test_stories(quick_store: Store, acts: list[str], steps: list[Step]) -> None:
    story = Story(quick_store, acts)
    for step in steps:
        story.play(step)
        story.check()
    story.recover()
    story.check()
