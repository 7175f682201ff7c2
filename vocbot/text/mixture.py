"""Groups as mixtures of terms: how well a text fits each, which term speaks for it, which groups are one.

A group's terms are Dirichlet-multinomial around those of all texts, so a term counts by how much more often the
group uses it; groups are one where one description of both is shorter than two. No threshold is tuned to a kind of
text: all follow from these probabilities.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.special import gammaln

from vocbot.text.space import Floats

Ints = np.ndarray[Any, np.dtype[np.int64]]
Doubles = np.ndarray[Any, np.dtype[np.float64]]

#: Terms seen before a group speaks for itself: what all texts use counts as many.
MASS = 100.0
#: A group more must be worth so many nats (a factor of a million): fewer would follow chance likenesses.
DECISIVE = 13.8
#: Groups are joined only if their texts are so near, against those of one group: in long texts, which are mostly made
#: of what all say, the evidence alone would join everything.
NEAR = 0.4
_RARE = 3  # terms of fewer texts tell groups apart no better than chance


def background(found: sp.csr_matrix) -> Floats:
    """How often each term is met in all texts, times MASS."""
    counts = np.bincount(found.indices, minlength=found.shape[1]) + 0.5
    return np.asarray(MASS * counts / counts.sum(), np.float32)


def tally(found: sp.csr_matrix, groups: Ints) -> Floats:
    """How many texts of each group (row) have each term; texts of group -1 are left out."""
    inside = np.flatnonzero(groups >= 0)
    shape = int(groups.max(initial=-1)) + 1, len(groups)
    members = sp.csr_matrix((np.ones(len(inside), np.float32), (groups[inside], inside)), shape=shape)
    return np.asarray((members @ found).toarray(), np.float32)


def fits(found: sp.csr_matrix, counts: Floats, sizes: Floats, usual: Floats) -> Floats:
    """Text x group: the log odds of the text in the group against a text of no group."""
    per_term = np.log1p(counts / usual).T
    lengths = np.diff(found.indptr).astype(np.float32)
    odds = found @ per_term - lengths[:, None] * np.log1p(counts.sum(axis=1) / MASS)
    return np.asarray(odds + prior(sizes), np.float32)


def prior(sizes: Floats) -> Floats:
    """The log odds of groups before a text is read: no group is as likely as one of mean size."""
    return np.asarray(np.log(np.maximum(sizes, 1e-9) / max(float(sizes.mean()), 1e-9)), np.float32)


def certainty(odds: Floats) -> Floats:
    """How probable the best group of each row is, among all groups and none (whose log odds are 0)."""
    best = odds.max(axis=1)
    top = np.maximum(best, 0)
    total = np.exp(odds - top[:, None]).sum(axis=1) + np.exp(-top)
    return np.asarray(np.exp(best - top) / total, np.float32)


def settled(found: sp.csr_matrix, groups: Ints, usual: Floats, rounds: int = 2) -> Ints:
    """The groups after every text has gone where it fits best, or to none (-1), `rounds` times; numbered from 0."""
    for _ in range(rounds):
        sizes = np.bincount(groups[groups >= 0]).astype(np.float32)
        if not len(sizes):
            return groups
        odds = fits(found, tally(found, groups), sizes, usual)
        groups = compact(np.where(odds.max(axis=1) > 0, odds.argmax(axis=1), -1))
    return groups


def compact(groups: Ints) -> Ints:
    """The groups numbered from 0 without gaps, -1 kept."""
    inside = groups >= 0
    compacted = np.full(len(groups), -1, np.int64)
    compacted[inside] = np.unique(groups[inside], return_inverse=True)[1]
    return compacted


def telling(found: sp.csr_matrix, groups: Ints) -> Floats:
    """How much each term says about the group: the divergence of the groups of its texts from those of all texts."""
    counts = tally(found, groups)
    sizes = np.bincount(groups[groups >= 0], minlength=1)
    share = (sizes / max(sizes.sum(), 1))[:, None]
    mixed = (counts + 2 * share) / (counts.sum(axis=0) + 2)
    return np.asarray((mixed * np.log(mixed / share)).sum(axis=0), np.float32)


def joined(found: sp.csr_matrix, groups: Ints, usual: Floats, points: Floats) -> Ints:
    """The groups after those that are one have been joined, the clearest first. Numbered from 0 without gaps.

    `points` are the places of the texts, zeros where a text has none.
    """
    kept = np.flatnonzero(np.bincount(found.indices, minlength=found.shape[1]) >= _RARE)
    if not len(kept) or groups.max(initial=0) < 1:
        return groups
    spread = Spread(groups, points)
    sizes = np.bincount(groups[groups >= 0])
    into = _Joining(tally(found[:, kept], groups), sizes, usual[kept], spread).run()
    return compact(np.where(groups >= 0, into[groups], -1))


class Spread:
    """How near the texts of two groups are to each other, on average, against those within each."""

    def __init__(self, groups: Ints, points: Floats) -> None:
        placed = np.flatnonzero(points.any(axis=1) & (groups >= 0))
        self._sizes = np.bincount(groups[placed], minlength=int(groups.max()) + 1).astype(np.float64)
        shape = len(self._sizes), len(placed)
        members = sp.csr_matrix((np.ones(len(placed)), (groups[placed], np.arange(len(placed)))), shape=shape)
        self._sums = np.asarray(members @ points[placed], np.float64)
        squares = (self._sums**2).sum(axis=1)
        self._within = (squares - self._sizes) / np.maximum(self._sizes * (self._sizes - 1), 1)

    def nearness(self, one: int, others: Ints) -> Doubles:
        """1 where a text is as near to those of the other group as to those of its own."""
        pairs = np.maximum(self._sizes[one] * self._sizes[others], 1)
        between = self._sums[others] @ self._sums[one] / pairs
        return np.asarray(between / np.sqrt(np.maximum(self._within[one] * self._within[others], 1e-6)))

    def join(self, one: int, other: int) -> None:
        self._sums[one] += self._sums[other]
        self._sizes[one] += self._sizes[other]
        n = self._sizes[one]
        self._within[one] = (self._sums[one] @ self._sums[one] - n) / max(n * (n - 1), 1)


class _Joining:
    """Greedy agglomeration by the change of the Dirichlet-multinomial evidence."""

    def __init__(self, counts: Floats, sizes: Ints, usual: Floats, spread: Spread) -> None:
        self._spread = spread
        self._counts = counts.astype(np.float64)
        self._sizes = sizes.astype(np.float64)
        self._totals = self._counts.sum(axis=1)
        self._usual = usual.astype(np.float64)
        self._alone = gammaln(self._usual)
        self._logs = gammaln(self._usual + self._counts)

    def run(self) -> Ints:
        """Which group each has been joined into."""
        k = len(self._sizes)
        gains = np.full((k, k), -np.inf)
        for one in range(k - 1):
            gains[one, one + 1 :] = self._worth(one, np.arange(one + 1, k))
        into = np.arange(k)
        alive = np.ones(k, bool)
        while gains.max(initial=-np.inf) > 0:
            one, other = (int(i) for i in np.unravel_index(gains.argmax(), gains.shape))
            into[into == other] = one
            alive[other] = False
            gains[other, :] = gains[:, other] = -np.inf
            self._join(one, other)
            rest = np.flatnonzero(alive)
            rest = rest[rest != one]
            gain = self._worth(one, rest)
            gains[one, rest] = np.where(rest > one, gain, -np.inf)
            gains[rest, one] = np.where(rest < one, gain, -np.inf)
        return into

    def _worth(self, one: int, others: Ints) -> Doubles:
        near = self._spread.nearness(one, others) > NEAR
        worth = np.full(len(others), -np.inf)
        worth[near] = self._gain(one, others[near])
        return worth

    def _join(self, one: int, other: int) -> None:
        self._spread.join(one, other)
        self._counts[one] += self._counts[other]
        self._sizes[one] += self._sizes[other]
        self._totals[one] += self._totals[other]
        self._logs[one] = gammaln(self._usual + self._counts[one])

    def _gain(self, one: int, others: Ints) -> Doubles:
        used = np.flatnonzero(self._counts[one])
        both = gammaln(self._usual[used] + self._counts[one, used] + self._counts[np.ix_(others, used)])
        apart = self._logs[np.ix_(others, used)] + (self._logs[one, used] - self._alone[used])
        n, m = self._totals[one], self._totals[others]
        evidence = (both - apart).sum(axis=1)
        evidence += gammaln(MASS + m) + gammaln(MASS + n) - gammaln(MASS) - gammaln(MASS + n + m)
        a, b = self._sizes[one], self._sizes[others]
        evidence += gammaln(a + b) - gammaln(a) - gammaln(b)
        return np.asarray(evidence - DECISIVE)
