"""Where reading stands in each stream: one id that all is read up to, and what has been read beyond it.

`min_id` lists what comes right after an id, so a crash skips nothing. But not everything comes in order: a post of
another server gets an id by the time it was written, which may be long before it arrives here, and notifications that
are made at the same moment may show in another order. So the id trails by a while, and what is listed again is known by
its name; a post that was edited in that time has another one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import msgspec

from connectors.mastodon.client import is_id
from vocbot.sdk.errors import CursorExpired

LATE = timedelta(hours=1)  # how late a post may arrive to be seen
MOST_NAMES = 1_000  # of one stream; what else is listed again is known to the inbox
FIRST = "0"  # before every id


@dataclass(frozen=True)
class Item:
    """One item of a page: its id in the stream, its time where it has one, and what names it as it is now."""

    id: str
    time: datetime | None
    name: str


@dataclass(frozen=True)
class Stream:
    """All up to `low` is read (not known where that is while it is empty), and of what follows, `seen` (id to name).

    `page` is how far a round has come, forward from `low`, or backward while that is still looked for.
    """

    low: str = ""
    page: str = ""
    seen: dict[str, str] = field(default_factory=dict)

    def take(self, items: Sequence[Item], now: datetime) -> tuple[list[Item], Stream]:
        """Take a page of what comes after `page` or `low`; returns what is new of it, and where reading stands then.

        The round goes on as long as `page` is set: a page that has fewer items than asked for is not the last.
        """
        new = [item for item in items if self.seen.get(item.id) != item.name]
        end = latest([item.id for item in items])
        settled = latest([item.id for item in items if item.time is not None and item.time <= now - LATE])
        low = latest([self.low, settled])
        seen = {**self.seen, **{item.id: item.name for item in new}}
        young = sorted((ident for ident in seen if _order(ident) > _order(low)), key=_order)[-MOST_NAMES:]
        moved = _order(end) > _order(self.page or self.low)
        return new, Stream(low, end if moved else "", {ident: seen[ident] for ident in young})

    def search(self, items: Sequence[Item], start: datetime) -> Stream:
        """Take a page of what comes before `page`; finds `low`, the last id before `start`, and goes on from there."""
        older = latest([item.id for item in items if item.time is not None and item.time < start])
        if older:
            return Stream(older, older)
        end = min((item.id for item in items), key=_order, default="")
        if not end or (self.page and _order(end) >= _order(self.page)):
            return Stream(FIRST, FIRST)
        return replace(self, page=end)


@dataclass(frozen=True)
class Mark:
    """The cursor: the stream whose turn it is, and where all of them stand."""

    turn: str = ""
    streams: dict[str, Stream] = field(default_factory=dict)

    @classmethod
    def load(cls, cursor: str | None) -> Mark:
        """What `dump` wrote. Raises CursorExpired for anything else."""
        if cursor is None:
            return cls()
        try:
            mark = msgspec.json.decode(cursor, type=cls)
        except (msgspec.DecodeError, ValueError):
            raise CursorExpired("the cursor is none of this connector's") from None
        if not all(_sound(stream) for stream in mark.streams.values()):
            raise CursorExpired("the cursor is none of this connector's")
        return mark

    def dump(self) -> str:
        """The cursor to keep."""
        return msgspec.json.encode(self).decode()

    def moved(self, name: str, stream: Stream, names: Sequence[str]) -> tuple[Mark, bool]:
        """The mark once `name` stands at `stream`, and whether this round goes on; `names` are all streams in order.

        Streams that are not among them any more are forgotten.
        """
        streams: Mapping[str, Stream] = {**self.streams, name: stream}
        kept = {known: streams[known] for known in names if known in streams}
        if stream.page:
            return Mark(name, kept), True
        place = names.index(name) + 1
        return Mark(names[place] if place < len(names) else "", kept), place < len(names)


def first_id(start: datetime) -> str:
    """What comes before every post of this time: Mastodon's ids are milliseconds with 16 bits of sequence."""
    return str(max(0, (int(start.timestamp() * 1000) << 16) - 1))


def latest(ids: Sequence[str]) -> str:
    """The highest of the ids; "" where there is none."""
    return max(ids, key=_order, default="")


def _order(ident: str) -> tuple[int, str]:
    """Ids are text: the longer one is the younger, among equals the one that sorts later."""
    return len(ident), ident


def _sound(stream: Stream) -> bool:
    return all(not ident or is_id(ident) for ident in (stream.low, stream.page)) and all(map(is_id, stream.seen))
