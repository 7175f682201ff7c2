"""What is a score."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.file.scores import read_score


@pytest.mark.parametrize(
    ("value", "score"),
    [
        ("4", 4),
        (" 4.5 ", 4.5),
        ("4,5", 4.5),
        ("-1", -1),
        (4, 4),
        (3.5, 3.5),
        ("4/5", 4),
        ("8/10", 4),
        ("5.0 out of 5 stars", 5),
        ("4 out of 5", 4),
        ("4 stars", 4),
        ("1 star", 1),
        ("4星", 4),
        ("4分", 4),
        ("五星", 5),
        ("★★★★", 4),
        ("★★★★☆", 4),
        ("⭐️⭐️⭐️", 3),
        ("☆☆☆☆☆", 0),
        ("80%", 4),
    ],
)
def test_a_score(value: object, score: float) -> None:
    assert read_score(value) == score


@pytest.mark.parametrize(
    "value", ["", " ", None, True, "good", "NaN", "inf", float("nan"), float("inf"), "1e5", "4/0", "★" * 11]
)
def test_none(value: object) -> None:
    assert read_score(value) is None


@given(st.one_of(st.text(max_size=20), st.floats(), st.integers(-(10**15), 10**15)))
def test_anything_is_a_finite_number_or_none(value: object) -> None:
    found = read_score(value)
    assert found is None or abs(found) < float("inf")
