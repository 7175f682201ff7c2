"""Reading on from where we were, for sources that list items by time: nothing twice, nothing lost between two reads.

The lower bound is closed, because an item of the same second may still come; the names of those that were read there
are remembered, so that only new ones count. It trails by a lag where the system shows items late. It never lies in the
future: one item with a wrong date must not hide all that follow it. A sweep over several pages moves it once all of
them are read, so that one which is cut short goes on where it was, in either order.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import msgspec

from vocbot.sdk.errors import CursorExpired

MOST_NAMES = 2_000  # kept in a cursor; what else is read again is known to the inbox


@dataclass(frozen=True)
class Item:
    """An item as far as reading on goes: its aware time, and a name that is another one once the item was changed."""

    time: datetime
    name: str


@dataclass(frozen=True)
class Reading:
    """Everything before `at` is read, and of what is younger than `at` minus the lag, the items named in `seen`.

    During a sweep, `page` is the peer's token of the next page, and `ahead` with `found` what `at` and `seen` become
    at its end.
    """

    at: datetime
    seen: tuple[str, ...] = ()
    page: str | None = None
    ahead: datetime | None = None
    found: tuple[str, ...] = ()

    @classmethod
    def load(cls, cursor: str | None, start: datetime) -> Reading:
        """The reading that `dump` wrote; without a cursor one that begins at `start` (aware).

        Raises CursorExpired for what is no reading.
        """
        if cursor is None:
            return cls(start.astimezone(UTC))
        try:
            reading = msgspec.json.decode(cursor, type=cls)
        except (msgspec.DecodeError, ValueError):
            raise CursorExpired("the cursor is none of this connector's") from None
        if reading.at.tzinfo is None or (reading.ahead is not None and reading.ahead.tzinfo is None):
            raise CursorExpired("the cursor is none of this connector's")
        return reading

    def dump(self) -> str:
        """The cursor to keep."""
        return msgspec.json.encode(self).decode()

    def since(self, lag: timedelta = timedelta(0)) -> datetime:
        """The time to ask for: items of this time and younger ones."""
        try:
            return self.at - lag
        except OverflowError:  # the first days that Python knows
            return self.at

    def restarted(self) -> Reading:
        """The same before the sweep began, for when the peer has forgotten its page token: nothing is lost by it."""
        return Reading(self.at, self.seen)

    def step(
        self, items: Sequence[Item], page: str | None, now: datetime, lag: timedelta = timedelta(0)
    ) -> tuple[list[int], Reading]:
        """Take a page of `items`; returns the positions of the new ones, and the reading after it.

        `page` is the token of the next page, None at the end. Where the peer lists the youngest first, pass None as
        soon as `reaches` says so: what follows is read.
        """
        known = {*self.seen, *self.found}
        since = self.since(lag)
        short = [_short(item.name) for item in items]
        new = [n for n, item in enumerate(items) if item.time >= since and short[n] not in known]
        times = [item.time for item in items if item.time <= now]
        ahead = max([self.ahead or self.at, *times])
        # what lies before the next lower bound needs no name: it will not be asked for again
        found = (*self.found, *(short[n] for n in new))
        if page is not None:
            return new, replace(self, page=page, ahead=ahead, found=found[-MOST_NAMES:])
        ahead = min(ahead.astimezone(UTC), max(now.astimezone(UTC), self.at))
        kept = (*self.seen, *found) if ahead - lag <= self.at else found
        return new, Reading(ahead, kept[-MOST_NAMES:])

    def reaches(self, items: Sequence[Item], lag: timedelta = timedelta(0)) -> bool:
        """Whether a page that lists the youngest first goes back to what was read before."""
        since = self.since(lag)
        return any(item.time < since for item in items)


def _short(name: str) -> str:
    return hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
