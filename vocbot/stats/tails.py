"""Chance of a count as high as the one seen, when its mean and variance are known.

Every alarm rests on this one tail, so it lives alone and is checked against exact sums. The variance is given
directly because the detectors add up several sources of it (overdispersion, an uncertain baseline, drift). This
module must not know where a mean came from, nor what chance is small enough to alarm.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

# Below this excess of variance over the mean the two tails agree to seven digits even at 8 sd, while the size would
# run towards infinity.
_POISSON_BELOW = 1e-9


def midp_upper(observed: ArrayLike, mean: ArrayLike, variance: ArrayLike) -> NDArray[np.float64]:
    """Mid-p upper tail P(Y > observed) + P(Y = observed) / 2 of a negative binomial, element by element.

    The distribution is fixed by its `mean` mu and `variance` V: size = mu^2 / (V - mu), and
    P(Y >= k) = I_x(k, size) with x = (V - mu) / V. With V <= mu it is the Poisson limit P(Y >= k) = P(k, mu)
    (regularised lower gamma). Arguments broadcast; the result has the broadcast shape. A mean of zero leaves no
    room for a mention: 0.5 when none was seen, else 0.

    Raises ValueError for negative or non-finite arguments.
    """
    seen, mu, var = np.broadcast_arrays(
        np.asarray(observed, dtype=np.float64),
        np.asarray(mean, dtype=np.float64),
        np.asarray(variance, dtype=np.float64),
    )
    for name, values in (("observed", seen), ("mean", mu), ("variance", var)):
        if not np.all(np.isfinite(values)) or np.any(values < 0):
            raise ValueError(f"{name} must be finite and not negative")
    tail: NDArray[np.float64] = 0.5 * (_at_least(seen, mu, var) + _at_least(seen + 1, mu, var))
    return tail


def midp_above(
    observed: NDArray[np.float64], mean: NDArray[np.float64], variance: NDArray[np.float64]
) -> NDArray[np.float64]:
    """`midp_upper` for the inner loop: vectors of one shape, counts and means above zero, variance above the mean.

    Nothing is checked; one special function instead of two: P(Y > y) + P(Y = y) / 2 with the second from logarithms.
    """
    excess = np.maximum(variance - mean, _POISSON_BELOW * mean)
    size, x = mean**2 / excess, excess / (excess + mean)
    log_equal = special.gammaln(observed + size) - special.gammaln(size) - special.gammaln(observed + 1)
    log_equal += size * np.log1p(-x) + observed * np.log(x)
    tail: NDArray[np.float64] = special.betainc(observed + 1, size, x) + 0.5 * np.exp(log_equal)
    return tail


def _at_least(k: NDArray[np.float64], mu: NDArray[np.float64], var: NDArray[np.float64]) -> NDArray[np.float64]:
    excess = var - mu
    wide = (mu > 0) & (excess > _POISSON_BELOW * mu)
    size = np.where(wide, mu, 1.0) ** 2 / np.where(wide, excess, 1.0)
    # A size of zero (underflow at means near the smallest float) is outside betainc's domain.
    size = np.maximum(size, np.finfo(np.float64).tiny)
    x = np.where(wide, excess, 0.0) / np.where(wide, var, 1.0)
    positive = np.maximum(k, 1.0)  # k = 0 is answered below: betainc and gammainc are not defined there
    tail = np.where(wide, special.betainc(positive, size, x), special.gammainc(positive, mu))
    result: NDArray[np.float64] = np.where(k > 0, tail, 1.0)
    return result
