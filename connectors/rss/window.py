"""What is new in a feed that shows its newest entries: what we do not know yet, whatever its time.

Entries are known by name and content, not by time: feeds have entries without times, with times of their own making,
and posts that waited for a moderator. What is known of a feed is kept in the cursor.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Annotated

import msgspec

from connectors.rss.client import Validators
from connectors.rss.feed import Entry

PAGE = 40  # entries on a page; where there are more, the feed is fetched again for them
SPARE = 100  # entries that are remembered for a while after a feed has stopped to show them

Moment = Annotated[datetime, msgspec.Meta(tz=True)]


@dataclass(frozen=True)
class Known:
    """What is known of one feed. `entries` are short names and contents, those of longest ago first."""

    since: Moment  # what is older is not wanted
    entries: dict[str, str] = field(default_factory=dict)
    newest: Moment | None = None
    etag: str = ""
    modified: str = ""
    missed: int = 0  # rounds in a row in which it could not be read
    rest: Moment | None = None  # it asked not to be asked before

    @property
    def validators(self) -> Validators:
        return Validators(self.etag, self.modified)


@dataclass(frozen=True)
class Found:
    """What a reading of the feed brought: names and entries with whether we knew another text of theirs, what is known
    after it, whether there is more in the same feed, and a stretch of time that may be lost (without a begin or an end
    where the feed has no times)."""

    entries: Sequence[tuple[str, Entry, bool]]
    known: Known
    more: bool = False
    gap: tuple[datetime | None, datetime | None] | None = None


def take(known: Known, entries: Mapping[str, Entry], now: datetime, validators: Validators) -> Found:
    """Compare a feed with what is known of it. `entries` are by the name that is theirs in the source, newest first."""
    shown = {short(name): (name, entry, content(entry)) for name, entry in entries.items()}
    fresh = [key for key, (_, entry, said) in shown.items() if known.entries.get(key) != said and _wanted(entry, known)]
    # The oldest first: they are the next to fall out.
    page = fresh[: -PAGE - 1 : -1]
    later = set(fresh[:-PAGE])
    times = [entry.latest for entry in entries.values() if entry.latest is not None]
    newest = max((time for time in times if time <= now), default=None)
    gap = None
    if known.entries and shown and not any(key in known.entries for key in shown):
        oldest = min(times, default=None)
        # An entry as old as what was read shows that nothing lies between, unless it is new by its name only.
        if known.newest is None or oldest is None or oldest > known.newest:
            gap = (known.newest, oldest)
    learnt = {key: said for key, (_, _, said) in reversed(shown.items()) if key not in later}
    kept = {key: said for key, said in known.entries.items() if key not in learnt}
    spare = dict(list(kept.items())[-(SPARE + len(shown)) :])
    after = replace(
        known,
        entries={**spare, **learnt},
        newest=max(filter(None, (known.newest, newest)), default=None),
        # Not while there is more: an unchanged feed would not be sent again.
        etag="" if later else validators.etag,
        modified="" if later else validators.modified,
    )
    return Found([(*shown[key][:2], key in known.entries) for key in page], after, bool(later), gap)


def short(name: str) -> str:
    """A name as it is remembered."""
    return hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def content(entry: Entry) -> str:
    """What makes an entry another one: its words. Feeds that set their times anew at each request are not edited."""
    return hashlib.blake2b(json.dumps([entry.title, entry.text]).encode(), digest_size=6).hexdigest()


def _wanted(entry: Entry, known: Known) -> bool:
    return entry.latest is None or entry.latest >= known.since
