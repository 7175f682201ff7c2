"""How sure is a share of few? The interval that a list of successes needs beside its percentage."""

from __future__ import annotations

from scipy import special

_LEVEL = 0.95


def interval(successes: int, n: int, level: float = _LEVEL) -> tuple[float, float]:
    """Jeffreys' interval of a share: quantiles of Beta(successes + 1/2, failures + 1/2), 0 and 1 at the ends.

    Source: Brown, Cai and DasGupta 2001. Raises ValueError for counts that are none.
    """
    if not 0 <= successes <= n or n == 0:
        raise ValueError("successes must lie between 0 and n, and n must not be 0")
    tail = (1 - level) / 2
    shapes = successes + 0.5, n - successes + 0.5
    low = 0.0 if successes == 0 else float(special.betaincinv(*shapes, tail))
    high = 1.0 if successes == n else float(special.betaincinv(*shapes, 1 - tail))
    return low, high
