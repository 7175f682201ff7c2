"""Ask a source for what it has, page by page. A page's records and the cursor behind it are kept in one transaction.

A round ends `complete`, when the source had no more, or `stopped` with the reason; then the next one goes on from the
cursor. One process polls a source at a time.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlmodel import Session

from vocbot.listen.intake import Intake, IntakeFull, Moved
from vocbot.listen.turn import turn
from vocbot.sdk.clock import Clock
from vocbot.sdk.errors import CursorExpired, Rejected, Retryable, Unparseable, trace
from vocbot.sdk.ports import PollSource
from vocbot.sdk.wire import Page
from vocbot.store.db import Store
from vocbot.store.tables import Poll
from vocbot.store.upsert import upsert

log = logging.getLogger(__name__)

MOST_PAGES = 50  # per round, so that a long history is interrupted now and then, and its state shows
MOST_EMPTY = 20  # pages in a row without a record that still promise more
EXPIRED = "the system no longer goes on from our cursor"


@dataclass(frozen=True)
class Round:
    """How a round ended. `new` of its `records` were not known; `after` is how many seconds the source asks to wait."""

    ended: Literal["complete", "stopped", "elsewhere"]
    reason: str = ""
    records: int = 0
    new: int = 0
    after: float | None = None

    @property
    def more(self) -> bool:
        """Whether it is worth to go on at once: only the length of the round ended it."""
        return self.reason == _LONG


_LONG = "a long history: the next round goes on"


@dataclass(frozen=True)
class Poller:
    """Everything polling needs. `histories` is how far back a source shows things, where that ends."""

    store: Store
    clock: Clock
    intake: Intake
    sources: Mapping[str, PollSource]
    histories: Mapping[str, timedelta]

    def __call__(self, source: str, rest: timedelta = timedelta(0)) -> Round:
        """One round, unless some process ended one less than `rest` ago. Never raises for what a source does; trouble
        of our own database is raised."""
        with turn(self.store, source) as ours:
            if not ours:
                return Round("elsewhere", "another process polls it")
            begun = self.clock.now()
            state = self._state(source)
            if state is not None and state.ended_at is not None and begun - state.ended_at < rest:
                return Round("elsewhere", "another process has just polled it")
            done = self._pages(source, state, begun)
            self._note(source, done, begun, self._state(source) or state)
            return done

    def _pages(self, source: str, state: Poll | None, begun: datetime) -> Round:
        cursor = state.cursor if state else None
        gap = self._missed(source, state, begun)
        records = new = empty = 0

        def stopped(reason: str, after: float | None = None) -> Round:
            return Round("stopped", reason, records, new, after)

        for _ in range(MOST_PAGES):
            try:
                page = self.sources[source].poll(cursor)
            except CursorExpired:
                if cursor is None:
                    return stopped(EXPIRED)
                cursor, gap = None, gap or EXPIRED
                continue
            except (Retryable, Rejected, Unparseable) as error:
                return stopped(str(error), getattr(error, "after", None))
            except Exception as error:  # noqa: BLE001 - a plug-in's code: it must not stop the other sources
                log.error("poll of %s failed: %s", source, trace(error), extra={"action": "poll.failed"})
                return stopped(f"the connector failed: {trace(error)}")
            page = Page(page.records, page.cursor, page.more, page.newest, page.gap or gap)
            try:
                new += self.intake.accept_page("poll", Moved(source, page, self.clock.now()))
            except IntakeFull as error:
                return stopped(str(error))
            records, gap = records + len(page.records), ""
            empty = 0 if page.records else empty + 1
            if not page.more:
                return Round("complete", "", records, new)
            if page.cursor == cursor:
                return stopped("the system promises more and its cursor does not move")
            if empty >= MOST_EMPTY:
                return stopped(f"{MOST_EMPTY} pages in a row without a record")
            cursor = page.cursor
        return stopped(_LONG)

    def _missed(self, source: str, state: Poll | None, now: datetime) -> str:
        """What is lost where the source was not read for longer than it shows things."""
        history = self.histories.get(source)
        last = state.complete_at if state else None
        if history is None or last is None or now - last <= history:
            return ""
        return f"not read for {days(now - last)}, and the system shows {days(history)} back"

    def _state(self, source: str) -> Poll | None:
        with Session(self.store.inbox) as session:
            return session.get(Poll, source)

    def _note(self, source: str, done: Round, begun: datetime, state: Poll | None) -> None:
        """Write down how the round ended."""
        now = self.clock.now()
        known = state or Poll(source=source, moved_at=begun)
        complete = now if done.ended == "complete" else known.complete_at
        row = known.model_dump() | {
            "begun_at": begun,
            "ended_at": now,
            "ended": done.ended,
            "reason": done.reason,
            "complete_at": complete,
        }
        with Session(self.store.inbox) as session:
            upsert(session, Poll, [row])
            session.commit()


def days(time: timedelta) -> str:
    """A length of time in words: 3 days, 7 hours."""
    if time >= timedelta(days=2):
        return f"{time // timedelta(days=1)} days"
    return f"{max(1, round(time / timedelta(hours=1)))} hours"
