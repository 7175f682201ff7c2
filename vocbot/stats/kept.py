"""A detector put away and taken up again: a weekly run costs a few weeks of sums, not five years of them.

What is put away is all it knows, so that going on from there gives the same figures as going through all weeks. An
issue that is new to it goes on from the state of one that was never mentioned: put such a one into the last place.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vocbot.stats.detect import Detector
from vocbot.stats.prior import GammaPrior

VERSION = 1  # of what is put away; another one cannot be taken up

_ISSUES_FIRST = ("_seen", "_log_exposure", "_weight", "_beta", "_phi", "_covariance")  # of the regression
_NO_ISSUES = ("_phi_prior",)


def pack(detector: Detector) -> bytes:
    """All that a detector knows, compressed."""
    found: dict[str, Any] = {"version": VERSION, "week": detector.week}
    for part, state in detector.parts().items():
        for name, value in vars(state).items():
            key = f"{part}.{name}"
            if value is None:
                continue
            if name == "_priors":
                found[key] = np.array([(p.shape, p.rate) for p in value]).reshape(len(value), 2)
            elif name == "_lagged":
                found[f"{key}.a"] = np.stack([a for a, _ in value]) if value else np.empty(0)
                found[f"{key}.b"] = np.stack([b for _, b in value]) if value else np.empty(0)
            else:
                found[key] = np.asarray(value)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **found)
    return buffer.getvalue()


def unpack(data: bytes, places: Sequence[int]) -> Detector:
    """The detector again, for issues that were at these `places`. Raises ValueError for another version's data."""
    chosen = np.asarray(places, dtype=np.int64)
    with np.load(io.BytesIO(data), allow_pickle=False) as found:
        if "version" not in found or int(found["version"]) != VERSION:
            raise ValueError("this was put away by another version")
        detector = Detector(len(chosen))
        detector.week = int(found["week"])
        for part, state in detector.parts().items():
            for name, value in vars(state).items():
                key = f"{part}.{name}"
                if name == "_priors":
                    setattr(state, name, [GammaPrior(float(a), float(b)) for a, b in found[key]])
                elif name == "_lagged":
                    first, second = found[f"{key}.a"], found[f"{key}.b"]
                    lagged = [
                        (np.take(a, chosen, axis=-1), np.take(b, chosen, axis=-1))
                        for a, b in zip(first, second, strict=True)
                    ]
                    setattr(state, name, lagged)
                elif key in found:
                    setattr(state, name, _taken(name, found[key], chosen, value, part == "seasonal"))
    return detector


def _taken(name: str, kept: NDArray[Any], chosen: NDArray[np.int64], now: Any, regression: bool) -> Any:
    """A value for the chosen issues: arrays have theirs on the first axis in the regression, else on the last."""
    if kept.ndim == 0:
        return type(now)(kept)
    if name in _NO_ISSUES:
        return kept
    axis = 0 if regression and name in _ISSUES_FIRST else -1
    return np.ascontiguousarray(np.take(kept, chosen, axis=axis))  # sums over another layout differ in the last digit
