"""How the contract suite speaks and listens: customers say things, and a Listener polls as the core does."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from vocbot.sdk.errors import CursorExpired
from vocbot.sdk.events import CustomerReply, Event, Feedback
from vocbot.sdk.testing.contract import CANARY, Subject
from vocbot.sdk.testing.contract_odd import sound
from vocbot.sdk.wire import Inbound, Page, Record

Said = tuple[str, str]  # the words, and the customer's handle
CUSTOMERS = 7  # who say all that is said
MOST_PAGES = 60
SOME_MINUTES = timedelta(minutes=2)  # some systems show what was said only after a minute
ALIKE = timedelta(days=2)  # a date without a time of day, in whatever zone


def speak(subject: Subject, times: int, what: str = "first", later: bool = True) -> list[Said]:
    """Customers say different things, `what` being part of each, three in a second.

    Then some minutes go by where `later`.
    """
    said = []
    for number in range(times):
        text = (
            f"{what} {number}-th: 优惠券显示可用但不抵扣，{CANARY}"
            if number % 2
            else f"{what} {number}-th: it stops & shows <nothing> at 80 %, {CANARY}"
        )
        by = f"customer{number % CUSTOMERS}"
        subject.standin.speak(text, by)
        said.append((text, by))
        if number % 3 == 2:
            subject.clock.move(timedelta(seconds=1))
    if later:
        subject.clock.move(SOME_MINUTES)
    return said


def inbound(subject: Subject, record: Record) -> Inbound:
    """A record as it comes back from the inbox."""
    return Inbound("poll", record.event_id, record.body, {}, subject.clock.now())


class Listener:
    """Polls from `cursor` on and keeps, as the core does, the cursor together with the records of its page.

    `records` has what came, by event id; `repeated` the ids that came more than once.
    """

    def __init__(self, subject: Subject, cursor: str | None = None, port: Any = None) -> None:
        self.subject, self.cursor = subject, cursor
        self.port = port or subject.port("poll_source")
        self.records: dict[str, Record] = {}
        self.repeated: list[str] = []

    def renew(self) -> None:
        """Go on with another instance, as after a restart."""
        self.port = self.subject.port("poll_source")

    def poll(self) -> Page:
        """Read and keep one page. Raises what the port raises."""
        page = self._page()
        for record in page.records:
            if record.event_id in self.records:
                self.repeated.append(record.event_id)
            self.records[record.event_id] = record
        self.cursor = page.cursor
        return page

    def drain(self, cut: bool = False) -> None:
        """Read to the end; an expired cursor means from the beginning. `cut`: lose every page once on the way."""
        for _ in range(MOST_PAGES):
            try:
                if cut:
                    self._page()
                    self.renew()
                page = self.poll()
            except CursorExpired as error:
                self.subject.heard(error)
                assert self.cursor is not None, "no cursor was given, and it is said to be expired"
                self.cursor = None
                continue
            if not page.more:
                return
        raise AssertionError(f"{MOST_PAGES} pages and no end")

    def _page(self) -> Page:
        page = self.port.poll(self.cursor)
        assert isinstance(page, Page)
        assert isinstance(page.cursor, str), f"the cursor is {type(page.cursor).__name__}"
        assert page.cursor, "the cursor is empty"
        assert not page.more or page.records or page.cursor != self.cursor, "more is said to come, and nothing moves"
        for record in page.records:
            assert isinstance(record.body, bytes)
            assert isinstance(record.event_id, str)
            assert 0 < len(record.event_id) <= 200, f"an event id of {len(record.event_id)} characters"
        if page.newest is not None:
            assert page.newest.tzinfo is not None, "newest has no zone"
            assert page.newest <= self.subject.clock.now(), "newest lies in the future"
        return page

    def heard(self) -> list[tuple[str, Feedback]]:
        """Everything that customers said as far as it came: the record's event id, and what it means."""
        found = []
        for record in self.records.values():
            events: Sequence[Event] = self.port.parse(inbound(self.subject, record))
            assert events, "nothing at all came of a record: say Ignored, with the reason"
            for event in events:
                sound(event)
                if isinstance(event, Feedback | CustomerReply):
                    found.append((record.event_id, event if isinstance(event, Feedback) else event.feedback))
        return found

    def has_heard(self, said: Sequence[Said]) -> None:
        """Fail unless all that was said has come, each item once and under one name."""
        heard = [(name, _bare(feedback.text), feedback) for name, feedback in self.heard()]
        for text, _ in said:
            times = sum(text == other for other, _ in said)
            found = [(name, feedback) for name, words, feedback in heard if _bare(text) in words]
            assert found, f"{_short(text)} was said and did not come"
            items = {feedback.external_id for _, feedback in found}
            assert len(items) == times, f"{_short(text)} was said {times} times and comes as {len(items)} items"
            assert len({name for name, _ in found}) == times, f"{_short(text)} has several event ids, and is unchanged"
            for _, feedback in found:
                age = self.subject.clock.now() - feedback.time
                assert timedelta(0) <= age <= ALIKE, f"{_short(text)} is said to be {age} old"


def _bare(text: str) -> str:
    return " ".join(text.split())


def _short(text: str) -> str:
    return text.split(":", 1)[0]
