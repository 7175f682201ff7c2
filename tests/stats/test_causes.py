"""Values and pairs that stand out; how often they are the planted ones is measured in bench/stats.py."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vocbot.stats.causes import MISSING, rank

SHARES = ([0.5, 0.3, 0.1, 0.1], [0.7, 0.2, 0.1], [0.6, 0.4])


def rows(rng: np.random.Generator, n: int) -> np.ndarray:
    return np.column_stack([rng.choice(len(p), n, p=p) for p in SHARES])


def test_a_planted_value_comes_first_and_stands_out() -> None:
    rng = np.random.default_rng(1)
    recent, past, everyone = rows(rng, 30), rows(rng, 300), rows(rng, 5000)
    recent[:14, 0] = 3
    ranking = rank(recent, past, everyone)
    best = ranking.found[0]
    assert (best.columns, best.codes) == ((0,), (3,))
    assert best.lift.seen == (recent[:, 0] == 3).sum()
    assert best.lift.expected == pytest.approx(3.0, rel=0.3)
    assert best.lift.low >= ranking.cut > 1


def test_a_planted_pair_is_said_as_a_pair() -> None:
    rng = np.random.default_rng(2)
    recent, past, everyone = rows(rng, 60), rows(rng, 600), rows(rng, 5000)
    recent[:18, 0], recent[:18, 1] = 2, 2
    found = rank(recent, past, everyone).found
    assert ((0, 1), (2, 2)) in [(one.columns, one.codes) for one in found]
    assert all(len(one.columns) == 1 for one in rank(recent, past, everyone, pairs=False).candidates)


def test_a_value_all_mentions_share_makes_no_pair() -> None:
    """Everybody who complains is angry: "angry & version 3" says no more than "version 3"."""
    rng = np.random.default_rng(3)
    recent, past, everyone = rows(rng, 40), rows(rng, 300), rows(rng, 5000)
    recent[:, 2] = past[:, 2] = 1
    recent[:20, 0] = 3
    best = rank(recent, past, everyone).candidates[0]
    assert (best.columns, best.codes) == ((0,), (3,))


def test_quiet_windows_mostly_say_nothing() -> None:
    rng = np.random.default_rng(4)
    said = sum(bool(rank(rows(rng, 60), rows(rng, 70), rows(rng, 3000)).found) for _ in range(150))
    assert said <= 14  # nominal 7.5; windows drawn straight from so short a past hold a statement far more often


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.permutations(range(25)))
def test_the_order_of_rows_does_not_matter(seed: int, order: list[int]) -> None:
    rng = np.random.default_rng(seed)
    recent, past, everyone = rows(rng, 25), rows(rng, 100), rows(rng, 500)
    here, there = rank(recent, past, everyone), rank(recent[order], past, everyone)
    assert here.cut == there.cut
    assert {(c.codes, c.lift) for c in here.candidates} == {(c.codes, c.lift) for c in there.candidates}


def test_what_is_not_known_is_no_value() -> None:
    rng = np.random.default_rng(5)
    recent, past, everyone = rows(rng, 30), rows(rng, 100), rows(rng, 900)
    recent[:, 1] = MISSING
    assert all(1 not in one.columns for one in rank(recent, past, everyone).candidates)


def test_without_a_past_all_feedback_is_the_measure() -> None:
    rng = np.random.default_rng(6)
    recent, everyone = rows(rng, 30), rows(rng, 3000)
    recent[:20, 0] = 3
    best = rank(recent, rows(rng, 0), everyone).found[0]
    assert best.codes == (3,)
    assert best.lift.usual_share == pytest.approx(0.1, abs=0.03)


def test_other_shapes_are_refused() -> None:
    table = np.zeros((3, 2), dtype=int)
    with pytest.raises(ValueError, match="same attributes"):
        rank(table, table[:, :1], table)
    with pytest.raises(ValueError, match="population"):
        rank(table, table, table[:0])
    assert rank(table[:0], table, table).candidates == ()


def test_equal_rows_may_be_given_once_with_their_number() -> None:
    rng = np.random.default_rng(7)
    recent, past, everyone = rows(rng, 30), rows(rng, 200), rows(rng, 900)
    kinds, times = np.unique(everyone, axis=0, return_counts=True)
    assert rank(recent, past, kinds, times).candidates == rank(recent, past, everyone).candidates


def test_what_is_missing_is_not_counted_with_the_last_value_of_another_window() -> None:
    """In every draw most rows lack the attribute, and the others have its last value."""
    past = np.array([[0], [1], *[[MISSING]] * 10])
    everyone = np.array([[0], [1], *[[MISSING]] * 30])
    recent = np.array([[1], *[[MISSING]] * 11])
    ranking = rank(recent, past, everyone)
    assert all(one.lift.seen <= 1 for one in ranking.candidates)
