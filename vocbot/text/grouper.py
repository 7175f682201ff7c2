"""Groups a stream of texts by what they are about: no labels, no number of groups, nothing learnt beforehand.

Each text goes at once where it fits (`add`). Now and then all that is remembered is looked at together (`review`):
texts are placed by likeness, near ones gathered into many small groups (Louvain on the graph of nearest neighbours),
these settled and joined as mixtures of terms; groups keep the numbers that most of their texts had. What a term says
about the groups found weighs in the next review, so words that all texts use fade out by themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import scipy.sparse as sp

from vocbot.text import mixture
from vocbot.text.mixture import Ints
from vocbot.text.space import Floats, incidence, place, rarity, unit
from vocbot.text.terms import Terms, Vocabulary

_FIRST, _GROWTH = 150, 1.6  # texts before the first review; how many times more before each further one
_SAMPLE = 4000  # texts whose neighbours are looked up in a review
_THOROUGH = 12_000  # the same at the end of a stream, when nobody waits
_NEIGHBOURS = 15
_FINENESS = 16.0  # resolution of the graph's communities: finer than any issue, they are joined afterwards
REMEMBERED = 20_000  # texts that take part in a review
#: A text joins a group if that is likelier than everything else.
_SURE = 0.5
_WAITING = 256
_BLOCK = 512


# Places texts by what they mean: one row each, of any length.
Embed = Callable[[Sequence[str]], Floats]
_MEANT = 2.0  # what a given meaning weighs beside the terms


@dataclass
class Grouper:
    """`add` texts in the order of their coming; `review` is called when it is due, and may be at the end.

    With `embed` texts are also near where it says that they mean the same.
    """

    embed: Embed | None = None
    vocabulary: Vocabulary = field(default_factory=Vocabulary)
    _texts: list[Terms] = field(default_factory=list)
    _of: list[int] = field(default_factory=list)  # the group of each text, from 0
    _seen: dict[bytes, int] = field(default_factory=dict)  # same terms, same text: floods are counted once
    _place: list[int] = field(default_factory=list)  # which of the distinct texts each text added is
    _raw: list[str] = field(default_factory=list)  # the distinct texts, where they are embedded
    _meant: dict[int, Floats] = field(default_factory=dict)
    _next: int = 0
    _due: int = _FIRST
    _reviewed: int = 0  # groups of the last review; those in the columns after them are new
    _groups: list[int] = field(default_factory=list)  # the numbers of the groups in the columns below
    _weights: Floats = field(default_factory=lambda: np.zeros(0, np.float32))
    _counts: Floats = field(default_factory=lambda: np.zeros((1024, 64), np.float32))  # term x group
    _totals: Floats = field(default_factory=lambda: np.zeros(64, np.float32))
    _sizes: Floats = field(default_factory=lambda: np.zeros(64, np.float32))
    _usual: Floats = field(default_factory=lambda: np.zeros(1024, np.float32))
    _met: float = 0.0

    def add(self, text: str) -> int:
        """The number of the group that the text joins, as far as can be known now."""
        place = self._added(text)
        self._review_if_due()
        return self._of[place]

    def add_all(self, texts: Iterable[str]) -> None:
        """Add texts of which nobody asks for the groups before all are added: they are reviewed together at most."""
        for text in texts:
            self._added(text)
        self._review_if_due()

    def _review_if_due(self) -> None:
        if len(self._texts) >= self._due:
            self.review()

    def _added(self, text: str) -> int:
        terms = self.vocabulary.terms(text)
        key = terms.tobytes()
        known = self._seen.get(key)
        if known is None:
            known = self._seen[key] = len(self._texts)
            self._texts.append(terms)
            self._of.append(self._join(terms))
            if self.embed is not None:
                self._raw.append(text)
        self._place.append(known)
        return known

    def restore(self, texts: Sequence[str], groups: Sequence[int]) -> None:
        """Take up where another left off: texts in the order of their coming, and the group each has now."""
        for text, group in zip(texts, groups, strict=True):
            terms = self.vocabulary.terms(text)
            known = self._seen.setdefault(terms.tobytes(), len(self._texts))
            if known == len(self._texts):
                self._texts.append(terms)
                self._of.append(group)
                if self.embed is not None:
                    self._raw.append(text)
            self._place.append(known)
        self._next = max(self._of, default=0)
        self._due = max(_FIRST, int(min(len(self._texts) * _GROWTH, len(self._texts) + REMEMBERED / 2)))
        numbers, columns, sizes = np.unique(np.array(self._of, np.int64), return_inverse=True, return_counts=True)
        found = incidence(self._texts, len(self.vocabulary.names))
        several = mixture.compact(np.where(sizes[columns] > 1, columns, -1))
        self._count(found, several, numbers[sizes > 1].tolist())
        if several.max(initial=-1) > 0:
            self._weights = np.sqrt(rarity(found) * mixture.telling(found, several))

    def __len__(self) -> int:
        """How many different texts are remembered."""
        return len(self._texts)

    def groups(self) -> list[int]:
        """The group of each text added, as known after the last review."""
        return [self._of[place] for place in self._place]

    def explain(self, text: str, group: int, limit: int = 5) -> list[tuple[str, float]]:
        """The terms of the text that speak most for the group, with how many nats each."""
        terms = self.vocabulary.terms(text)
        if group not in self._groups or not len(terms):
            return []
        self._make_room()
        odds = self._odds(terms)[:, self._groups.index(group)]
        told: list[tuple[str, float]] = []
        for at in np.argsort(-odds, kind="stable"):
            name = self.vocabulary.names[terms[at]]
            if odds[at] > 0 and len(told) < limit and not any(name in longer for longer, _ in told):
                told.append((name, round(float(odds[at]), 2)))
        return told

    def review(self, thorough: bool = False) -> None:
        """Look at all that is remembered together: groups may be found, joined and divided.

        `thorough` looks up the neighbours of more texts, in about four times the time.
        """
        n = len(self._texts)
        self._due = int(min(n * _GROWTH, n + REMEMBERED / 2)) + 1
        if n < 2:
            return
        first = max(0, n - REMEMBERED)
        found = incidence(self._texts[first:], len(self.vocabulary.names))
        usual = mixture.background(found)
        groups, points = self._gathered(found, first, _THOROUGH if thorough else _SAMPLE)
        groups = mixture.settled(found, groups, usual)
        groups = mixture.joined(found, groups, usual, points)
        groups = mixture.settled(found, groups, usual)
        self._weights = np.sqrt(rarity(found) * mixture.telling(found, groups))
        self._adopt(found, groups, first)

    def _gathered(self, found: sp.csr_matrix, first: int, sample: int) -> tuple[Ints, Floats]:
        """Many small groups of near texts, and where these are placed; -1 and zeros where a text was not looked at."""
        from sknetwork.clustering import Louvain

        n = found.shape[0]
        groups = np.full(n, -1, np.int64)
        some = np.arange(n) if n <= sample else np.sort(np.random.default_rng(n).choice(n, sample, replace=False))
        names, weights = len(self.vocabulary.names), self._weights
        if not len(weights):
            weights = rarity(found)
        weights = np.concatenate((weights, np.ones(names - len(weights), np.float32)))
        placed = place(found[some], self.vocabulary.grams, weights)
        if self.embed is not None:
            placed = unit(np.hstack((placed, _MEANT * unit(self._meaning(self.embed, (some + first).tolist())))))
        labels = Louvain(resolution=_FINENESS, random_state=0).fit_predict(neighbours(placed))
        groups[some] = np.unique(labels, return_inverse=True)[1]
        points = np.zeros((n, placed.shape[1]), np.float32)
        points[some] = placed
        return groups, points

    def _meaning(self, embed: Embed, places: list[int]) -> Floats:
        new = [at for at in places if at not in self._meant]
        if new:
            self._meant.update(zip(new, embed([self._raw[at] for at in new]), strict=True))
        return np.stack([self._meant[at] for at in places])

    def _adopt(self, found: sp.csr_matrix, groups: Ints, first: int) -> None:
        """Give the groups found the numbers that most of their texts had, and count anew."""
        old = np.array(self._of[first:])
        inside = groups >= 0
        numbers = self._numbered(old[inside], groups[inside])
        self._count(found, groups, numbers)
        taken = set(numbers)
        self._of[first:] = [
            numbers[group] if group >= 0 else (number if number not in taken else self._new())
            for group, number in zip(groups.tolist(), old.tolist(), strict=True)
        ]

    def _count(self, found: sp.csr_matrix, groups: Ints, numbers: list[int]) -> None:
        self._groups, self._reviewed = numbers, len(numbers)
        self._make_room()
        counts = mixture.tally(found, groups).T
        terms, k = counts.shape
        for kept in (self._counts, self._totals, self._sizes, self._usual):
            kept[:] = 0
        self._counts[:terms, :k] = counts
        self._totals[:k] = counts.sum(axis=0)
        self._sizes[:k] = np.bincount(groups[groups >= 0], minlength=k)
        self._usual[:terms] = np.bincount(found.indices, minlength=terms)
        self._met = float(self._usual.sum())

    def _numbered(self, old: Ints, groups: Ints) -> list[int]:
        before, index = np.unique(old, return_inverse=True)
        shared = sp.coo_matrix(
            (np.ones(len(old)), (groups, index)), shape=(int(groups.max(initial=-1)) + 1, len(before))
        )
        shared.sum_duplicates()
        numbers = [-1] * shared.shape[0]
        taken: set[int] = set()
        for entry in np.argsort(-shared.data, kind="stable"):
            group, number = int(shared.row[entry]), int(before[shared.col[entry]])
            if numbers[group] < 0 and number not in taken:
                numbers[group] = number
                taken.add(number)
        for group, number in enumerate(numbers):
            if number < 0:
                numbers[group] = self._new()
        return numbers

    def _join(self, terms: Terms) -> int:
        self._make_room()
        chosen = -1
        if len(self._groups):
            odds = self._odds(terms).sum(axis=0) + mixture.prior(self._sizes[: len(self._groups)])
            best = int(odds.argmax())
            if odds[best] > 0:
                chosen = best
                if mixture.certainty(odds[None, :])[0] < _SURE:
                    self._count_usual(terms)
                    return self._new()
        if chosen < 0:
            chosen = self._column()
        self._counts[terms, chosen] += 1
        self._totals[chosen] += len(terms)
        self._sizes[chosen] += 1
        self._count_usual(terms)
        return self._groups[chosen]

    def _column(self) -> int:
        """Where a new group is counted. Of the groups that only one text has opened since the last review no more
        than so many wait for a second one: each costs time with every text."""
        newest = len(self._groups)
        if newest < self._reviewed + _WAITING:
            self._groups.append(self._new())
            return newest
        waiting = self._reviewed + np.flatnonzero(self._sizes[self._reviewed : newest] <= 1)
        if not len(waiting):
            self._groups.append(self._new())
            return newest
        column = int(min(waiting, key=lambda place: self._groups[place]))
        self._counts[:, column] = 0
        self._totals[column] = self._sizes[column] = 0
        self._groups[column] = self._new()
        return column

    def _count_usual(self, terms: Terms) -> None:
        self._usual[terms] += 1
        self._met += len(terms)

    def _odds(self, terms: Terms) -> Floats:
        """Term x group: what each term of a text says for each group."""
        k = len(self._groups)
        usual = (self._usual[terms] + 0.5) * (mixture.MASS / (self._met + 0.5 * len(self.vocabulary.names)))
        return np.asarray(
            np.log1p(self._counts[terms, :k] / usual[:, None]) - np.log1p(self._totals[:k] / mixture.MASS), np.float32
        )

    def _new(self) -> int:
        self._next += 1
        return self._next

    def _make_room(self) -> None:
        terms, groups = self._counts.shape
        wanted, more = len(self.vocabulary.names), len(self._groups) + 1
        if wanted > terms or more > groups:
            terms, groups = (terms if wanted <= terms else 2 * wanted), (groups if more <= groups else 2 * more)
            self._counts = _widened(self._counts, (terms, groups))
            self._totals = _widened(self._totals, (groups,))
            self._sizes = _widened(self._sizes, (groups,))
            self._usual = _widened(self._usual, (terms,))


def neighbours(points: Floats) -> sp.csr_matrix:
    """The graph in which each point is tied to its nearest ones, by the cosine between them."""
    n = len(points)
    k = min(_NEIGHBOURS, n - 1)
    nearest = np.empty((n, k), np.int64)
    cosines = np.empty((n, k), np.float32)
    for start in range(0, n, _BLOCK):
        block = points[start : start + _BLOCK] @ points.T
        rows = np.arange(len(block))
        block[rows, start + rows] = -1
        best = np.argpartition(block, n - k, axis=1)[:, n - k :] if k < n - 1 else np.argsort(block, axis=1)[:, 1:]
        nearest[start : start + len(block)] = best
        cosines[start : start + len(block)] = np.take_along_axis(block, best, axis=1)
    ties = sp.csr_matrix((np.maximum(cosines, 1e-6).ravel(), nearest.ravel(), np.arange(0, n * k + 1, k)), shape=(n, n))
    return sp.csr_matrix(ties + ties.T)


def _widened(array: Any, shape: Sequence[int]) -> Any:
    wide = np.zeros(tuple(shape), array.dtype)
    wide[tuple(slice(0, size) for size in array.shape)] = array
    return wide
