"""How an issue's share of the feedback wanders by itself, week by week, and what that leaves of old weeks.

A share that wanders makes every change look effective or harmful, sooner or later. The wander is a random walk of the
log share; its weekly variance is learnt from untouched issues over the same windows (placebos), or, where there are
none, from the weeks before. The more it wanders, the less an old week says of today: weights fall off as in the steady
state of a local level model (Harvey 1989). This module must not know what a change is.

Source: the statistics paper, "Effect of a change" (placebo variance kappa^2); the division of kappa^2 by what a random
walk would give in the same windows is this module's own, so that windows can be weighted.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# By how much a week shares may wander, and how likely each is before anything is known: an issue that nobody touched is
# never quite still, and seldom moves by 13 % a week.
GRID = np.array([0.0, 0.02, 0.04, 0.06, 0.09, 0.13]) ** 2
_PRIOR = np.array([0.1, 0.15, 0.25, 0.25, 0.15, 0.1])
_HALF_EVENT = 0.5
_IQR_TO_SD = 1.349


def weights(wander: float, noise: float, before: int, after: int) -> tuple[Floats, Floats]:
    """Weights of the weeks before (oldest first) and after, the nearest ones 1.

    `wander`: weekly variance of the log share; `noise`: variance of one week's log share by sampling.
    """
    ratio = wander / noise
    gain = (math.sqrt(ratio**2 + 4 * ratio) - ratio) / 2
    fall = 1 - gain
    return fall ** np.arange(before - 1, -1, -1, dtype=np.float64), fall ** np.arange(after, dtype=np.float64)


def spread(before: Floats, after: Floats) -> float:
    """Variance of the weighted mean after less that before, of a random walk whose weekly variance is 1."""
    p, q = before / before.sum(), after / after.sum()
    return float((np.cumsum(q[::-1]) ** 2).sum() + (np.cumsum(p[:-1]) ** 2).sum())


def of_others(
    y_pre: Floats, y_post: Floats, control_pre: Floats, control_post: Floats, phi: float, phi_c: float
) -> float:
    """Weekly variance of the log share of untouched issues; all (issues, weeks), the same two windows.

    The variance of their log rate ratios, from the interquartile range, less what sampling with overdispersion `phi`
    (of the control: `phi_c`) explains, over what a random walk gives in these windows. The median over issues is
    meant: the mean follows the rarest of them, and takes off too much.
    """
    a, b = y_pre.sum(axis=-1) / phi + _HALF_EVENT, y_post.sum(axis=-1) / phi + _HALF_EVENT
    e0, e1 = control_pre.sum(axis=-1), control_post.sum(axis=-1)
    low, high = np.percentile(np.log(b / e1) - np.log(a / e0), (25, 75))
    sampling = float(np.median(1 / a + 1 / b + phi_c * (1 / e0 + 1 / e1)))
    kappa2 = max(0.0, ((float(high) - float(low)) / _IQR_TO_SD) ** 2 - sampling)
    return kappa2 / spread(np.ones(y_pre.shape[-1]), np.ones(y_post.shape[-1]))


def by_itself(y: Floats, control: Floats, phi: float, phi_c: float) -> tuple[Floats, Floats]:
    """What the weeks before say of the weekly variance of the log share: the `GRID` and how likely each value is.

    The likelihood of a local level model (random walk seen through sampling noise, a Kalman filter for all values at
    once) times the prior. A range rather than one value: of 26 weeks nobody can tell 4 % a week from 7 %, and an
    interval that takes the one for sure is too narrow.
    """
    level = (y.sum() + _HALF_EVENT) / control.sum()
    usable = control > 0
    seen = np.log((y[usable] + phi * _HALF_EVENT) / control[usable])
    noise = phi / np.maximum(level * control[usable], phi) + phi_c / control[usable]
    mean, doubt = np.full(len(GRID), seen[0]), np.full(len(GRID), noise[0])
    told = np.zeros(len(GRID))
    for value, sampling in zip(seen[1:], noise[1:], strict=True):
        doubt = doubt + GRID
        total = doubt + sampling
        told -= 0.5 * (np.log(total) + (value - mean) ** 2 / total)
        gain = doubt / total
        mean, doubt = mean + gain * (value - mean), doubt * (1 - gain)
    likely = _PRIOR * np.exp(told - told.max())
    return GRID, likely / likely.sum()
