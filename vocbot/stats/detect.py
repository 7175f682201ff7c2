"""The weekly detector: the one that the history is long enough for.

It joins what knows little and quickly (the scan) with what knows more and slowly. This module must not decide what
is an alarm.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike

from vocbot.stats.scan import Scan, WeekFigures

MIN_WEEKS = 8  # below, nothing is known of what is usual


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
    state = Scan(panel.shape[0])
    for t in range(panel.shape[1]):
        yield state.step(panel[:, t], float(volume[t]))
