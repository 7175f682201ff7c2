"""A clock that stands still until a test moves it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class HandClock:
    """A Clock that shows `start` (aware) until it is moved."""

    def __init__(self, start: datetime = datetime(2026, 11, 3, 9, 7, tzinfo=UTC)) -> None:
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        return self._now

    def after_real(self, seconds: float) -> datetime:
        return self._now + timedelta(seconds=seconds)

    def move(self, by: timedelta) -> None:
        """Set the clock forward, or back where `by` is negative."""
        self._now += by
