"""The round through the countries, as the cursor keeps it: where each of them stands, and who is still to be asked.

One country whose list cannot be read must not hold up the others: it is passed over, and its turn comes again in the
next round, from where it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import msgspec

from vocbot.sdk.errors import CursorExpired
from vocbot.sdk.incremental import Reading

TELL = 6  # rounds without an answer, an hour at the usual pace


@dataclass(frozen=True)
class Tour:
    """`left` are the countries of this round that are still to be read, the first of them next.

    `missed` counts the rounds in a row in which a country could not be read, and `read` says whether this round read
    anything yet.
    """

    left: tuple[str, ...]
    readings: Mapping[str, Reading] = field(default_factory=dict)
    missed: Mapping[str, int] = field(default_factory=dict)
    read: bool = False

    @classmethod
    def load(cls, cursor: str | None, countries: Sequence[str]) -> Tour:
        """The tour that `dump` wrote, through the countries that are configured now; a new round where one is over.

        Raises CursorExpired for what is no tour.
        """
        if cursor is None:
            return cls(tuple(countries))
        try:
            kept = msgspec.json.decode(cursor, type=_Kept)
        except (msgspec.DecodeError, ValueError):
            raise CursorExpired("the cursor is none of this connector's") from None
        left = tuple(country for country in kept.left if country in countries)
        return cls(
            left=left or tuple(countries),
            readings={name: _reading(raw) for name, raw in kept.readings.items() if name in countries},
            missed={name: count for name, count in kept.missed.items() if name in countries},
            read=kept.read and bool(left),
        )

    def dump(self) -> str:
        """The cursor to keep."""
        readings = {name: msgspec.Raw(reading.dump().encode()) for name, reading in self.readings.items()}
        return msgspec.json.encode(_Kept(self.left, readings, dict(self.missed), self.read)).decode()

    def reading(self, country: str, start: datetime) -> Reading:
        """Where a country stands; one that was never read begins at `start`."""
        return self.readings.get(country) or Reading.load(None, start)

    def took(self, country: str, reading: Reading) -> Tour:
        """The tour after a page of a country: it stays first until its list is read."""
        left = self.left if reading.page is not None else tuple(name for name in self.left if name != country)
        missed = {name: count for name, count in self.missed.items() if name != country}
        return Tour(left, {**self.readings, country: reading}, missed, read=True)

    def passed(self, country: str) -> Tour:
        """The tour without a country that could not be read."""
        left = tuple(name for name in self.left if name != country)
        return replace(self, left=left, missed={**self.missed, country: self.missed.get(country, 0) + 1})

    def silent(self, country: str) -> bool:
        """Whether it is time to say, once, that a country is not heard any more."""
        return self.missed.get(country) == TELL


@dataclass(frozen=True)
class _Kept:
    left: tuple[str, ...]
    readings: dict[str, msgspec.Raw]
    missed: dict[str, int]
    read: bool


def _reading(raw: msgspec.Raw) -> Reading:
    return Reading.load(bytes(raw).decode(), datetime.min.replace(tzinfo=UTC))
