from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from vocbot.stats.regress import THRESHOLD, watch_regression

BEFORE = 10 / 300  # mentions per unit of control


def year(rng: np.random.Generator, base: float, ratio: float) -> tuple[np.ndarray, np.ndarray]:
    control = 300 * np.exp(rng.normal(0, 0.08, 52))
    mean = base * ratio * control / 300
    return rng.poisson(rng.gamma(mean / 0.5, 0.5)), control


CALM = (16.0, 2400.0)  # eight weeks of two mentions


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 40), st.floats(0, 900)), min_size=1, max_size=60), st.floats(1, 5))
def test_the_path_never_falls_below_zero_and_crosses_where_it_says(weeks: list[tuple[int, float]], phi: float) -> None:
    counts, control = zip(*weeks, strict=True)
    watch = watch_regression(counts, control, BEFORE, CALM, phi)
    assert (watch.path >= 0).all()
    above = np.flatnonzero(watch.path >= THRESHOLD)
    assert watch.crossed == (int(above[0]) if above.size else None)


def test_the_steps_are_likelihood_ratios_of_negative_binomials() -> None:
    phi, volume = 1.5, 300.0
    calm = stats.gamma.ppf(0.75, 16 / phi + 0.5) * phi / 2400 * volume
    back = calm + (10 - calm) / 2
    step = np.subtract(*(stats.nbinom.logpmf(9, m / (phi - 1), 1 / phi) for m in (back, calm)))
    assert watch_regression([9], [volume], BEFORE, CALM, phi).path[0] == pytest.approx(step)


def test_full_return_is_seen_in_the_second_week_and_a_fix_that_holds_is_left_alone() -> None:
    assert watch_regression([2, 1, 3, 2, 2], [300] * 5, BEFORE, CALM, 1.5).crossed is None
    assert watch_regression([2, 1, 3, 11, 11], [300] * 5, BEFORE, CALM, 1.5).crossed == 4


def test_more_of_everything_is_no_relapse() -> None:
    assert watch_regression([10] * 10, [1500] * 10, BEFORE, CALM, 1.5).crossed is None


def test_one_bad_week_is_forgotten() -> None:
    watch = watch_regression([7, *[1] * 8], [300] * 9, BEFORE, CALM, 1.5)
    assert watch.path[0] > 0
    assert watch.path[-1] == 0


def test_quiet_weeks_teach_what_is_calm() -> None:
    """Four mentions a week, for months, are the calm rate, though the first weeks had two."""
    watch = watch_regression([4] * 40, [300] * 40, BEFORE, CALM, 1.5)
    assert watch.crossed is None
    assert watch.path[-1] == 0


@pytest.mark.parametrize(
    ("base", "false_a_year", "within_four_weeks"), [(3, 0.09, 0.15), (10, 0.11, 0.9), (50, 0.08, 1.0)]
)
def test_few_false_relapses_and_quick_true_ones(base: float, false_a_year: float, within_four_weeks: float) -> None:
    rng = np.random.default_rng(21)
    held, back = [], []
    for _ in range(250):
        calm = year(rng, base, 0.2)
        known = float(calm[0][:8].sum()), float(calm[1][:8].sum())
        held.append(watch_regression(*year(rng, base, 0.2), base / 300, known, 1.5).crossed is not None)
        back.append(watch_regression(*year(rng, base, 1.0), base / 300, known, 1.5).crossed)
    assert np.mean(held) <= false_a_year
    assert np.mean([d is not None and d < 4 for d in back]) >= within_four_weeks


@pytest.mark.parametrize(
    ("counts", "control", "before", "calm", "phi", "message"),
    [
        ([1, 2], [300], BEFORE, CALM, 1.5, "same weeks"),
        ([-1], [300], BEFORE, CALM, 1.5, "not negative"),
        ([1], [float("inf")], BEFORE, CALM, 1.5, "finite"),
        ([1], [300], 0.0, CALM, 1.5, "rate before"),
        ([1], [300], BEFORE, (1.0, 0.0), 1.5, "positive"),
        ([1], [300], BEFORE, CALM, 0.9, "phi"),
    ],
)
def test_refuses_what_cannot_be_watched(
    counts: list[float], control: list[float], before: float, calm: tuple[float, float], phi: float, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        watch_regression(counts, control, before, calm, phi)
