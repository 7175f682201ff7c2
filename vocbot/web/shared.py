"""Numbers that many pages need and that take a large store some time: counted once for all of them, and not for long.

The statistics are loaded when the first page needs them: a server that only listens does without.

What is usual among all Feedback is counted anew in the background: a page takes the older count and never waits.
"""

from __future__ import annotations

import threading
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Generic, TypeVar

from sqlmodel import Session

from vocbot.opened import Opened
from vocbot.sdk.clock import Clock, RealClock
from vocbot.store.issue_numbers import Reach, reaches

if TYPE_CHECKING:
    from vocbot.understand.causes import Cause, Values

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
        self._counting = False
        self._clock = RealClock()
        self._reach: Aged[dict[int, Reach]] = Aged()
        self._usual: Aged[Values] = Aged()
        self._causes: dict[int, Aged[tuple[tuple[Cause, ...], int]]] = {}

    def reach(self, session: Session, today: date) -> dict[int, Reach]:
        """How far each Issue reaches."""
        found = self._reach.get(today, self._clock, REACH_KEPT)
        if found is None:
            found = self._reach.keep(today, self._clock, reaches(session, today))
        return found

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

    def forget(self) -> None:
        """Somebody changed what is counted here."""
        self._reach.drop()
        with self._lock:
            self._causes.clear()

    def _everybody(self, today: date) -> Values:
        found = self._usual.get(today, self._clock, USUAL_KEPT)
        if found is not None:
            return found
        old = self._usual.value
        if old is None:
            return self._count(today)
        with self._lock:
            if not self._counting:
                self._counting = True
                threading.Thread(target=self._count, args=(today,), name="usual", daemon=True).start()
        return old

    def _count(self, today: date) -> Values:
        from vocbot.understand.causes import usual_values

        try:
            with self._opened.store.read() as session:
                return self._usual.keep(today, self._clock, usual_values(session, today))
        finally:
            self._counting = False
