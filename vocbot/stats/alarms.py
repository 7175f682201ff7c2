"""Which chances are an alarm, and what kind: the gate, and what is still the same alarm.

A chance alone is no alarm: among thousands of issues some are always unlikely, and one angry person is no issue. What
is raised once is extended as long as it goes on, not raised again. This module must not know where a chance comes
from, nor how an alarm is worded.

Source: the statistics paper, "The recommended detector", steps 8 and "Status".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vocbot.stats.scan import WeekFigures

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
State = Literal["emerging", "surging", "recurring", "drifting"]

_NEVER = -(10**6)
_RATIO_PRIOR = 3.0


@dataclass(frozen=True)
class AlarmRule:
    """When a chance is an alarm.

    `false_share` of the alarms of a week, as Benjamini and Hochberg count them (a knob, not a promise: what stays high
    after an event counts as false there); `p_below` holds as well where few issues are watched. `min_mentions` and
    `min_people` within the window. An alarm stays open for `quiet_weeks` after its last week. An issue is new for
    `young_weeks`, comes back after `dormant_weeks`, and rises slowly below `min_ratio`.
    """

    false_share: float = 0.05
    p_below: float = 0.001
    min_mentions: int = 3
    min_people: int = 2
    min_ratio: float = 1.5
    quiet_weeks: int = 4
    young_weeks: int = 8
    dormant_weeks: int = 8


@dataclass(frozen=True)
class Raised:
    """A new alarm: the index of its issue, and what it is."""

    index: int
    state: State


class Alarms:
    """What is open, issue by issue; `step` it with one week after the other."""

    def __init__(self, issues: int, rule: AlarmRule | None = None) -> None:
        self._rule = rule or AlarmRule()
        self._week = 0
        self._first = np.full(issues, _NEVER)
        self._last = np.full(issues, _NEVER)
        self._people: list[Floats] = []

    def step(self, week: WeekFigures, counts: ArrayLike, people: ArrayLike) -> list[Raised]:
        """The alarms that this week raises. `counts` and `people` (issues,): mentions and distinct people of the week.

        People of several weeks may be the same ones, so the week with most of them is what a window is sure of.
        """
        t, rule = self._week, self._rule
        self._week += 1
        seen = np.asarray(counts, dtype=np.float64) > 0
        self._first = np.where(seen & (self._first == _NEVER), t, self._first)
        self._people = [*self._people[-3:], np.asarray(people, dtype=np.float64)]
        who = np.stack([self._window_people(w) for w in (1, 2, 4)])
        known = np.choose(np.searchsorted((1, 2, 4), week.window), who)
        alarmed = loud(week, rule) & (known >= rule.min_people)
        raised = [
            Raised(int(i), self._state(int(i), t, week))
            for i in np.flatnonzero(alarmed)
            if t - self._last[i] > rule.quiet_weeks
        ]
        self._last = np.where(alarmed, t, self._last)
        return raised

    def _window_people(self, weeks: int) -> Floats:
        most: Floats = np.max(self._people[-weeks:], axis=0)
        return most

    def _state(self, i: int, t: int, week: WeekFigures) -> State:
        rule = self._rule
        if self._last[i] != _NEVER and t - self._last[i] >= rule.dormant_weeks:
            return "recurring"
        if t - self._first[i] < rule.young_weeks or week.per_week[i] * rule.young_weeks < 1:
            return "emerging"
        return "drifting" if is_slow(week, i, rule) else "surging"


def loud(week: WeekFigures, rule: AlarmRule) -> Flags:
    """Which issues are unlikely enough and said often enough; how many people said it is asked elsewhere."""
    unlikely = discoveries(week.p, rule.false_share) & (week.p < rule.p_below)
    return unlikely & (week.observed >= rule.min_mentions)


def is_slow(week: WeekFigures, i: int, rule: AlarmRule) -> bool:
    """Whether issue `i` rises slowly: the last eight weeks say it more clearly than the window, or it rose a little."""
    ratio = (week.observed[i] + _RATIO_PRIOR) / (week.expected[i] + _RATIO_PRIOR)
    return bool(week.p_drift[i] <= week.p[i] or ratio < rule.min_ratio)


def discoveries(p: ArrayLike, false_share: float) -> Flags:
    """Which of the chances Benjamini and Hochberg's rule keeps, at this expected share of false ones."""
    chances = np.asarray(p, dtype=np.float64)
    ordered = np.sort(chances)
    fits = np.flatnonzero(ordered <= false_share * np.arange(1, ordered.size + 1) / ordered.size)
    return chances <= (ordered[fits[-1]] if fits.size else -1.0)
