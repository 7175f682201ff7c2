"""The round through the feeds, as the cursor keeps it: what is known of each, and which are still to be asked.

A feed that is gone or does not answer must not hold up the others: it is passed over, and its turn comes again in the
next round.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import msgspec

from connectors.rss.window import Known, short
from vocbot.sdk.errors import CursorExpired

TELL = 6  # rounds without an answer, an hour at the usual pace


@dataclass(frozen=True)
class Tour:
    """`left` are the addresses of this round that are still to be read, the first of them next. `read` says whether
    this round read anything yet."""

    left: tuple[str, ...]
    feeds: Mapping[str, Known] = field(default_factory=dict)
    read: bool = False

    @classmethod
    def load(cls, cursor: str | None, urls: Sequence[str]) -> Tour:
        """The tour that `dump` wrote, through the feeds that are configured now; a new round where one is over.

        Raises CursorExpired for what is no tour.
        """
        if cursor is None:
            return cls(tuple(urls))
        try:
            kept = msgspec.json.decode(cursor, type=_Kept)
        except (msgspec.DecodeError, ValueError):
            raise CursorExpired("the cursor is none of this connector's") from None
        left = tuple(url for url in urls if short(url) in kept.left)
        feeds = {url: kept.feeds[short(url)] for url in urls if short(url) in kept.feeds}
        return cls(left or tuple(urls), feeds, kept.read and bool(left))

    def dump(self) -> str:
        """The cursor to keep. Addresses may hold secrets and are kept as hashes."""
        feeds = {short(url): known for url, known in self.feeds.items()}
        return msgspec.json.encode(_Kept(tuple(map(short, self.left)), feeds, self.read)).decode()

    def known(self, url: str, start: datetime) -> Known:
        """What is known of a feed; of one that was never read, that it begins at `start`."""
        return self.feeds.get(url) or Known(start)

    def took(self, url: str, known: Known, more: bool) -> Tour:
        """The tour after a reading of a feed: it stays in the round while it has more."""
        left = self.left if more else self._without(url)
        return Tour(left, {**self.feeds, url: replace(known, missed=0, rest=None)}, read=True)

    def passed(self, url: str, known: Known, rest: datetime | None) -> Tour:
        """The tour without a feed that could not be read, and is not to be asked before `rest`."""
        missed = replace(known, missed=known.missed + 1, rest=rest)
        return replace(self, left=self._without(url), feeds={**self.feeds, url: missed})

    def skipped(self, url: str) -> Tour:
        """The tour without a feed that asked for a rest, and was not asked."""
        return replace(self, left=self._without(url))

    def _without(self, url: str) -> tuple[str, ...]:
        return tuple(name for name in self.left if name != url)


@dataclass(frozen=True)
class _Kept:
    left: tuple[str, ...]
    feeds: dict[str, Known]
    read: bool
