from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from vocbot.stats.lift import DEFAULT_CUT, over_represented

SHARES = np.array([0.35, 0.2, 0.15, 0.1, 0.08, 0.05, 0.04, 0.02, 0.01])
COUNTS = st.lists(st.tuples(st.integers(0, 80), st.integers(0, 300), st.integers(0, 5000)), max_size=12)


def test_version_that_broke_is_named_with_its_figures() -> None:
    found = over_represented([14, 9, 5], 28, [8, 52, 40], 100, [900, 5200, 3900], 10_000)
    assert [value.index for value in found] == [0]
    value = found[0]
    usual = (8 + 30 * 0.09) / 130
    assert (value.seen, value.share) == (14, 0.5)
    assert value.usual_share == pytest.approx(usual)
    assert value.expected == pytest.approx(28 * usual)
    assert value.lift == pytest.approx(0.5 / usual)
    assert value.low == pytest.approx(stats.gamma.ppf(0.05, 17, scale=1 / (28 * usual + 3)))
    assert 1.5 < value.low < value.lift


def test_the_usual_mix_names_nothing() -> None:
    assert over_represented([14, 9, 5], 28, [50, 32, 18], 100, [5000, 3200, 1800], 10_000) == ()


def test_nothing_recent_and_no_values_name_nothing() -> None:
    assert over_represented([0, 0], 0, [3, 4], 7, [5, 5], 10) == ()
    assert over_represented([], 12, [], 7, [], 10) == ()


def test_a_value_never_met_before_needs_more_than_a_few_mentions() -> None:
    assert over_represented([4], 40, [0], 200, [0], 9000) == ()
    found = over_represented([9], 40, [0], 200, [0], 9000)
    assert found[0].lift == float("inf")
    assert 1.5 < found[0].low < 4


def test_the_issue_s_own_past_tempers_the_population() -> None:
    """A version usual for this issue does not stand out, however rare it is elsewhere."""
    usual_here = over_represented([15], 30, [150], 300, [500], 10_000)
    no_past = over_represented([15], 30, [0], 0, [500], 10_000)
    assert usual_here == ()
    assert len(no_past) == 1


def test_best_first() -> None:
    found = over_represented([12, 30, 12], 60, [5, 10, 5], 200, [100, 200, 100], 4000)
    assert [value.index for value in found] == [1, 0, 2]


def test_bounds_that_read_the_same_are_ordered_by_excess() -> None:
    found = over_represented([11, 24], 100, [1, 10], 200, [20, 200], 4000)
    assert 0.03 < found[1].low - found[0].low < 0.05
    assert [value.index for value in found] == [1, 0]


def test_higher_cut_names_fewer() -> None:
    arguments = [12, 20, 9], 60, [5, 10, 9], 200, [100, 200, 180], 4000
    all_of_them = over_represented(*arguments, cut=1.0)
    fewer = over_represented(*arguments, cut=2.0)
    assert len(fewer) < len(all_of_them)
    assert fewer == all_of_them[: len(fewer)]


def test_planted_cause_comes_first_and_clean_windows_stay_silent() -> None:
    """20 usual mentions plus 8 planted (goals: first in 93 %, among three in 98 %), and 28 usual ones (5 %)."""
    rng = np.random.default_rng(31)
    first = third = false = 0
    for trial in range(400):
        past, population = rng.multinomial(200, SHARES), rng.multinomial(10_000, SHARES)
        planted = 3 + trial % 6
        recent = rng.multinomial(20, SHARES)
        recent[planted] += 8
        found = [v.index for v in over_represented(recent, 28, past, 200, population, 10_000, cut=1.0)]
        first, third = first + (found[:1] == [planted]), third + (planted in found[:3])
        false += bool(over_represented(rng.multinomial(28, SHARES), 28, past, 200, population, 10_000))
    assert first / 400 >= 0.93
    assert third / 400 >= 0.98
    assert false / 400 <= 0.05


@settings(deadline=None)
@given(COUNTS)
def test_only_values_that_are_over_represented(values: list[tuple[int, int, int]]) -> None:
    recent, past, population = ([v[i] for v in values] for i in range(3))
    totals = sum(recent), sum(past), sum(population) + 1
    for value in over_represented(recent, totals[0], past, totals[1], population, totals[2]):
        assert value.seen > value.expected
        assert DEFAULT_CUT <= value.low <= value.lift
        assert 0 <= value.usual_share <= 1
        assert value.seen == recent[value.index]


@settings(deadline=None)
@given(st.integers(0, 40), st.integers(1, 40))
def test_one_mention_more_never_lowers_the_bound(seen: int, more: int) -> None:
    def low(n: int) -> float:
        found = over_represented([n], 100, [5], 100, [50], 1000, cut=1.0)
        return found[0].low if found else 0.0

    assert low(seen + more) >= low(seen)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"recent": [5]}, "one entry per value"),
        ({"recent": [-1, 2]}, "recent"),
        ({"past": [9, 120]}, "past"),
        ({"population": [[1, 2]]}, "vector"),
        ({"population": [0, 0], "population_total": 0}, "empty population"),
        ({"cut": 0.9}, "cut"),
        ({"cut": float("nan")}, "cut"),
    ],
)
def test_refuses_counts_that_do_not_add_up(change: dict[str, object], message: str) -> None:
    good: dict[str, object] = {
        "recent": [5, 2],
        "recent_total": 10,
        "past": [9, 12],
        "past_total": 100,
        "population": [90, 120],
        "population_total": 1000,
    }
    with pytest.raises(ValueError, match=message):
        over_represented(**(good | change))  # type: ignore[arg-type]
