"""The rules that others raise alarms by, as scores (issues, weeks): the higher, the more unusual."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def naive(counts: Floats) -> Floats:
    """Three times the mean of the last four weeks, and at least five mentions."""
    score = np.zeros_like(counts)
    for t in range(4, counts.shape[1]):
        usual = counts[:, t - 4 : t].mean(axis=1)
        score[:, t] = np.where(counts[:, t] >= 5, counts[:, t] / np.maximum(usual, 1 / 3), 0)
    return score


def ears_c2(counts: Floats) -> Floats:
    """EARS C2: standard deviations above the mean of seven weeks, with two weeks between."""
    score = np.zeros_like(counts)
    for t in range(9, counts.shape[1]):
        past = counts[:, t - 9 : t - 2]
        score[:, t] = (counts[:, t] - past.mean(axis=1)) / np.maximum(past.std(axis=1, ddof=1), 0.5)
    return score


def sentry_style(counts: Floats) -> Floats:
    """A ceiling as Sentry's escalating issues have it, on weeks: the larger of mean + 5 sd, and of the highest of the
    last weeks times a factor that falls from 5 to 2 with their variation."""
    score = np.zeros_like(counts)
    for t in range(14, counts.shape[1]):
        past = counts[:, t - 14 : t]
        mean, sd = past.mean(axis=1), past.std(axis=1)
        factor = np.clip(5 * np.exp(-0.65 * sd / np.maximum(mean, 1e-9)), 2, 5)
        ceiling = np.maximum(np.maximum(factor * past.max(axis=1), mean + 5 * sd), 1)
        score[:, t] = counts[:, t] / ceiling
    return score


PEERS = {"three times the last month": naive, "EARS C2": ears_c2, "Sentry-style ceiling": sentry_style}
