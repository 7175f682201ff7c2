"""Does a verified Change still hold? Week by week, over all the weeks since, so that evidence adds up."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vocbot.stats.effect import Effect
from vocbot.stats.regress import watch_regression
from vocbot.store.tables import Verdict

WATCHED_WEEKS = 52  # after a release, once it is verified


def still_holds(
    found: Effect, mentions: NDArray[np.float64], control: NDArray[np.float64], earlier: Sequence[Verdict]
) -> bool:
    """Whether the issue has not come half-way back since the look that verified the Change.

    `mentions` and `control` (weeks after the release,); `earlier`: the looks so far, with an effective one.
    """
    verified = next(v for v in earlier if v.verdict == "effective")
    calm = verified.numbers["after"]
    said, volume = float(sum(y for _, y, _ in calm)), float(sum(c for _, _, c in calm))
    since = slice(verified.week, None)
    watched = watch_regression(mentions[since], control[since], found.rate_before, (said, max(1.0, volume)), found.phi)
    return watched.crossed is None
