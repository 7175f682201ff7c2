from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vocbot.stats.share import USUAL_CORRELATION, shift

WEEKS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=1, max_size=12)


def columns(weeks: list[tuple[int, int]]) -> tuple[list[int], list[int]]:
    return [min(pair) for pair in weeks], [max(pair) for pair in weeks]


@settings(deadline=None)
@given(WEEKS, WEEKS)
def test_windows_that_change_places_give_the_opposite(
    before: list[tuple[int, int]], after: list[tuple[int, int]]
) -> None:
    one, other = shift(*columns(before), *columns(after)), shift(*columns(after), *columns(before))
    assert (one is None) == (other is None)
    if one is not None and other is not None:
        assert one.p_less == pytest.approx(other.p_more, abs=1e-9)
        assert (one.low, one.high) == pytest.approx((-other.high, -other.low), abs=1e-9)
        assert -1 <= one.low <= one.change <= one.high <= 1 and 0 <= one.correlation <= 0.5


def test_a_clear_fall_is_one_and_few_mentions_say_little() -> None:
    clear = shift([12] * 12, [20] * 12, [4] * 4, [20] * 4)
    assert clear is not None and clear.p_less > 0.999 and (clear.before, clear.after) == (0.6, 0.2)
    few = shift([3], [5], [1], [5])
    assert few is not None and 0.5 < few.p_less < 0.95
    assert shift([0], [0], [3], [5]) is None and shift([3], [5], [0], [0]) is None


def test_weeks_that_are_alike_inside_count_less() -> None:
    """The same sums, told by calm weeks or by weeks that are all of one mind."""
    calm = shift([10] * 12, [20] * 12, [8] * 4, [20] * 4)
    moody = shift([20, 0] * 6, [20] * 12, [16, 0] * 2, [20] * 4)
    assert calm is not None and moody is not None
    assert calm.correlation < USUAL_CORRELATION < moody.correlation
    assert moody.high - moody.low > 1.5 * (calm.high - calm.low)


@pytest.mark.parametrize("base", [3, 10, 50])
def test_untouched_shares_seldom_move(base: int) -> None:
    """Weeks correlated as usual, 12 before and 4 after: about 2.5 % on each side (a z-test: 16 % at 50 a week)."""
    rng, spread = np.random.default_rng(base), 1 / USUAL_CORRELATION - 1
    moved = held = 0
    for _ in range(400):
        n = rng.poisson(base, 16)
        k = rng.binomial(n, rng.beta(0.6 * spread, 0.4 * spread, 16))
        found = shift(k[:12], n[:12], k[12:], n[12:])
        assert found is not None
        moved += not 0.025 < found.p_less < 0.975
        held += found.low <= 0 <= found.high
    assert moved / 400 < 0.09 and held / 400 > 0.91


@pytest.mark.parametrize(
    "windows",
    [
        ([3], [2], [1], [1]),
        ([-1], [2], [1], [1]),
        ([], [], [1], [1]),
        ([1, 2], [3], [1], [1]),
        ([1], [float("inf")], [1], [1]),
    ],
)
def test_impossible_counts_are_refused(windows: tuple[list[float], ...]) -> None:
    with pytest.raises(ValueError, match="counts"):
        shift(*windows)
