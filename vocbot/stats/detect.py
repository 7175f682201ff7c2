"""The weekly detector: the scan while little is known, the seasonal regression as it comes to know more.

Each week's chance is a geometric mean of theirs, and the regression's share grows from none after a year to all of it
after five; of issues that are said often the sooner, as they tell their season sooner. (Letting each issue choose by
which predicted better was noisier than the calendar.) This module must not decide what is an alarm.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vocbot.stats.scan import Scan, WeekFigures
from vocbot.stats.seasonal import Seasonal, SeasonalWeek
from vocbot.stats.volume import VolumeIndex

Floats = NDArray[np.float64]

MIN_WEEKS = 8  # below, nothing is known of what is usual

_SHARE_FROM = 52  # weeks of history
_SHARE_UNTIL_RARE, _SHARE_UNTIL_OFTEN = 260, 80
_OFTEN = 0.5  # mentions a week
_LEAST = 1e-300


class Detector:
    """The state for a fixed set of issues; `step` it with one week after the other.

    Weeks fed one by one and weeks fed all at once are the same, for there is no other way to feed them.
    """

    def __init__(self, issues: int) -> None:
        self.week = 0
        self._volume = VolumeIndex(issues)
        self._scan = Scan(issues)
        self._seasonal = Seasonal(issues)

    def parts(self) -> dict[str, VolumeIndex | Scan | Seasonal]:
        """The states it is made of, for whoever keeps it."""
        return {"volume": self._volume, "scan": self._scan, "seasonal": self._seasonal}

    def step(self, counts: ArrayLike, total: float, arrived: ArrayLike | None = None) -> WeekFigures:
        """Assess the next week and learn from it. `counts` (issues,): mentions; `total`: all feedback of the week;
        `arrived` (issues,): what their exposure is multiplied by where the week is not all there yet.

        Raises ValueError for a wrong number of issues, or figures that are negative or not finite.
        """
        y = np.asarray(counts, dtype=np.float64)
        if y.shape != (self._scan.issues,):
            raise ValueError(f"{self._scan.issues} issues are watched: give one count each")
        if not (np.all(np.isfinite(y)) and np.all(y >= 0) and np.isfinite(total) and total >= 0):
            raise ValueError("counts and total must be finite and not negative")
        week = self.week
        self.week += 1
        exposure = self._volume.step(y, total)
        if arrived is not None:
            exposure = exposure * np.asarray(arrived, dtype=np.float64)
        quick, slow = self._scan.step(y, exposure), self._seasonal.step(y, exposure)
        return quick if slow is None else _joined(quick, slow, _share(week, quick.per_week))


def _share(week: int, per_week: Floats) -> Floats:
    """The regression's share for each issue, (issues,): the sooner all of it the more is said of the issue."""
    said = per_week / (per_week + _OFTEN)
    until = _SHARE_UNTIL_RARE - (_SHARE_UNTIL_RARE - _SHARE_UNTIL_OFTEN) * said
    share: Floats = np.clip((week - _SHARE_FROM) / (until - _SHARE_FROM), 0, 1)
    return share


def _joined(quick: WeekFigures, slow: SeasonalWeek, share: Floats) -> WeekFigures:
    later = share >= 0.5
    logs = share * np.log(np.maximum(slow.p, _LEAST)) + (1 - share) * np.log(np.maximum(quick.p, _LEAST))
    return WeekFigures(
        window=np.where(later, slow.window, quick.window),
        observed=np.where(later, slow.observed, quick.observed),
        expected=np.where(later, slow.expected, quick.expected),
        p=np.exp(logs),
        p_drift=quick.p_drift,
        per_week=share * slow.mean + (1 - share) * quick.per_week,
    )


def detect(counts: ArrayLike, totals: ArrayLike) -> Iterator[WeekFigures]:
    """Figures of every week in turn, each from the weeks before it alone.

    `counts` (issues, weeks): mentions, oldest first; `totals` (weeks,): all feedback. Raises ValueError for shapes
    that do not fit, fewer than `MIN_WEEKS` weeks, or figures that are negative or not finite.
    """
    panel, volume = np.asarray(counts, dtype=np.float64), np.asarray(totals, dtype=np.float64)
    if panel.ndim != 2 or volume.shape != panel.shape[1:]:
        raise ValueError("counts must be issues x weeks, with one total a week")
    if panel.shape[1] < MIN_WEEKS:
        raise ValueError(f"at least {MIN_WEEKS} weeks are needed")
    state = Detector(panel.shape[0])
    for t in range(panel.shape[1]):
        yield state.step(panel[:, t], float(volume[t]))
