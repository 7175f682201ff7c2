"""Reading on from where we were, for sources that list items by time: nothing twice, nothing lost between two reads.

The lower bound is closed, because an item of the same second may still come; the names of those that were read there
are remembered, so that only new ones count. It trails by a lag where the system shows items late. It never lies in the
future: one item with a wrong date must not hide all that follow it. A sweep over several pages moves it once all of
them are read, so that one which is cut short goes on where it was, in either order; and never beyond the time when the
sweep began, because what came later may have come to pages that were read by then.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import msgspec

from vocbot.sdk.errors import CursorExpired, Retryable

MOST_NAMES = 2_000  # kept in a cursor; what else is read again is known to the inbox


@dataclass(frozen=True)
class Item:
    """An item as far as reading on goes: its aware time, and a name that is another one once the item was changed."""

    time: datetime
    name: str


@dataclass(frozen=True)
class Reading:
    """Everything before `at` minus the lag is read, and of what is younger the items in `seen`: name and epoch second.

    During a sweep, `page` is the peer's token of the next page, `begun` when its first page was read, `ahead` what `at`
    becomes at its end, and `found` what it brought so far.
    """

    at: datetime
    seen: tuple[tuple[str, int], ...] = ()
    page: str | None = None
    begun: datetime | None = None
    ahead: datetime | None = None
    found: tuple[tuple[str, int], ...] = ()

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
        if any(time is not None and time.tzinfo is None for time in (reading.at, reading.begun, reading.ahead)):
            raise CursorExpired("the cursor is none of this connector's")
        return reading

    def dump(self) -> str:
        """The cursor to keep. Raises Retryable where the page token is no text: nothing is kept of its page then."""
        try:
            return msgspec.json.encode(self).decode()
        except UnicodeEncodeError:
            raise Retryable("the page token in the answer holds half a character") from None

    def since(self, lag: timedelta = timedelta(0)) -> datetime:
        """The time to ask for: items of this time and younger ones."""
        try:
            return self.at - lag
        except OverflowError:  # the first days that Python knows
            return self.at

    def restarted(self) -> Reading:
        """The same before the sweep began, for when the peer has forgotten its page token: nothing is lost by it."""
        return Reading(self.at, _youngest((*self.seen, *self.found)))

    def step(
        self, items: Sequence[Item], page: str | None, now: datetime, lag: timedelta = timedelta(0)
    ) -> tuple[list[int], Reading]:
        """Take a page of `items`; returns the positions of the new ones, and the reading after it.

        `page` is the token of the next page, None at the end. Where the peer lists the youngest first, pass None as
        soon as `reaches` says so: what follows is read.
        """
        begun = min(self.begun or now, now).astimezone(UTC)
        since = self.since(lag)
        known = {name for name, _ in (*self.seen, *self.found)}
        new, found = [], list(self.found)
        for place, item in enumerate(items):
            name = _short(item.name)
            if item.time >= since and name not in known:
                known.add(name)
                new.append(place)
                found.append((name, _second(item.time)))
        times = (item.time.astimezone(UTC) for item in items if item.time <= begun)
        ahead = max([self.ahead or self.at, *times])
        if page is not None:
            return new, replace(self, page=page, begun=begun, ahead=ahead, found=_youngest(found))
        # What lies before the next lower bound needs no name: it will not be asked for again.
        after = Reading(ahead)
        bound = _second(after.since(lag))
        return new, replace(after, seen=_youngest([n for n in (*self.seen, *found) if n[1] >= bound]))

    def reaches(self, items: Sequence[Item], lag: timedelta = timedelta(0)) -> bool:
        """Whether a page that lists the youngest first goes back to what was read before.

        Its last item tells: an old one that the peer shows on top must not end the sweep.
        """
        return bool(items) and items[-1].time < self.since(lag)


def _youngest(names: Sequence[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(names, key=lambda name: name[1])[-MOST_NAMES:])


def _second(time: datetime) -> int:
    return math.floor(time.timestamp())


def _short(name: str) -> str:
    return hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
