"""Slots of a weekly schedule, counted in local wall days, so that a change to summer time moves nothing."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def next_slot(after: datetime, weekday: str, at: time, zone: ZoneInfo) -> datetime:
    """The first slot strictly later than `after` (aware).

    A wall time that the clocks skip falls on the same instant one hour later, as zoneinfo resolves it.
    """
    day = after.astimezone(zone).date()
    for ahead in range(8):
        candidate = day + timedelta(days=ahead)
        slot = datetime.combine(candidate, at, zone)
        if candidate.weekday() == WEEKDAYS.index(weekday) and slot > after:
            return slot
    raise AssertionError("a week has every weekday")


def week_before(slot: datetime, zone: ZoneInfo) -> tuple[date, date]:
    """First and last local day of the Monday-to-Sunday week that ended before `slot`."""
    day = slot.astimezone(zone).date()
    monday = day - timedelta(days=day.weekday() + 7)
    return monday, monday + timedelta(days=6)
