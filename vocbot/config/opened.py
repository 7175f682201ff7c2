"""Open what a configuration names and that needs no loop: the clock, and the configuration itself from its file."""

from __future__ import annotations

from pathlib import Path

from vocbot.config.load import Configuration, load
from vocbot.config.model import Settings
from vocbot.registry import Registry
from vocbot.sdk.clock import Clock, FastClock, RealClock
from vocbot.sdk.errors import VocbotError


def open_configuration(path: Path, registry: Registry) -> Configuration:
    """Load a file. Raises VocbotError where there is none, FileProblems where something is wrong with it."""
    if not path.exists():
        raise VocbotError(f"{path}: not found; create one with `vocbot init`, or name yours with --config")
    return load(path, registry)


def open_clock(settings: Settings) -> Clock:
    """The wall clock, or the fast one of a demo. Raises VocbotError where its file is missing."""
    if not settings.clock.fast:
        return RealClock()
    path = Path(settings.clock.fast)
    if not path.exists():
        raise VocbotError(f"clock.fast: {path} does not exist; the demo that made it is gone")
    return FastClock(path)
