"""Slots of a weekly schedule, counted in local wall days, so that a change to summer time moves nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def next_slot(after: datetime, weekday: str, at: time, zone: ZoneInfo) -> datetime:
    """The first slot strictly later than `after` (aware).

    A wall time that the clocks skip falls as much later as they skip (which may be after midnight), one that they
    show twice on the first of the two.
    """
    instant = after.astimezone(UTC)  # times of one and the same zone would be compared as wall times
    day = instant.astimezone(zone).date()
    for ahead in range(-1, 8):
        candidate = day + timedelta(days=ahead)
        slot = datetime.combine(candidate, at, zone)
        if candidate.weekday() == WEEKDAYS.index(weekday) and slot.astimezone(UTC) > instant:
            return slot
    raise AssertionError("a week has every weekday")


def after_quiet(when: datetime, begin: time, end: time, zone: ZoneInfo) -> datetime:
    """`when` itself, or the end of the quiet hours that it falls into: from `begin` to before `end`, local wall time.

    They may span midnight; where both are the same there are none. An end that the clocks skip comes as much later.
    """
    local = when.astimezone(zone)
    wall = local.time()
    across = begin > end
    quiet = (wall >= begin or wall < end) if across else begin <= wall < end
    if not quiet:
        return when
    day = local.date() + timedelta(days=1) if across and wall >= begin else local.date()
    return datetime.combine(day, end, zone).astimezone(UTC)


def week_before(slot: datetime, zone: ZoneInfo) -> tuple[date, date]:
    """First and last local day of the Monday-to-Sunday week that ended before `slot`."""
    day = slot.astimezone(zone).date()
    monday = day - timedelta(days=day.weekday() + 7)
    return monday, monday + timedelta(days=6)
