"""How much of what was said has been heard yet? Reviews come days after they were written, chats at once.

The volume heard so far says how much of a week is there on the whole; an issue that is spoken of in slow sources is
behind that, and would look calmer than it is. Its expectation is lowered by the share of its own sources' texts that
have come, over the share of all. This module must not know what a source is.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

LEAST_DELAYS = 50  # below, a source is taken to be as all are
_LEAST_SHARE = 0.05  # of a week; less has not come, and nothing can be said of it
_MIX_PRIOR = 10.0  # mentions' worth of the sources of all feedback


def arrived(delays: ArrayLike, ages: ArrayLike) -> Floats:
    """The share of texts that have come `ages` days after they were said, by the `delays` (days) of earlier ones.

    Half a text more is taken to come at once, and half a text later than any: no share is quite 0 or 1. Raises
    ValueError for delays that are not finite.
    """
    late = np.sort(np.maximum(np.asarray(delays, dtype=np.float64), 0.0))
    if not np.all(np.isfinite(late)):
        raise ValueError("delays must be finite")
    share: Floats = (np.searchsorted(late, np.asarray(ages, dtype=np.float64), side="right") + 0.5) / (late.size + 1)
    return share


def exposure_factors(mixes: ArrayLike, overall: ArrayLike, delays: Mapping[int, ArrayLike], ages: ArrayLike) -> Floats:
    """What to multiply the exposure of each issue by, (issues, weeks): 1 where its sources are as quick as all.

    `mixes` (issues, sources): mentions of each issue by source; `overall` (sources,): all feedback by source; `delays`
    of each source's earlier texts, by its column; `ages` (weeks, days): how many days ago each day of each week ended,
    negative where it has not. Raises ValueError where the shapes do not fit.
    """
    own, everyone = np.asarray(mixes, dtype=np.float64), np.asarray(overall, dtype=np.float64)
    when = np.asarray(ages, dtype=np.float64)
    if own.ndim != 2 or everyone.shape != own.shape[1:] or when.ndim != 2:
        raise ValueError("mixes must be issues x sources, with one total a source, and ages weeks x days")
    if everyone.sum() <= 0:
        return np.ones((len(own), len(when)))
    known = [np.asarray(delays.get(s, ()), dtype=np.float64) for s in range(len(everyone))]
    pooled = np.concatenate(known) if known else np.empty(0)
    if pooled.size < LEAST_DELAYS:
        return np.ones((len(own), len(when)))
    heard = np.stack(
        [arrived(one if one.size >= LEAST_DELAYS else pooled, when).mean(axis=1) for one in known]
    )  # sources x weeks
    usual = everyone / everyone.sum()
    shares = (own + _MIX_PRIOR * usual) / (own.sum(axis=1, keepdims=True) + _MIX_PRIOR)
    factors: Floats = (shares @ heard) / np.maximum(usual @ heard, _LEAST_SHARE)
    return factors
