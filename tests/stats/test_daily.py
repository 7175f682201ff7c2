from __future__ import annotations

import csv
import os
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vocbot.stats.daily import DailyFigures, DailyRule, assess_last_day

_SHARED = Path(os.environ.get("VOCBOT_SHARED", Path(__file__).resolve().parents[3] / "shared"))
_TWEETS = _SHARED / "data" / "en-airline" / "tweets.csv"


def assess(counts: list[list[float]] | np.ndarray, volume: list[float] | np.ndarray, **more: object) -> DailyFigures:
    days = len(volume)
    people = more.pop("people", counts)
    return assess_last_day(counts, people, volume, np.arange(days) % 7, **more)  # type: ignore[arg-type]


def world(seed: int, issues: int = 300, days: int = 50, phi: float = 1.5) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Issues of very different rates under a common, weekly and noisy volume; nothing happens. -> y, volume, mean"""
    rng = np.random.default_rng(seed)
    common = np.array([1, 1.1, 1, 0.9, 1.2, 0.7, 0.6])[np.arange(days) % 7] * np.exp(rng.normal(0, 0.1, days))
    mean = np.exp(rng.normal(np.log(0.5), 1.5, issues))[:, None] * common
    y = rng.poisson(rng.gamma(mean / (phi - 1), phi - 1))
    return y, y.sum(axis=0) + rng.poisson(200 * common), mean


def test_cancelled_flights_alarm_on_the_third_day() -> None:
    """33, 41, 158: the published example, with the rest of the week's topics around it."""
    late, luggage = [142, 167, 135], [29, 39, 61]
    cancelled, volume = [33, 41, 158], [1088, 1192, 1238]
    for day in (1, 2, 3):
        figures = assess([cancelled[:day], late[:day], luggage[:day]], volume[:day])
        assert figures.alarm.tolist() == [day == 3, False, False]
    assert figures.baseline is not None
    assert figures.baseline.expected[0] == pytest.approx(37, abs=5)
    assert figures.p[0] < 1e-9


@pytest.mark.skipif(not _TWEETS.exists(), reason="the airline tweets are not part of the project")
@pytest.mark.parametrize("first", ["2015-02-16", "2015-02-19"])
def test_airline_tweets_alarm_once_on_the_day_the_flights_were_cancelled(first: str) -> None:
    """Every day, every topic, with and without the busy days before: one alarm in all."""
    with _TWEETS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    day_of = [datetime.strptime(row["tweet_created"], "%m/%d/%Y %H:%M").date() for row in rows]
    days = [day for day in sorted(set(day_of)) if day.isoformat() >= first]
    topics = ["cancelled", *sorted({row["negativereason"] for row in rows} - {"", "Cancelled Flight"})]
    counts, volume = np.zeros((len(topics), len(days))), np.zeros(len(days))
    for row, day in zip(rows, day_of, strict=True):
        if day in days:
            at = days.index(day)
            volume[at] += 1
            counts[0, at] += "cancel" in row["text"].lower()
            if row["negativereason"] in topics:
                counts[topics.index(row["negativereason"]), at] += 1
    assert counts[0, -6:].tolist() == [33, 41, 158, 246, 157, 52]
    weekdays = [day.weekday() for day in days]
    alarms = []
    for n in range(1, len(days) + 1):
        figures = assess_last_day(counts[:, :n], counts[:, :n], volume[:n], weekdays[:n])
        alarms += [(days[n - 1].isoformat(), topics[i]) for i in np.flatnonzero(figures.alarm)]
    assert alarms == [("2015-02-21", "cancelled")]


def test_the_first_day_of_all_never_alarms() -> None:
    figures = assess([[500], [0]], [600])
    assert figures.baseline is None
    assert figures.p.tolist() == [1, 1]
    assert figures.enough_mentions.tolist() == [True, False]
    assert not figures.alarm.any()


def test_days_before_anything_was_heard_are_no_baseline() -> None:
    assert assess([[0, 0, 0, 40]], [0, 0, 0, 60]).baseline is None


def test_silent_days_between_do_not_lower_the_baseline() -> None:
    without = assess([[6, 7, 5, 6]], [50, 52, 48, 50])
    silent = assess([[6, 7, 0, 0, 0, 5, 6]], [50, 52, 0, 0, 0, 48, 50])
    assert without.baseline is not None
    assert silent.baseline is not None
    assert silent.baseline.expected == pytest.approx(without.baseline.expected)


def test_a_brand_new_issue_is_judged_by_the_others() -> None:
    y, volume, _ = world(seed=3, days=10)
    y[0], y[0, -1] = 0, 8
    figures = assess(y, volume)
    assert figures.baseline is not None
    assert figures.alarm[0]
    assert 0 < figures.baseline.expected[0] < 0.5
    loud = np.vstack([[*[0] * 9, 8], np.full((300, 10), 40)])
    assert not assess(loud, np.full(10, 15_000)).alarm[0], "8 mentions are little where every issue has 40 a day"


def test_more_of_everything_is_no_alarm() -> None:
    calm, busy = [10, 12, 9, 11, 10, 9, 30], [12, 9, 11, 10, 9, 12, 33]
    assert not assess([calm, busy], [100, 101, 99, 100, 98, 102, 310]).alarm.any()
    assert assess([calm, busy], [100, 101, 99, 100, 98, 102, 120]).alarm.all()


def test_an_unfinished_day_is_measured_by_what_came_so_far() -> None:
    whole = [20, 22, 19, 21, 20, 19]
    early = assess([[*whole, 15]], [400, 410, 390, 400, 405, 395, 40])
    assert early.alarm[0], "15 of the first 40 is far above 20 of 400"


@pytest.mark.parametrize(
    ("today", "people", "part"),
    [
        ([4], [4], "enough_mentions"),
        ([9], [2], "enough_people"),
    ],
)
def test_each_gate_alone_holds_the_alarm(today: list[int], people: list[int], part: str) -> None:
    quiet = [0] * 30
    figures = assess([quiet + today], [100] * 31, people=[quiet + people])
    assert figures.unlikely[0]
    assert not getattr(figures, part)[0]
    assert not figures.alarm[0]


def test_twice_the_baseline_is_asked_for() -> None:
    steady = [1000] * 30
    figures = assess([[*steady, 1700]], [10_000] * 31)
    assert figures.unlikely[0]
    assert not figures.enough_ratio[0]
    assert not figures.alarm[0]
    assert assess([[*steady, 1700]], [10_000] * 31, rule=DailyRule(min_ratio=1.5)).alarm[0]


def test_weekday_factor_waits_three_weeks_and_then_expects_busy_mondays() -> None:
    week = [30, 4, 4, 4, 4, 4, 4]
    for past_days, known in ((14, False), (28, True)):
        counts = (week * 5)[: past_days + 1]
        figures = assess([counts, [5] * len(counts)], [300] * len(counts))
        assert figures.baseline is not None
        assert bool(figures.baseline.weekday_factor[0] > 2) is known
        assert figures.baseline.weekday_factor[1] == pytest.approx(1, abs=0.05)
        assert bool(figures.p[0] > 0.05) is known


def test_overdispersion_is_learnt_but_a_past_burst_hardly_raises_it() -> None:
    y, volume, _ = world(seed=5, issues=200, phi=6)
    wild = assess(y, volume).baseline
    assert wild is not None
    assert np.median(wild.phi) > 2
    steady = [10, 9, 11, 10, 12, 8, 10, 9, 11, 10] * 3
    burst = [*steady[:14], 300, *steady[15:]]
    calm, burnt = assess([steady], [500] * 30).baseline, assess([burst], [500] * 30).baseline
    assert calm is not None
    assert burnt is not None
    assert calm.phi[0] == 1.5
    assert burnt.phi[0] < 3


def test_the_issue_that_is_all_there_is_has_a_steady_index() -> None:
    baseline = assess([[5, 6, 4, 30]], [5, 6, 4, 30]).baseline
    assert baseline is not None
    assert baseline.volume_index.tolist() == [1.0]


def test_false_alarms_stay_below_one_in_a_thousand_and_bursts_are_seen() -> None:
    false = days = seen = bursts = 0
    for seed in range(3):
        y, volume, mean = world(seed)
        for day in range(3, 50):
            past = y[:, : day + 1].copy()
            figures = assess(past, volume[: day + 1])
            false, days = false + int(figures.alarm.sum()), days + figures.alarm.size
            hit = np.arange(day % 10, len(y), 10)
            extra = np.ceil(4 * mean[hit, day] + 8).astype(int)
            past[hit, day] += extra
            loud = assess(past, volume[: day + 1] + np.append(np.zeros(day, dtype=int), extra.sum()))
            seen, bursts = seen + int(loud.alarm[hit].sum()), bursts + hit.size
    assert false / days < 0.001
    assert seen / bursts > 0.9


def test_no_issues_at_all() -> None:
    assert assess(np.zeros((0, 5)), [1, 2, 3, 4, 5]).alarm.shape == (0,)


@settings(deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 300), min_size=6, max_size=6), min_size=1, max_size=6),
    st.lists(st.integers(0, 2000), min_size=6, max_size=6),
    st.integers(1, 200),
)
def test_chances_stay_chances_and_more_mentions_never_look_calmer(
    counts: list[list[int]], volume: list[int], more: int
) -> None:
    one = assess(counts, volume)
    higher = [row.copy() for row in counts]
    higher[0][-1] += more
    other = assess(higher, [*volume[:-1], volume[-1] + more])
    assert np.all((one.p >= 0) & (one.p <= 1))
    if one.baseline is not None:
        assert np.all(np.isfinite(one.baseline.expected) & (one.baseline.expected > 0))
        assert np.all(one.baseline.phi >= 1.5)
    if volume[-1] >= counts[0][-1]:  # else the addition changes the issue's exposure, too
        assert other.p[0] <= one.p[0]


@pytest.mark.parametrize(
    ("counts", "people", "volume", "weekday", "message"),
    [
        ([1, 2], [1, 2], [1, 2], [0, 1], "issues x days"),
        ([[]], [[]], [], [], "at least one day"),
        ([[1, 2]], [[1]], [3, 3], [0, 1], "people must have the shape"),
        ([[1, 2]], [[1, 2]], [3], [0, 1], "one entry per day"),
        ([[1, -2]], [[1, 2]], [3, 3], [0, 1], "counts must be finite"),
        ([[1, 2]], [[1, 2]], [3, float("nan")], [0, 1], "volume must be finite"),
        ([[1, 2]], [[1, 2]], [3, 3], [0, 7], "weekday must be 0 to 6"),
    ],
)
def test_refuses_what_does_not_fit(
    counts: object, people: object, volume: object, weekday: object, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        assess_last_day(counts, people, volume, weekday)  # type: ignore[arg-type]


def special_history(last: int, special_before: list[int]) -> tuple[np.ndarray, np.ndarray, list[int], list[bool]]:
    """Forty days of five mentions; special ones hold as many as given, and the last one is special."""
    counts = np.full((1, 40), 5.0)
    marked = [False] * 40
    for place, count in zip((5, 12, 19, 26), special_before, strict=False):
        counts[0, place], marked[place] = count, True
    counts[0, -1], marked[-1] = last, True
    return counts, np.full(40, 300.0), [d % 7 for d in range(40)], marked


def test_a_campaign_day_is_judged_by_campaign_days() -> None:
    counts, volume, weekday, marked = special_history(26, [25, 27, 24, 26])
    alike = assess_last_day(counts, counts, volume, weekday, special=marked)
    plain = assess_last_day(counts, counts, volume, weekday)
    assert alike.p[0] > 0.05 and not alike.alarm[0]
    assert plain.p[0] < 0.01
    counts[0, -1] = 120
    assert assess_last_day(counts, counts, volume, weekday, special=marked).alarm[0]


def test_the_first_campaign_may_double_anything() -> None:
    counts, volume, weekday, marked = special_history(17, [])
    assert assess_last_day(counts, counts, volume, weekday).alarm[0]
    assert not assess_last_day(counts, counts, volume, weekday, special=marked).alarm[0]


def test_past_campaigns_do_not_raise_what_is_usual() -> None:
    counts, volume, weekday, marked = special_history(5, [60, 60, 60, 60])
    marked[-1] = False
    found = assess_last_day(counts, counts, volume, weekday, special=marked)
    assert found.baseline is not None and found.baseline.expected[0] == pytest.approx(5, rel=0.1)
    with pytest.raises(ValueError, match="special"):
        assess_last_day(counts, counts, volume, weekday, special=[True])
