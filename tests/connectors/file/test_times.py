"""What is a time, and what could be two."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.file.times import Times, Unreadable, survey
from connectors.file.zones import read_zone

SHANGHAI = ZoneInfo("Asia/Shanghai")
NAIVE = datetime(2026, 11, 3, 9, 7)


def read(value: object, **more: Any) -> str:
    """The time in Shanghai's zone, to the second."""
    found = Times(more.get("zone", SHANGHAI), more.get("day_first")).read(value)
    assert found.tzinfo is UTC
    return found.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")


@pytest.mark.parametrize(
    "value",
    [
        "2026-11-03 09:07",
        "2026-11-03 09:07:00",
        "2026-11-03T09:07",
        "2026-11-03T01:07:00Z",
        "2026-11-03T01:07Z",
        "2026-11-03T09:07:00+08:00",
        "2026-11-03 09:07:00 +0800",
        "2026-11-03 01:07:00 UTC",
        "2026-11-03 10:07:00 GMT+9",
        "2026-11-03 09:07:00.999",
        "2026-11-03 09:07:00,5",
        "2026-11-3 9:07",
        "2026/11/3 9:07",
        "2026/11/03T09:07:00",
        "2026.11.3 9:07",
        "20261103090700",
        "202611030907",
        "2026年11月3日 09:07",
        "2026年11月3日09时07分",
        "2026年11月3日9点7分0秒",
        "2026年11月3日 上午9:07",
        "2026年11月3日 星期二 9:07",
        "2026-11-03（周二）9：07",
        "2026/11/3 9:07 AM",
        "3.11.2026 09:07",
        "Nov 3, 2026 9:07 AM",
        "November 3rd, 2026, 9:07 a.m.",
        "3 Nov 2026 09:07",
        "03-Nov-2026 09:07",
        "Tue, 03 Nov 2026 09:07:00 +0800",
        "Tue Nov 03 09:07:00 +0800 2026",
        "1793668020",
        "1793668020000",
        "1793668020.25",
        1793668020,
        1793668020000.0,
        "46329.37986111",
        46329.37986111,
        NAIVE,
        NAIVE.replace(tzinfo=SHANGHAI),
        "  2026-11-03 09:07\t",
        "'2026-11-03 09:07",
    ],
)
def test_a_time(value: object) -> None:
    assert read(value) == "2026-11-03 09:07:00"


@pytest.mark.parametrize(
    "value", ["2026-11-03", "2026/11/3", "2026年11月3日", "20261103", "46329", 46329, date(2026, 11, 3), "3 Nov 2026"]
)
def test_a_day_begins_at_midnight(value: object) -> None:
    assert read(value) == "2026-11-03 00:00:00"


@pytest.mark.parametrize(
    ("value", "time"),
    [
        ("2026-11-03 下午3:07", "15:07"),
        ("2026-11-03 晚上8点", "20:00"),
        ("2026-11-03 中午12:30", "12:30"),
        ("2026-11-03 凌晨1:30", "01:30"),
        ("2026-11-03 凌晨12:30", "00:30"),
        ("2026-11-03 12:30 am", "00:30"),
        ("2026-11-03 12:30 PM", "12:30"),
        ("2026-11-03 3:07 p.m.", "15:07"),
    ],
)
def test_halves_of_the_day(value: str, time: str) -> None:
    assert read(value) == f"2026-11-03 {time}:00"


@pytest.mark.parametrize(
    "value",
    [
        "",
        " ",
        None,
        True,
        [],
        "soon",
        "09:07",
        "12",
        "2026-13-01",
        "2026-02-30",
        "2026-11-03 25:00",
        "2026-11-03 09:60",
        "2026-11-03 09:07 CST",
        "3/11/26 09:07",
        "0000-00-00 00:00:00",
        "1900-01-01",
        "2500-01-01",
        "0001-01-01 00:00",
        "9" * 400,
        "1.5.2",
        float("nan"),
        float("inf"),
        -5,
    ],
)
def test_no_time(value: object) -> None:
    with pytest.raises(Unreadable):
        read(value)


def test_days_and_months() -> None:
    with pytest.raises(Unreadable, match="which number is the day"):
        read("03/11/2026")
    assert read("11/11/2026").startswith("2026-11-11")
    assert read("25/11/2026").startswith("2026-11-25")
    assert read("11/25/2026").startswith("2026-11-25")
    assert read("03/11/2026", day_first=True).startswith("2026-11-03")
    assert read("03/11/2026", day_first=False).startswith("2026-03-11")
    assert read("03-11-2026 9:07", day_first=True) == "2026-11-03 09:07:00"
    with pytest.raises(Unreadable, match="not readable"):
        read("11/25/2026", day_first=True)


def test_a_survey_tells_days_from_months_and_zones() -> None:
    assert survey(["03/11/2026", "25/11/2026"]).day_first is True
    assert survey(["03/11/2026", "11/25/2026"]).day_first is False
    assert survey(["03/11/2026"]).undecided
    assert survey(["25/11/2026", "11/25/2026"]).undecided
    assert not survey(["03.11.2026", "2026-11-03", "?", None, 5]).undecided
    assert survey(["2026-11-03Z", "2026-11-03 09:07"]).zoneless
    assert not survey(["2026-11-03T09:07Z", "1793668020", "soon", ""]).zoneless
    assert survey(["2026年11月3日"]).chinese
    assert not survey([]).zoneless


def test_without_a_zone_only_times_that_name_one() -> None:
    with pytest.raises(Unreadable, match="set tz"):
        read("2026-11-03 09:07", zone=None)
    assert read("2026-11-03T09:07+08:00", zone=None) == "2026-11-03 09:07:00"


@pytest.mark.parametrize("form", ["%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S"])
def test_clocks_set_forward_and_back(form: str) -> None:
    berlin = Times(ZoneInfo("Europe/Berlin"), None)
    gap, twice = datetime(2026, 3, 29, 2, 30), datetime(2026, 10, 25, 2, 30)
    assert str(berlin.read(gap.strftime(form))) == "2026-03-29 01:30:00+00:00"
    assert str(berlin.read(twice.strftime(form))) == "2026-10-25 00:30:00+00:00"


@given(
    st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(2198, 1, 1)),
    st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "UTC"]),
)
def test_the_quick_way_reads_as_the_long_one(moment: datetime, zone: str) -> None:
    moment = moment.replace(microsecond=0)
    times = Times(ZoneInfo(zone), None)
    expected = moment.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    assert times.read(moment.isoformat(" ")) == times.read(moment.strftime("%Y/%m/%d %H:%M:%S")) == expected
    assert times.read(moment) == expected


@given(
    st.one_of(
        st.text(max_size=30), st.from_regex(r"[0-9/年月日:. +-]{1,25}", fullmatch=True), st.floats(), st.integers()
    )
)
def test_anything_is_a_time_or_unreadable(value: object) -> None:
    try:
        assert Times(SHANGHAI, True).read(value).tzinfo is UTC
    except Unreadable as error:
        assert not isinstance(value, str) or len(value) < 6 or value not in str(error)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("Shanghai", "Asia/Shanghai"),
        ("Beijing", "Asia/Shanghai"),
        ("CST", "Asia/Shanghai or America/Chicago"),
        ("Asia/Shangai", "Asia/Shanghai"),
        ("new york", "America/New_York"),
        ("Middle-earth", "one such as Asia/Shanghai or"),
        ("../etc/passwd", "no such zone"),
        ("/etc/localtime", "no such zone"),
        ("+25:00", "a day away"),
    ],
)
def test_a_wrong_zone_gets_a_right_one(name: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        read_zone(name)


@pytest.mark.parametrize(
    ("name", "hours"), [("Asia/Shanghai", 8), ("+08:00", 8), ("UTC+8", 8), ("-0330", -3.5), ("UTC", 0), ("z", 0)]
)
def test_zones(name: str, hours: float) -> None:
    assert read_zone(name).utcoffset(NAIVE) == timedelta(hours=hours)
