from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vocbot.stats.regress import THRESHOLD, watch_regression

BEFORE, AFTER = 10 / 300, 2 / 300  # mentions per unit of control: a fix to a fifth


def year(rng: np.random.Generator, base: float, ratio: float) -> tuple[np.ndarray, np.ndarray]:
    control = 300 * np.exp(rng.normal(0, 0.08, 52))
    mean = base * ratio * control / 300
    return rng.poisson(rng.gamma(mean / 0.5, 0.5)), control


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 40), st.floats(0, 900)), min_size=1, max_size=60), st.floats(1, 5))
def test_path_is_the_recursion(weeks: list[tuple[int, float]], phi: float) -> None:
    counts, control = zip(*weeks, strict=True)
    watch = watch_regression(counts, control, BEFORE, AFTER, phi)
    half_back, c, crossed = (BEFORE + AFTER) / 2, 0.0, None
    for week, (y, volume) in enumerate(weeks):
        c = max(0.0, c + (y * np.log(half_back / AFTER) - (half_back - AFTER) * volume) / phi)
        assert watch.path[week] == pytest.approx(c, abs=1e-9)
        if c >= THRESHOLD and crossed is None:
            crossed = week
    assert watch.crossed == crossed


def test_full_return_is_seen_in_the_second_week_and_a_fix_that_holds_is_left_alone() -> None:
    held = watch_regression([2, 1, 3, 2, 2], [300] * 5, BEFORE, AFTER, 1.5)
    assert held.crossed is None
    back = watch_regression([2, 1, 3, 10, 10], [300] * 5, BEFORE, AFTER, 1.5)
    assert back.crossed == 4


def test_more_of_everything_is_no_relapse() -> None:
    assert watch_regression([10] * 10, [1500] * 10, BEFORE, AFTER, 1.5).crossed is None


def test_one_bad_week_is_forgotten() -> None:
    watch = watch_regression([6, *[1] * 8], [300] * 9, BEFORE, AFTER, 1.5)
    assert watch.path[0] > 0
    assert watch.path[-1] == 0


@pytest.mark.parametrize(("base", "within_four_weeks"), [(3, 0.51), (10, 1.0), (50, 1.0)])
def test_false_and_true_relapses_come_near_the_published_shares(base: float, within_four_weeks: float) -> None:
    """Published: 4-8 % false a year; a full return within four weeks in 51 / 100 / 100 %."""
    rng = np.random.default_rng(21)
    rates = base / 300, 0.2 * base / 300
    false = [watch_regression(*year(rng, base, 0.2), *rates, 1.5).crossed is not None for _ in range(600)]
    delays = [watch_regression(*year(rng, base, 1.0), *rates, 1.5).crossed for _ in range(600)]
    assert np.mean(false) < 0.13
    assert np.mean([d is not None and d < 4 for d in delays]) == pytest.approx(within_four_weeks, abs=0.1)


@pytest.mark.parametrize(
    ("counts", "control", "before", "after", "phi", "message"),
    [
        ([1, 2], [300], BEFORE, AFTER, 1.5, "same weeks"),
        ([-1], [300], BEFORE, AFTER, 1.5, "not negative"),
        ([1], [float("inf")], BEFORE, AFTER, 1.5, "finite"),
        ([1], [300], AFTER, BEFORE, 1.5, "below the rate before"),
        ([1], [300], BEFORE, 0.0, 1.5, "positive"),
        ([1], [300], BEFORE, AFTER, 0.9, "phi"),
    ],
)
def test_refuses_what_cannot_be_watched(
    counts: list[float], control: list[float], before: float, after: float, phi: float, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        watch_regression(counts, control, before, after, phi)
