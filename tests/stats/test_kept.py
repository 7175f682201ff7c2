"""Put away and taken up again at any week, a detector says what it would have said without."""

from __future__ import annotations

from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from vocbot.stats.detect import Detector, detect
from vocbot.stats.kept import pack, unpack

Floats = NDArray[np.float64]


def panel(seed: int, issues: int, weeks: int) -> Floats:
    rng = np.random.default_rng(seed)
    level = np.exp(rng.normal(-0.5, 1.2, issues))[:, None]
    counts = rng.poisson(level * (1 + 0.3 * np.sin(np.arange(weeks) / 8.3))).astype(float)
    counts[0, weeks // 2 : weeks // 2 + 3] += 9
    counts[-1] = 0  # the one that is never mentioned
    return counts


def total(counts: Floats, t: int) -> float:
    return float(counts[:, t].sum()) + 30


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10**6), st.integers(2, 6), st.integers(9, 80), st.data())
def test_going_on_is_going_through_all(seed: int, issues: int, weeks: int, data: st.DataObject) -> None:
    counts = panel(seed, issues, weeks)
    stops = data.draw(st.sets(st.integers(1, weeks - 1), max_size=3))
    state = Detector(issues)
    for t, batch in enumerate(detect(counts, counts.sum(axis=0) + 30)):
        if t in stops:
            state = unpack(pack(state), range(issues))
        for one, other in zip(astuple(state.step(counts[:, t], total(counts, t))), astuple(batch), strict=True):
            np.testing.assert_array_equal(one, other)


def test_issues_may_go_and_new_ones_come() -> None:
    """Those that stay go on as they were; a new one as one that was never mentioned."""
    counts = panel(3, 5, 70)
    whole, state = Detector(5), Detector(5)
    for t in range(60):
        whole.step(counts[:, t], total(counts, t))
        state.step(counts[:, t], total(counts, t))
    other = unpack(pack(state), [2, 0, 4, 4])
    for t in range(60, 70):
        expected = whole.step(counts[:, t], total(counts, t))
        found = other.step(counts[[2, 0, 4, 4], t], total(counts, t))
        np.testing.assert_allclose(found.per_week[:2], expected.per_week[[2, 0]], rtol=0.15)
        assert found.per_week[2] == found.per_week[3]


def test_it_is_small() -> None:
    counts = panel(1, 300, 104)
    state = Detector(300)
    for t in range(104):
        state.step(counts[:, t], total(counts, t))
    assert len(pack(state)) < 300 * 7_000


def test_another_versions_state_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    data = pack(Detector(2))
    monkeypatch.setattr("vocbot.stats.kept.VERSION", 2)
    with pytest.raises(ValueError, match="another version"):
        unpack(data, [0, 1])
