from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from vocbot.stats.tails import midp_above, midp_upper

MEANS = st.floats(1e-6, 1e4)
COUNTS = st.integers(0, 2_000)


def exact_nb(k: int, mean: float, variance: float) -> float:
    """Sum of probabilities up to k, then the rest: an independent way round."""
    p, size = mean / variance, mean**2 / (variance - mean)
    masses = stats.nbinom.pmf(np.arange(k + 1), size, p)
    return float(1 - masses.sum() + masses[-1] / 2)


@pytest.mark.parametrize("mean", [0.02, 0.5, 3.0, 40.0])
@pytest.mark.parametrize("phi", [1.0001, 1.05, 1.5, 6.0])
def test_agrees_with_summed_negative_binomial(mean: float, phi: float) -> None:
    for k in (0, 1, 2, 5, 12, 50):
        assert float(midp_upper(k, mean, phi * mean)) == pytest.approx(exact_nb(k, mean, phi * mean), abs=1e-11)


@pytest.mark.parametrize("variance_per_mean", [0.0, 0.5, 1.0])
def test_is_poisson_when_the_variance_does_not_exceed_the_mean(variance_per_mean: float) -> None:
    for mean in (0.02, 0.5, 3.0, 40.0):
        masses = stats.poisson.pmf(np.arange(200), mean)
        for k in (0, 1, 4, 60):
            exact = masses[k + 1 :].sum() + masses[k] / 2
            assert float(midp_upper(k, mean, variance_per_mean * mean)) == pytest.approx(exact, rel=1e-9)


def test_both_sides_of_the_switch_to_poisson_agree() -> None:
    k, mean = np.arange(0, 120), 30.0
    below, above = midp_upper(k, mean, mean * (1 + 0.9e-9)), midp_upper(k, mean, mean * (1 + 1.1e-9))
    np.testing.assert_allclose(below, above, rtol=1e-5)


def test_far_tail_keeps_its_digits() -> None:
    size, p = 4.0**2 / 2.0, 4.0 / 6.0
    expected = stats.nbinom.sf(80, size, p) + stats.nbinom.pmf(80, size, p) / 2
    assert 0 < expected < 1e-20
    assert float(midp_upper(80, 4.0, 6.0)) == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize(
    ("chance", "least"),
    [
        (0.005, [2, 3, 3, 4, 6, 8, 14, 21, 35, 73]),
        (0.001, [3, 4, 4, 6, 7, 10, 16, 24, 39, 78]),
        (0.0001, [5, 5, 6, 7, 9, 12, 18, 27, 43, 84]),
    ],
)
def test_least_counts_that_can_alarm_are_the_published_ones(chance: float, least: list[int]) -> None:
    means = np.array([0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50])[:, None]
    tails = midp_upper(np.arange(200), means, 1.3 * means)
    assert np.argmax(tails < chance, axis=1).tolist() == least


def test_no_expectation_leaves_no_room() -> None:
    assert midp_upper([0, 1, 7], 0.0, 0.0).tolist() == [0.5, 0.0, 0.0]


def test_broadcasts() -> None:
    assert midp_upper(np.arange(4)[:, None], np.array([1.0, 2.0, 3.0]), 9.0).shape == (4, 3)


@settings(deadline=None)
@given(COUNTS, MEANS, st.floats(0, 50))
def test_is_a_probability_and_falls_with_the_count(k: int, mean: float, excess: float) -> None:
    here, next_one = midp_upper([k, k + 1], mean, mean * (1 + excess))
    assert 0 <= next_one <= here <= 1


@settings(deadline=None)
@given(COUNTS, MEANS, st.floats(1.001, 3), st.floats(1.0, 20))
def test_rises_with_the_mean(k: int, mean: float, factor: float, phi: float) -> None:
    low, high = midp_upper(k, [mean, factor * mean], [phi * mean, phi * factor * mean])
    assert high >= low - 1e-12


@pytest.mark.parametrize("bad", [(-1, 1, 1), (1, -1, 1), (1, 1, -1), (1, float("nan"), 1), (float("inf"), 1, 1)])
def test_refuses_what_is_no_count(bad: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match="finite and not negative"):
        midp_upper(*bad)


@given(st.integers(1, 300), st.floats(1e-3, 500), st.floats(1.001, 50))
def test_the_fast_tail_is_the_exact_one(seen: int, mean: float, phi: float) -> None:
    exact = midp_upper(seen, mean, phi * mean)
    fast = midp_above(np.array([seen], dtype=float), np.array([mean]), np.array([phi * mean]))
    assert np.allclose(fast, exact, rtol=1e-7, atol=1e-300)
