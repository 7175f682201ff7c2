from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from vocbot.stats.formula import read
from vocbot.stats.priority import (
    CUT_OFFS,
    LEAST_HISTORY,
    SHARES,
    Bounds,
    Breakdown,
    Evidence,
    calibrated,
    rank,
    score,
)

PLAIN = Evidence(baseline_people=6, people_4_weeks=40, severity_sum=12, severity_count=20, severity_mean=0.5)
MULTIPLIERS = ("surge", "channels", "value", "moment", "confidence")
EVIDENCE = st.builds(
    Evidence,
    baseline_people=st.floats(0, 1e5),
    people_4_weeks=st.floats(0, 1e6),
    severity_sum=st.floats(0, 10),
    severity_count=st.integers(10, 1000),
    severity_mean=st.floats(0, 1),
    surge_p=st.floats(0, 1),
    channels=st.integers(0, 40),
    value_ratio=st.floats(0, 1e4),
    moment=st.floats(0.25, 4),
    confidence=st.floats(0, 1),
    immediate=st.booleans(),
)


def issues(*people_a_week: float) -> list[Breakdown]:
    return [score(replace(PLAIN, baseline_people=n, people_4_weeks=4 * n)) for n in people_a_week]


def bands(breakdowns: list[Breakdown]) -> list[str]:
    return [standing.band for standing in rank(breakdowns)]


def test_factors_by_hand() -> None:
    found = score(replace(PLAIN, surge_p=0.0005, channels=3, value_ratio=1.5, moment=1.25, confidence=0.8))
    assert found.reach == pytest.approx(0.5 * 6 + 0.5 * 10)
    assert found.severity == pytest.approx((12 + 2.5) / 25)
    factors = [getattr(found, name) for name in MULTIPLIERS]
    assert factors == pytest.approx([1.25, 1.2, 1.5, 1.25, 0.8])
    assert found.worth == pytest.approx(9 * 0.58 * math.prod(factors))
    assert found.score == pytest.approx(math.log(found.worth))


def test_nothing_special_weighs_nothing() -> None:
    assert [getattr(score(PLAIN), name) for name in MULTIPLIERS] == [1.0] * 5


def test_the_formula_and_its_bounds_are_the_owners() -> None:
    loud = replace(PLAIN, surge_p=1e-12, channels=9, value_ratio=30, confidence=0.1)
    wide = score(loud, read("reach * surge + channels"), Bounds(surge=3, channels=1.2, value=4, confidence=0.9))
    assert (wide.surge, wide.channels, wide.value, wide.confidence) == (3.0, 1.2, 4.0, 0.9)
    assert wide.worth == pytest.approx(8 * 3 + 1.2)
    assert score(loud, bounds=Bounds(recent=1.0)).reach == 10
    assert score(replace(loud, value_ratio=0), bounds=Bounds(value=4)).value == 0.25


def test_what_is_shown_holds_the_formula_and_every_figure() -> None:
    shown = score(replace(PLAIN, channels=3), read("reach**0.5 * severity * channels")).shown(str.upper)
    assert shown == "REACH 8^0.5 × SEVERITY 0.58 × CHANNELS 1.2"


@settings(deadline=None)
@given(EVIDENCE)
def test_multipliers_are_bounded_whatever_comes(evidence: Evidence) -> None:
    breakdown = score(evidence)
    assert math.isfinite(breakdown.score)
    for name, (least, most) in zip(MULTIPLIERS, [(1, 1.5), (1, 1.5), (0.5, 2), (0.25, 4), (0.5, 1)], strict=True):
        assert least <= getattr(breakdown, name) <= most
    assert 0 < breakdown.severity <= 1


@settings(deadline=None)
@given(EVIDENCE, st.floats(0, 1000))
def test_more_people_never_lower_the_score(evidence: Evidence, more: float) -> None:
    other = replace(evidence, people_4_weeks=evidence.people_4_weeks + more)
    assert score(other).score >= score(evidence).score


def test_growth_alone_does_not_beat_reach() -> None:
    """An issue surging beyond all doubt stays behind a steady one that hurts three times as many."""
    small = score(replace(PLAIN, baseline_people=1, people_4_weeks=8, surge_p=1e-30))
    steady = score(replace(PLAIN, baseline_people=5, people_4_weeks=20))
    assert small.surge == 1.5
    assert small.score < steady.score


def test_few_severe_mentions_are_shrunk_to_the_mean() -> None:
    two = score(replace(PLAIN, severity_sum=2, severity_count=2))
    many = score(replace(PLAIN, severity_sum=40, severity_count=40))
    assert 0.5 < two.severity < 0.7 < 0.9 < many.severity


def test_harmless_mentions_keep_the_score_finite() -> None:
    assert math.isfinite(score(Evidence(0, 0, 0, 10, 0)).score)


def test_bands_hang_on_the_cut_offs_alone() -> None:
    """Severity .58: reach 20, 8, 3 and 1 a week are worth 12.2, 5.2, 2.3 and 1.2."""
    assert bands(issues(20, 8, 3, 1)) == ["P1", "P2", "P3", "P4"]
    assert bands(issues(*[20.0] * 50)) == ["P1"] * 50
    assert [s.band for s in rank(issues(20, 8, 3, 1), (5.0, 2.0, 1.0))] == ["P1", "P1", "P2", "P3"]


def test_cut_offs_are_derived_as_documented() -> None:
    """99th, 95th, 80th percentile of log-normal people a week (median .5, log-sd 1.5) at severity one half."""
    derived = (1 + stats.lognorm.ppf([0.99, 0.95, 0.80], 1.5, scale=0.5)) * 0.5
    assert derived == pytest.approx([8.7, 3.4, 1.4], abs=0.05)
    assert [round(2 * value) / 2 for value in derived] == list(CUT_OFFS)


def test_history_sets_the_cut_offs_to_its_own_shares() -> None:
    found = calibrated([float(n) for n in range(1, 1001)])
    assert found == (991.0, 951.0, 801.0)
    assert calibrated([float(n) for n in range(1, 1001)], (10.0, 20.0, 50.0)) == (901.0, 801.0, 501.0)


def test_equals_in_history_do_not_rise_together() -> None:
    crowd = [5.0] * 900 + [9.0] * 8 + [7.0] * 92
    found = calibrated(crowd)
    assert found is not None
    assert [sum(value >= least for value in crowd) for least in found] == [8, 8, 100]
    alone = calibrated([3.0] * 400)
    assert alone is not None and all(least > 3 for least in alone)


def test_a_short_history_sets_nothing() -> None:
    assert calibrated([1.0] * (LEAST_HISTORY - 1)) is None
    assert calibrated([]) is None


@settings(deadline=None)
@given(st.lists(st.floats(1e-6, 1e6), min_size=LEAST_HISTORY, max_size=LEAST_HISTORY + 60))
def test_no_more_than_its_share_reaches_a_cut_off(history: list[float]) -> None:
    found = calibrated(history)
    assert found is not None and found[0] >= found[1] >= found[2]
    for least, share in zip(found, SHARES, strict=True):
        assert sum(value >= least for value in history) <= share * len(history) / 100


def test_a_person_wins_over_the_formula_and_over_the_floor() -> None:
    grave = score(replace(PLAIN, baseline_people=0, people_4_weeks=1, immediate=True))
    found = rank([*issues(20, 8, 1), grave], chosen=("P4", None, "P1", "P3"))
    assert [s.band for s in found] == ["P4", "P2", "P1", "P3"]
    assert [s.suggested for s in found] == ["P1", "P2", "P4", "P1"]
    assert [s.position for s in found] == [4, 2, 1, 3]


def test_immediate_issues_are_first_and_take_no_place() -> None:
    some = issues(*range(100, 0, -1))
    grave = score(replace(PLAIN, baseline_people=0, people_4_weeks=1, immediate=True))
    standings = rank([*some, grave, grave])
    assert [s.band for s in standings[:100]] == bands(some)
    assert [(s.band, s.position) for s in standings[100:]] == [("P1", 1), ("P1", 2)]
    assert standings[100].percentile == 100
    assert standings[0].position == 3
    assert bands([grave]) == ["P1"]


def test_positions_and_percentiles() -> None:
    standings = rank(issues(1, 7, 7, 30, 2))
    assert [s.position for s in standings] == [5, 2, 3, 1, 4]
    assert [s.percentile for s in standings] == [0, 75, 50, 100, 25]
    assert rank([]) == ()
    assert rank(issues(1))[0].percentile == 100


@settings(deadline=None)
@given(st.lists(st.tuples(EVIDENCE, st.sampled_from([None, "P1", "P3"])), max_size=60))
def test_a_higher_place_never_has_a_lower_band(evidence: list[tuple[Evidence, Any]]) -> None:
    standings = rank([score(e) for e, _ in evidence], chosen=[band for _, band in evidence])
    ordered = sorted(standings, key=lambda s: s.position)
    assert [s.position for s in ordered] == list(range(1, len(evidence) + 1))
    assert [s.band for s in ordered] == sorted(s.band for s in ordered)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"baseline_people": -1}, "baseline_people"),
        ({"people_4_weeks": float("nan")}, "people_4_weeks"),
        ({"severity_sum": 21}, "severities"),
        ({"severity_mean": 1.1}, "severities"),
        ({"surge_p": float("inf")}, "surge_p"),
    ],
)
def test_refuses_impossible_evidence(change: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        score(replace(PLAIN, **change))  # type: ignore[arg-type]
