"""The joined detector: what must hold over years; how well it finds things is measured in bench/stats.py."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vocbot.stats.detect import Detector, detect
from vocbot.stats.scan import WeekFigures


def years(seed: int, weeks: int, issues: int = 8) -> np.ndarray:
    rng = np.random.default_rng(seed)
    wave = 1 + 0.8 * np.sin(2 * np.pi * np.arange(weeks) / 52)
    level = np.exp(rng.normal(1, 1, (issues, 1)))
    return rng.poisson(rng.gamma(3.0, level * wave / 3)).astype(float)


def last(counts: np.ndarray) -> WeekFigures:
    *_, week = detect(counts, np.full(counts.shape[1], 1000.0))
    return week


@pytest.mark.parametrize("weeks", [20, 90, 180])
@settings(max_examples=3, deadline=None)
@given(seed=st.integers(0, 999), more=st.integers(1, 40))
def test_more_mentions_are_never_less_unlikely(weeks: int, seed: int, more: int) -> None:
    counts = years(seed, weeks)
    louder = counts.copy()
    louder[0, -1] += more
    assert last(louder).p[0] <= last(counts).p[0] + 1e-12


@pytest.mark.parametrize("weeks", [30, 120])
@settings(max_examples=3, deadline=None)
@given(seed=st.integers(0, 999), order=st.permutations(range(8)))
def test_the_order_of_issues_does_not_matter(weeks: int, seed: int, order: list[int]) -> None:
    counts = years(seed, weeks)
    assert np.allclose(last(counts).p[order], last(counts[order]).p, rtol=1e-6)


def test_a_silent_issue_never_alarms() -> None:
    counts = years(1, 120)
    counts[3] = 0
    assert all(week.p[3] == 1 for week in detect(counts, counts.sum(axis=0)))


def test_later_weeks_change_nothing() -> None:
    counts = years(2, 130)
    other = counts.copy()
    other[:, 100:] = 77
    total = np.full(130, 1000.0)
    assert all(
        np.array_equal(a.p, b.p)
        for _, a, b in zip(range(100), detect(counts, total), detect(other, total), strict=False)
    )


def test_after_years_a_loud_november_is_expected() -> None:
    rng = np.random.default_rng(3)
    season = np.where((np.arange(312) % 52) // 6 == 7, 40.0, 10.0)
    counts = rng.poisson(np.vstack([season, np.full((30, 312), 10.0)])).astype(float)
    weeks = list(detect(counts, np.full(312, 10_000.0)))
    november = [t for t in range(250, 312) if 42 <= t % 52 < 48]
    assert max(weeks[t].expected[0] / weeks[t].window[0] for t in november) > 25
    counts[0, 270] += 60
    assert list(detect(counts, np.full(312, 10_000.0)))[270].p[0] < 1e-6


def test_each_issue_has_its_own_variance() -> None:
    rng = np.random.default_rng(4)
    wild = rng.poisson(rng.gamma(2.0, 10.0, (1, 300)))
    counts = np.vstack([wild, rng.poisson(20.0, (30, 300))]).astype(float)
    counts[:2, -1] = 42
    week = last(counts)
    assert week.p[0] > 0.01
    assert week.p[1] < 1e-4


def test_a_past_outbreak_does_not_raise_what_is_usual() -> None:
    rng = np.random.default_rng(5)
    counts = rng.poisson(5.0, (30, 120)).astype(float)
    counts[0, 60:64] = 60
    assert last(counts).per_week[0] < 7


@pytest.mark.parametrize("bad", [[1.0], [[1.0, 2.0]], [-1.0, 1.0], [np.nan, 1.0]])
def test_what_is_no_count_is_refused(bad: object) -> None:
    with pytest.raises(ValueError, match="count"):
        Detector(2).step(bad, 5.0)  # type: ignore[arg-type]


def test_some_weeks_and_one_total_each_are_needed() -> None:
    with pytest.raises(ValueError, match="total"):
        next(detect(np.ones((2, 9)), np.ones(4)))
    with pytest.raises(ValueError, match="8 weeks"):
        next(detect(np.ones((2, 7)), np.ones(7)))
    with pytest.raises(ValueError, match="total"):
        Detector(2).step([1, 2], np.inf)
