"""How much was said in a week altogether: the exposure of an issue's weekly count.

More feedback means more mentions of everything, so a count is judged against the volume of all other feedback. That
volume is only worth what stands behind it: with thousands of issues it says how many people wrote at all, with two
it is mostly the noise of the other one. The trust in it is therefore part of the index. This module must not know
what is expected of an issue.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Variance of log volume that is common to all issues (season +-25 %, weekly noise 8 %, campaigns), against the
# sampling noise of a count (variance 3 per mention) and what every single issue does by itself.
_COMMON = 0.03
_PER_MENTION = 3.0
_PER_ISSUE = 0.1
_MEMORY = 0.5 ** (1 / 26)  # weeks


class VolumeIndex:
    """Exposure of each week, week by week; about 1 in the first week that had feedback."""

    def __init__(self, issues: int) -> None:
        self._level = np.zeros(issues)
        self._total = 0.0
        self._weight = 0.0
        self._reference: Floats | None = None

    def step(self, counts: Floats, total: float) -> Floats:
        """Exposure (issues,) of the next week from its `counts` (issues,) and `total`, all feedback of the week.

        exposure = (other feedback / that of the first week) ^ trust, trust = common / (common + noise).
        """
        self._level = _MEMORY * self._level + counts
        self._total = _MEMORY * self._total + total
        self._weight = _MEMORY * self._weight + 1.0
        other = np.maximum(total - counts, 0.0) + 1.0
        if self._reference is None:
            if total <= 0:
                return np.ones_like(counts)
            self._reference = other
        exposure: Floats = np.exp(self._trust() * np.log(other / self._reference))
        return exposure

    def _trust(self) -> Floats:
        level, total = self._level / self._weight, self._total / self._weight
        others = np.maximum(total - level, 0.0)
        squares = float((level**2).sum()) - level**2  # feedback without an issue counts as many small ones
        noise = (
            _PER_MENTION / np.maximum(others, 1e-9)
            + _PER_ISSUE * np.maximum(squares, 0.0) / np.maximum(others, 1e-9) ** 2
        )
        trust: Floats = _COMMON / (_COMMON + noise)
        return trust
