"""The clock that a configuration names."""

from __future__ import annotations

from pathlib import Path

from vocbot.config.model import Settings
from vocbot.sdk.clock import Clock, FastClock, RealClock
from vocbot.sdk.errors import VocbotError


def open_clock(settings: Settings) -> Clock:
    """The wall clock, or the fast one of a demo. Raises VocbotError where its file is missing."""
    if not settings.clock.fast:
        return RealClock()
    path = Path(settings.clock.fast)
    if not path.exists():
        raise VocbotError(f"clock.fast: {path} does not exist; the demo that made it is gone")
    return FastClock(path)
