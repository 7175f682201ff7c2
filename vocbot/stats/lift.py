"""Which attribute values (a version, a region, a product) are over-represented in an issue's recent mentions?

Raw lift loves values seen twice; counts love the largest region. The lower 5 % bound of the shrunk lift (EB05)
ranks by what can be vouched for, and an empty answer means that nothing stands out. It is never a cause.

Source: the statistics paper, "Explainable RCA".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

DEFAULT_CUT = 1.5  # about the 95th percentile of the best bound when nothing is planted, single values

_PRIOR = 3.0  # mentions, seen and expected, that draw the lift to one
_REFERENCE_PRIOR = 30.0  # mentions' worth of the population in the reference share
_LOWER = 0.05


@dataclass(frozen=True)
class Lift:
    """One value: `index` into the arrays given, `seen` recent mentions against `expected`, `lift` = seen / expected
    (infinite for a value never met before), `low` its vouched-for lower bound, `share` of the recent mentions and
    `usual_share` to compare it with."""

    index: int
    seen: int
    expected: float
    lift: float
    low: float
    share: float
    usual_share: float


def over_represented(
    recent: ArrayLike,
    recent_total: int,
    past: ArrayLike,
    past_total: int,
    population: ArrayLike,
    population_total: int,
    cut: float = DEFAULT_CUT,
) -> tuple[Lift, ...]:
    """Values whose EB05 reaches `cut`, best first; bounds equal to one decimal, as they are shown, by larger excess.

    For each value v (arrays of one length): `recent[v]` of the issue's `recent_total` mentions in the window,
    `past[v]` of the same issue's `past_total` earlier ones, `population[v]` of all `population_total` feedback.
    Usual share = (past_v + 30 population share) / (past_total + 30); expected = recent_total x usual share;
    EB05 = gamma.ppf(.05, recent_v + 3, scale = 1 / (expected + 3)).

    Raises ValueError for negative counts, a value counted more often than its total, an empty population, or a cut
    below 1 (which would call values over-represented that are not).
    """
    if not cut >= 1:
        raise ValueError("cut must be at least 1")
    n = _counts("recent", recent, recent_total)
    earlier = _counts("past", past, past_total)
    everywhere = _counts("population", population, population_total)
    if not n.shape == earlier.shape == everywhere.shape:
        raise ValueError("recent, past and population must have one entry per value")
    if population_total == 0:
        raise ValueError("an empty population has no shares")
    usual = (earlier + _REFERENCE_PRIOR * everywhere / population_total) / (past_total + _REFERENCE_PRIOR)
    expected = recent_total * usual
    low = special.gammaincinv(n + _PRIOR, _LOWER) / (expected + _PRIOR)
    order = np.lexsort((expected - n, -np.round(low, 1)))
    return tuple(
        Lift(
            index=int(v),
            seen=int(n[v]),
            expected=float(expected[v]),
            lift=float(n[v] / expected[v]) if expected[v] > 0 else float("inf"),
            low=float(low[v]),
            share=float(n[v] / recent_total),
            usual_share=float(usual[v]),
        )
        for v in order
        if low[v] >= cut
    )


def _counts(name: str, values: ArrayLike, total: int) -> NDArray[np.int64]:
    counts = np.asarray(values, dtype=np.int64)
    if counts.ndim != 1:
        raise ValueError(f"{name} must be a vector with one count per value")
    if total < 0 or np.any(counts < 0) or np.any(counts > total):
        raise ValueError(f"{name} must lie between zero and its total")
    return counts
