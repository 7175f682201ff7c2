"""Has a verified fix worn off? A cumulative sum over the weeks since, against "half-way back".

"Back to half of the old rate in one week" re-opens nearly every fixed issue once a year; the CUSUM collects evidence
instead. This module says when, not what to do about it.

Source: the statistics paper, "Verdict rules". Two departures, because the rate after a fix is known from a few weeks
only and every week that it is too low looks like a relapse: the rate taken is the upper quartile of what the calm weeks
allow, and weeks that passed quietly count among them four weeks later. The steps are log likelihood ratios of negative
binomials rather than Poisson ones over phi. At 10 mentions a week before a fix to a fifth, false calls in a year fell
from 19 % to 7 % with the same delay (docs/benchmarks.md).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

THRESHOLD = 5.0

_UPPER = 0.75
_GUARD = 4  # weeks until a quiet week counts among the calm ones
_LEAST_RISE = 0.1  # of the rate before: half-way back is never less than that above the calm rate
_HALF_EVENT = 0.5
_NOTHING = 1e-9  # mentions expected in a week without feedback: it tells nothing
_LEAST_PHI = 1.01  # a negative binomial with less is a Poisson, and its size beyond all numbers


@dataclass(frozen=True)
class Watch:
    """`path`: the CUSUM after each week; `crossed`: index of the first week at or above the threshold, or None."""

    path: NDArray[np.float64]
    crossed: int | None


def watch_regression(
    counts: ArrayLike, control: ArrayLike, rate_before: float, calm: tuple[float, float], phi: float
) -> Watch:
    """Run the CUSUM over the weeks after the verdict.

    `counts`: mentions per week, `control`: all other feedback of those weeks; `rate_before` > 0: mentions per unit of
    control before the change; `calm`: mentions and control volume of the weeks that verified it; `phi` >= 1 the
    overdispersion, as `effect.estimate` gives it.

    Raises ValueError for figures that are negative or not finite, calm weeks without control volume, phi below 1, or
    weeks that do not match.
    """
    y, volume = np.asarray(counts, dtype=np.float64), np.asarray(control, dtype=np.float64)
    if y.ndim != 1 or y.shape != volume.shape:
        raise ValueError("counts and control must be two vectors of the same weeks")
    if not (np.all(np.isfinite(y)) and np.all(np.isfinite(volume)) and np.all(y >= 0) and np.all(volume >= 0)):
        raise ValueError("counts and control must be finite and not negative")
    mentions, exposure = calm
    if not (0 < rate_before < math.inf and 0 <= mentions < math.inf and 0 < exposure < math.inf):
        raise ValueError("the rate before and the calm weeks must be finite, the volumes positive")
    if not 1 <= phi < math.inf:
        raise ValueError("phi must be at least 1")
    phi = max(phi, _LEAST_PHI)
    path, total, crossed = np.zeros(len(y)), 0.0, None
    for week in range(len(y)):
        if week >= _GUARD and (crossed is None or week - _GUARD < crossed):
            mentions, exposure = mentions + float(y[week - _GUARD]), exposure + float(volume[week - _GUARD])
        rate = float(special.gammaincinv(mentions / phi + _HALF_EVENT, _UPPER)) * phi / exposure
        half_back = rate + max(rate_before - rate, _LEAST_RISE * rate_before) / 2
        total = max(0.0, total + _ratio(float(y[week]), rate * volume[week], half_back * volume[week], phi))
        path[week] = total
        if crossed is None and total >= THRESHOLD:
            crossed = week
    return Watch(path=path, crossed=crossed)


def _ratio(seen: float, calm: float, back: float, phi: float) -> float:
    """Log likelihood of a week under the higher mean over that under the lower one; variance phi times the mean."""
    if calm < _NOTHING:
        return 0.0
    low, high = calm / (phi - 1), back / (phi - 1)
    gain = special.gammaln(seen + high) - special.gammaln(high) - special.gammaln(seen + low) + special.gammaln(low)
    return float(gain - (high - low) * math.log(phi))
