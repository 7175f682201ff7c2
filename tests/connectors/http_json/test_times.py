"""How an API is asked for a time, and what means that there is none."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.http_json.times import EARLIEST, check_format, no_time, write_time

TIME = datetime(2026, 11, 3, 23, 7, 8, 999_999, tzinfo=UTC)
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("form", "written"),
    [
        ("iso", "2026-11-03T23:07:08Z"),
        ("unix", 1793747228),
        ("unix_ms", 1793747228999),
        ("date", "2026-11-04"),
        ("%Y/%m/%d %H:%M", "2026/11/04 07:07"),
    ],
)
def test_a_time_is_written_in_the_form_of_the_settings(form: str, written: str | int) -> None:
    assert check_format(form) == form
    assert write_time(TIME, form, SHANGHAI) == written


@given(st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(2199, 1, 1), timezones=st.just(UTC)))
def test_what_is_asked_for_is_never_later(time: datetime) -> None:
    asked = datetime.fromisoformat(str(write_time(time, "iso", UTC)))
    assert asked <= time and (time - asked).total_seconds() < 1
    assert EARLIEST <= datetime.fromtimestamp(float(write_time(time, "unix", UTC)), UTC) <= time


@pytest.mark.parametrize("form", ["isoo", "rfc2822", "", "%H:%M", "%Q", "%Y-%m-%d %"])
def test_other_forms_are_refused(form: str) -> None:
    with pytest.raises(ValueError):
        check_format(form)


def test_how_systems_write_that_there_is_no_time() -> None:
    for none in (None, "", " ", "0", 0, 0.0, "0000-00-00 00:00:00", "0001-01-01T00:00:00Z"):
        assert no_time(none)
    for some in ("2026-11-03", 1, False, [], {}, "x"):
        assert not no_time(some)
