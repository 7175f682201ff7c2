"""Reading on in one country's list: ten pages, youngest first, that end where older reviews still are.

Pages of this feed come back empty now and then. On the first page that is harmless, because the mark does not move.
After a full page it would end the list too early, so it is asked for again before it is believed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from vocbot.sdk.errors import CursorExpired
from vocbot.sdk.incremental import Item, Reading

PAGES = 10  # Apple shows no more
FULL = 50  # reviews on a page
PATIENCE = 2  # empty answers after a full page that are not believed
LATE = timedelta(days=2)  # a review is shown hours after it was written, with the time of its writing


@dataclass(frozen=True)
class Place:
    """The page to ask for, how many empty answers are not believed there, and the oldest review of the pages before.

    It is the reading's page token.
    """

    page: int = 1
    patience: int = 0
    oldest: datetime | None = None

    @classmethod
    def of(cls, reading: Reading) -> Place:
        """Where the reading goes on. Raises CursorExpired for a token that is none of ours."""
        if reading.page is None:
            return cls()
        try:
            page, patience, oldest = map(int, reading.page.split("."))
            place = cls(page, patience, datetime.fromtimestamp(oldest, UTC))
        except (ValueError, OverflowError, OSError):
            raise CursorExpired("the cursor is none of this connector's") from None
        if not 1 <= page <= PAGES:
            raise CursorExpired("the cursor is none of this connector's")
        return place

    def token(self) -> str:
        """The same as a page token."""
        return f"{self.page}.{self.patience}.{int(self.oldest.timestamp()) if self.oldest else 0}"


@dataclass(frozen=True)
class Step:
    """What a page brought: the positions of the new items, the reading after it, and a stretch of time that may be
    lost."""

    new: Sequence[int]
    reading: Reading
    gap: tuple[datetime, datetime] | None = None


def take(reading: Reading, items: Sequence[Item], now: datetime, ended: bool = False) -> Step:
    """Take the page that `Place.of(reading)` names. `ended`: the feed says that it does not go as far."""
    place = Place.of(reading)
    if not items and not ended and place.patience > 0:
        return Step((), replace(reading, page=replace(place, patience=place.patience - 1).token()))
    oldest = min([item.time for item in items] + ([place.oldest] if place.oldest else []), default=None)
    end = not items or place.page == PAGES or reading.reaches(items, LATE)
    patience = PATIENCE if len(items) >= FULL else 0
    token = None if end else Place(place.page + 1, patience, oldest).token()
    new, after = reading.step(items, token, now, LATE)
    gap = None
    # A list that ends by itself before any mark was set has no more; one that ends later has lost what we had read.
    cut = end and (place.page == PAGES or ended or reading.seen)
    if cut and oldest is not None and oldest > reading.at:
        gap = (reading.at, oldest)
    return Step(new, after, gap)
