"""A head: a linear model over n-grams that says which label a text has, how sure it is, and which n-grams decided.

Prediction is one look-up in a table of hashes and one sparse product; scikit-learn is not needed for it. How a head
comes to be: `training`; how it is kept: `headfile`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from vocbot.text.levelled import Bools, Hashes, Ints, Places, batches
from vocbot.text.vectors import Grams, grams, placed

Floats = npt.NDArray[np.float32]
UNDECIDED = "undecided"

#: Width of the table of hashes, in bits: the pairs of tokens lie in a second table of the same width behind it.
BITS = 20
#: Pairs weigh less than runs; measured on takeaway reviews, shop reviews and airline tweets, flat from 0.4 to 1.
PAIRS = np.float32(0.7)
_SHOWN, _LEAST_SHOWN = 6, 0.01


class Vectors(NamedTuple):
    """What is not zero of the vectors of texts, ordered by text: number of the text, of the n-gram, and value.

    Runs and pairs of a text have each length one, before pairs are made to weigh less.
    """

    texts: Ints
    numbers: Ints
    values: Floats


class Answer(NamedTuple):
    """The best label, how likely it is right (calibrated, 0..1), and whether the owner wants it surer than that.

    `labels` are all that apply where a text may have several, at least the best one; else that alone.
    """

    label: str
    confidence: float
    undecided: bool
    labels: tuple[str, ...]


class Reason(NamedTuple):
    """Words as they were written, and how much they spoke for the label (above 0) or against it."""

    words: str
    weight: float


@dataclass(frozen=True, eq=False)
class Head:
    """`weights` is [n-gram, class], or [n-gram, 1] with two labels of which one is meant: positive says the second.

    `slots` (ascending) are the places of its n-grams in the table of hashes, `rarity` what an n-gram counts before the
    text is brought to length one. A score times `steep`, by softmax or sigmoid, is a probability.
    """

    labels: tuple[str, ...]
    several: bool
    slots: Hashes
    rarity: Floats
    weights: Floats
    bias: Floats
    steep: Floats

    @cached_property
    def _table(self) -> Ints:
        table = np.full(2 << BITS, -1, np.int32)
        table[self.slots] = np.arange(len(self.slots), dtype=np.int32)
        return table

    @cached_property
    def _runs(self) -> int:
        """How many of the n-grams are no pairs."""
        return int(np.searchsorted(self.slots, 1 << BITS))

    @cached_property
    def _has(self) -> Bools:
        """What the table knows, in a quarter of its room: most n-grams are unknown, and this fits a cache."""
        return self._table >= 0

    def known(self, read: Grams) -> tuple[Places, Ints]:
        """Which of the n-grams it knows, and their numbers."""
        place = slots(read)
        at = self._has.take(place).nonzero()[0]
        return at, self._table.take(place.take(at))

    def vectors(self, read: Grams) -> Vectors:
        """The vectors of texts."""
        at, number = self.known(read)
        return weighed(read.texts.take(at), number, self.rarity, self._runs)

    def scores(self, vectors: Vectors, count: int) -> Floats:
        """[text, column of weights]; of `count` texts. A text without a known n-gram has the bias alone."""
        text, number, value = vectors
        if count == 1:  # one text needs no sparse matrix, whose making would cost more than its product
            result = (value @ self.weights[number])[None, :]
        else:
            starts = np.searchsorted(text, np.arange(count + 1))
            result = csr_matrix((value, number, starts), shape=(count, len(self.slots))) @ self.weights
        result += self.bias
        return result

    def probabilities(self, scores: Floats) -> Floats:
        """[text, label]: a row sums to 1, or, where a text may have several labels, each says yes or no by itself."""
        scaled = scores * self.steep
        if self.several:
            return sigmoid(scaled)
        if len(self.labels) == 2:
            yes = sigmoid(scaled)
            return np.concatenate([1 - yes, yes], axis=1)
        return softmax(scaled)

    def predict(self, texts: Sequence[str], least: float = 0.0) -> list[Answer]:
        """An Answer for each text; undecided where it is less likely right than `least`, or no n-gram is known."""
        return [
            answer for part in batches(texts) for answer in self.answers(self.vectors(grams(part)), len(part), least)
        ]

    def answers(self, vectors: Vectors, count: int, least: float) -> list[Answer]:
        """As `predict`, for texts whose vectors were made already."""
        chances, best, sure, undecided = self._best(vectors, count, least)
        found = zip(best.tolist(), sure.tolist(), undecided.tolist(), self._applying(chances, best), strict=True)
        return [Answer(self.labels[label], *rest) for label, *rest in found]

    def decided(self, vectors: Vectors, count: int, least: float) -> list[str]:
        """Of each text the best label, or "undecided"; of a head that gives one."""
        _, best, _, undecided = self._best(vectors, count, least)
        best[undecided] = len(self.labels)
        named = (*self.labels, UNDECIDED)
        return [named[label] for label in best.tolist()]

    def _best(self, vectors: Vectors, count: int, least: float) -> tuple[Floats, Places, Floats, Bools]:
        """What is how likely, which label is likeliest, how likely that is, and whether that is too little."""
        chances = self.probabilities(self.scores(vectors, count))
        best = chances.argmax(axis=1)
        sure = chances[np.arange(count), best]
        unknown = np.ones(count, np.bool_)
        unknown[vectors.texts] = False
        return chances, best, sure, (sure < least) | unknown

    def applying(self, vectors: Vectors, count: int, least: float) -> list[tuple[str, ...]]:
        """The labels of each text that are at least so likely, the likeliest first; of a head with several."""
        chances = self.probabilities(self.scores(vectors, count))
        found: list[list[tuple[float, str]]] = [[] for _ in range(count)]
        for text, label in zip(*np.nonzero(chances >= max(least, 0.5)), strict=True):
            found[text].append((-float(chances[text, label]), self.labels[label]))
        return [tuple(label for _, label in sorted(labels)) for labels in found]

    def _applying(self, chances: Floats, best: Places) -> list[tuple[str, ...]]:
        if not self.several:
            return [(self.labels[label],) for label in best.tolist()]
        return [
            tuple(self.labels[label] for label in (np.flatnonzero(row >= 0.5).tolist() or [one]))
            for row, one in zip(chances, best.tolist(), strict=True)
        ]

    def explain(self, text: str, label: str) -> list[Reason]:
        """The words that decided for or against `label`, against its strongest rival; the weightiest first.

        What an n-gram weighs is shared by the characters that it covers; shown are the runs of tokens that bear most.
        """
        read, places = placed(text)
        found, numbers = self.known(read)
        vectors = self.vectors(read)
        favour = self._favour(label, self.scores(vectors, 1)[0])
        weight = np.zeros(len(self.slots), np.float32)
        weight[vectors.numbers] = vectors.values * favour[vectors.numbers]
        weight /= np.maximum(1, np.bincount(numbers, minlength=len(weight)))
        steps = np.zeros(len(text) + 1)
        for at, number in zip(found.tolist(), numbers.tolist(), strict=True):
            covered = places[at].spans()
            share = weight[number] / sum(end - start for start, end in covered)
            for start, end in covered:
                steps[start] += share
                steps[end] -= share
        until = np.concatenate([[0.0], np.cumsum(np.cumsum(steps))])
        runs = {span for place in places for span in place.spans() if _readable(text[slice(*span)])}
        return _weightiest(text, [(until[end] - until[start], start, end) for start, end in runs])

    def _favour(self, label: str, scores: Floats) -> Floats:
        mine = self.labels.index(label)
        if self.weights.shape[1] == 1:
            return self.weights[:, 0] * np.float32(1 if mine else -1)
        if self.several:
            return self.weights[:, mine]
        rivals = np.where(np.arange(len(scores)) == mine, -np.inf, scores)
        return self.weights[:, mine] - self.weights[:, int(rivals.argmax())]


def slots(read: Grams) -> Hashes:
    """The places of n-grams in the table of hashes."""
    place = read.hashes & np.uint32((1 << BITS) - 1)
    place[read.plain :] |= np.uint32(1 << BITS)
    return place


def weighed(text: Ints, number: Ints, rarity: Floats, runs: int) -> Vectors:
    """TF-IDF with damped counts of n-grams as they occur; numbers from `runs` on are pairs. Ordered by text."""
    if not len(number):
        return Vectors(text, number, np.zeros(0, np.float32))
    width = len(rarity).bit_length()
    key = (text.astype(np.int64) << width) | number
    key.sort()
    starts = np.ones(len(key) + 1, np.bool_)
    np.not_equal(key[1:], key[:-1], out=starts[1:-1])
    first = starts.nonzero()[0]
    times = (first[1:] - first[:-1]).astype(np.float32)
    key = key[first[:-1]]
    text, number = (key >> width).astype(np.int32), (key & ((1 << width) - 1)).astype(np.int32)
    value = (1 + np.log(times)) * rarity[number]
    pair = number >= runs
    block = text * 2 + pair
    length = np.sqrt(np.bincount(block, value * value)).astype(np.float32)
    value /= length[block]
    value[pair] *= PAIRS
    return Vectors(text, number, value)


def sigmoid(scores: Floats) -> Floats:
    """1 / (1 + e^-x), without overflow."""
    return np.asarray(0.5 + 0.5 * np.tanh(0.5 * scores), np.float32)


def softmax(scores: Floats) -> Floats:
    """Rows that sum to one."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)


def _readable(words: str) -> bool:
    """Not a word with half of the sign beside it, nor Chinese over a blank."""
    if not words.isascii() and any(map(str.isspace, words)):
        return False
    return (words[0].isalnum() and words[-1].isalnum()) or not any(map(str.isalnum, words))


def _weightiest(text: str, runs: list[tuple[float, int, int]]) -> list[Reason]:
    """The few that bear most, none overlapping."""
    shown: list[tuple[float, int, int]] = []
    for weight, start, end in sorted(runs, key=lambda run: (-abs(run[0]), run[1:])):
        if len(shown) == _SHOWN or abs(weight) < _LEAST_SHOWN:
            break
        if all(end <= other or until <= start for _, other, until in shown):
            shown.append((weight, start, end))
    return [Reason(text[start:end], round(float(weight), 3)) for weight, start, end in shown]
