"""The contract of polls itself: every way in which a source loses, doubles or breaks something makes a case fail."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from vocbot.sdk import http
from vocbot.sdk.errors import CursorExpired, Rejected
from vocbot.sdk.events import Author, Event, Feedback
from vocbot.sdk.incremental import Reading
from vocbot.sdk.testing.example import Poll, digest
from vocbot.sdk.wire import Inbound, Page, Record

Worsen = Callable[[str, type], None]
Failures = Callable[..., dict[str, str]]
Listed = tuple[list[Any], str | None]


class Exclusive(Poll):
    """Asks for what is younger than the last item: another one of the same second never comes."""

    def listed(self, reading: Reading) -> Listed:
        said, page = super().listed(reading)
        return [note for note in said if not reading.seen or note["at"] > reading.at.isoformat()], page


class Ahead(Poll):
    """Moves the cursor to now with the first page, and keeps the rest of the sweep in its own memory."""

    page: str | None = None

    def poll(self, cursor: str | None) -> Page:
        reading = Reading.load(cursor, self.context.clock.now() - timedelta(days=30))
        page = super().poll(replace(reading, at=reading.at if self.page is None else self.start, page=self.page).dump())
        self.start = reading.at if self.page is None else self.start
        self.page = Reading.load(page.cursor, reading.at).page
        return replace(page, cursor=Reading(self.context.clock.now()).dump())


class Once(Poll):
    """Ends the sweep after the first page, with a mark behind all that the peer has."""

    def poll(self, cursor: str | None) -> Page:
        page = super().poll(cursor)
        return replace(page, cursor=Reading(self.context.clock.now()).dump(), more=False)


class Snapshot(Poll):
    """Reads what there was when the sweep began, and goes on from when it ended."""

    def listed(self, reading: Reading) -> Listed:
        said, page = super().listed(reading)
        return [note for note in said if reading.begun is None or note["at"] <= reading.begun.isoformat()], page

    def poll(self, cursor: str | None) -> Page:
        page = super().poll(cursor)
        return page if page.more else replace(page, cursor=Reading(self.context.clock.now()).dump())


class Repeating(Poll):
    """Forgets during the sweep what it has read, and reads pages that overlap."""

    def poll(self, cursor: str | None) -> Page:
        page = super().poll(cursor)
        return replace(page, records=(*page.records, *page.records[-1:]))


class Unstable(Poll):
    """Names its records by when they were read."""

    def poll(self, cursor: str | None) -> Page:
        page = super().poll(cursor)
        read = f"{self.context.clock.now().timestamp():.0f}"
        return replace(page, records=tuple(Record(r.event_id + read, r.body) for r in page.records))


class Individual(Poll):
    """Names its records by the instance that read them: by a number, as id() is given out again after a collection."""

    numbers = count()

    def poll(self, cursor: str | None) -> Page:
        self.number = self.__dict__.get("number") or f"-{next(self.numbers)}"
        page = super().poll(cursor)
        return replace(page, records=tuple(Record(r.event_id + self.number, r.body) for r in page.records))


class Same(Poll):
    """Takes the same words for the same item."""

    def poll(self, cursor: str | None) -> Page:
        page = super().poll(cursor)
        return replace(page, records=tuple(Record(digest(json.loads(r.body)["text"]), r.body) for r in page.records))


class Endless(Poll):
    """Promises more for ever."""

    def poll(self, cursor: str | None) -> Page:
        return replace(super().poll(cursor), more=True)


class Quoting(Poll):
    """Repeats itself for ever, with another cursor each time."""

    def poll(self, cursor: str | None) -> Page:
        page = super().poll(None)
        return replace(page, more=True, cursor=page.cursor + " " * (len(cursor or "") % 90 + 1))


class Hopeful(Poll):
    """Believes in the future."""

    def poll(self, cursor: str | None) -> Page:
        return replace(super().poll(cursor), newest=self.context.clock.now() + timedelta(hours=1))


class Zoneless(Poll):
    def poll(self, cursor: str | None) -> Page:
        page = super().poll(cursor)
        return replace(page, newest=page.newest and page.newest.replace(tzinfo=None))


class Asking(Poll):
    """Asks the peer while it parses: what is replayed next year would mean something else."""

    def parse(self, inbound: Inbound) -> Sequence[Event]:
        http.read(self.peer, "/notes")
        return super().parse(inbound)


class Crowd(Poll):
    """Calls everybody by one name."""

    def parse(self, inbound: Inbound) -> Sequence[Event]:
        return [replace(e, author=Author("somebody")) for e in super().parse(inbound) if isinstance(e, Feedback)]


class Stranger(Poll):
    """Gives everybody a new handle each time."""

    def parse(self, inbound: Inbound) -> Sequence[Event]:
        return [replace(e, author=Author(e.external_id)) for e in super().parse(inbound) if isinstance(e, Feedback)]


class Silent(Poll):
    def parse(self, inbound: Inbound) -> Sequence[Event]:
        return [event for event in super().parse(inbound) if isinstance(event, Feedback) and "<" not in event.text]


class Stripping(Poll):
    """Takes the words of customers for markup."""

    def parse(self, inbound: Inbound) -> Sequence[Event]:
        found = [event for event in super().parse(inbound) if isinstance(event, Feedback)]
        return [replace(event, text=event.text.replace("<nothing>", "")) for event in found]


class Undated(Poll):
    """Takes the time of reading for the time of saying, a little early."""

    def parse(self, inbound: Inbound) -> Sequence[Event]:
        early = inbound.received_at + timedelta(minutes=5)
        return [replace(e, time=early) for e in super().parse(inbound) if isinstance(e, Feedback)]


class Anew(Poll):
    """Says that the cursor is expired, and then begins with what comes from now on."""

    gone = False

    def poll(self, cursor: str | None) -> Page:
        now = self.context.clock.now()
        cursor = Reading(now).dump() if cursor is None and self.gone else cursor
        try:
            self.listed(Reading.load(cursor, now - timedelta(days=30)))
        except Rejected:
            self.gone = True
            raise CursorExpired("gone") from None
        return super().poll(cursor)


@pytest.mark.parametrize(
    ("worse", "case", "words"),
    [
        (Anew, "a sweep outlives the peer's memory", "did not come"),
        (Exclusive, "what comes in the same second is found", "did not come"),
        (Ahead, "a sweep may be cut anywhere", "did not come"),
        (Once, "everything said comes once", "did not come"),
        (Once, "nothing is lost by status 500", "did not come"),
        (Snapshot, "what is said during a sweep comes", "did not come"),
        (Repeating, "everything said comes once", "brought the same item twice"),
        (Unstable, "polling on brings nothing again", "other names"),
        (Individual, "polling on brings nothing again", "other names"),
        (Same, "everything said comes once", "was said 2 times and comes as 1 items"),
        (Endless, "everything said comes once", "nothing moves"),
        (Quoting, "everything said comes once", "pages and no end"),
        (Hopeful, "everything said comes once", "in the future"),
        (Zoneless, "everything said comes once", "newest has no zone"),
        (Asking, "everything said comes once", "parse calls the peer"),
        (Crowd, "everything said comes once", "several customers have one handle"),
        (Stranger, "everything said comes once", "one customer has several handles"),
        (Silent, "everything said comes once", "nothing at all came"),
        (Stripping, "everything said comes once", "did not come"),
        (Undated, "everything said comes once", "old"),
    ],
)
def test_a_source_that_loses_or_doubles_is_caught(
    worsen: Worsen, failures: Failures, worse: type, case: str, words: str
) -> None:
    worsen("Poll", worse)
    assert words in failures(only=f"poll_source: {case}")[f"poll_source: {case}"]


class Careless(Poll):
    """Expects of everybody that all is in its place."""

    def poll(self, cursor: str | None) -> Page:
        reading = Reading(datetime.fromisoformat(json.loads(cursor)["at"]) if cursor else datetime.min)
        answer = http.read(self.peer, "/said", params={"since": reading.at.replace(tzinfo=UTC).isoformat()}).json()
        records = tuple(Record(note["id"], json.dumps(note).encode()) for note in answer["said"])
        return Page(records, reading.dump(), False)

    def parse(self, inbound: Inbound) -> Sequence[Event]:
        note = json.loads(inbound.body)
        return [Feedback(note["id"], note["text"].strip(), inbound.received_at, "board")]


@pytest.mark.parametrize(
    "case", ["strange cursors are no crash", "misshapen answers are no crash", "misshapen records are unparseable"]
)
def test_a_source_that_trusts_its_peer_is_caught(worsen: Worsen, failures: Failures, case: str) -> None:
    worsen("Poll", Careless)
    with pytest.raises((KeyError, TypeError, ValueError, AttributeError)):
        failures(only=f"poll_source: {case}")


class Waiter(Poll):
    """Looks every few milliseconds whether somebody spoke."""

    def wait(self, seconds: float) -> bool:
        until, before = time.monotonic() + seconds, self.count()
        while time.monotonic() < until:
            if self.count() != before:
                return True
            time.sleep(0.02)
        return False

    def count(self) -> int:
        since = {"since": datetime(2026, 1, 1, tzinfo=UTC).isoformat()}
        return len(http.read(self.peer, "/said", params=since).json()["said"])


class Deaf(Waiter):
    def count(self) -> int:
        return 0


class Nervous(Waiter):
    def count(self) -> int:
        return time.monotonic_ns()


class Sleeper(Waiter):
    def wait(self, seconds: float) -> bool:
        return super().wait(seconds + 2)


class Slow(Waiter):
    def wait(self, seconds: float) -> bool:
        begun, heard = time.monotonic(), super().wait(seconds)
        if heard:
            time.sleep(max(0.0, begun + seconds - time.monotonic()))
        return heard


@pytest.mark.parametrize(
    ("waiter", "words"),
    [
        (Deaf, "the wait brought nothing"),
        (Nervous, "nothing is"),
        (Sleeper, "longer than it was told"),
        (Slow, "although something has come"),
    ],
)
def test_a_bad_waiter_is_caught(worsen: Worsen, failures: Failures, waiter: type, words: str) -> None:
    worsen("Poll", waiter)
    assert words in failures(only="poll_source: waiting")["poll_source: waiting ends when something comes"]


def test_a_good_waiter_passes(worsen: Worsen, failures: Failures) -> None:
    worsen("Poll", Waiter)
    assert failures(only="poll_source: waiting") == {}
