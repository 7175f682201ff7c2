"""What must hold of the scan whatever the counts are; how well it finds things is measured in bench/stats.py."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vocbot.stats.scan import Scan, WeekFigures
from vocbot.stats.volume import VolumeIndex

WEEKS, ISSUES = 24, 6


def counts_of(seed: int, weeks: int = WEEKS, issues: int = ISSUES) -> np.ndarray:
    rng = np.random.default_rng(seed)
    level = np.exp(rng.normal(0, 1.5, issues))
    return rng.poisson(rng.gamma(2.0, level / 2, (weeks, issues))).T.astype(float)


def scan(counts: np.ndarray, totals: np.ndarray) -> list[WeekFigures]:
    state, volume = Scan(len(counts)), VolumeIndex(len(counts))
    return [state.step(counts[:, t], volume.step(counts[:, t], float(totals[t]))) for t in range(counts.shape[1])]


def last(counts: np.ndarray, total: np.ndarray) -> WeekFigures:
    return scan(counts, total)[-1]


seeds = st.integers(0, 10_000)


@settings(max_examples=12, deadline=None)
@given(seeds, st.integers(0, ISSUES - 1), st.integers(1, 30))
def test_more_mentions_are_never_less_unlikely(seed: int, issue: int, more: int) -> None:
    counts = counts_of(seed)
    total = counts.sum(axis=0) + 500
    louder = counts.copy()
    louder[issue, -1] += more
    assert last(louder, total).p[issue] <= last(counts, total).p[issue] + 1e-12


@settings(max_examples=12, deadline=None)
@given(seeds, st.permutations(range(ISSUES)))
def test_the_order_of_issues_does_not_matter(seed: int, order: list[int]) -> None:
    counts = counts_of(seed)
    total = counts.sum(axis=0)
    here, there = last(counts, total), last(counts[order], total)
    for field in ("p", "p_drift", "expected", "observed"):
        assert np.allclose(getattr(here, field)[order], getattr(there, field), rtol=1e-6)


@settings(max_examples=10, deadline=None)
@given(seeds, st.integers(6, WEEKS - 1))
def test_a_week_is_judged_by_the_weeks_before_it_alone(seed: int, week: int) -> None:
    """Week by week and all at once are the same, whatever comes later."""
    counts = counts_of(seed)
    other = counts.copy()
    other[:, week + 1 :] = 999
    assert np.array_equal(scan(counts, counts.sum(axis=0))[week].p, scan(other, other.sum(axis=0))[week].p)


def test_nothing_said_is_nothing_unlikely() -> None:
    counts = counts_of(1)
    counts[2] = 0
    assert all(week.p[2] == 1 for week in scan(counts, counts.sum(axis=0)))


def test_chances_are_chances() -> None:
    """On quiet issues with the overdispersion of real ones, one week in a thousand is below about a thousandth."""
    rng = np.random.default_rng(3)
    level = np.clip(np.exp(rng.normal(np.log(0.5), 1.5, (800, 1))), 0.02, 60)
    counts = rng.poisson(rng.gamma(level / 0.45, 0.45, (800, 70))).astype(float)
    p = np.stack([week.p for week in scan(counts, counts.sum(axis=0))[20:]])
    assert 0.0003 < (p < 0.001).mean() < 0.003
    assert 0.003 < (p < 0.01).mean() < 0.02


def test_volume_explains_a_campaign_week() -> None:
    rng = np.random.default_rng(4)
    counts = rng.poisson(3.0, (400, 30)).astype(float)
    campaign = counts.copy()
    campaign[:, -1] = rng.poisson(9.0, 400)
    volume = scan(campaign, campaign.sum(axis=0))[-1]
    alone = scan(campaign, counts.sum(axis=0) + campaign.sum() * 10)[-1]  # the same, in a steady sea
    assert (volume.p < 0.001).mean() < 0.01
    assert (alone.p < 0.001).mean() > 0.1


@pytest.mark.parametrize(("weeks", "window"), [(1, 1), (4, 4)])
def test_the_window_is_as_long_as_the_event(weeks: int, window: int) -> None:
    counts = np.tile(counts_of(5, 1, 200), 40)
    counts[0] = 2
    counts[0, -weeks:] = 12 if weeks == 1 else 6
    found = last(counts, counts.sum(axis=0))
    assert found.window[0] == window
    assert found.observed[0] == counts[0, -weeks:].sum()
    assert found.p[0] < 0.001


def test_a_season_that_came_last_year_is_expected() -> None:
    rng = np.random.default_rng(6)
    wave = 1 + 0.9 * np.sin(2 * np.pi * np.arange(156) / 52)
    counts = rng.poisson(np.vstack([np.tile(20 * wave, (5, 1)), np.full((200, 156), 5.0)])).astype(float)
    weeks = scan(counts, counts.sum(axis=0))
    rising = slice(104, 117)
    seasonal = np.array([w.per_week[:5].mean() for w in weeks[rising]])
    assert np.abs(seasonal / (20 * wave[rising]) - 1).max() < 0.3


def test_a_new_level_becomes_the_usual_one() -> None:
    rng = np.random.default_rng(7)
    counts = rng.poisson(1.0, (200, 60)).astype(float)
    counts[0, 30:] = rng.poisson(12.0, 30)
    weeks = scan(counts, counts.sum(axis=0))
    assert weeks[31].p[0] < 1e-4
    assert min(w.p[0] for w in weeks[50:]) > 1e-3


def test_a_past_burst_does_not_make_deaf() -> None:
    counts = np.ones((200, 60))
    burst = counts.copy()
    burst[0, 10:14] = 15
    calm, after = counts.copy(), burst.copy()
    calm[0, -1] = after[0, -1] = 12
    assert last(after, after.sum(axis=0)).p[0] < 1e-4
    assert last(calm, calm.sum(axis=0)).p[0] < 1e-4


def test_some_issue_is_needed() -> None:
    with pytest.raises(ValueError, match="issue"):
        Scan(0)
