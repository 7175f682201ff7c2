from __future__ import annotations

import pytest
from scipy import stats

from vocbot.stats.proportion import interval


@pytest.mark.parametrize(("successes", "n"), [(0, 5), (3, 5), (5, 5), (40, 100)])
def test_it_is_jeffreys_interval(successes: int, n: int) -> None:
    low, high = interval(successes, n)
    beta = stats.beta(successes + 0.5, n - successes + 0.5)
    assert low == (0 if successes == 0 else pytest.approx(beta.ppf(0.025)))
    assert high == (1 if successes == n else pytest.approx(beta.ppf(0.975)))
    assert low < successes / n < high or successes in (0, n)


@pytest.mark.parametrize(("successes", "n"), [(0, 0), (-1, 3), (4, 3)])
def test_counts_that_are_none_are_refused(successes: int, n: int) -> None:
    with pytest.raises(ValueError, match="successes"):
        interval(successes, n)
