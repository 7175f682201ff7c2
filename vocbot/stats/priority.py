"""In which order should open issues be taken up, and why?

The order follows harm: how many people a week, how badly. Everything else is a bounded multiplier, and each factor
stays visible, because a ranking that cannot be argued with is not used. Growth is one of the small multipliers on
purpose: ranking by growth finds the noise (NDCG@100 .024 against .983). The formula is the owner's to change; a
person's own choice of band wins over it and is shown as such.

Source: the statistics paper, "Priority": S = ln(1 + R) + ln V + ln W, here as the product (1 + R) V W.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from vocbot.stats.formula import USUAL, Formula, read

Band = Literal["P1", "P2", "P3", "P4"]
BANDS: tuple[Band, ...] = ("P1", "P2", "P3", "P4")
CutOffs = tuple[float, float, float]  # the least value of P1, P2 and P3

# Cut-offs on the usual formula while no owner's history is long enough. They are the 99th, 95th and 80th percentile
# (8.7, 3.4, 1.4) of a middling tenant as the detectors' test bed draws it (people a week log-normal, median 0.5,
# log-sd 1.5) at severity one half, rounded. So P1 reads: 16 people a week mildly hit or 8 badly.
CUT_OFFS: CutOffs = (8.5, 3.5, 1.5)
SHARES: CutOffs = (1.0, 5.0, 20.0)  # per cent of an owner's issues and months that are P1, P2 or above, P3 or above
LEAST_HISTORY = 200  # issues times months; below, a share of 1 % means nothing

_SEVERITY_PRIOR = 5.0  # mentions' worth of the mean severity
_LEAST_SEVERITY = 0.01  # an issue whose mentions are all harmless still has a place
_CHANNEL_STEP = 0.1
_SURGE_DECADES = 6.0
_LEAST_VALUE = 1e-9  # keeps the logarithm finite


@dataclass(frozen=True)
class Bounds:
    """How far a multiplier may go: `surge`, `channels` and `value` at the most, `value` at least its inverse,
    `confidence` at least. `recent`: the share of the last four weeks in reach."""

    surge: float = 1.5
    channels: float = 1.5
    value: float = 2.0
    confidence: float = 0.5
    recent: float = 0.5


@dataclass(frozen=True)
class Evidence:
    """What is known of one open issue. Only reach and severity are required; the rest says "nothing special".

    `baseline_people`: expected distinct people a week (shrunk level of all its weeks); `people_4_weeks`: distinct
    people of the last four weeks. `severity_sum` over `severity_count` mentions, each 0-1, and `severity_mean` of all
    feedback. `surge_p`: the detector's p, 1 without a surge; `channels` with mentions; `value_ratio`: mean worth of
    its customers over that of all; `moment`: by journey stage; `confidence` of the classifier, 0 to 1. `immediate`:
    safety, legal or data leak.
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
    confidence: float = 1.0
    immediate: bool = False


@dataclass(frozen=True)
class Breakdown:
    """The score and all it is made of: `score` is the logarithm of `worth`, which the formula makes of the factors."""

    score: float
    worth: float
    reach: float
    severity: float
    surge: float
    channels: float
    value: float
    moment: float
    confidence: float
    immediate: bool
    formula: Formula = field(default_factory=lambda: read(USUAL))

    def shown(self, name: Callable[[str], str]) -> str:
        """The formula with `name(factor)` and the value of each factor in its place."""
        return self.formula.shown(lambda factor: f"{name(factor)} {getattr(self, factor):.3g}")


@dataclass(frozen=True)
class Standing:
    """Place of an issue among the open ones: `position` from 1, `percentile` 0-100 (100: first), `band`.

    `suggested` is the band by the formula, or by the floor for safety and law; `band` differs where a person chose.
    """

    position: int
    percentile: float
    band: Band
    suggested: Band


def score(evidence: Evidence, formula: Formula | None = None, bounds: Bounds | None = None) -> Breakdown:
    """Score one issue. Multipliers are bounded whatever comes in, so that none of them can carry an issue alone.

    Raises ValueError for negative or non-finite figures, or severities outside 0-1.
    """
    _check(evidence)
    rule, limit = formula or read(USUAL), bounds or Bounds()
    shrunk = (evidence.severity_sum + _SEVERITY_PRIOR * evidence.severity_mean) / (
        evidence.severity_count + _SEVERITY_PRIOR
    )
    decades = -math.log10(min(1.0, max(2 * evidence.surge_p, 1e-300)))
    factors = {
        "reach": (1 - limit.recent) * evidence.baseline_people + limit.recent * evidence.people_4_weeks / 4,
        "severity": max(_LEAST_SEVERITY, shrunk),
        "surge": 1 + (limit.surge - 1) * min(1.0, decades / _SURGE_DECADES),
        "channels": min(limit.channels, 1 + _CHANNEL_STEP * max(0, evidence.channels - 1)),
        "value": min(max(evidence.value_ratio, 1 / limit.value), limit.value),
        "moment": evidence.moment,
        "confidence": min(max(evidence.confidence, limit.confidence), 1.0),
    }
    try:
        worth = max(rule.value(factors), _LEAST_VALUE)
    except (ArithmeticError, ValueError):  # between the ends at which the formula was tried
        worth = _LEAST_VALUE
    return Breakdown(score=math.log(worth), worth=worth, **factors, immediate=evidence.immediate, formula=rule)


def rank(
    issues: Sequence[Breakdown], cut_offs: CutOffs = CUT_OFFS, chosen: Sequence[Band | None] = ()
) -> tuple[Standing, ...]:
    """Standing of each open issue, in the order given.

    Immediate issues are P1 whatever their score; the others get their band by fixed cut-offs, so that it does not hang
    on what else is open. `chosen`: the band a person gave to each, which wins over both. A higher band comes first;
    within one immediate issues, then by score; equals follow the order given.
    """
    own = tuple(chosen) or (None,) * len(issues)
    suggested = [band_of(issue, cut_offs) for issue in issues]
    bands = [mine or by_formula for mine, by_formula in zip(own, suggested, strict=True)]
    order = sorted(range(len(issues)), key=lambda i: (bands[i], not issues[i].immediate, -issues[i].score, i))
    position = {i: place for place, i in enumerate(order, start=1)}

    def percentile(place: int) -> float:
        return 100.0 if len(issues) == 1 else 100.0 * (len(issues) - place) / (len(issues) - 1)

    return tuple(Standing(position[i], percentile(position[i]), bands[i], suggested[i]) for i in range(len(issues)))


def band_of(issue: Breakdown, cut_offs: CutOffs) -> Band:
    """The band by the formula, or by the floor for safety and law."""
    if issue.immediate:
        return "P1"
    return next((name for name, least in zip(BANDS, cut_offs, strict=False) if issue.worth >= least), "P4")


def calibrated(history: Sequence[float], shares: CutOffs = SHARES) -> CutOffs | None:
    """Cut-offs that the given shares (per cent, growing) of an owner's past values reach; None below `LEAST_HISTORY`.

    `history`: the formula's values of all issues at several dates, those without a mention left out. No more than the
    share gets the band: equals at a cut-off fall below it together.
    """
    if len(history) < LEAST_HISTORY:
        return None
    ordered = sorted(history, reverse=True)
    found = []
    for share in shares:
        most = int(share * len(ordered) / 100)
        above = [value for value in ordered[:most] if value > ordered[most]] if most < len(ordered) else ordered
        found.append(above[-1] if above else math.nextafter(ordered[0], math.inf))
    return found[0], found[1], found[2]


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
        "confidence": evidence.confidence,
    }
    for name, value in figures.items():
        if not math.isfinite(value) or value < 0:
            raise ValueError(f"{name} must be finite and not negative")
    if evidence.severity_sum > evidence.severity_count or evidence.severity_mean > 1:
        raise ValueError("severities must lie between 0 and 1")
