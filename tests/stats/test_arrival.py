from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vocbot.stats.arrival import arrived, exposure_factors

QUICK, SLOW = np.full(200, 0.01), np.full(200, 10.0)
WEEK = [6.25, 5.25, 4.25, 3.25, 2.25, 1.25, 0.25]
OLD = [d + 28 for d in WEEK]


@given(st.lists(st.floats(0, 60), max_size=40), st.floats(-5, 60), st.floats(0, 20))
def test_more_has_come_later(delays: list[float], age: float, later: float) -> None:
    first, second = arrived(delays, [age, age + later])
    assert 0 < first <= second < 1


def test_the_share_is_that_of_earlier_texts() -> None:
    assert arrived([1.0] * 50 + [9.0] * 49, [0.5, 5, 20]) == pytest.approx([0.005, 0.505, 0.995])
    with pytest.raises(ValueError, match="finite"):
        arrived([float("nan")], [1])


def test_an_issue_of_slow_sources_is_expected_less_while_its_week_is_young() -> None:
    found = exposure_factors([[500, 0], [0, 500]], [900, 100], {0: QUICK, 1: SLOW}, [WEEK, OLD])
    assert found[0, 0] == pytest.approx(1.1, abs=0.02) and found[1, 0] < 0.05
    assert found[:, 1] == pytest.approx([1, 1], abs=0.01)  # four weeks later all is there


def test_an_unknown_issue_is_as_all_are() -> None:
    found = exposure_factors([[0, 0]], [900, 100], {0: QUICK, 1: SLOW}, [WEEK])
    assert found == pytest.approx(1)


def test_little_is_known_so_nothing_is_corrected() -> None:
    assert exposure_factors([[5, 0]], [900, 100], {0: QUICK[:20], 1: SLOW[:20]}, [WEEK]).tolist() == [[1.0]]
    assert exposure_factors([[0, 0]], [0, 0], {0: QUICK}, [WEEK]).tolist() == [[1.0]]
    few = exposure_factors([[0, 500]], [900, 100], {0: QUICK, 1: SLOW[:20]}, [WEEK])
    assert few == pytest.approx(0.92, abs=0.01)  # a source with few texts is taken to be as all are


@pytest.mark.parametrize("bad", [([1, 2], [1, 2], [[1]]), ([[1, 2]], [1], [[1]]), ([[1]], [1], [1])])
def test_shapes_must_fit(bad: tuple[list[int], list[int], list[int]]) -> None:
    with pytest.raises(ValueError, match="issues x sources"):
        exposure_factors(bad[0], bad[1], {}, bad[2])
