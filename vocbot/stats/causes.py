"""Which attribute values, and which pairs of them, stand out among the recent mentions of an issue, beyond chance?

Every table has some value that is over-represented. So the bound that a value must reach is the owner's own: recent
windows are drawn again and again from the issue's past, where nothing happened, and the best value of each draw says
what chance does here. This module must not call anything a cause.

Raw lift loves values seen twice; counts love the largest region. The lower 5 % bound of the shrunk lift (EB05) ranks by
what can be vouched for: usual share = (past + 30 population share) / (all past + 30), EB05 = gamma.ppf(.05, seen + 3,
scale = 1 / (expected + 3)).

Source: the statistics paper, "Explainable RCA".
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

LEAST_WINDOW = 8  # recent mentions; of fewer nothing can be said
LEAST_SEEN = 3  # mentions; two of a kind are no pattern
MISSING = -1

_PRIOR = 3.0  # mentions, seen and expected, that draw the lift to one
_REFERENCE_PRIOR = 30.0  # mentions' worth of the population in the usual share
_LOWER = 0.05
_BEYOND_HALVES = 0.85  # lower bound of a pair over what its louder half alone would bring
_LEAST_PAST = 60  # earlier mentions; with fewer, windows are drawn from all feedback as well
_DRAWS, _SEED = 400, 20_151_021
_CHANCE = 0.95
_LEAST_CUT = 1.05


@dataclass(frozen=True)
class Lift:
    """How far a value stands out.

    `seen` recent mentions against `expected`; `lift` = seen / expected (infinite for a value never met before), `low`
    its vouched-for lower bound; `share` of the recent mentions, and `usual_share` to compare it with.
    """

    seen: int
    expected: float
    lift: float
    low: float
    share: float
    usual_share: float


@dataclass(frozen=True)
class Candidate:
    """One value, or a pair of values: `columns` and their `codes`, and how far it stands out."""

    columns: tuple[int, ...]
    codes: tuple[int, ...]
    lift: Lift


@dataclass(frozen=True)
class Ranking:
    """All candidates, best first, and the bound `cut` that chance reaches in one window of twenty: what is below it is
    no statement. `found` are those at or above it."""

    candidates: tuple[Candidate, ...]
    cut: float

    @property
    def found(self) -> tuple[Candidate, ...]:
        """What stands out; empty is an answer."""
        return tuple(one for one in self.candidates if one.lift.low >= self.cut)


def rank(
    recent: ArrayLike,
    past: ArrayLike,
    population: ArrayLike,
    times: ArrayLike | None = None,
    pairs: bool = True,
) -> Ranking:
    """Rank the values of the `recent` mentions against the issue's `past` ones and the `population`.

    All are (rows, attributes) of small codes from 0, `MISSING` where an attribute is not known; `times`
    says how often each row of the population is there, once without it. The same rows always
    give the same ranking. Raises ValueError for other shapes, or an empty population.
    """
    now, before, everyone = (np.asarray(rows, dtype=np.int64) for rows in (recent, past, population))
    width = now.shape[1] if now.ndim == 2 else -1
    if any(rows.ndim != 2 or rows.shape[1] != width for rows in (now, before, everyone)) or not width:
        raise ValueError("recent, past and population must be tables with the same attributes, at least one")
    if not len(everyone):
        raise ValueError("an empty population has no shares")
    if not len(now):
        return Ranking((), _LEAST_CUT)
    sizes = 1 + np.max([rows.max(axis=0) for rows in (now, before, everyone) if len(rows)], axis=0).clip(0)
    often = np.ones(len(everyone)) if times is None else np.asarray(times, dtype=np.float64)
    reference = _Reference(before, everyone, often, sizes, len(now), pairs)
    candidates = reference.candidates(*np.unique(now, axis=0, return_counts=True))
    rng = np.random.default_rng(_SEED)
    source, met = np.unique(before, axis=0, return_counts=True)
    weight = met.astype(np.float64)
    if len(before) < _LEAST_PAST:
        source = np.concatenate([source, everyone])
        weight = np.concatenate([weight, _REFERENCE_PRIOR * often / often.sum()])
    drawn = _windows(rng, weight, len(now))
    cut = max(_LEAST_CUT, float(np.quantile(reference.best(source, drawn), _CHANCE)))
    return Ranking(candidates, cut)


def _windows(rng: np.random.Generator, weight: Floats, length: int) -> Codes:
    """How often each row is in each of `_DRAWS` windows of that length, (windows, rows).

    Each window comes from its own Bayesian bootstrap of the rows: the past is itself a sample, and windows drawn
    straight from it would fit it too well (one window in eight then held a false statement instead of one in twenty).
    """
    drawn = np.empty((_DRAWS, len(weight)), dtype=np.int64)
    for i in range(_DRAWS):
        until = np.cumsum(rng.standard_gamma(weight))
        drawn[i] = np.bincount(np.searchsorted(until, rng.random(length) * until[-1]), minlength=len(weight))
    return drawn


class _Reference:
    """Usual shares of values and pairs, and the bounds of windows against them."""

    def __init__(self, past: Codes, population: Codes, often: Floats, sizes: Codes, length: int, pairs: bool) -> None:
        self._length, self._often = length, often
        self._sizes = sizes
        columns = range(len(sizes))
        self._keys: list[tuple[int, ...]] = [(c,) for c in columns]
        if pairs:
            self._keys += list(combinations(columns, 2))
        self._usual = [self._shares(self._ids(past, key), self._ids(population, key), key) for key in self._keys]
        self._bound = special.gammaincinv(np.arange(length + 1) + _PRIOR, _LOWER)

    def candidates(self, rows: Codes, met: Codes) -> tuple[Candidate, ...]:
        """What is in one window of different `rows`, each `met` so often, best first: by bound x root of the excess, so
        that of two equally sure values the one that explains more comes first."""
        bounds, counts = self._bounds(rows, met[None])
        found = []
        for key, usual, bound, count in zip(self._keys, self._usual, bounds, counts, strict=True):
            ids = self._ids(rows, key)
            for value in np.unique(ids[(ids >= 0) & np.isfinite(bound[0])]):
                at = int(np.flatnonzero(ids == value)[0])
                seen, expected = int(count[0, at]), self._length * float(usual[value])
                codes = (int(value),) if len(key) == 1 else tuple(map(int, divmod(value, self._sizes[key[1]])))
                found.append(
                    Candidate(
                        columns=key,
                        codes=codes,
                        lift=Lift(
                            seen=seen,
                            expected=expected,
                            lift=seen / expected if expected > 0 else float("inf"),
                            low=float(bound[0, at]),
                            share=seen / self._length,
                            usual_share=float(usual[value]),
                        ),
                    )
                )
        found.sort(key=lambda c: -c.lift.low * max(c.lift.seen - c.lift.expected, 0.0) ** 0.5)
        return tuple(found)

    def best(self, rows: Codes, met: Codes) -> Floats:
        """The largest bound of each window, (windows,)."""
        bounds, _ = self._bounds(rows, met)
        best: Floats = np.max([np.where(np.isfinite(b), b, 0.0).max(axis=1) for b in bounds], axis=0)
        return best

    def _bounds(self, rows: Codes, met: Codes) -> tuple[list[Floats], list[Codes]]:
        """For each key the bound and the count of every row's value, (windows, rows), where `met` says how often each
        row is in each window; -inf where it is no candidate.

        An issue with thousands of mentions has few different ones: each is looked at once, however often it is there.
        """
        bounds: list[Floats] = []
        counts: list[Codes] = []
        there, windows = met > 0, np.arange(len(met))[:, None]
        for key, usual in zip(self._keys, self._usual, strict=True):
            ids = self._ids(rows, key)
            values, place = np.unique(ids, return_inverse=True)
            lanes = place + len(values) * windows
            summed = np.bincount(lanes.ravel(), met.ravel(), minlength=len(met) * len(values))
            count = summed.astype(np.int64).reshape(len(met), len(values))[:, place]
            bound = self._bound[count] / (self._length * usual[ids] + _PRIOR)
            bound = np.where(there & (ids >= 0) & (count >= LEAST_SEEN), bound, -np.inf)
            if len(key) == 2:
                # what the pair would be if one half stood out and carried its usual share of the other along
                halves = [(c, self._usual[c][rows[:, c]]) for c in key]
                carried = [
                    counts[c] * np.maximum(usual[ids] / np.maximum(mine, 1e-12), other)
                    for (c, mine), (_, other) in zip(halves, halves[::-1], strict=True)
                ]
                beyond = self._bound[count] / (np.maximum(*carried) + _PRIOR)
                bound = np.where(beyond >= _BEYOND_HALVES, bound, -np.inf)
            bounds.append(bound)
            counts.append(count)
        return bounds, counts

    def _ids(self, rows: Codes, key: tuple[int, ...]) -> Codes:
        if len(key) == 1:
            single: Codes = rows[..., key[0]]
            return single
        first, second = rows[..., key[0]], rows[..., key[1]]
        return np.where((first < 0) | (second < 0), MISSING, first * self._sizes[key[1]] + second)

    def _shares(self, past: Codes, population: Codes, key: tuple[int, ...]) -> Floats:
        """Usual share = (past + 30 population share) / (all past + 30), for every value there could be."""
        space = int(np.prod(self._sizes[list(key)]))
        before = np.bincount(past[past >= 0], minlength=space)
        everywhere = np.bincount(population[population >= 0], self._often[population >= 0], minlength=space)
        usual: Floats = (before + _REFERENCE_PRIOR * everywhere / self._often.sum()) / (len(past) + _REFERENCE_PRIOR)
        return usual
