"""What the issues together say about the rate of one of them.

Most issues are rare, so a rate of its own is mostly noise. The gamma prior over all issues tells how much to
trust it; an issue without any past simply gets the prior. This module must not know what a unit of exposure is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

Floats = NDArray[np.float64]

# The likelihood alone has no maximum for a single issue, for issues that are all alike (shape -> infinity) or
# without any event (mean -> 0). Two faint penalties close these cases and are worth less than one issue together:
# the shape is log-normal around 0.5 (rates of issues spread over orders of magnitude), and half an event is seen at
# the pooled rate. (Half an event alone lets the mean run away upwards when nearly all issues are silent.)
_LOG_SHAPE_CENTRE = math.log(0.5)
_LOG_SHAPE_SD = 1.5
_EXTRA_EVENTS = 0.5

_LOG_SHAPE_RANGE = (math.log(1e-3), math.log(1e4))
_LONGEST_STEP = 1.0
_SHORTEST_STEP = 1e-7
_MOST_STEPS = 100


@dataclass(frozen=True)
class GammaPrior:
    """Rates of issues ~ Gamma(shape, rate): `shape` = a0 in events, `rate` = b0 in units of exposure."""

    shape: float
    rate: float


@dataclass(frozen=True)
class _Point:
    """Penalised log-likelihood with slopes and curvatures in u = log shape and w = log mean rate."""

    u: float
    w: float
    value: float
    slope: tuple[float, float]
    curve: tuple[float, float, float]  # uu, uw, ww


def fit_gamma_prior(events: ArrayLike, exposure: ArrayLike) -> GammaPrior:
    """Fit (a0, b0) by maximising sum_i log NB(A_i | a0, b0 / (b0 + B_i)) over issues.

    `events` A_i >= 0 (need not be whole: discounted sums are fine) and `exposure` B_i >= 0, both of shape
    (issues,). Issues without exposure say nothing and are left out. The result is finite and positive, and
    follows the unit of exposure: doubling every B_i doubles b0.

    Raises ValueError when no issue has exposure, or for negative, non-finite or ill-shaped arguments.
    """
    seen = np.asarray(events, dtype=np.float64)
    units = np.asarray(exposure, dtype=np.float64)
    if seen.ndim != 1 or seen.shape != units.shape:
        raise ValueError("events and exposure must be two vectors of one length")
    for name, values in (("events", seen), ("exposure", units)):
        if not np.all(np.isfinite(values)) or np.any(values < 0):
            raise ValueError(f"{name} must be finite and not negative")
    kept = units > 0
    if not kept.any():
        raise ValueError("no issue has any exposure")
    best = _climb(seen[kept], units[kept])
    shape = math.exp(best.u)
    return GammaPrior(shape=shape, rate=shape / math.exp(best.w))


def _climb(a: Floats, b: Floats) -> _Point:
    """Damped Newton. (scipy's optimisers call threaded linear algebra, which stalls for long on a busy machine.)"""
    pooled = math.log((a.sum() + _EXTRA_EVENTS) / b.sum())
    here = _look(_LOG_SHAPE_CENTRE, pooled, a, b, pooled)
    for _ in range(_MOST_STEPS):
        du, dw = _step(here)
        while max(abs(du), abs(dw)) > _SHORTEST_STEP:
            u = min(max(here.u + du, _LOG_SHAPE_RANGE[0]), _LOG_SHAPE_RANGE[1])
            there = _look(u, here.w + dw, a, b, pooled)
            if there.value > here.value:
                here = there
                break
            du, dw = du / 2, dw / 2
        else:
            break
    return here


def _step(at: _Point) -> tuple[float, float]:
    """Newton's step where the surface is a hilltop, else uphill in each direction alone; of limited length.

    The surface is a hilltop in w everywhere (ww < 0); at a bound of the shape only w still moves.
    """
    (gu, gw), (uu, uw, ww) = at.slope, at.curve
    determinant = uu * ww - uw * uw
    at_bound = at.u == _LOG_SHAPE_RANGE[0 if gu < 0 else 1]
    if uu < 0 < determinant and not at_bound:
        du, dw = (uw * gw - ww * gu) / determinant, (uw * gu - uu * gw) / determinant
    else:
        du, dw = 0.0 if at_bound else gu / max(abs(uu), 1.0), -gw / ww
    shrink = _LONGEST_STEP / max(abs(du), abs(dw), _LONGEST_STEP)
    return du * shrink, dw * shrink


def _look(u: float, w: float, a: Floats, b: Floats, pooled: float) -> _Point:
    shape = math.exp(u)
    mean = math.exp(w) * b
    total, rest = shape + mean, mean - a
    log_rest = np.log(shape / total)
    # The special functions are the slow part, and most issues share their count with many others.
    counts, times = np.unique(a, return_counts=True)
    factorial = float((times * (special.gammaln(counts + shape) - special.gammaln(shape))).sum())
    factorial_slope = float((times * (special.digamma(counts + shape) - special.digamma(shape))).sum())
    factorial_curve = float((times * (special.polygamma(1, counts + shape) - special.polygamma(1, shape))).sum())
    slope = shape * (factorial_slope + float((log_rest + rest / total).sum()))
    curve = factorial_curve + float((1 / shape - 1 / total - rest / total**2).sum())
    off, above = (u - _LOG_SHAPE_CENTRE) / _LOG_SHAPE_SD, math.exp(w - pooled)
    return _Point(
        u=u,
        w=w,
        value=factorial
        + float((shape * log_rest + a * (w - np.log(total))).sum())
        + _EXTRA_EVENTS * (w - above)
        - off**2 / 2,
        slope=(
            slope - off / _LOG_SHAPE_SD,
            -shape * float((rest / total).sum()) + _EXTRA_EVENTS * (1 - above),
        ),
        curve=(
            slope + shape**2 * curve - 1 / _LOG_SHAPE_SD**2,
            -shape * float((rest * mean / total**2).sum()),
            -shape * float((mean * (shape + a) / total**2).sum()) - _EXTRA_EVENTS * above,
        ),
    )
