from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vocbot.stats.scores import MIN_ANSWERS, crowded_days, summarise


def test_nps_is_promoters_less_detractors() -> None:
    found = summarise([10] * 50 + [7] * 30 + [3] * 20, "nps")
    assert (found.n, found.value) == (100, pytest.approx(30))
    assert found.low == pytest.approx(30 - 15.5, abs=1) and found.high == pytest.approx(30 + 15.5, abs=1)


def test_csat_has_wilson_s_interval() -> None:
    found = summarise([5] * 40 + [4] * 40 + [2] * 20, "csat")
    assert found.value == pytest.approx(80)
    assert (found.low, found.high) == (pytest.approx(71.1, abs=0.1), pytest.approx(86.7, abs=0.1))


def test_few_answers_give_no_figure() -> None:
    assert summarise([5] * (MIN_ANSWERS - 1), "csat").value is None
    alike = summarise([10] * MIN_ANSWERS, "nps")
    assert alike.value == 100 and alike.low is not None and alike.low < 99


@given(st.lists(st.integers(0, 10), min_size=MIN_ANSWERS, max_size=80))
def test_the_value_lies_in_its_interval(scores: list[int]) -> None:
    found = summarise(scores, "nps")
    assert found.value is not None and found.low is not None and found.high is not None
    assert -100 <= found.low <= found.value <= found.high <= 100


@pytest.mark.parametrize(("scores", "kind"), [([11], "nps"), ([0], "csat"), ([[1]], "csat"), ([float("nan")], "nps")])
def test_scores_out_of_range_are_refused(scores: list[float], kind: str) -> None:
    with pytest.raises(ValueError, match="scores"):
        summarise(scores, kind)  # type: ignore[arg-type]


def test_a_day_full_of_one_score_is_suspicious() -> None:
    rng = np.random.default_rng(1)
    days, scores = np.repeat(np.arange(30), 10), rng.choice([1, 3, 4, 5], 300, p=[0.2, 0.2, 0.3, 0.3])
    assert crowded_days(days, scores) == ()
    filled = crowded_days(np.append(days, [12] * 25), np.append(scores, [5] * 25))
    assert [(one.day, one.score) for one in filled] == [(12, 5.0)]
    assert filled[0].seen >= 25 and filled[0].expected < 16 and filled[0].p < 1e-4


def test_seven_of_a_kind_are_not() -> None:
    quiet = np.repeat(np.arange(1, 31), 10)
    assert crowded_days([*[0] * 7, *quiet], [1] * 7 + [5] * 300) == ()
    assert crowded_days([*[0] * 8, *quiet], [1] * 8 + [5] * 300)[0].score == 1


def test_without_other_days_nothing_is_usual() -> None:
    assert crowded_days([0] * 20 + [1] * 20, [1] * 20 + [5] * 20) == ()
