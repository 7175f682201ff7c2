"""Numbers that many pages need and that take a large store some time: counted once for all of them, and not for long.

The statistics are loaded when the first page needs them: a server that only listens does without.

What was counted is counted anew in the background: a page takes the older count and does not wait, unless somebody
changed what is counted, or nobody has looked for long.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Generic, TypeVar

from sqlmodel import Session, col, select

from vocbot.opened import Opened
from vocbot.sdk.clock import Clock, RealClock
from vocbot.sdk.errors import trace
from vocbot.store.issue_numbers import Reach, reaches
from vocbot.store.tables import Issue

if TYPE_CHECKING:
    from vocbot.understand.causes import Cause, Values

log = logging.getLogger(__name__)

REACH_KEPT = timedelta(seconds=30)
USUAL_KEPT = timedelta(minutes=10)
ISSUES_KEPT = 1_000


T = TypeVar("T")


class Aged(Generic[T]):
    """A value of a local day with the time it was counted at."""

    def __init__(self) -> None:
        self.value: T | None = None
        self._day: date | None = None
        self._at: datetime | None = None

    def get(self, day: date, clock: Clock, most: timedelta) -> T | None:
        """The value, where it is of that day and no older than `most`."""
        fresh = self._at is not None and self._day == day and clock.now() - self._at < most
        return self.value if fresh else None

    def keep(self, day: date, clock: Clock, value: T) -> T:
        """Keep a new value and return it."""
        self.value, self._day, self._at = value, day, clock.now()
        return value

    def drop(self) -> None:
        """The next one has to be counted."""
        self._at = None


class Shared:
    """The counts of one server. Their age is physical time."""

    def __init__(self, opened: Opened) -> None:
        self._opened = opened
        self._lock = threading.Lock()
        self._counting: set[str] = set()  # what is being counted in the background
        self._clock = RealClock()
        self._reach: Aged[dict[int, Reach]] = Aged()
        self._usual: Aged[Values] = Aged()
        self._causes: dict[int, Aged[tuple[tuple[Cause, ...], int]]] = {}

    def reach(self, session: Session, today: date) -> dict[int, Reach]:
        """How far each Issue reaches."""
        found = self._reach.get(today, self._clock, REACH_KEPT)
        if found is not None:
            return found
        old = self._reach.get(today, self._clock, USUAL_KEPT)
        if old is None:
            return self._reach.keep(today, self._clock, reaches(session, today))
        self._behind("reach", lambda behind: self._reach.keep(today, self._clock, reaches(behind, today)))
        return old

    def causes(self, session: Session, issue_id: int, today: date) -> tuple[tuple[Cause, ...], int]:
        """What stands out among the latest Mentions of an Issue, and among how many."""
        from vocbot.understand.causes import standing_out

        with self._lock:
            if len(self._causes) > ISSUES_KEPT:
                self._causes.clear()
            kept = self._causes.setdefault(issue_id, Aged())
        found = kept.get(today, self._clock, USUAL_KEPT)
        if found is None:
            found = kept.keep(today, self._clock, standing_out(session, issue_id, today, self._everybody(today)))
        return found

    def count(self, today: date) -> None:
        """Count what pages need before the first one asks for it, and what stands out of the largest Issue: that takes
        longest, and what it takes once in a process is done then."""
        self._everybody(today)
        with self._opened.store.read() as session:
            self.reach(session, today)
            largest = session.exec(select(Issue.id).order_by(col(Issue.mentions).desc()).limit(1)).first()
            if largest is not None:
                self.causes(session, largest, today)

    def forget(self) -> None:
        """Somebody changed what is counted here."""
        self._reach.drop()
        with self._lock:
            self._causes.clear()

    def _everybody(self, today: date) -> Values:
        from vocbot.understand.causes import usual_values

        found = self._usual.get(today, self._clock, USUAL_KEPT)
        if found is not None:
            return found
        old = self._usual.value
        if old is None:
            with self._opened.store.read() as session:
                return self._usual.keep(today, self._clock, usual_values(session, today))
        self._behind("usual", lambda behind: self._usual.keep(today, self._clock, usual_values(behind, today)))
        return old

    def _behind(self, name: str, count: Callable[[Session], object]) -> None:
        """Count in a thread of its own, one at a time of each kind."""
        with self._lock:
            if name in self._counting:
                return
            self._counting.add(name)

        def run() -> None:
            try:
                with self._opened.store.read() as session:
                    count(session)
            except Exception as error:  # noqa: BLE001 - a thread's border: the older count stays, the next page tries
                log.error("%s not counted: %s", name, trace(error), extra={"action": "pages.not_counted"})
            finally:
                with self._lock:
                    self._counting.discard(name)

        threading.Thread(target=run, name=f"counts {name}", daemon=True).start()
