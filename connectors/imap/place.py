"""Where reading stands: for each folder its numbering, the last number read, and since when mail counts."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import msgspec

from vocbot.sdk.errors import CursorExpired

LOOK_BACK = timedelta(days=30)  # how far the first poll goes, where the settings do not say
REBUILT = timedelta(days=30)  # how far back of the youngest mail a folder with a new numbering is read again


@dataclass(frozen=True)
class Place:
    """One folder: mail numbered up to `uid` under `validity` is read; `since` is the earliest time of arrival that
    counts and `newest` the latest one that was read (both aware)."""

    validity: int
    uid: int
    since: datetime
    newest: datetime | None = None

    def in_numbering(self, validity: int) -> tuple[Place, str]:
        """The place in the folder as it is numbered now, and what may be lost by it, in words.

        A folder that was rebuilt is read again as far back as mail may have come unseen; what is known already is
        told by its name.
        """
        if validity == self.validity:
            return self, ""
        back = max(self.since, self.newest - REBUILT) if self.newest else self.since
        lost = f"the folder was numbered anew: mail put there since the last poll that came before {back:%Y-%m-%d}"
        return replace(self, validity=validity, uid=0, since=back), lost if back > self.since else ""

    def after(self, uid: int, newest: datetime | None) -> Place:
        """The place once everything up to `uid` is read."""
        times = [time for time in (self.newest, newest) if time is not None]
        return replace(self, uid=max(uid, self.uid), newest=max(times, default=None))


@dataclass(frozen=True)
class Places:
    """The cursor: a place for each folder that was read."""

    folders: dict[str, Place] = field(default_factory=dict)

    @classmethod
    def load(cls, cursor: str | None) -> Places:
        """Raises CursorExpired for what `dump` did not write."""
        if cursor is None:
            return cls()
        try:
            places = msgspec.json.decode(cursor, type=cls)
        except (msgspec.DecodeError, ValueError):
            raise CursorExpired("the cursor is none of this connector's") from None
        times = [t for place in places.folders.values() for t in (place.since, place.newest) if t is not None]
        if any(time.tzinfo is None or time.year < 1970 for time in times) or any(
            p.uid < 0 for p in places.folders.values()
        ):
            raise CursorExpired("the cursor is none of this connector's")
        return places

    def dump(self) -> str:
        """The cursor to keep."""
        return msgspec.json.encode(self).decode()


def beginning(validity: int, since: datetime | None, now: datetime) -> Place:
    """Where a folder's reading begins."""
    return Place(validity, 0, (since or now - LOOK_BACK).astimezone(UTC))
