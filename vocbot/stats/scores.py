"""What a set of scores says (NPS, CSAT), with an interval, and which patterns look made up.

A mean of five answers is an anecdote, so below a minimum no figure is given at all. This module must not know which
area or department the scores are of.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

Floats = NDArray[np.float64]
Kind = Literal["nps", "csat"]

MIN_ANSWERS = 30

_Z = 1.96
_PROMOTER, _DETRACTOR = 9.0, 6.0  # NPS: 9-10 recommend, 0-6 do not
_SATISFIED = 4.0  # CSAT: 4 and 5 of 5
_TAIL = 1e-4
_LEAST_RUN = 8


@dataclass(frozen=True)
class Summary:
    """The KPI from `n` answers: `value` in points (NPS: -100 to 100, CSAT: 0 to 100) with its 95 % interval.

    With fewer than `MIN_ANSWERS` the value is None.
    """

    n: int
    value: float | None
    low: float | None
    high: float | None


def summarise(scores: ArrayLike, kind: Kind) -> Summary:
    """The KPI of `scores` (answers,): NPS of 0-10, CSAT of 1-5.

    NPS: share of promoters less that of detractors, with an interval from the variance of (+1, 0, -1) and the square
    root of n, one answer of each added; CSAT: share of 4 and 5, Wilson's interval. Raises ValueError for scores out of
    range.
    """
    given = np.asarray(scores, dtype=np.float64)
    least, most = (0.0, 10.0) if kind == "nps" else (1.0, 5.0)
    if given.ndim != 1 or not np.all((given >= least) & (given <= most)):
        raise ValueError(f"scores of {kind} must lie between {least:.0f} and {most:.0f}")
    n = len(given)
    if n < MIN_ANSWERS:
        return Summary(n, None, None, None)
    if kind == "nps":
        votes = np.where(given >= _PROMOTER, 1.0, np.where(given <= _DETRACTOR, -1.0, 0.0))
        held = np.append(votes, [1.0, 0.0, -1.0])  # else ten equal answers have no variance at all
        half = _Z * float(held.std()) / math.sqrt(n)
        value = float(votes.mean())
        return Summary(n, 100 * value, 100 * max(-1.0, value - half), 100 * min(1.0, value + half))
    share = float((given >= _SATISFIED).mean())
    centre, spread = share + _Z**2 / (2 * n), _Z * math.sqrt(share * (1 - share) / n + _Z**2 / (4 * n * n))
    scale = 1 + _Z**2 / n
    return Summary(n, 100 * share, 100 * (centre - spread) / scale, 100 * (centre + spread) / scale)


@dataclass(frozen=True)
class Crowded:
    """On `day` (index) `seen` answers gave the one `score`, where `expected` were usual; `p` is the chance of it."""

    day: int
    score: float
    seen: int
    expected: float
    p: float


def crowded_days(days: ArrayLike, scores: ArrayLike) -> tuple[Crowded, ...]:
    """Days on which one score came far more often than its usual share among that day's answers makes likely.

    `days` and `scores` (answers,). At least eight equal answers, `MIN_ANSWERS` on other days, and a binomial tail below
    1e-4 over all days and scores tried (Bonferroni): somebody may be filling in surveys. The usual share is that of all
    other days, with one answer of each kind added.
    """
    when, given = np.asarray(days, dtype=np.int64), np.asarray(scores, dtype=np.float64)
    if when.shape != given.shape or when.ndim != 1:
        raise ValueError("each answer needs a day and a score")
    kinds = np.unique(given)
    cells = [(int(day), float(kind)) for day in np.unique(when) for kind in kinds]
    found = []
    for day, kind in cells:
        today = when == day
        seen, of = int((today & (given == kind)).sum()), int(today.sum())
        if seen < _LEAST_RUN or (~today).sum() < MIN_ANSWERS:
            continue
        usual = (float((~today & (given == kind)).sum()) + 1) / (float((~today).sum()) + len(kinds) + 1)
        p = float(special.bdtrc(seen - 1, of, usual)) * len(cells)
        if p < _TAIL:
            found.append(Crowded(day, kind, seen, of * usual, min(1.0, p)))
    return tuple(sorted(found, key=lambda one: one.p))
