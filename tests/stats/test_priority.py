from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from vocbot.stats.priority import CUT_OFFS, RANKED_FROM, Breakdown, Evidence, rank, score

PLAIN = Evidence(baseline_people=6, people_4_weeks=40, severity_sum=12, severity_count=20, severity_mean=0.5)
MULTIPLIERS = ("surge", "channels", "value", "moment", "clock", "confidence")
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
    moment=st.floats(0, 10),
    clock_used=st.floats(0, 50),
    confidence=st.floats(0, 1),
    immediate=st.booleans(),
)


def issues(*people_a_week: float) -> list[Breakdown]:
    return [score(replace(PLAIN, baseline_people=n, people_4_weeks=4 * n)) for n in people_a_week]


def bands(breakdowns: list[Breakdown]) -> list[str]:
    return [standing.band for standing in rank(breakdowns)]


def test_terms_by_hand() -> None:
    breakdown = score(
        replace(PLAIN, surge_p=0.0005, channels=3, value_ratio=1.5, moment=1.25, clock_used=0.5, confidence=0.8)
    )
    assert breakdown.reach == pytest.approx(0.5 * 6 + 0.5 * 10)
    assert breakdown.severity == pytest.approx((12 + 2.5) / 25)
    factors = [getattr(breakdown, name) for name in MULTIPLIERS]
    assert factors == pytest.approx([1.25, 1.2, 1.5, 1.25, 1.25, 0.8])
    assert breakdown.reach_term == pytest.approx(math.log(9))
    assert breakdown.severity_term == pytest.approx(math.log(0.58))
    assert breakdown.weight_term == pytest.approx(math.log(math.prod(factors)))


def test_nothing_special_weighs_nothing() -> None:
    assert score(PLAIN).weight_term == 0


@settings(deadline=None)
@given(EVIDENCE)
def test_score_is_the_sum_of_what_is_shown_and_multipliers_are_bounded(evidence: Evidence) -> None:
    breakdown = score(evidence)
    assert math.isfinite(breakdown.score)
    shown = breakdown.reach_term + breakdown.severity_term + breakdown.weight_term
    assert breakdown.score == pytest.approx(shown)
    for name, (least, most) in zip(
        MULTIPLIERS, [(1, 1.5), (1, 1.5), (0.5, 2), (1, 1.5), (1, 1.5), (0.5, 1)], strict=True
    ):
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


def test_shares_of_the_open_issues() -> None:
    expected = ["P1"] + ["P2"] * 4 + ["P3"] * 15 + ["P4"] * 80
    assert bands(issues(*range(100, 0, -1))) == expected
    assert bands(issues(*range(1, 101))) == expected[::-1]


@pytest.mark.parametrize("n", [20, 35, 140, 700])
def test_shares_are_rounded_up_exactly(n: int) -> None:
    """In floating point .07 x 100 and the like round up once too often."""
    found = bands(issues(*range(n)))
    upto = [-(-n // 100), -(-n * 5 // 100), -(-n * 20 // 100)]
    assert [found.count("P1"), found.count("P1") + found.count("P2"), n - found.count("P4")] == upto


def test_equals_do_not_rise_together() -> None:
    assert set(bands(issues(*[3.0] * 50))) == {"P4"}
    assert bands(issues(*[9.0] * 2, *range(1, 7), *[0.5] * 32))[:2] == ["P2", "P2"]


def test_few_issues_are_banded_by_harm() -> None:
    """Severity .58: reach 20, 8, 3 and 1 a week give 11.6, 4.6, 1.7 and .6."""
    assert bands(issues(20, 8, 3, 1)) == ["P1", "P2", "P3", "P4"]
    assert bands(issues(*[20.0] * (RANKED_FROM - 1))) == ["P1"] * (RANKED_FROM - 1)


def test_cut_offs_are_derived_as_documented() -> None:
    """99th, 95th, 80th percentile of log-normal people a week (median .5, log-sd 1.5) at severity one half."""
    derived = stats.lognorm.ppf([0.99, 0.95, 0.80], 1.5, scale=0.5) * 0.5
    assert derived == pytest.approx([8.2, 2.9, 0.9], abs=0.05)
    assert [round(value) for value in derived] == [least for _, least in CUT_OFFS]


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
@given(st.lists(EVIDENCE, max_size=60))
def test_a_higher_place_never_has_a_lower_band(evidence: list[Evidence]) -> None:
    breakdowns = [score(e) for e in evidence]
    ordered = sorted(zip(rank(breakdowns), breakdowns, strict=True), key=lambda pair: pair[0].position)
    assert [s.position for s, _ in ordered] == list(range(1, len(evidence) + 1))
    if sum(not b.immediate for b in breakdowns) >= RANKED_FROM:
        assert [s.band for s, _ in ordered] == sorted(s.band for s, _ in ordered)


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
