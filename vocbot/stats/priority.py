"""In which order should open issues be taken up, and why?

The order follows harm: how many people a week, how badly. Everything else is a bounded multiplier, and each factor
stays visible, because a ranking that cannot be argued with is not used. Growth is one of the small multipliers on
purpose: ranking by growth finds the noise (NDCG@100 .024 against .983). A person's own choice of band is kept
elsewhere and wins over this module.

Source: the statistics paper, "Priority": S = ln(1 + R) + ln V + ln W.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Band = Literal["P1", "P2", "P3", "P4"]

RANKED_FROM = 20  # open issues; below, a share of 1 % or 5 % means nothing
SHARES: tuple[tuple[Band, int], ...] = (("P1", 1), ("P2", 5), ("P3", 20))  # top per cent, cumulative, rounded up

# Cut-offs on reach x severity ("full-severity people a week") for fewer issues. No owner's history stands behind
# them: they are the 99th, 95th and 80th percentile (8.2, 2.9, 0.9) of a middling tenant as the detectors' test bed
# draws it (people a week log-normal, median 0.5, log-sd 1.5) at severity one half, rounded. So P1 reads: 16 people a
# week mildly hit or 8 badly. To be set from the owner's own history as soon as there is one.
CUT_OFFS: tuple[tuple[Band, float], ...] = (("P1", 8.0), ("P2", 3.0), ("P3", 1.0))

_SEVERITY_PRIOR = 5.0  # mentions' worth of the mean severity
_LEAST_SEVERITY = 0.01  # keeps the logarithm finite where every mention is harmless
_CHANNEL_STEP, _CHANNEL_MOST = 0.1, 1.5
_SURGE_BONUS, _SURGE_DECADES = 0.5, 6.0
_VALUE_RANGE = (0.5, 2.0)
_MOMENT_RANGE = (1.0, 1.5)
_CLOCK_BONUS = 0.5
_CONFIDENCE_RANGE = (0.5, 1.0)


@dataclass(frozen=True)
class Evidence:
    """What is known of one open issue. Only reach and severity are required; the rest says "nothing special".

    `baseline_people`: expected distinct people a week (shrunk baseline); `people_4_weeks`: distinct people of the last
    four weeks. `severity_sum` over `severity_count` mentions, each 0-1, and `severity_mean` of all feedback.
    `surge_p`: the detector's p, 1 without a surge; `channels` with mentions; `value_ratio`: mean customer value over
    that of all customers; `moment`: 1 to 1.5 by journey stage; `clock_used`: share of the service time used up;
    `confidence` of classifier and sample, .5 to 1. `immediate`: safety, legal or data leak.
    """

    baseline_people: float
    people_4_weeks: float
    severity_sum: float
    severity_count: int
    severity_mean: float
    surge_p: float = 1.0
    channels: int = 1
    value_ratio: float = 1.0
    moment: float = 1.0
    clock_used: float = 0.0
    confidence: float = 1.0
    immediate: bool = False


@dataclass(frozen=True)
class Breakdown:
    """The score and all it is made of.

    `score` = `reach_term` + `severity_term` + `weight_term` with reach_term = ln(1 + `reach`), severity_term =
    ln `severity`, weight_term = ln of the product of the six multipliers `surge` ... `confidence`.
    """

    score: float
    reach_term: float
    severity_term: float
    weight_term: float
    reach: float
    severity: float
    surge: float
    channels: float
    value: float
    moment: float
    clock: float
    confidence: float
    immediate: bool


@dataclass(frozen=True)
class Standing:
    """Place of an issue among the open ones: `position` from 1, `percentile` 0-100 (100: first), `band`."""

    position: int
    percentile: float
    band: Band


def score(evidence: Evidence) -> Breakdown:
    """Score one issue. Multipliers are bounded whatever comes in, so that none of them can carry an issue alone.

    Raises ValueError for negative or non-finite figures, or severities outside 0-1.
    """
    _check(evidence)
    reach = 0.5 * evidence.baseline_people + 0.5 * evidence.people_4_weeks / 4
    shrunk = (evidence.severity_sum + _SEVERITY_PRIOR * evidence.severity_mean) / (
        evidence.severity_count + _SEVERITY_PRIOR
    )
    severity = max(_LEAST_SEVERITY, shrunk)
    decades = -math.log10(min(1.0, max(2 * evidence.surge_p, 1e-300)))
    surge = 1 + _SURGE_BONUS * min(1.0, decades / _SURGE_DECADES)
    channels = min(_CHANNEL_MOST, 1 + _CHANNEL_STEP * max(0, evidence.channels - 1))
    value = _clip(evidence.value_ratio, _VALUE_RANGE)
    moment = _clip(evidence.moment, _MOMENT_RANGE)
    clock = 1 + _CLOCK_BONUS * min(1.0, evidence.clock_used)
    confidence = _clip(evidence.confidence, _CONFIDENCE_RANGE)
    terms = math.log1p(reach), math.log(severity), math.log(surge * channels * value * moment * clock * confidence)
    return Breakdown(
        score=sum(terms),
        reach_term=terms[0],
        severity_term=terms[1],
        weight_term=terms[2],
        reach=reach,
        severity=severity,
        surge=surge,
        channels=channels,
        value=value,
        moment=moment,
        clock=clock,
        confidence=confidence,
        immediate=evidence.immediate,
    )


def rank(issues: Sequence[Breakdown]) -> tuple[Standing, ...]:
    """Standing of each open issue, in the order given.

    Immediate issues come first and are P1 whatever their score; they take no place from the others. The others get
    their band by their rank's share among themselves, or, where they are fewer than `RANKED_FROM`, by the fixed
    cut-offs on reach x severity. Equal scores share the lowest band any of them would get: a crowd of equals
    at the bottom must not rise together. Positions of equals follow the order given.
    """
    order = sorted(range(len(issues)), key=lambda i: (not issues[i].immediate, -issues[i].score, i))
    position = {i: place for place, i in enumerate(order, start=1)}
    ranked = [i for i in order if not issues[i].immediate]
    last_equal = {issues[i].score: place for place, i in enumerate(ranked, start=1)}

    def band(issue: Breakdown) -> Band:
        if issue.immediate:
            return "P1"
        if len(ranked) < RANKED_FROM:
            harm = issue.reach * issue.severity
            return next((name for name, least in CUT_OFFS if harm >= least), "P4")
        place = last_equal[issue.score]
        return next((name for name, share in SHARES if place <= -(-share * len(ranked) // 100)), "P4")

    def percentile(place: int) -> float:
        return 100.0 if len(issues) == 1 else 100.0 * (len(issues) - place) / (len(issues) - 1)

    return tuple(
        Standing(position=position[i], percentile=percentile(position[i]), band=band(issue))
        for i, issue in enumerate(issues)
    )


def _clip(value: float, bounds: tuple[float, float]) -> float:
    return min(max(value, bounds[0]), bounds[1])


def _check(evidence: Evidence) -> None:
    figures = {
        "baseline_people": evidence.baseline_people,
        "people_4_weeks": evidence.people_4_weeks,
        "severity_sum": evidence.severity_sum,
        "severity_count": evidence.severity_count,
        "severity_mean": evidence.severity_mean,
        "surge_p": evidence.surge_p,
        "value_ratio": evidence.value_ratio,
        "moment": evidence.moment,
        "clock_used": evidence.clock_used,
        "confidence": evidence.confidence,
    }
    for name, value in figures.items():
        if not math.isfinite(value) or value < 0:
            raise ValueError(f"{name} must be finite and not negative")
    if evidence.severity_sum > evidence.severity_count or evidence.severity_mean > 1:
        raise ValueError("severities must lie between 0 and 1")
