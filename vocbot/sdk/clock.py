"""Our time. Every wait is a row with `due_at` on this clock, so that a demo or a test can run weeks in seconds.

Nothing outside this module asks the operating system for the date.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol


class Clock(Protocol):
    """Aware UTC time that may run faster than the wall clock."""

    def now(self) -> datetime:
        """The current time, aware, in UTC."""
        ...

    def after_real(self, seconds: float) -> datetime:
        """The time on this clock once `seconds` physical seconds have gone by (Retry-After, search lag)."""
        ...


class RealClock:
    """The wall clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def after_real(self, seconds: float) -> datetime:
        return self.now() + timedelta(seconds=seconds)


@dataclass(frozen=True)
class Anchor:
    """Where a fast clock stands: at physical second `real` it showed `virtual`, and it never passes `ceiling`."""

    virtual: datetime
    real: float
    speed: float
    ceiling: datetime | None = None

    def at(self, real: float) -> datetime:
        """The virtual time at physical second `real` (Unix epoch)."""
        shown = self.virtual + timedelta(seconds=max(0.0, real - self.real) * self.speed)
        return min(shown, self.ceiling) if self.ceiling else shown


class FastClock:
    """A clock that reads its anchor from a file, so that every process agrees and a restart does not rewind time.

    `speed` is virtual seconds per physical second. The ceiling lets a conductor hold time until the world has
    caught up; it is moved with `advance`.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp: tuple[int, int] | None = None
        self._anchor = self._load()

    @classmethod
    def wind(cls, path: Path, start: datetime, speed: float, ceiling: datetime | None = None) -> FastClock:
        """Create the anchor file unless there is one (then time goes on from it)."""
        if not path.exists():
            _write(path, Anchor(start.astimezone(UTC), time.time(), speed, ceiling))
        return cls(path)

    def _load(self) -> Anchor:
        stat = self._path.stat()
        stamp = (stat.st_mtime_ns, stat.st_ino)
        if stamp != self._stamp:
            raw = json.loads(self._path.read_text(encoding="utf-8"))
            ceiling = raw["ceiling"]
            self._anchor = Anchor(
                datetime.fromisoformat(raw["virtual"]),
                raw["real"],
                raw["speed"],
                datetime.fromisoformat(ceiling) if ceiling else None,
            )
            self._stamp = stamp
        return self._anchor

    def now(self) -> datetime:
        return self._load().at(time.time())

    def after_real(self, seconds: float) -> datetime:
        return self.now() + timedelta(seconds=seconds * self._load().speed)

    def advance(self, ceiling: datetime, speed: float | None = None) -> None:
        """Let time run on to `ceiling`, at another speed if given, from what the clock shows now."""
        anchor = self._load()
        now = time.time()
        shown = anchor.at(now)
        _write(self._path, Anchor(shown, now, speed or anchor.speed, max(shown, ceiling.astimezone(UTC))))


def _write(path: Path, anchor: Anchor) -> None:
    text = json.dumps(
        {
            "virtual": anchor.virtual.isoformat(),
            "real": anchor.real,
            "speed": anchor.speed,
            "ceiling": anchor.ceiling.isoformat() if anchor.ceiling else None,
        }
    )
    scratch = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    scratch.write_text(text, encoding="utf-8")
    scratch.replace(path)
