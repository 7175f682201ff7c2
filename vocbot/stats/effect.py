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

Floats = NDArray[np.float64]
Word = Literal["effective", "worse", "not_effective", "too_early", "inconclusive"]

PHI_CONTROL = 3.0  # overdispersion of the rest of the feedback
USEFUL_RATIO = 0.8  # a smaller drop than to 80 % is not worth the word "effective"
HARMFUL_RATIO = 1.2
SURE = 0.989  # Pocock's bound: weekly looks keep the false verdicts near 2.5 %
FUTILE = 0.10
FIRST_LOOK, FUTILITY_LOOK, LAST_LOOK = 2, 4, 8  # weeks after the change
MIN_PLACEBOS = 8

_PHI_PRIOR = 1.5
_PHI_PRIOR_WEEKS = 30.0
_HALF_EVENT = 0.5
_DRAWS = 1_500
_SEED = 20_150_216
_IQR_TO_SD = 1.349


@dataclass(frozen=True)
class Effect:
    """Rate after / rate before, each per unit of the other feedback.

    `rate_ratio` is the posterior median, `low` and `high` its 95 % interval; `p_less` = P(ratio < 1), `p_more` =
    P(ratio > 1), `p_useful` = P(ratio < 0.8). `avoided` mentions in the weeks after (negative: added) with their
    95 % interval. `rate_before`, `rate_after`: mentions per unit of control volume, always positive. `phi`: variance
    per mean used for the tempering.
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


def estimate(
    y_pre: ArrayLike,
    y_post: ArrayLike,
    control_pre: ArrayLike,
    control_post: ArrayLike,
    kappa2: float = 0.0,
    rng: np.random.Generator | None = None,
) -> Effect:
    """Compare the weeks before and after a change.

    `y_pre`, `y_post`: mentions per week; `control_pre`, `control_post`: all other feedback of the same weeks,
    ideally of the same channels. `kappa2`: drift variance from `placebo_variance`. The draws come from `rng`, by
    default from a generator of fixed seed, so that the same weeks always give the same figures.

    Raises ValueError for windows that are empty, of different lengths, negative, or without control volume.
    """
    before, after, volume_before, volume_after = _windows(y_pre, y_post, control_pre, control_post)
    if before.ndim != 1:
        raise ValueError("one change at a time: the windows must be vectors of weeks")
    if not math.isfinite(kappa2) or kappa2 < 0:
        raise ValueError("kappa2 must be finite and not negative")
    generator = rng or np.random.default_rng(_SEED)
    phi = _overdispersion(before, volume_before)
    a, b = float(before.sum()) / phi, float(after.sum()) / phi
    e0, e1 = float(volume_before.sum()), float(volume_after.sum())
    pull = _HALF_EVENT * (e0 + e1) / (a + b + _HALF_EVENT)  # half an event's worth of exposure at the joint rate
    draws0 = generator.gamma(a + _HALF_EVENT, 1 / (e0 + pull), _DRAWS)
    draws1 = generator.gamma(b + _HALF_EVENT, 1 / (e1 + pull), _DRAWS)
    drift = generator.normal(0, math.sqrt(PHI_CONTROL * (1 / e0 + 1 / e1) + kappa2), _DRAWS)
    log_ratio = np.log(draws1) - np.log(draws0) + drift
    avoided = phi * e1 * (draws0 * np.exp(-drift) - draws1)
    rate0, rate1 = phi * (a + _HALF_EVENT) / (e0 + pull), phi * (b + _HALF_EVENT) / (e1 + pull)
    low, median, high = np.exp(np.percentile(log_ratio, (2.5, 50.0, 97.5)))
    avoided_low, avoided_high = np.percentile(avoided, (2.5, 97.5))
    p_less = float(np.mean(log_ratio < 0))
    return Effect(
        rate_ratio=float(median),
        low=float(low),
        high=float(high),
        p_less=p_less,
        p_more=1 - p_less,
        p_useful=float(np.mean(log_ratio < math.log(USEFUL_RATIO))),
        avoided=(rate0 - rate1) * e1,
        avoided_low=float(avoided_low),
        avoided_high=float(avoided_high),
        rate_before=rate0,
        rate_after=rate1,
        phi=phi,
    )


def placebo_variance(y_pre: ArrayLike, y_post: ArrayLike, control_pre: ArrayLike, control_post: ArrayLike) -> float:
    """kappa^2: how much untouched issues drift apart from the rest between the same two windows.

    All four are (issues, weeks); the control of each issue is all feedback but its own. kappa^2 is the variance of
    the log rate ratios, taken from their interquartile range, less what sampling with the prior overdispersion
    explains; never negative. The prior's 1.5 and the median over issues are meant: each issue's own phi already
    holds part of its drift, and the mean over issues follows the rarest of them. Either takes off too much, and the
    95 % interval of a drifting issue then holds the truth in 88-90 % of cases (so: 92-95 %, better with 100 issues
    than with 30).

    Raises ValueError below `MIN_PLACEBOS` issues (a range of so few says nothing), or as `estimate` does.
    """
    before, after, volume_before, volume_after = _windows(y_pre, y_post, control_pre, control_post)
    if before.ndim != 2 or before.shape[0] < MIN_PLACEBOS:
        raise ValueError(f"at least {MIN_PLACEBOS} untouched issues are needed, as issues x weeks")
    a, b = before.sum(axis=-1) / _PHI_PRIOR + _HALF_EVENT, after.sum(axis=-1) / _PHI_PRIOR + _HALF_EVENT
    e0, e1 = volume_before.sum(axis=-1), volume_after.sum(axis=-1)
    low, high = np.percentile(np.log(b / e1) - np.log(a / e0), (25, 75))
    sampling = float(np.median(1 / a + 1 / b + PHI_CONTROL * (1 / e0 + 1 / e1)))
    return max(0.0, ((float(high) - float(low)) / _IQR_TO_SD) ** 2 - sampling)


def verdict(effect: Effect, week: int) -> Word:
    """The word for the look in `week` (whole weeks after the change, from 1), by the verdict rules.

    Look every week from 2 to 8. "not_effective" is no last word: keep looking, "worse" may follow. When the ticket
    was opened by a surge, "effective" cannot be told from natural decay by these figures alone; say so.
    """
    if week < FIRST_LOOK:
        return "too_early"
    if effect.p_less >= SURE and effect.rate_ratio <= USEFUL_RATIO:
        return "effective"
    if effect.p_more >= SURE and effect.rate_ratio >= HARMFUL_RATIO:
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
    kappa2: float = 0.0,
    power: float = 0.8,
    sure: float = SURE,
) -> int | None:
    """Weeks after the change until an effect of `rate_ratio` is verified with probability `power`; None: never.

    From the variance of the log ratio: phi/(per_week pre) + phi/(per_week ratio n) + phi_c/control (1/pre + 1/n)
    + kappa2 <= (ln ratio / (z_sure + z_power))^2, solved for n. `per_week`: mentions before; `sure` the one-sided
    certainty asked for (.975 gives the published table).

    Raises ValueError for figures that are not positive, or probabilities outside (.5, 1).
    """
    if min(per_week, rate_ratio, pre_weeks, control_per_week, phi) <= 0 or kappa2 < 0:
        raise ValueError("rates, weeks, volumes and phi must be positive, kappa2 not negative")
    if not (0.5 < power < 1 and 0.5 < sure < 1):
        raise ValueError("power and certainty must lie between one half and one")
    allowed = (math.log(rate_ratio) / float(special.ndtri(sure) + special.ndtri(power))) ** 2
    fixed = (phi / per_week + PHI_CONTROL / control_per_week) / pre_weeks + kappa2
    if fixed >= allowed:
        return None
    return math.ceil((phi / (per_week * rate_ratio) + PHI_CONTROL / control_per_week) / (allowed - fixed))


def _overdispersion(y: Floats, control: Floats) -> float:
    """Variance per mean of the weeks before, as if 30 more weeks had shown 1.5; at least 1."""
    expected = y.sum() / control.sum() * control
    chi = float(((y - expected) ** 2 / np.where(expected > 0, expected, 1.0)).sum())
    return max(1.0, (_PHI_PRIOR_WEEKS * _PHI_PRIOR + chi) / (_PHI_PRIOR_WEEKS + y.size - 1))


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
