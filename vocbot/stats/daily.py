"""The daily rule: is today's count of an issue far above what its own past and today's volume make likely?

It serves the first weeks, when there is no weekly history, and fast channels after that. It sees one day at a time
and never a later one; what is still an open alarm, and how to word it, is decided elsewhere.

The baseline is all of the past given, a running burst included: after two or three days of a burst the rule falls
silent because the high level has become the past. That is meant; whoever keeps the alarm open looks at the counts.

Source: the statistics paper, "Daily mode and cold start": rate, variance and the four thresholds. Two parts are this
module's own, shaped after the weekly detector: how phi rises above its floor, and the weekday factor. Both use
winsorised counts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vocbot.stats.prior import fit_gamma_prior
from vocbot.stats.tails import midp_upper

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_WEEKDAY_AFTER_DAYS = 21
_WEEKDAY_PRIOR = 10.0  # mentions worth of "no weekday pattern"
_WEEKDAY_RANGE = (0.3, 4.0)
_PHI_PRIOR_DAYS = 30.0
# Wider than the 2.58 of the weekly detector: with it, issues of phi 3 gave five p < .001 per 1,000 quiet days, with 4
# they give three (counts of a rare issue are so skewed that a tight bound hides the overdispersion).
_WINSOR_Z = 4.0


@dataclass(frozen=True)
class DailyRule:
    """Thresholds of the alarm: all four must hold. `phi_floor` is the least overdispersion assumed."""

    p_below: float = 0.001
    min_mentions: int = 5
    min_people: int = 3
    min_ratio: float = 2.0
    phi_floor: float = 1.5


@dataclass(frozen=True)
class Baseline:
    """What the past says of the day; all arrays of shape (issues,).

    `expected` mentions = `per_usual_day` x `volume_index` x `weekday_factor`, where `per_usual_day` is the shrunk
    rate on a day of median volume and `volume_index` the day's other feedback relative to its median;
    `past_mentions` are those behind the rate, `phi` the variance per mean, `variance` that of the expected count.
    """

    expected: Floats
    per_usual_day: Floats
    volume_index: Floats
    weekday_factor: Floats
    past_mentions: Floats
    phi: Floats
    variance: Floats


@dataclass(frozen=True)
class DailyFigures:
    """The assessed day; all arrays of shape (issues,).

    `p` is the chance of a count as high (mid-p). `unlikely`, `enough_mentions`, `enough_people` and `enough_ratio`
    are the four parts of `alarm`. With no earlier day at all `baseline` is None, `p` is 1 and nothing alarms.
    """

    observed: Floats
    people: Floats
    baseline: Baseline | None
    p: Floats
    unlikely: Flags
    enough_mentions: Flags
    enough_people: Flags
    enough_ratio: Flags
    alarm: Flags


def assess_last_day(
    counts: ArrayLike,
    people: ArrayLike,
    volume: ArrayLike,
    weekday: ArrayLike,
    rule: DailyRule | None = None,
    special: ArrayLike | None = None,
) -> DailyFigures:
    """Assess the last day of `counts` for every issue against all days before it.

    `counts` (issues, days): mentions per issue and day, oldest first. `people` (issues, days): distinct people
    behind them; where authors are unknown pass the mentions, and mark the figure as "at most" when showing it.
    `volume` (days,): all feedback of the day. `weekday` (days,): 0-6. Begin with the first day anything was
    listened to; eight weeks are enough. `special` (days,): days of campaigns and holidays, which are no measure of
    others and are judged by each other. A past day without any feedback says nothing and is left out. A last day
    that is not over yet is fine: its expectation follows the volume seen so far.

    Raises ValueError for shapes that do not fit, no day at all, or negative or non-finite numbers.
    """
    limits = rule or DailyRule()
    seen, persons, total, days = _checked(counts, people, volume, weekday)
    today, who = seen[:, -1], persons[:, -1]
    marked = np.zeros(total.shape, dtype=np.bool_) if special is None else np.asarray(special, dtype=np.bool_)
    if marked.shape != total.shape:
        raise ValueError("special must have one entry per day of counts")
    baseline = _baseline(seen, total, days, marked, limits.phi_floor)
    if baseline is None:
        p = np.ones_like(today)
        enough_ratio = np.zeros(today.shape, dtype=np.bool_)
    else:
        p = midp_upper(today, baseline.expected, baseline.variance)
        enough_ratio = today >= limits.min_ratio * baseline.expected
    unlikely = p < limits.p_below
    enough_mentions, enough_people = today >= limits.min_mentions, who >= limits.min_people
    return DailyFigures(
        observed=today,
        people=who,
        baseline=baseline,
        p=p,
        unlikely=unlikely,
        enough_mentions=enough_mentions,
        enough_people=enough_people,
        enough_ratio=enough_ratio,
        alarm=unlikely & enough_mentions & enough_people & enough_ratio,
    )


def _baseline(
    seen: Floats, total: Floats, days: NDArray[np.int64], special: Flags, phi_floor: float
) -> Baseline | None:
    """Rate = (a0 + past mentions) / (b0 + past exposure), variance = phi mean + mean^2 / (a0 + past mentions)."""
    known = np.append(total[:-1] > 0, True)
    seen, total, days, special = seen[:, known], total[known], days[known], special[known]
    if not (~special[:-1]).any():  # nothing but campaigns so far: they are what is usual
        special = np.zeros_like(special)
    if seen.shape[1] < 2 or not seen.size:
        return None
    exposure = _exposure(seen, total)
    index, alike = exposure[:, -1], np.append(special[:-1], False)
    on_alike, alike_exposure = seen[:, alike], exposure[:, alike]
    plain = np.append(~special[:-1], False)
    past, past_exposure, past_days = seen[:, plain], exposure[:, plain], days[plain]
    mentions, units = past.sum(axis=1), past_exposure.sum(axis=1)
    prior = fit_gamma_prior(mentions, units)
    rate = (prior.shape + mentions) / (prior.rate + units)

    calm = _winsorised(past, past_exposure, phi_floor)
    factor = np.ones_like(rate)
    if past.shape[1] >= _WEEKDAY_AFTER_DAYS:
        factor = _weekday_factor(calm, past_exposure, past_days == days[-1])
    phi = _overdispersion(calm, past_exposure, phi_floor)
    doubt = 1 / (prior.shape + mentions)
    if special[-1]:
        lift, unsure = _special_factor(on_alike, rate[:, None] * alike_exposure)
        factor, doubt = factor * lift, doubt + unsure
    expected = rate * index * factor
    return Baseline(
        expected=expected,
        per_usual_day=rate,
        volume_index=index,
        weekday_factor=factor,
        past_mentions=mentions,
        phi=phi,
        variance=phi * expected + expected**2 * doubt,
    )


def _checked(
    counts: ArrayLike, people: ArrayLike, volume: ArrayLike, weekday: ArrayLike
) -> tuple[Floats, Floats, Floats, NDArray[np.int64]]:
    seen = np.asarray(counts, dtype=np.float64)
    persons = np.asarray(people, dtype=np.float64)
    total = np.asarray(volume, dtype=np.float64)
    days = np.asarray(weekday, dtype=np.int64)
    if seen.ndim != 2 or seen.shape[1] == 0:
        raise ValueError("counts must be issues x days with at least one day")
    if persons.shape != seen.shape:
        raise ValueError("people must have the shape of counts")
    if total.shape != seen.shape[1:] or days.shape != seen.shape[1:]:
        raise ValueError("volume and weekday must have one entry per day of counts")
    for name, values in (("counts", seen), ("people", persons), ("volume", total)):
        if not np.all(np.isfinite(values)) or np.any(values < 0):
            raise ValueError(f"{name} must be finite and not negative")
    if np.any((days < 0) | (days > 6)):
        raise ValueError("weekday must be 0 to 6")
    return seen, persons, total, days


def _exposure(seen: Floats, total: Floats) -> Floats:
    """Other feedback of each day relative to its median over the past; one is added to both.

    The one keeps a day without other feedback from expecting nothing at all, and makes the index 1 throughout
    where the issue is all there is. Mentions can outnumber feedback (two statements in one text), hence the clip.
    """
    other = np.maximum(total - seen, 0.0)
    index: Floats = (other + 1.0) / (np.median(other[:, :-1], axis=1, keepdims=True) + 1.0)
    return index


def _weekday_factor(calm: Floats, exposure: Floats, same: Flags) -> Floats:
    """How an issue departs, on the weekday of the last day, from the week of all feedback (shape (issues,))."""
    expected = calm.sum(axis=1) * exposure[:, same].sum(axis=1) / exposure.sum(axis=1)
    factor: Floats = np.clip(
        (_WEEKDAY_PRIOR + calm[:, same].sum(axis=1)) / (_WEEKDAY_PRIOR + expected), *_WEEKDAY_RANGE
    )
    return factor


def _special_factor(on_alike: Floats, usual: Floats) -> tuple[Floats, float]:
    """How an issue departed on the special days before, and the relative variance of that: the first campaign of all
    may double anything, the tenth is known."""
    factor: Floats = np.clip(
        (_WEEKDAY_PRIOR + on_alike.sum(axis=1)) / (_WEEKDAY_PRIOR + usual.sum(axis=1)), *_WEEKDAY_RANGE
    )
    return factor, 1 / (1 + on_alike.shape[1])


def _winsorised(past: Floats, exposure: Floats, phi_floor: float) -> Floats:
    """Past counts without the peaks of past bursts; twice, for the first level still contains the burst itself."""
    calm = past
    for _ in range(2):
        level = calm.sum(axis=1, keepdims=True) / exposure.sum(axis=1, keepdims=True) * exposure
        calm = np.minimum(past, np.ceil(level + _WINSOR_Z * np.sqrt(phi_floor * level)))
    return calm


def _overdispersion(calm: Floats, exposure: Floats, floor: float) -> Floats:
    """Variance per mean of each issue, drawn towards that of all issues as if by 30 days of them.

    A day on which less than one mention is expected weighs as much as its expectation: otherwise a single mention
    of a rare issue would count as a residual of hundreds. Counts are winsorised, so that a past burst does not
    make the issue deaf to the next.
    """
    days = calm.shape[1]
    fitted = calm.sum(axis=1, keepdims=True) / exposure.sum(axis=1, keepdims=True) * exposure
    chi = ((calm - fitted) ** 2 / np.maximum(fitted, 1.0)).sum(axis=1)
    weight = np.minimum(fitted, 1.0).sum(axis=1) * (days - 1) / days
    shared = max(floor, float(chi.sum() / weight.sum())) if weight.any() else floor
    phi: Floats = np.maximum(floor, (_PHI_PRIOR_DAYS * shared + chi) / (_PHI_PRIOR_DAYS + weight))
    return phi
