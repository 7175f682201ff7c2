"""Is a sparse issue louder in the last 1, 2 or 4 weeks than its past, the volume and the season make likely?

One step a week for all issues at once; the state holds sums, never the history, so that a step costs the same after
ten years. Feeding weeks one by one and feeding them all gives the same figures by construction. This module must not
decide what is an alarm: it gives chances, see `vocbot.stats.alarms`.

Source: the statistics paper, "The recommended detector". Where this departs from it, each measured on the sparse bed
(docs/benchmarks.md): the overdispersion is a mixture of three values weighted by what the issue has shown, not one
estimate; counts of alarmed weeks enter the baseline capped at one standard deviation; season is believed as far as it
has predicted better than none; chances are weighted by how rare the issue is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from vocbot.stats.prior import GammaPrior, fit_gamma_prior
from vocbot.stats.tails import midp_above

Floats = NDArray[np.float64]

WINDOWS = (1, 2, 4)  # weeks; the chance of an alarm is the least of theirs
DRIFT_WINDOW = 8  # weeks; a slow rise shows here first

_HALF_LIVES = (26.0, 104.0)  # weeks
_GUARD = 4  # weeks that an event has before it becomes its own baseline
_FIT_EVERY = 4  # weeks
_LAG = 13  # weeks before residuals teach the variance: an event must not raise the bar for itself
_FORGET = 0.96  # of the evidence for a half-life
_PHI = np.array([1.1, 1.5, 2.2])
_PHI_WEIGHT = np.array([0.35, 0.40, 0.25])
_PHI_PRIOR_ISSUES = 200.0
_PHI_TEMPER = 0.25  # weeks of one issue are no independent witnesses, above all around a burst
_MEMORY = 0.5 ** (1 / 52)
_PSI, _PSI_WEIGHT = 0.02, 100.0
_WINSOR_Z, _ALARMED_Z, _ALARMED = 2.58, 1.0, 1e-3
_NEW_NORMAL = 8  # alarmed weeks in a row after which the new level is the baseline
_FORGOTTEN = 0.05  # what remains of the weeks before it
_YEAR, _AROUND = 52, 3  # season: the seven weeks around this week a year ago
_SEASON_PRIOR, _SEASON_RANGE = 30.0, (0.3, 4.0)
_SEASON_DOUBT, _SEASON_FORGET = 2.0, 0.98
_RARE, _RARITY = 0.1, 0.3  # weight of an issue ~ (expected + 0.1) ^ -0.3, one on the average
_RING = _YEAR + _AROUND + 1


@dataclass(frozen=True)
class WeekFigures:
    """What a week says of every issue. `window` (issues,): the weeks, 1, 2 or 4, with the least chance; `observed`
    and `expected` mentions in that window; `p` the weighted chance of it; `p_drift` that of the last 8 weeks;
    `per_week` the expected mentions of this week alone. With no past yet p is 1 and nothing is expected."""

    window: NDArray[np.int64]
    observed: Floats
    expected: Floats
    p: Floats
    p_drift: Floats
    per_week: Floats


class Scan:
    """The state of the detector for a fixed set of issues; `step` it with one week after the other."""

    def __init__(self, issues: int) -> None:
        if issues < 1:
            raise ValueError("at least one issue is needed")
        spans = len(WINDOWS) + 1
        self._week = 0
        self._priors: list[GammaPrior] = []
        self._mentions = np.zeros((len(_HALF_LIVES), issues))
        self._exposure = np.zeros((len(_HALF_LIVES), issues))
        self._half_life_evidence = np.zeros((len(_HALF_LIVES), issues))
        self._season_evidence = np.zeros(issues)
        self._phi_evidence = np.zeros((len(_PHI), issues))
        self._phi_prior = _PHI_WEIGHT
        self._excess = np.zeros((spans, issues))
        self._squares = np.zeros((spans, issues))
        self._alarmed = np.zeros(issues, dtype=np.int64)
        self._seen = np.zeros((DRIFT_WINDOW, issues))
        self._exposed = np.zeros((DRIFT_WINDOW, issues))
        self._calm = np.zeros((_RING, issues))
        self._unseasoned = np.zeros((_RING, issues))
        self._lagged: list[tuple[Floats, Floats]] = []

    @property
    def issues(self) -> int:
        """How many issues are watched."""
        return int(self._mentions.shape[1])

    def step(self, y: Floats, exposure: Floats) -> WeekFigures:
        """Assess the next week and learn from it: mentions `y` and `exposure` of each issue, both (issues,)."""
        t = self._week
        self._week += 1
        self._seen[t % DRIFT_WINDOW], self._exposed[t % DRIFT_WINDOW] = y, exposure
        if t <= _GUARD:
            self._calm[t % _RING] = self._unseasoned[t % _RING] = y
            return self._silent()
        self._age(t - _GUARD - 1)
        return self._assess(t, y, exposure)

    def _silent(self) -> WeekFigures:
        none, one = np.zeros(self.issues), np.ones(self.issues)
        return WeekFigures(np.ones(self.issues, dtype=np.int64), none, none, one, one, none)

    def _age(self, week: int) -> None:
        """Let the week that has left the guard into the baselines."""
        decay = np.array([0.5 ** (1 / h) for h in _HALF_LIVES])[:, None]
        exposed = self._exposed[week % DRIFT_WINDOW]
        self._mentions = decay * self._mentions + self._calm[week % _RING]
        self._exposure = decay * self._exposure + exposed
        if not self._priors or self._week % _FIT_EVERY == 1:
            self._priors = [fit_gamma_prior(*both) for both in zip(self._mentions, self._exposure, strict=True)]

    def _assess(self, t: int, y: Floats, exposure: Floats) -> WeekFigures:
        shapes = np.stack([p.shape + a for p, a in zip(self._priors, self._mentions, strict=True)])
        rates = np.stack([p.rate + b for p, b in zip(self._priors, self._exposure, strict=True)])
        trust = _shares(self._half_life_evidence)
        rate, shape = (trust * shapes / rates).sum(axis=0), (trust * shapes).sum(axis=0)
        season, belief, season_variance = self._season(t)
        factor = season**belief
        now = rate * factor * exposure

        phis = _shares(self._phi_evidence, self._phi_prior)
        if self._week % _FIT_EVERY == 1:
            mass = phis.sum(axis=1) + _PHI_PRIOR_ISSUES * _PHI_WEIGHT
            self._phi_prior = mass / mass.sum()
        phi = _PHI @ phis

        spans = (*WINDOWS, DRIFT_WINDOW)
        p = np.ones((len(spans), self.issues))
        means, heights = np.zeros_like(p), np.zeros_like(p)
        for i, weeks in enumerate(spans):
            rows = [(t - back) % DRIFT_WINDOW for back in range(min(weeks, t + 1))]
            means[i] = rate * factor * self._exposed[rows].sum(axis=0)
            heights[i] = self._seen[rows].sum(axis=0)
            psi = np.maximum(
                0.0, (_PSI_WEIGHT * weeks * _PSI + self._excess[i]) / (_PSI_WEIGHT * weeks + self._squares[i])
            )
            up = np.flatnonzero(heights[i] > means[i])  # elsewhere nothing is unlikely
            p[i, up] = _mixed_tail(
                heights[i, up], means[i, up], phis[:, up], 1 / shape[up], psi[up] + season_variance[up]
            )
        best = np.argmin(p[:-1], axis=0)
        at = best, np.arange(self.issues)
        weight = (now + _RARE) ** -_RARITY
        chance = np.where(p[at] < 1, np.minimum(1.0, p[at] * weight.mean() / weight), 1.0)
        alarmed = chance < _ALARMED
        self._learn(t, y, now, phi, shape, means, alarmed)
        self._compare_half_lives(t, shapes, rates, factor * exposure)
        self._compare_season(t, rate * exposure, season)
        self._rebase(alarmed)
        return WeekFigures(np.array(WINDOWS)[best], heights[at], means[at], chance, p[-1], now)

    def _season(self, t: int) -> tuple[Floats, Floats, Floats]:
        """The factor against the same weeks a year ago, how far to believe it (0-1), and its variance."""
        if t < _YEAR + _AROUND - 1:
            return np.ones(self.issues), np.zeros(self.issues), np.zeros(self.issues)
        rows = [(t - _YEAR + shift) % _RING for shift in range(-min(_AROUND, t - _YEAR), _AROUND + 1)]
        usual = _SEASON_PRIOR + self._unseasoned[rows].sum(axis=0)
        season = np.clip((_SEASON_PRIOR + self._calm[rows].sum(axis=0)) / usual, *_SEASON_RANGE)
        belief = special.expit(self._season_evidence - _SEASON_DOUBT)
        return season, belief, belief**2 * float(_PHI @ self._phi_prior) / usual

    def _learn(
        self, t: int, y: Floats, now: Floats, phi: Floats, shape: Floats, means: Floats, alarmed: NDArray[np.bool_]
    ) -> None:
        """Keep the week without its peaks, and let the week `_LAG` ago teach the variance."""
        psi = np.maximum(0.0, (_PSI_WEIGHT * _PSI + self._excess[0]) / (_PSI_WEIGHT + self._squares[0]))
        most = np.ceil(now + _WINSOR_Z * np.sqrt(phi * now + (phi / shape + psi) * now**2))
        alarmed_most = np.ceil(now + _ALARMED_Z * np.sqrt(phi * now))
        calm = np.where(self._alarmed < 0, y, np.minimum(y, np.where(alarmed, np.minimum(most, alarmed_most), most)))
        self._calm[t % _RING] = calm
        self._unseasoned[t % _RING] = now
        self._phi_evidence *= _MEMORY
        learned = np.where(alarmed, 0.0, _PHI_TEMPER)
        self._phi_evidence += learned * _log_nb_by_phi(calm, np.maximum(now, 1e-4))
        excess, squares = np.zeros_like(means), means**2
        for i, weeks in enumerate((*WINDOWS, DRIFT_WINDOW)):
            held = self._calm[[(t - back) % _RING for back in range(min(weeks, t + 1))]].sum(axis=0)
            excess[i] = (held - means[i]) ** 2 - phi * means[i]
        self._lagged.append((excess, squares))
        if len(self._lagged) > _LAG:
            old_excess, old_squares = self._lagged.pop(0)
            self._excess = _MEMORY * self._excess + old_excess
            self._squares = _MEMORY * self._squares + old_squares

    def _compare_half_lives(self, t: int, shapes: Floats, rates: Floats, exposure: Floats) -> None:
        """How likely each half-life's baseline made this week (gamma-Poisson)."""
        calm = self._calm[t % _RING]
        mean = shapes / rates * exposure
        share = shapes / (shapes + mean)
        gain = special.gammaln(calm + shapes) - special.gammaln(shapes) + shapes * np.log(share)
        self._half_life_evidence = _FORGET * self._half_life_evidence + gain + calm * np.log1p(-share)
        self._half_life_evidence -= self._half_life_evidence.max(axis=0)

    def _compare_season(self, t: int, plain: Floats, season: Floats) -> None:
        """Log likelihood of the week with the season over that without (Poisson, tempered by a phi of 1.6)."""
        self._unseasoned[t % _RING] = plain
        if t >= _YEAR + _AROUND - 1:
            gain = (self._calm[t % _RING] * np.log(season) - plain * (season - 1)) / 1.6
            self._season_evidence = _SEASON_FORGET * self._season_evidence + gain

    def _rebase(self, alarmed: NDArray[np.bool_]) -> None:
        """An issue alarmed for eight weeks in a row has a new normal: forget the old one, and take the weeks as they
        are until the new one is known."""
        self._alarmed = np.where(self._alarmed < 0, self._alarmed + 1, np.where(alarmed, self._alarmed + 1, 0))
        stays = self._alarmed >= _NEW_NORMAL
        if stays.any():
            self._alarmed[stays] = -_NEW_NORMAL
            self._mentions[:, stays] *= _FORGOTTEN
            self._exposure[:, stays] *= _FORGOTTEN
            for back in range(_GUARD + 1):
                week = self._week - 1 - back
                self._calm[week % _RING, stays] = self._seen[week % DRIFT_WINDOW, stays]


def _shares(evidence: Floats, prior: Floats | None = None) -> Floats:
    weight = np.exp(evidence - evidence.max(axis=0))
    if prior is not None:
        weight *= prior[:, None]
    shares: Floats = weight / weight.sum(axis=0)
    return shares


def _mixed_tail(seen: Floats, mean: Floats, phis: Floats, doubt: Floats, psi: Floats) -> Floats:
    """Mid-p upper tail, averaged over the overdispersions an issue may have."""
    tail = np.zeros_like(seen)
    for phi, weight in zip(_PHI, phis, strict=True):
        tail += weight * midp_above(seen, mean, phi * mean + (phi * doubt + psi) * mean**2)
    return tail


def _log_nb_by_phi(seen: Floats, mean: Floats) -> Floats:
    """Log likelihood of a count for each overdispersion, (3, issues), without what does not depend on it."""
    size = mean / (_PHI - 1)[:, None]
    log_phi, log_odds = np.log(_PHI)[:, None], np.log1p(-1 / _PHI)[:, None]
    likelihood: Floats = special.gammaln(seen + size) - special.gammaln(size) - size * log_phi + seen * log_odds
    return likelihood
