"""What a week should bring when an issue's own trend and season are known: a harmonic quasi-Poisson regression.

From a year of history on it knows what the scan cannot: that every November is loud. Past outbreaks are weighted down,
the variance is each issue's own. It keeps up to five years of counts; an older season is no longer this one. This
module must not decide what is an alarm, nor when to be believed: see `vocbot.stats.detect`.

Source: the statistics paper, "long history"; weights and residuals as in Farrington et al. 1996 and Noufaily et al.
2013. Penalties stand in for what a short history cannot tell.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vocbot.stats.tails import midp_above

Floats = NDArray[np.float64]

WINDOWS = (1, 2)  # weeks; a third one dulls more than it finds where the mean is known well
FIRST_WEEK = 56  # a year, and the guard

_GUARD = 4
_HISTORY = 260
_YEAR = 52.1775
_TERMS = 6  # level, trend per year, two harmonics
_PENALTY = np.array([1e-6, 4.0, 4.0, 4.0, 8.0, 8.0])  # precisions of normal priors around zero, in logarithms
_FIT_EVERY = 2
_FIRST_STEPS, _LONGEST_STEP = 8, 2.0
_PHI, _PHI_WEIGHT = 1.3, 30.0
_USUAL_RESIDUAL = 2.58
_LAG = 13
_MEMORY = 0.5 ** (1 / 52)
_PSI_WEIGHT = 100.0
_LARGEST = 16.0  # of the logarithm of a mean


@dataclass(frozen=True)
class SeasonalWeek:
    """What a week says of every issue, as `WeekFigures`; `mean` (issues,) of this week alone."""

    window: NDArray[np.int64]
    observed: Floats
    expected: Floats
    p: Floats
    mean: Floats


class Seasonal:
    """The state for a fixed set of issues; `step` it with one week after the other, with the exposure of each."""

    def __init__(self, issues: int) -> None:
        self._week = 0
        self._seen = np.zeros((issues, 0))
        self._log_exposure = np.zeros((issues, 0))
        self._weight = np.zeros((issues, 0))
        self._beta: Floats | None = None
        self._centre = 0.0
        self._phi = np.full(issues, _PHI)
        self._covariance = np.zeros((issues, _TERMS, _TERMS))
        self._excess = np.zeros((len(WINDOWS), issues))
        self._squares = np.zeros((len(WINDOWS), issues))
        self._lagged: list[tuple[Floats, Floats]] = []

    def step(self, counts: Floats, exposure: Floats) -> SeasonalWeek | None:
        """Assess the next week (`counts`, `exposure`: (issues,)) and learn from it; None in the first year."""
        t = self._week
        self._week += 1
        keep = _HISTORY + _GUARD
        self._seen = np.column_stack([self._seen[:, -keep:], counts])
        self._log_exposure = np.column_stack([self._log_exposure[:, -keep:], np.log(exposure)])
        self._weight = np.column_stack([self._weight[:, -keep:], np.ones_like(counts)])
        if t < FIRST_WEEK:
            return None
        if self._beta is None or t % _FIT_EVERY == 0:
            self._fit(t)
        return self._assess(t)

    def _fit(self, t: int) -> None:
        """Newton steps from the last fit; one is enough once there was one, as two weeks change little."""
        weeks = slice(0, self._seen.shape[1] - _GUARD - 1)
        y, offset, weight = self._seen[:, weeks], self._log_exposure[:, weeks], self._weight[:, weeks]
        first = t - self._seen.shape[1] + 1
        x = _terms(np.arange(first, first + y.shape[1]), centre := float(t))
        if self._beta is None:
            beta = np.zeros((y.shape[0], _TERMS))
            beta[:, 0] = np.log((y.sum(axis=1) + 0.5) / np.exp(offset).sum(axis=1))
            steps = _FIRST_STEPS
        else:
            beta, steps = self._beta.copy(), 1
            beta[:, 0] += beta[:, 1] * (centre - self._centre) / _YEAR
        products = (x[:, :, None] * x[:, None, :]).reshape(len(x), -1)
        for _ in range(steps):
            mean = _mean(x, beta, offset)
            curve = np.einsum("st,tk->sk", weight * mean, products).reshape(-1, _TERMS, _TERMS)
            curve = curve / self._phi[:, None, None] + np.diag(_PENALTY)
            slope = np.einsum("st,tk->sk", weight * (y - mean), x) / self._phi[:, None] - _PENALTY * beta
            slope[:, 0] += _PENALTY[0] * beta[:, 0]
            self._covariance = np.linalg.inv(curve)
            move = np.einsum("skj,sj->sk", self._covariance, slope)
            beta += np.clip(move, -_LONGEST_STEP, _LONGEST_STEP)
            mean = _mean(x, beta, offset)
            weight = self._judge(y, mean, weight)
        self._weight[:, weeks] = weight
        self._beta, self._centre = beta, centre

    def _judge(self, y: Floats, mean: Floats, weight: Floats) -> Floats:
        """Overdispersion of each issue, and less weight for the weeks of past outbreaks (Anscombe residuals)."""
        told = weight * np.minimum(mean / 0.3, 1.0)  # a week that expects next to nothing tells nothing of variance
        chi = (told * (y - mean) ** 2 / mean).sum(axis=1)
        freedom = told.sum(axis=1) * (1 - _TERMS / np.maximum(weight.sum(axis=1), _TERMS + 1))
        self._phi = np.maximum(1.0, (_PHI_WEIGHT * _PHI + chi) / (_PHI_WEIGHT + freedom))
        residual = 1.5 * (np.cbrt(y) ** 2 - np.cbrt(mean) ** 2) / (mean ** (1 / 6) * np.sqrt(self._phi)[:, None])
        unusual: Floats = (_USUAL_RESIDUAL / np.maximum(residual, _USUAL_RESIDUAL)) ** 2
        return unusual

    def _assess(self, t: int) -> SeasonalWeek:
        assert self._beta is not None
        issues = len(self._seen)
        p, expected, observed = np.ones((len(WINDOWS), issues)), np.zeros((2, issues)), np.zeros((2, issues))
        variances, knowns = np.zeros_like(p), np.zeros_like(p)
        for i, weeks in enumerate(WINDOWS):
            x = _terms(np.arange(t - weeks + 1, t + 1), self._centre)
            each = _mean(x, self._beta, self._log_exposure[:, -weeks:])
            mean, gradient = each.sum(axis=1), np.einsum("st,tk->sk", each, x)
            seen = self._seen[:, -weeks:].sum(axis=1)
            psi = np.maximum(0.0, self._excess[i] / (_PSI_WEIGHT * weeks + self._squares[i]))
            knowns[i] = self._phi * mean + np.einsum("sk,skj,sj->s", gradient, self._covariance, gradient)
            variances[i] = knowns[i] + psi * mean**2
            up = np.flatnonzero(seen > mean)
            p[i, up] = midp_above(seen[up], mean[up], variances[i, up])
            expected[i], observed[i] = mean, seen
        self._learn(observed, expected, knowns, variances)
        best = np.argmin(p, axis=0)
        at = best, np.arange(issues)
        window = np.array(WINDOWS)[best]
        return SeasonalWeek(window, observed[at], expected[at], p[at], expected[0])

    def _learn(self, observed: Floats, expected: Floats, known: Floats, variances: Floats) -> None:
        """What the residuals of weeks long enough ago had beyond the variance known: drift that no season explains."""
        calm = np.minimum(observed, expected + _USUAL_RESIDUAL * np.sqrt(variances))
        self._lagged.append(((calm - expected) ** 2 - known, expected**2))
        if len(self._lagged) > _LAG:
            excess, squares = self._lagged.pop(0)
            self._excess = _MEMORY * self._excess + excess
            self._squares = _MEMORY * self._squares + squares


def _terms(weeks: NDArray[np.int64], centre: float) -> Floats:
    """Level, trend in years from `centre`, and the harmonics of each week, (weeks, 6)."""
    turn = 2 * np.pi * weeks / _YEAR
    return np.column_stack(
        [np.ones(len(weeks)), (weeks - centre) / _YEAR, np.cos(turn), np.sin(turn), np.cos(2 * turn), np.sin(2 * turn)]
    )


def _mean(x: Floats, beta: Floats, offset: Floats) -> Floats:
    mean: Floats = np.exp(np.clip(np.einsum("tk,sk->st", x, beta) + offset, -_LARGEST, _LARGEST))
    return mean
