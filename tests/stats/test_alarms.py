from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vocbot.stats.alarms import AlarmRule, Alarms, discoveries
from vocbot.stats.scan import WeekFigures


def week(p: float, observed: float = 6, expected: float = 1, window: int = 1, drift: float = 1.0) -> WeekFigures:
    one = np.ones(1)
    return WeekFigures(np.array([window]), observed * one, expected * one, p * one, drift * one, expected * one)


def told(alarms: Alarms, figures: WeekFigures, mentions: float = 6, people: float = 5) -> list[str]:
    return [raised.state for raised in alarms.step(figures, [mentions], [people])]


def quiet(alarms: Alarms, weeks: int) -> None:
    for _ in range(weeks):
        assert told(alarms, week(1.0), 1, 1) == []


def test_an_alarm_is_extended_not_raised_again() -> None:
    alarms = Alarms(1)
    quiet(alarms, 20)
    assert told(alarms, week(1e-6)) == ["surging"]
    for _ in range(10):
        assert told(alarms, week(1e-6)) == []
    quiet(alarms, 4)
    assert told(alarms, week(1e-6)) == ["surging"]


def test_what_comes_back_after_eight_weeks_recurs() -> None:
    alarms = Alarms(1)
    quiet(alarms, 20)
    told(alarms, week(1e-6))
    quiet(alarms, 7)
    assert told(alarms, week(1e-6)) == ["recurring"]


def test_a_young_issue_emerges() -> None:
    alarms = Alarms(1)
    for _ in range(30):
        told(alarms, week(1.0, 0, 0.01), 0, 0)
    told(alarms, week(0.1, 1, 0.5), 1, 1)
    assert told(alarms, week(1e-6, expected=0.5)) == ["emerging"]


def test_what_grows_slowly_drifts() -> None:
    for figures in (week(1e-4, drift=1e-7), week(1e-4, observed=110, expected=90)):
        alarms = Alarms(1)
        quiet(alarms, 20)
        assert told(alarms, figures) == ["drifting"]


@pytest.mark.parametrize(
    ("figures", "people"),
    [(week(1e-6, observed=2), 2), (week(1e-6), 1), (week(0.002), 5)],
    ids=["two mentions", "one person", "not unlikely"],
)
def test_the_gate_holds(figures: WeekFigures, people: float) -> None:
    alarms = Alarms(1)
    quiet(alarms, 20)
    assert told(alarms, figures, people=people) == []


def test_one_person_in_each_of_four_weeks_may_be_the_same_one() -> None:
    alarms = Alarms(1)
    quiet(alarms, 20)
    for _ in range(4):
        assert told(alarms, week(1e-6, window=4), people=1) == []


def test_among_many_issues_less_is_believed() -> None:
    many = np.ones(1000)
    many[0] = 8e-4
    assert not discoveries(many, 0.05).any()
    assert discoveries(many[:10], 0.05)[0]
    alone = Alarms(1, AlarmRule(p_below=0.5))
    quiet(alone, 20)
    assert told(alone, week(0.04)) == ["surging"]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30), st.floats(0.001, 0.5))
def test_discoveries_are_those_of_the_definition(p: list[float], share: float) -> None:
    ordered = sorted(p)
    kept = max((k for k in range(1, len(p) + 1) if ordered[k - 1] <= share * k / len(p)), default=0)
    found = discoveries(p, share)
    assert found.sum() >= kept
    assert all(found[i] == (kept > 0 and p[i] <= ordered[kept - 1]) for i in range(len(p)))
