from __future__ import annotations

import numpy as np
import pytest

from vocbot.stats.wander import by_itself, spread, weights


def test_spread_is_that_of_a_random_walk() -> None:
    rng = np.random.default_rng(1)
    walk = np.cumsum(rng.normal(0, 1, (40_000, 9)), axis=1)
    before, after = np.array([0.2, 0.5, 1.0, 1.0, 1.0]), np.array([1.0, 0.6, 0.3, 0.1])
    change = walk[:, 5:] @ after / after.sum() - walk[:, :5] @ before / before.sum()
    assert spread(before, after) == pytest.approx(change.var(), rel=0.03)


def test_weights_fall_the_faster_the_more_it_wanders() -> None:
    still = weights(0.0, 0.1, 5, 3)
    assert np.array_equal(np.concatenate(still), np.ones(8))
    before, after = weights(0.1, 0.1, 5, 3)
    assert before[-1] == after[0] == 1
    golden = (np.sqrt(5) - 1) / 2  # steady-state gain of a local level model with signal to noise 1
    assert before[-2] == pytest.approx(1 - golden)
    assert after[1] == pytest.approx(1 - golden)


def mean(y: np.ndarray, control: np.ndarray, phi: float, phi_c: float) -> float:  # type: ignore[type-arg]
    grid, likely = by_itself(y, control, phi, phi_c)
    assert likely.sum() == pytest.approx(1) and (likely >= 0).all()
    return float(grid @ likely)


@pytest.mark.parametrize(("drift", "low", "high"), [(0.0, 0.0, 0.0004), (0.06, 0.002, 0.006), (0.15, 0.01, 0.017)])
def test_a_large_issue_tells_how_much_it_wanders(drift: float, low: float, high: float) -> None:
    rng = np.random.default_rng(2)
    share = np.exp(np.cumsum(rng.normal(0, drift, (200, 26)), axis=1))
    found = [mean(rng.poisson(300 * row).astype(float), np.full(26, 9_000.0), 1.0, 1.0) for row in share]
    assert low <= np.mean(found) <= high


def test_a_small_issue_is_taken_to_be_as_usual() -> None:
    """What is known before anything is seen: 6 % a week in the quadratic mean."""
    rng = np.random.default_rng(3)
    usual = mean(np.ones(1), np.ones(1), 1.5, 3.0)
    assert usual == pytest.approx(0.06**2, rel=0.3)
    found = [mean(rng.poisson(1.0, 12).astype(float), np.full(12, 500.0), 1.5, 3.0) for _ in range(200)]
    assert np.mean(found) == pytest.approx(usual, rel=0.3)


def test_weeks_without_other_feedback_tell_nothing() -> None:
    rng = np.random.default_rng(4)
    y, control = rng.poisson(30, 20).astype(float), np.full(20, 900.0)
    gaps = np.insert(y, 5, 0.0), np.insert(control, 5, 0.0)
    assert mean(*gaps, 1.0, 1.0) == pytest.approx(mean(y, control, 1.0, 1.0))
