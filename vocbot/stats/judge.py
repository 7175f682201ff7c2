"""Did a change work, judged from a table of weekly counts of all issues: which weeks, which placebos, which word.

`effect` does the sums and does not choose; here is the choice for a table. Untouched issues tell how much shares wander
by themselves, and untouched surges how fast a surge fades by itself: a ticket opened by a surge that then fades is no
proof of a fix. This module must not word what it finds.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from vocbot.stats import effect
from vocbot.stats.alarms import Alarms
from vocbot.stats.detect import MIN_WEEKS, detect
from vocbot.stats.effect import Word

Floats = NDArray[np.float64]

MOST_BEFORE, MOST_AFTER = 26, 12  # weeks; older ones say little of today
LEAST_BEFORE = 4
MIN_SPIKES = 30
TARGET = 0.4  # the ratio that "needs so many more weeks" is about, unless another one is hoped for

_RECENT_ALARM = 8  # weeks before the change: an alarm as near is why somebody acted
_MOST_PLACEBOS = 200
_LEAST_PLACEBO = 0.25  # of the issue's own mentions: rarer ones are all noise


@dataclass(frozen=True)
class Judged:
    """`word` of the verdict for the look after `after` weeks, against `before` weeks; `per_week` mentions in each.

    `more_weeks` until an effect of the target would show with a chance of 80 %: None where that is decided, or never.
    `surged`: a surge shortly before made somebody act; `spikes` untouched surges it was compared with, if any.
    """

    effect: effect.Effect
    word: Word
    before: int
    after: int
    per_week: tuple[float, float]
    more_weeks: int | None
    surged: bool
    spikes: int


def judge(
    counts: ArrayLike, totals: ArrayLike, issue: int, last_before: int, first_after: int, target: float = TARGET
) -> Judged:
    """Judge the change between the weeks `last_before` and `first_after` (indices, whole weeks) for one issue.

    `counts` (issues, weeks): mentions; `totals` (weeks,): all feedback. Raises ValueError where there are fewer than
    `LEAST_BEFORE` weeks before, none after, or no other feedback to compare with.
    """
    panel, volume = np.asarray(counts, dtype=np.float64), np.asarray(totals, dtype=np.float64)
    weeks = panel.shape[1]
    if last_before + 1 < LEAST_BEFORE or first_after >= weeks:
        raise ValueError(f"at least {LEAST_BEFORE} whole weeks before the change and one after it are needed")
    surge = _surge(panel[:, : last_before + 1], volume[: last_before + 1], issue)
    begin = max(0, last_before + 1 - MOST_BEFORE)
    chosen = [t for t in range(begin, last_before + 1) if surge is None or not surge[0] <= t <= surge[1]]
    if len(chosen) < LEAST_BEFORE:
        chosen = list(range(begin, last_before + 1))
    after = slice(first_after, min(weeks, first_after + MOST_AFTER))
    control = np.maximum(volume - panel, 0.0)
    wander = wander_of_others(panel, control, issue, chosen, after)
    own = panel[issue]
    found = effect.estimate(own[chosen], own[after], control[issue, chosen], control[issue, after], wander)
    looked = len(own[after])
    word = effect.verdict(found, looked)
    ratios: list[float] = []
    if word == "effective" and surge is not None:
        ratios = _untouched_spikes(panel, control, issue, first_after - surge[1], looked)
        word = fades_by_itself(found, ratios)
    more = None
    if word in ("too_early", "inconclusive"):
        per_week, rest = max(float(own[chosen].mean()), 0.1), float(control[issue, chosen].mean())
        needed = effect.weeks_needed(per_week, target, len(chosen), rest, found.phi, wander or 0.0)
        more = None if needed is None else max(1, needed - looked)
    return Judged(
        effect=found,
        word=word,
        before=len(chosen),
        after=looked,
        per_week=(float(own[chosen].mean()), float(own[after].mean())),
        more_weeks=more,
        surged=surge is not None,
        spikes=len(ratios) if len(ratios) >= MIN_SPIKES else 0,
    )


def fades_by_itself(found: effect.Effect, ratios: Sequence[float]) -> Word:
    """The word "effective" where the decline beats that of untouched surges, given their log rate ratios; else
    "declined".

    With fewer than `MIN_SPIKES` of them, what the change did cannot be told from what would have come anyway.
    """
    if len(ratios) < MIN_SPIKES:
        return "declined"
    natural = np.asarray(ratios)
    own_sd = (math.log(found.high) - math.log(found.low)) / (2 * 1.96)
    z = (natural.mean() - math.log(found.rate_ratio)) / max(float(natural.std(ddof=1)), own_sd)
    return "effective" if float(special.ndtr(z)) >= effect.SURE else "declined"


def _surge(panel: Floats, volume: Floats, issue: int) -> tuple[int, int] | None:
    """First and last week of the window of the issue's latest alarm, where that was shortly before; not of a new
    issue, which has no lower level to fall back to by itself."""
    found = [s for s in _spikes(panel, volume) if s[0] == issue and s[2] >= panel.shape[1] - _RECENT_ALARM]
    return found[-1][1:] if found else None


def _spikes(panel: Floats, volume: Floats) -> list[tuple[int, int, int]]:
    """All surges: issue, first and last week of the window that raised the alarm."""
    if panel.shape[1] < MIN_WEEKS:
        return []
    alarms = Alarms(len(panel))
    found = []
    for t, week in enumerate(detect(panel, volume)):
        for raised in alarms.step(week, panel[:, t], panel[:, t]):
            if raised.state != "emerging":
                found.append((raised.index, t - int(week.window[raised.index]) + 1, t))
    return found


def _untouched_spikes(panel: Floats, control: Floats, issue: int, lag: int, looked: int) -> list[float]:
    """Log rate ratios of other issues' surges, `looked` weeks that begin `lag` weeks after the alarm against before."""
    ratios = []
    for other, first, last in _spikes(panel, (panel + control)[issue]):
        after = slice(last + lag, last + lag + looked)
        before = slice(max(0, first - MOST_BEFORE), first)
        if other == issue or first < LEAST_BEFORE or after.stop > panel.shape[1]:
            continue
        rate_after = (panel[other, after].sum() + 0.5) / max(control[other, after].sum(), 1.0)
        rate_before = (panel[other, before].sum() + 0.5) / max(control[other, before].sum(), 1.0)
        ratios.append(math.log(rate_after / rate_before))
    return ratios


def wander_of_others(panel: Floats, control: Floats, issue: int, before: Sequence[int], after: slice) -> float | None:
    """How much issues of like size wander by themselves, as `effect.estimate` takes it; None where there are too few.

    `panel`, `control` (issues, weeks): mentions and all other feedback; the weeks `before` and `after`.
    """
    before = list(before)
    level = panel[:, before].mean(axis=1)
    usable = (level >= _LEAST_PLACEBO * level[issue]) & (level > 0)
    usable &= (control[:, before].sum(axis=1) > 0) & (control[:, after].sum(axis=1) > 0)
    usable[issue] = False
    others = np.flatnonzero(usable)
    if len(others) < effect.MIN_PLACEBOS:
        return None
    near = others[np.argsort(np.abs(np.log(level[others] / max(level[issue], 0.1))), kind="stable")][:_MOST_PLACEBOS]
    return effect.placebo_wander(
        panel[near][:, before], panel[near, after], control[near][:, before], control[near, after]
    )
