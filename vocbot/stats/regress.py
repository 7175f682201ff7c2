"""Has a verified fix worn off? A cumulative sum over the weeks since, against "half-way back".

"Back to half of the old rate in one week" re-opens nearly every fixed issue once a year; the CUSUM collects
evidence instead. This module says when, not what to do about it.

Source: the statistics paper, "Verdict rules": C <- max(0, C + (y ln(r1/r0) - (r1 - r0)) / phi), alarm at h = 5.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

# With both rates known, a fix that held is called regressed in 5-10 % of years, one that wore off fully after 4, 2, 1
# weeks (3, 10, 50 mentions a week before). With a rate after that was estimated from eight weeks the false calls
# double at 10 a week and below (about 20 %): give it all the quiet weeks there are.
THRESHOLD = 5.0


@dataclass(frozen=True)
class Watch:
    """`path`: the CUSUM after each week; `crossed`: index of the first week at or above the threshold, or None."""

    path: NDArray[np.float64]
    crossed: int | None


def watch_regression(counts: ArrayLike, control: ArrayLike, rate_before: float, rate_after: float, phi: float) -> Watch:
    """Run the CUSUM over the weeks after the verdict.

    `counts`: mentions per week, `control`: all other feedback of those weeks; `rate_before` > `rate_after` > 0:
    mentions per unit of control before and after the change, and `phi` >= 1 the overdispersion, all as
    `effect.estimate` gives them.

    Raises ValueError for rates in another order, phi below 1, or weeks that are negative or do not match.
    """
    y, volume = np.asarray(counts, dtype=np.float64), np.asarray(control, dtype=np.float64)
    if y.ndim != 1 or y.shape != volume.shape:
        raise ValueError("counts and control must be two vectors of the same weeks")
    if not (np.all(np.isfinite(y)) and np.all(np.isfinite(volume)) and np.all(y >= 0) and np.all(volume >= 0)):
        raise ValueError("counts and control must be finite and not negative")
    if not 0 < rate_after < rate_before < math.inf:
        raise ValueError("the rate after must be positive and below the rate before")
    if not 1 <= phi < math.inf:
        raise ValueError("phi must be at least 1")
    half_back = rate_after + (rate_before - rate_after) / 2
    steps = (y * math.log(half_back / rate_after) - (half_back - rate_after) * volume) / phi
    total = np.cumsum(steps)
    path = total - np.minimum.accumulate(np.minimum(total, 0.0))  # the recursion max(0, C + step), unrolled
    above = np.flatnonzero(path >= THRESHOLD)
    return Watch(path=path, crossed=int(above[0]) if above.size else None)
