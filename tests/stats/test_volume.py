from __future__ import annotations

import numpy as np

from vocbot.stats.volume import VolumeIndex


def index(counts: np.ndarray, totals: np.ndarray) -> np.ndarray:
    state = VolumeIndex(counts.shape[0])
    return np.stack([state.step(counts[:, t], float(totals[t])) for t in range(counts.shape[1])], axis=1)


def test_it_follows_the_volume_of_many_issues() -> None:
    rng = np.random.default_rng(1)
    counts = rng.poisson(np.linspace(5, 10, 40), (500, 40)).astype(float)
    found = index(counts, counts.sum(axis=0))
    assert np.allclose(found[:, -1], 2.0, rtol=0.1)


def test_an_issue_is_no_part_of_its_own_volume() -> None:
    counts = np.full((300, 20), 3.0)
    counts[0, -1] = 900.0
    found = index(counts, counts.sum(axis=0))
    assert found[0, -1] == found[0, -2]
    assert found[1, -1] > 1.5


def test_two_issues_are_hardly_a_volume() -> None:
    counts = np.full((2, 20), 50.0)
    counts[1, -1] = 200.0
    assert index(counts, counts.sum(axis=0))[0, -1] < 1.5
    told = np.where(np.arange(20) == 19, 40_000.0, 10_000.0)
    assert index(counts, told)[0, -1] > 3  # the same four-fold, but of all feedback


def test_weeks_before_the_first_feedback_say_nothing() -> None:
    counts = np.zeros((4, 6))
    counts[:, 3:] = 5
    assert (index(counts, counts.sum(axis=0))[:, :3] == 1).all()
