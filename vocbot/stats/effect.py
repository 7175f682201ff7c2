"""Did a change move an issue, beyond what the rest of the feedback did in the same weeks?

A falling count proves nothing while all feedback falls. So the issue's rate is taken per unit of the other feedback,
before against after, with gamma-Poisson posteriors whose counts are tempered by the overdispersion. This module must
not choose the windows: leave the week that opened the ticket out of the weeks before, or regression to the mean is
called an effect. Wording, and the words for later relapses, live elsewhere.

Source of the formulas and figures: the statistics paper, "Effect of a change".
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from vocbot.stats.wander import by_itself as own_wander
from vocbot.stats.wander import of_others as others_wander
from vocbot.stats.wander import spread, weights

Floats = NDArray[np.float64]
Word = Literal["effective", "declined", "worse", "not_effective", "too_early", "inconclusive"]

PHI_CONTROL = 3.0  # overdispersion of the rest of the feedback
SURE_AT_LEAST, _EASED = 0.98, 0.9
USEFUL_RATIO = 0.8  # a smaller drop than to 80 % is not worth the word "effective"
HARMFUL_RATIO = 1.2
SURE = 0.9935  # Pocock's bound for seven looks (weeks 2 to 8); .989 called up to 6.5 % of untouched issues effective
FUTILE = 0.10
FIRST_LOOK, FUTILITY_LOOK, LAST_LOOK = 2, 4, 8  # weeks after the change
MIN_PLACEBOS = 8

_PHI_PRIOR = 1.5
_PHI_PRIOR_WEEKS = 30.0
_HALF_EVENT = 0.5
_NODES = (np.arange(32) + 0.5) / 32  # equally likely rates, as probabilities
_FEW = slice(None, None, 2)
_NEWTON_STEPS = 4
_MOST_WEEKS = 104


@dataclass(frozen=True)
class Effect:
    """Rate after / rate before, each per unit of the other feedback.

    `rate_ratio` is the posterior median, `low` and `high` its 95 % interval; `p_less` = P(ratio < 1), `p_more` =
    P(ratio > 1), `p_useful` = P(ratio < 0.8). `avoided` mentions in the weeks after (negative: added) with their
    95 % interval. `rate_before`, `rate_after`: mentions per unit of control volume, always positive. `phi`: variance
    per mean used for the tempering. `wandering`: the part of the variance of the log ratio that wander makes,
    where its uncertainty is counted; else 0.
    """

    rate_ratio: float
    low: float
    high: float
    p_less: float
    p_more: float
    p_useful: float
    avoided: float
    avoided_low: float
    avoided_high: float
    rate_before: float
    rate_after: float
    phi: float
    wandering: float = 0.0

    @property
    def sure(self) -> float:
        """The probability from which a look is sure.

        Looks that share their wander are the more alike, so seven of them call less by chance: the bound falls from
        `SURE` to `SURE_AT_LEAST` as wander makes more of the variance. Not where placebos gave one value of it, which
        is too low as often as too high: there it called up to 6.8 % of untouched issues (docs/benchmarks.md).
        """
        z = float(special.ndtri(SURE)) - _EASED * self.wandering
        return max(SURE_AT_LEAST, float(special.ndtr(z)))


def estimate(
    y_pre: ArrayLike,
    y_post: ArrayLike,
    control_pre: ArrayLike,
    control_post: ArrayLike,
    wander: float | None = None,
) -> Effect:
    """Compare the weeks before and after a change.

    `y_pre`, `y_post`: mentions per week, oldest first; `control_pre`, `control_post`: all other feedback of the same
    weeks, ideally of the same channels. `wander`: weekly variance of the log share, from `placebo_wander`; without
    it, what the weeks before show. The posteriors are summed over a grid of equally likely rates, so that nothing is
    drawn: the same weeks give the same figures, and windows that change places the opposite ones.

    Raises ValueError for windows that are empty, of different lengths, negative, or without control volume.
    """
    before, after, volume_before, volume_after = _windows(y_pre, y_post, control_pre, control_post)
    if before.ndim != 1:
        raise ValueError("one change at a time: the windows must be vectors of weeks")
    if wander is not None and not (math.isfinite(wander) and wander >= 0):
        raise ValueError("wander must be finite and not negative")
    phi = _overdispersion((before, volume_before), (after, volume_after))
    if wander is None:
        grid, likely = own_wander(before, volume_before, phi, PHI_CONTROL)
    else:
        grid, likely = np.array([wander]), np.ones(1)
    usual = float(grid @ likely)
    mentions, volume = np.concatenate([before, after]), np.concatenate([volume_before, volume_after])
    noise = phi / max(float(mentions.mean()), _HALF_EVENT) + PHI_CONTROL / float(volume.mean())
    w0, w1 = weights(usual, noise, len(before), len(after))
    (a, e0), (b, e1) = _weighted(w0, before, volume_before, phi), _weighted(w1, after, volume_after, phi)
    pull = _HALF_EVENT * (e0 + e1) / (a + b + _HALF_EVENT)  # half an event's worth of exposure at the joint rate
    g0 = special.gammaincinv(a + _HALF_EVENT, _NODES) / (e0 + pull)
    g1 = special.gammaincinv(b + _HALF_EVENT, _NODES) / (e1 + pull)
    sampled = np.subtract.outer(np.log(g1), np.log(g0)).ravel()
    sds = np.sqrt(PHI_CONTROL * (1 / e0 + 1 / e1) + grid * spread(w0, w1))
    low, median, high = (math.exp(_quantile(sampled, sds, likely, q)) for q in (0.025, 0.5, 0.975))
    drift_sd = math.sqrt(float(likely @ sds**2))
    exposure = float(volume_after.sum())
    rate0, rate1 = phi * (a + _HALF_EVENT) / (e0 + pull), phi * (b + _HALF_EVENT) / (e1 + pull)
    expected = np.multiply.outer(g0[_FEW], np.exp(-drift_sd * special.ndtri(_NODES[_FEW])))
    avoided = phi * exposure * np.subtract.outer(expected, g1[_FEW])
    avoided_low, avoided_high = np.percentile(avoided, (2.5, 97.5))
    p_less = _below(sampled, sds, likely, 0.0)
    return Effect(
        rate_ratio=median,
        low=low,
        high=high,
        p_less=p_less,
        p_more=1 - p_less,
        p_useful=_below(sampled, sds, likely, math.log(USEFUL_RATIO)),
        avoided=(rate0 - rate1) * exposure,
        avoided_low=float(avoided_low),
        avoided_high=float(avoided_high),
        rate_before=rate0,
        rate_after=rate1,
        phi=phi,
        wandering=usual * spread(w0, w1) / (float(sampled.var()) + drift_sd**2) if wander is None else 0.0,
    )


def placebo_wander(y_pre: ArrayLike, y_post: ArrayLike, control_pre: ArrayLike, control_post: ArrayLike) -> float:
    """How much untouched issues drift apart from the rest over the same two windows, as a variance per week.

    All four are (issues, weeks); the control of each issue is all feedback but its own. The prior's overdispersion of
    1.5 is meant: each issue's own phi already holds part of its drift.

    Raises ValueError below `MIN_PLACEBOS` issues (a range of so few says nothing), or as `estimate` does.
    """
    windows = _windows(y_pre, y_post, control_pre, control_post)
    if windows[0].ndim != 2 or windows[0].shape[0] < MIN_PLACEBOS:
        raise ValueError(f"at least {MIN_PLACEBOS} untouched issues are needed, as issues x weeks")
    return others_wander(*windows, _PHI_PRIOR, PHI_CONTROL)


def verdict(effect: Effect, week: int) -> Word:
    """The word for the look in `week` (whole weeks after the change, from 1), by the verdict rules.

    Look every week from 2 to 8. "not_effective" is no last word: keep looking, "worse" may follow. When the ticket
    was opened by a surge, "effective" cannot be told from natural decay by these figures alone; say so.
    """
    if week < FIRST_LOOK:
        return "too_early"
    if effect.p_less >= effect.sure and effect.rate_ratio <= USEFUL_RATIO:
        return "effective"
    if effect.p_more >= effect.sure and effect.rate_ratio >= HARMFUL_RATIO:
        return "worse"
    if week >= FUTILITY_LOOK and effect.p_useful <= FUTILE:
        return "not_effective"
    return "too_early" if week < LAST_LOOK else "inconclusive"


def weeks_needed(
    per_week: float,
    rate_ratio: float,
    pre_weeks: int,
    control_per_week: float,
    phi: float = _PHI_PRIOR,
    wander: float = 0.0,
    power: float = 0.8,
    sure: float = SURE,
) -> int | None:
    """Weeks after the change until an effect of `rate_ratio` is verified with probability `power`; None: never.

    The first n for which the variance of the log ratio, phi/(per_week pre) + phi/(per_week ratio n) + phi_c/control
    (1/pre + 1/n) + what the share wanders in these windows, is at most (ln ratio / (z_sure + z_power))^2; weeks count
    as `estimate` weighs them. `per_week`: mentions before; `sure` the one-sided certainty asked for (.975 gives the
    published table).

    Raises ValueError for figures that are not positive, or probabilities outside (.5, 1).
    """
    if min(per_week, rate_ratio, pre_weeks, control_per_week, phi) <= 0 or wander < 0:
        raise ValueError("rates, weeks, volumes and phi must be positive, wander not negative")
    if not (0.5 < power < 1 and 0.5 < sure < 1):
        raise ValueError("power and certainty must lie between one half and one")
    allowed = (math.log(rate_ratio) / float(special.ndtri(sure) + special.ndtri(power))) ** 2
    control = PHI_CONTROL / control_per_week
    noise = phi / per_week + control
    for n in range(1, _MOST_WEEKS + 1):
        w0, w1 = weights(wander, noise, pre_weeks, n)
        pre, post = w0.sum() ** 2 / (w0**2).sum(), w1.sum() ** 2 / (w1**2).sum()
        sampled = noise / pre + (phi / (per_week * rate_ratio) + control) / post
        if sampled + wander * spread(w0, w1) <= allowed:
            return n
    return None


def _quantile(sampled: Floats, sds: Floats, likely: Floats, q: float) -> float:
    """Quantile of a mixture of normals around `sampled`, with each of `sds` as `likely`: Newton's steps from that of
    one normal."""
    spread_all = math.sqrt(float(sampled.var()) + float(likely @ sds**2))
    x = float(sampled.mean()) + spread_all * float(special.ndtri(q))
    for _ in range(_NEWTON_STEPS):
        z = (x - sampled) / sds[:, None]
        density = float(likely @ (np.exp(-z * z / 2).mean(axis=1) / sds)) / math.sqrt(2 * math.pi)
        step = (float(likely @ special.ndtr(z).mean(axis=1)) - q) / max(density, 1e-3 / spread_all)
        x -= min(max(step, -spread_all), spread_all)
    return x


def _below(sampled: Floats, sds: Floats, likely: Floats, value: float) -> float:
    """The share of that mixture below a value."""
    return float(likely @ special.ndtr((value - sampled) / sds[:, None]).mean(axis=1))


def _weighted(weight: Floats, y: Floats, control: Floats, phi: float) -> tuple[float, float]:
    """Mentions, tempered by `phi`, and control volume of a window, as if of so many weeks of full weight."""
    worth = float((weight * control).sum() / (weight**2 * control).sum())
    return worth * float((weight * y).sum()) / phi, worth * float((weight * control).sum())


def _overdispersion(*windows: tuple[Floats, Floats]) -> float:
    """Variance per mean, as if 30 more weeks had shown 1.5; at least 1.

    From differences of neighbouring weeks of one window, so that neither a share that wanders nor the change itself is
    taken for noise.
    """
    chi = weeks = 0.0
    for y, control in windows:
        expected = y.sum() / control.sum() * control
        steps = np.diff(y - expected) ** 2 / np.maximum(expected[1:] + expected[:-1], 1e-9)
        chi += float(steps.sum()) if y.sum() > 0 else 0.0
        weeks += y.size - 1
    return max(1.0, (_PHI_PRIOR_WEEKS * _PHI_PRIOR + chi) / (_PHI_PRIOR_WEEKS + weeks))


def _windows(*weeks: ArrayLike) -> tuple[Floats, Floats, Floats, Floats]:
    before, after, volume_before, volume_after = (np.asarray(w, dtype=np.float64) for w in weeks)
    for y, control in ((before, volume_before), (after, volume_after)):
        if y.ndim == 0 or y.shape[-1] == 0 or y.shape != control.shape:
            raise ValueError("each window needs mentions and control volume for the same weeks, at least one")
        if not (np.all(np.isfinite(y)) and np.all(np.isfinite(control)) and np.all(y >= 0) and np.all(control >= 0)):
            raise ValueError("mentions and control volumes must be finite and not negative")
        if np.any(control.sum(axis=-1) <= 0):
            raise ValueError("a window without any other feedback has nothing to compare with")
    if before.shape[:-1] != after.shape[:-1]:
        raise ValueError("both windows must cover the same issues")
    return before, after, volume_before, volume_after
