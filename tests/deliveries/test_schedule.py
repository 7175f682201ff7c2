"""Weekly slots by the clock on the wall, over every change to summer time."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vocbot.deliveries.schedule import WEEKDAYS, after_quiet, next_slot, week_before

ZONES = st.sampled_from(
    [
        "UTC",
        "Asia/Shanghai",
        "Europe/Berlin",
        "America/New_York",
        "America/Nuuk",  # skips the last hour of a Saturday
        "Africa/Cairo",  # skips the first hour of a Friday
        "Australia/Lord_Howe",  # moves by half an hour
        "Asia/Kathmandu",
        "Pacific/Kiritimati",
    ]
).map(ZoneInfo)
INSTANTS = st.datetimes(datetime(2020, 1, 1), datetime(2032, 1, 1)).map(lambda d: d.replace(tzinfo=UTC))
TIMES = st.times().map(lambda t: t.replace(microsecond=0, fold=0))
BERLIN, SHANGHAI = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Shanghai")


def shown(instant: datetime, zone: ZoneInfo) -> datetime:
    """What the clock on the wall shows."""
    return instant.astimezone(UTC).astimezone(zone)


@given(INSTANTS, st.sampled_from(WEEKDAYS), TIMES, ZONES)
@example(datetime(2026, 3, 28, 1, 0, tzinfo=UTC), "sun", time(2, 30), BERLIN)
@example(datetime(2026, 10, 25, 0, 45, tzinfo=UTC), "sun", time(2, 30), BERLIN)
@example(datetime(2026, 3, 29, 1, 5, tzinfo=UTC), "sat", time(23, 30), ZoneInfo("America/Nuuk"))
@example(datetime(2028, 2, 29, 12, 0, tzinfo=UTC), "tue", time(12, 0), ZoneInfo("UTC"))
def test_the_next_slot(after: datetime, weekday: str, at: time, zone: ZoneInfo) -> None:
    slot = next_slot(after, weekday, at, zone)
    assert slot.astimezone(UTC) > after
    assert slot.astimezone(UTC) - after <= timedelta(days=7, hours=2)
    wall = shown(slot, zone)
    if wall.replace(tzinfo=None) == slot.replace(tzinfo=None):
        assert (WEEKDAYS[wall.weekday()], wall.time()) == (weekday, at)
    else:  # the clocks skip this time: it comes as much later as they skip
        assert (WEEKDAYS[slot.weekday()], slot.time()) == (weekday, at)
        assert timedelta(0) < wall.replace(tzinfo=None) - slot.replace(tzinfo=None) <= timedelta(hours=1)


@given(INSTANTS, st.sampled_from(WEEKDAYS), TIMES, ZONES)
@example(datetime(2026, 3, 28, 12, 0, tzinfo=UTC), "sat", time(23, 30), ZoneInfo("America/Nuuk"))
def test_no_slot_is_left_out(after: datetime, weekday: str, at: time, zone: ZoneInfo) -> None:
    slot = next_slot(after, weekday, at, zone)
    just_before = slot.astimezone(UTC) - timedelta(microseconds=1)
    assert next_slot(just_before, weekday, at, zone) == slot
    assert next_slot(max(after, just_before - timedelta(days=5)), weekday, at, zone) == slot


@given(INSTANTS, st.sampled_from(WEEKDAYS), TIMES, ZONES)
def test_the_zone_of_the_question_does_not_matter(after: datetime, weekday: str, at: time, zone: ZoneInfo) -> None:
    assert next_slot(after.astimezone(zone), weekday, at, zone) == next_slot(after, weekday, at, zone)


@given(INSTANTS, ZONES)
def test_a_year_has_a_slot_every_seven_wall_days(after: datetime, zone: ZoneInfo) -> None:
    slot = next_slot(after, "mon", time(9, 0), zone)
    for _ in range(53):
        following = next_slot(slot, "mon", time(9, 0), zone)
        assert following.date() - slot.date() == timedelta(days=7)
        assert shown(following, zone).time() == time(9, 0)
        slot = following


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ("2026-03-23T07:59:59Z", "2026-03-23T08:00:00Z"),  # winter time
        ("2026-03-23T08:00:00Z", "2026-03-30T07:00:00Z"),  # strictly later, and an hour earlier by UTC
        ("2026-10-19T07:00:00Z", "2026-10-26T08:00:00Z"),
    ],
)
def test_mondays_at_nine_in_berlin(after: str, expected: str) -> None:
    slot = next_slot(datetime.fromisoformat(after), "mon", time(9, 0), BERLIN)
    assert slot == datetime.fromisoformat(expected)


def test_an_hour_that_comes_twice_has_one_slot() -> None:
    first = next_slot(datetime(2026, 10, 24, tzinfo=UTC), "sun", time(2, 30), BERLIN)
    # compared as UTC: Python finds a time that comes twice equal to none of another zone
    assert first.astimezone(UTC) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    second_time_round = datetime(2026, 10, 25, 2, 15, fold=1, tzinfo=BERLIN)
    assert next_slot(second_time_round, "sun", time(2, 30), BERLIN) == datetime(2026, 11, 1, 1, 30, tzinfo=UTC)


@given(INSTANTS, TIMES, ZONES)
def test_the_week_before(after: datetime, at: time, zone: ZoneInfo) -> None:
    slot = next_slot(after, "wed", at, zone)
    first, last = week_before(slot, zone)
    assert (first.weekday(), last.weekday(), last - first) == (0, 6, timedelta(days=6))
    assert timedelta(0) < shown(slot, zone).date() - last <= timedelta(days=7)


def test_the_week_before_follows_the_owners_zone() -> None:
    sunday_evening = datetime(2026, 11, 1, 17, 0, tzinfo=UTC)  # Monday one o'clock in Shanghai
    assert [d.isoformat() for d in week_before(sunday_evening, SHANGHAI)] == ["2026-10-26", "2026-11-01"]
    assert [d.isoformat() for d in week_before(sunday_evening, BERLIN)] == ["2026-10-19", "2026-10-25"]


# -- quiet hours

NIGHT, MORNING = time(21), time(9)


@pytest.mark.parametrize(
    ("wall", "allowed"),
    [
        ("2026-11-03T20:59", "2026-11-03T20:59"),
        ("2026-11-03T21:00", "2026-11-04T09:00"),
        ("2026-11-03T23:59", "2026-11-04T09:00"),
        ("2026-11-04T00:00", "2026-11-04T09:00"),
        ("2026-11-04T08:59", "2026-11-04T09:00"),
        ("2026-11-04T09:00", "2026-11-04T09:00"),
    ],
)
def test_the_night_is_waited_out(wall: str, allowed: str) -> None:
    zone = ZoneInfo("Asia/Shanghai")
    found = after_quiet(datetime.fromisoformat(wall).replace(tzinfo=zone).astimezone(UTC), NIGHT, MORNING, zone)
    assert found == datetime.fromisoformat(allowed).replace(tzinfo=zone)


@given(
    st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)),
    st.times(),
    st.times(),
    st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/St_Johns", "Africa/Casablanca"]).map(ZoneInfo),
)
def test_whatever_is_allowed_is_never_quiet_nor_earlier(when: datetime, begin: time, end: time, zone: ZoneInfo) -> None:
    found = after_quiet(when, begin, end, zone)
    assert when <= found <= when + timedelta(hours=26)
    wall = found.astimezone(zone).time()
    if begin < end:
        assert not begin <= wall < end
    elif begin > end:
        assert not (wall >= begin or wall < end)
    else:
        assert found == when
