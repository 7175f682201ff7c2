"""How well a score finds the planted events of a bed, at a false-alarm rate that is the same for everyone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_SAME_EPISODE = 2  # weeks; alarms as close belong together


@dataclass(frozen=True)
class Found:
    """Shares of 1: `pod` of the events, `soon` in their first two weeks, `precision` of episodes, `false` per week."""

    pod: float
    soon: float
    precision: float
    f1: float
    false: float


def at_false_rate(score: Floats, bed: Mapping[str, Any], rate: float, first: int) -> Found:
    """`score` (series, weeks) on a bed with ev, onset, end, from week `first`; false alarms counted in series without
    any event. Where scores tie, the rate is not reached but stayed below."""
    events, onset, end = bed["ev"], bed["onset"], bed["end"]
    clean = np.sort(score[onset < 0][:, first:], axis=None)[::-1]
    threshold = clean[int(rate * clean.size)]
    alarm = score > threshold
    hits, soon = [], []
    for i in np.flatnonzero(onset >= 0):
        hits.append(alarm[i, onset[i] : end[i]].any())
        soon.append(alarm[i, onset[i] : min(onset[i] + 2, end[i])].any())
    episodes = true = 0
    for i in np.flatnonzero(alarm[:, first:].any(axis=1)):
        weeks = np.flatnonzero(alarm[i, first:]) + first
        for episode in np.split(weeks, np.flatnonzero(np.diff(weeks) > _SAME_EPISODE) + 1):
            episodes += 1
            true += bool(events[i, episode[0] : episode[-1] + 1].any())
    pod, precision = float(np.mean(hits)), true / max(episodes, 1)
    return Found(
        pod=pod,
        soon=float(np.mean(soon)),
        precision=precision,
        f1=2 * pod * precision / max(pod + precision, 1e-9),
        false=float(alarm[onset < 0][:, first:].mean()),
    )


def outbreaks(score: Floats, bed: Mapping[str, Any], rate: float, first: int) -> tuple[float, float]:
    """POD and F1 over weeks on Noufaily's bed, weeks from `first` on, at this rate of false weeks outside outbreaks."""
    during = bed["mask"][:, first:]
    quiet = np.sort(score[:, first:][~during])[::-1]
    alarm = score[:, first:] > quiet[int(rate * quiet.size)]
    had = during.any(axis=1)
    found = float((alarm & during).any(axis=1)[had].mean())
    true = (alarm & during).sum()
    precision, recall = true / max(alarm.sum(), 1), true / during.sum()
    return found, float(2 * precision * recall / max(precision + recall, 1e-9))
