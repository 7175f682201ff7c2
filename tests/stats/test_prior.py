from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from vocbot.stats.prior import GammaPrior, fit_gamma_prior

ISSUES = st.lists(st.tuples(st.integers(0, 10**6), st.floats(1e-6, 1e6)), min_size=1, max_size=40)


def draw(shape: float, rate: float, issues: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    exposure = rng.uniform(1, 60, issues)
    return rng.poisson(rng.gamma(shape, 1 / rate, issues) * exposure), exposure


@pytest.mark.parametrize(("shape", "rate"), [(0.5, 2.0), (0.2, 10.0), (3.0, 1.0), (20.0, 5.0)])
def test_recovers_the_parameters_of_a_simulation(shape: float, rate: float) -> None:
    fitted = fit_gamma_prior(*draw(shape, rate, 3000, seed=1))
    assert fitted.shape == pytest.approx(shape, rel=0.12)
    assert fitted.shape / fitted.rate == pytest.approx(shape / rate, rel=0.1)


def test_reaches_the_maximum_of_the_likelihood() -> None:
    """Against an optimiser without derivatives on scipy's own negative binomial."""
    events, exposure = draw(0.7, 3.0, 2000, seed=2)

    def negative(at: np.ndarray) -> float:
        shape, rate = np.exp(at)
        return -float(stats.nbinom.logpmf(events, shape, rate / (rate + exposure)).sum())

    plain = np.exp(optimize.minimize(negative, np.zeros(2), method="Nelder-Mead", options={"xatol": 1e-6}).x)
    fitted = fit_gamma_prior(events, exposure)
    assert [fitted.shape, fitted.rate] == pytest.approx(plain.tolist(), rel=0.01)


def test_identical_issues_are_shrunk_to_their_common_rate() -> None:
    fitted = fit_gamma_prior([7] * 500, [3] * 500)
    assert fitted.shape > 100
    assert fitted.shape / fitted.rate == pytest.approx(7 / 3, rel=0.01)


def test_silent_issues_give_less_than_an_event_in_all_their_exposure() -> None:
    fitted = fit_gamma_prior([0] * 50, [3] * 50)
    assert 0 < 150 * fitted.shape / fitted.rate < 1


def test_one_issue_stays_near_its_own_rate_but_unsure() -> None:
    fitted = fit_gamma_prior([60], [3])
    assert fitted.shape / fitted.rate == pytest.approx(20, rel=0.2)
    assert fitted.shape < 10


def test_one_loud_issue_does_not_hide_that_the_others_are_silent() -> None:
    fitted = fit_gamma_prior([0] * 99 + [500], [1] * 100)
    assert fitted.shape < 0.1
    assert fitted.shape / fitted.rate == pytest.approx(5, rel=0.5)


def test_mean_is_still_the_best_where_the_shape_has_reached_its_bound() -> None:
    events, exposure = np.array([0, 0, 0, 40_000]), np.array([1e5, 3e4, 2e5, 1e-2])
    fitted = fit_gamma_prior(events, exposure)
    assert fitted.shape == pytest.approx(1e-3)
    pooled = math.log((events.sum() + 0.5) / exposure.sum())

    def negative(log_mean: float) -> float:
        """The likelihood with half an event at the pooled rate."""
        rate = fitted.shape / math.exp(log_mean)
        likelihood = float(stats.nbinom.logpmf(events, fitted.shape, rate / (rate + exposure)).sum())
        return -likelihood - 0.5 * (log_mean - math.exp(log_mean - pooled))

    plain = optimize.minimize_scalar(negative, bounds=(pooled - 2, pooled + 12), method="bounded").x
    assert math.log(fitted.shape / fitted.rate) == pytest.approx(plain, abs=0.01)


def test_issues_without_exposure_say_nothing() -> None:
    assert fit_gamma_prior([3, 1, 0], [2, 5, 0]) == fit_gamma_prior([3, 1], [2, 5])


@settings(deadline=None)
@given(ISSUES)
def test_is_finite_positive_and_repeatable(issues: list[tuple[int, float]]) -> None:
    events, exposure = zip(*issues, strict=True)
    fitted = fit_gamma_prior(events, exposure)
    assert 0 < fitted.shape < math.inf
    assert 0 < fitted.rate < math.inf
    assert fitted == fit_gamma_prior(events, exposure)


@settings(deadline=None)
@given(st.integers(1, 30), st.sampled_from([2.0**-10, 0.5, 8.0, 2.0**20]))
def test_follows_the_unit_of_exposure(seed: int, unit: float) -> None:
    events, exposure = draw(0.5, 2.0, 30, seed)
    one, other = fit_gamma_prior(events, exposure), fit_gamma_prior(events, unit * exposure)
    assert isinstance(other, GammaPrior)
    assert other.shape == pytest.approx(one.shape, rel=1e-6)
    assert other.rate == pytest.approx(unit * one.rate, rel=1e-6)


@pytest.mark.parametrize(
    ("events", "exposure", "message"),
    [
        ([], [], "no issue has any exposure"),
        ([0, 2], [0, 0], "no issue has any exposure"),
        ([1, 2], [1], "one length"),
        ([-1], [1], "events must be finite"),
        ([1], [float("nan")], "exposure must be finite"),
    ],
)
def test_refuses_what_cannot_be_fitted(events: list[float], exposure: list[float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        fit_gamma_prior(events, exposure)
