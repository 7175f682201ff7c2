"""The choice of weeks, placebos and words from a table of counts."""

from __future__ import annotations

import numpy as np
import pytest

from vocbot.stats import effect
from vocbot.stats.judge import LEAST_BEFORE, MIN_SPIKES, fades_by_itself, judge


def table(seed: int = 1, issues: int = 30, weeks: int = 40, drift: float = 0.0, mean: float = 10.0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    share = np.exp(np.cumsum(rng.normal(0, drift, (issues, weeks)), axis=1))
    return rng.poisson(mean * share / share[:, :1]).astype(float)


def total(panel: np.ndarray) -> np.ndarray:
    return panel.sum(axis=0)


def test_a_fall_is_effective_and_a_rise_is_worse() -> None:
    panel = table()
    panel[0, 32:] = np.random.default_rng(2).poisson(3, 8)
    panel[1, 32:] = np.random.default_rng(3).poisson(25, 8)
    down, up, still = (judge(panel, total(panel), i, 31, 32) for i in range(3))
    assert (down.word, up.word) == ("effective", "worse")
    assert still.word in ("not_effective", "inconclusive")
    assert down.effect.low < 0.3 < down.effect.high
    assert (down.before, down.after, down.more_weeks) == (26, 8, None)


def test_a_fall_of_everything_is_no_effect() -> None:
    panel = table(4, mean=40)
    panel[:, 32:] = np.round(panel[:, 32:] * 0.4)
    assert judge(panel, total(panel), 0, 31, 32).word != "effective"


def test_what_wanders_among_the_untouched_is_not_called_an_effect() -> None:
    calm, restless = table(5, 40), table(5, 40, drift=0.2)
    for panel in (calm, restless):
        panel[0] = 12
        panel[0, 32:] = 7
    sure, unsure = (judge(panel, np.full(40, 4_000.0), 0, 31, 32).effect for panel in (calm, restless))
    assert sure.high < unsure.high
    assert unsure.high > 1


def test_a_surge_that_fades_is_no_proof_of_a_fix() -> None:
    panel = table(6)
    panel[0, 28:32] = 40
    panel[0, 32:] = 2
    found = judge(panel, total(panel), 0, 31, 32)
    assert (found.surged, found.word, found.spikes) == (True, "declined", 0)
    assert found.per_week[0] < 15  # without the weeks that raised the alarm


def test_untouched_surges_say_how_much_fades_by_itself() -> None:
    fallen = effect.estimate([40] * 8, [8] * 4, [900] * 8, [900] * 4)
    rng = np.random.default_rng(7)
    as_much, nothing = rng.normal(np.log(0.3), 0.3, MIN_SPIKES), rng.normal(0, 0.3, MIN_SPIKES)
    assert fades_by_itself(fallen, as_much.tolist()) == "declined"
    assert fades_by_itself(fallen, nothing.tolist()) == "effective"
    assert fades_by_itself(fallen, nothing.tolist()[1:]) == "declined"


def test_only_surges_of_others_are_compared_with() -> None:
    panel = table(11, issues=60, weeks=64)
    for n in range(34):
        panel[1 + n, 16 + n : 19 + n] = 60  # each fades within three weeks
    panel[0, 20:23] = 60
    panel[0, 53:56] = 60
    panel[0, 56:] = 1
    found = judge(panel, np.full(64, 9_000.0), 0, 55, 56)
    assert (found.surged, found.word) == (True, "effective")
    assert found.spikes == 34


def test_weeks_are_said_that_are_still_needed() -> None:
    panel = table(8, mean=4)
    panel[0, 38:] = 1
    early = judge(panel, np.full(40, 900.0), 0, 37, 38)
    assert early.word == "too_early"
    assert early.more_weeks is not None
    assert 2 <= early.more_weeks <= 40
    rarer = judge(table(8, mean=1), np.full(40, 900.0), 0, 37, 38)
    assert rarer.more_weeks is None or rarer.more_weeks > early.more_weeks


def test_the_week_of_the_change_belongs_to_neither_side() -> None:
    panel = table(9)
    panel[0, 32:] = 3
    clean = judge(panel, total(panel), 0, 30, 32)
    panel[0, 31] = 500
    assert judge(panel, total(panel) + 490 * (np.arange(40) == 31), 0, 30, 32).effect == clean.effect


def test_too_little_is_refused() -> None:
    panel = table(10)
    for last, first in ((LEAST_BEFORE - 2, 10), (31, 40)):
        with pytest.raises(ValueError, match="whole weeks"):
            judge(panel, total(panel), 0, last, first)
