from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vocbot.sdk import clock
from vocbot.sdk.clock import Anchor, FastClock, RealClock

START = datetime(2026, 10, 26, tzinfo=UTC)
HOUR = 3600.0


class Wall:
    """Physical time under the test's hand."""

    def __init__(self) -> None:
        self.seconds = 1_793_000_000.0

    def time(self) -> float:
        return self.seconds


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> Wall:
    wall = Wall()
    monkeypatch.setattr(clock.time, "time", wall.time)
    return wall


def test_it_runs_as_fast_as_it_was_wound(tmp_path: Path, wall: Wall) -> None:
    fast = FastClock.wind(tmp_path / "clock.json", START, speed=HOUR)
    assert fast.now() == START
    wall.seconds += 24
    assert fast.now() == START + timedelta(days=1)
    assert fast.after_real(2) == fast.now() + timedelta(hours=2)


def test_a_restart_goes_on_and_does_not_rewind(tmp_path: Path, wall: Wall) -> None:
    path = tmp_path / "clock.json"
    FastClock.wind(path, START, speed=HOUR)
    wall.seconds += 24
    again = FastClock.wind(path, START, speed=1.0)
    assert again.now() == START + timedelta(days=1)
    assert FastClock(path).now() == again.now()
    assert again.after_real(1) == again.now() + timedelta(hours=1)


def test_the_ceiling_holds_until_it_is_moved(tmp_path: Path, wall: Wall) -> None:
    path = tmp_path / "clock.json"
    fast = FastClock.wind(path, START, speed=HOUR, ceiling=START + timedelta(hours=3))
    other = FastClock(path)
    wall.seconds += 1000
    assert fast.now() == other.now() == START + timedelta(hours=3)
    fast.advance(START + timedelta(hours=10))
    assert fast.now() == other.now() == START + timedelta(hours=3)  # not the 1000 hours that went by meanwhile
    wall.seconds += 2
    assert other.now() == START + timedelta(hours=5)
    wall.seconds += 1000
    assert other.now() == START + timedelta(hours=10)


def test_a_ceiling_in_the_past_stops_time_but_never_turns_it_back(tmp_path: Path, wall: Wall) -> None:
    fast = FastClock.wind(tmp_path / "clock.json", START, speed=HOUR)
    wall.seconds += 5
    seen = fast.now()
    fast.advance(seen)
    wall.seconds += 5
    assert fast.now() == seen


def test_a_wall_clock_set_back_does_not_rewind(tmp_path: Path, wall: Wall) -> None:
    fast = FastClock.wind(tmp_path / "clock.json", START, speed=HOUR)
    wall.seconds -= 3600
    assert fast.now() == START


def test_times_are_utc_whatever_it_was_wound_with(tmp_path: Path, wall: Wall) -> None:
    shanghai = START.astimezone(timezone(timedelta(hours=8)))
    path = tmp_path / "clock.json"
    fast = FastClock.wind(path, shanghai, speed=1.0, ceiling=shanghai + timedelta(hours=1))
    assert fast.now() == START
    assert fast.now().utcoffset() == timedelta(0)
    assert json.loads(path.read_text())["virtual"].endswith("+00:00")
    assert [file.name for file in tmp_path.iterdir()] == ["clock.json"]


@given(
    st.lists(st.tuples(st.floats(0, 1e6), st.integers(0, 10**6)), max_size=8),
    st.floats(0.1, 1e5),
)
def test_time_never_runs_backwards(steps: list[tuple[float, int]], speed: float) -> None:
    anchor, real, ceiling, seen = Anchor(START, 0.0, speed, START), 0.0, START, START
    for passed, more in steps:
        real += passed
        shown = anchor.at(real)
        assert seen <= shown <= ceiling
        seen, ceiling = shown, max(ceiling, START + timedelta(seconds=more))
        anchor = Anchor(shown, real, speed, ceiling)


def test_the_real_clock_is_aware_and_counts_seconds_as_seconds() -> None:
    real = RealClock()
    assert real.now().utcoffset() == timedelta(0)
    assert timedelta(seconds=59) < real.after_real(60) - real.now() <= timedelta(seconds=60)
