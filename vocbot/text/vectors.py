"""Texts as hashed n-grams: what every head that learns reads. Whole batches at once, in numpy; nothing is looked up.

A text is cut into tokens: a run of letters and digits of scripts with spaces, a Chinese character, a sign. Its n-grams
are runs of 1 to 3 tokens, runs of 3 to 5 characters within a word and its borders, and pairs of tokens at most 5 apart
in either order, which are cheap quadratic features. All are hashed to 32 bits by polynomials over code points, whose
prefix sums give any run in one subtraction. Writing is levelled first, character by character, as `clean.fold` does:
width, case, traditional characters, elongations; and all digits are one, as no head should learn an order number.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from vocbot.text.levelled import SPACE, WORD, Hashes, Ints, Levelled, Places, back, mixed, prefix_sums

#: Whoever changes what n-grams are, or how they are hashed, raises it: models of another version are refused.
VERSION = 1

_RUN = 3
_PART = (3, 5)
_APART = 5
_BORDER = np.uint32(1)


class Grams(NamedTuple):
    """The n-grams of some texts, as often as they occur: number of the text and hash of each, in no order.

    The first `plain` are runs, the rest pairs: heads that do without pairs leave them out.
    """

    texts: Ints
    hashes: Hashes
    plain: int


class Place(NamedTuple):
    """Where an n-gram stands in its text: [start, end), without [cut, go) where it is a pair."""

    start: int
    cut: int
    go: int
    end: int

    def spans(self) -> list[tuple[int, int]]:
        """The stretches of text that it covers."""
        return [(self.start, self.cut), (self.go, self.end)] if self.cut < self.end else [(self.start, self.end)]


class _Found(NamedTuple):
    """N-grams of one length: as in Grams but not mixed yet, and the tokens or characters at which they begin."""

    texts: Ints
    hashes: Hashes
    at: Places | range
    size: int


def grams(texts: Sequence[str]) -> Grams:
    """The n-grams of texts. Total, linear, bounded by LONGEST."""
    return grams_of(Levelled(texts))


def grams_of(levelled: Levelled) -> Grams:
    """The same, of texts that were levelled already."""
    read = _Reading(levelled)
    plain = [*read.runs(), *read.parts()]
    found = [*plain, *read.pairs()]
    return Grams(
        np.concatenate([f.texts for f in found]),
        mixed(np.concatenate([f.hashes for f in found])),
        sum(len(f.hashes) for f in plain),
    )


def placed(text: str) -> tuple[Grams, list[Place]]:
    """The n-grams of one text, and where each stands in it."""
    read = _Reading(Levelled([text]))
    places = [read.place(at, at + f.size - 1) for f in read.runs() for at in f.at]
    places += [read.place_of_part(at, f.size) for f in read.parts() for at in f.at]
    places += [read.place_of_pair(at, at + f.size) for f in read.pairs() for at in f.at]
    return grams([text]), places


class _Reading:
    """Levelled texts cut into tokens, held while their n-grams are made. Arrays of tokens: `start`, `end`, `owner` (the
    number of the text), `hash`; of characters also `word`, whether part of a word."""

    def __init__(self, levelled: Levelled) -> None:
        self.levelled = levelled
        self._alone = levelled.count == 1
        kind = levelled.kind
        self.word = word = kind == WORD
        before = np.zeros_like(word)
        before[1:] = word[:-1]
        self.start: Places = ((kind != SPACE) & ~(word & before)).nonzero()[0]
        self.end = self.start + 1
        self.end[word[self.start]] = (before & ~word).nonzero()[0]
        self.owner: Ints = levelled.text[self.start]
        self.hash = levelled.hashes(self.start, self.end)

    def runs(self) -> Iterator[_Found]:
        """Runs of tokens."""
        yield _Found(self.owner, self.hash, range(len(self.hash)), 1)
        rolled = self.hash
        for size in range(2, _RUN + 1):
            rolled = rolled[:-1] * np.uint32(0x9E3779B1) + self.hash[size - 1 :]
            at, found = self._together(size - 1)
            yield _Found(self.owner[: -size + 1][found], rolled[found], at, size)

    def pairs(self) -> Iterator[_Found]:
        """Two tokens, whichever comes first."""
        turned = self.hash ^ np.uint32(0x5BD1E995)
        for apart in range(1, _APART + 1):
            at, found = self._together(apart)
            yield _Found(self.owner[:-apart][found], (turned[:-apart] * turned[apart:])[found], at, apart)

    def parts(self) -> Iterator[_Found]:
        """Runs of characters within words and one border on each side."""
        if not self.word.any():
            return
        near = self._near_words
        word, text = self.word[near], self.levelled.text[near]
        sums = prefix_sums(np.where(word, self.levelled.code[near], _BORDER))
        undo = back(len(near))
        borders = np.zeros(len(near) + 1, np.int32)
        np.cumsum(~word, out=borders[1:])
        for size in range(_PART[0], _PART[1] + 1):
            # Of a run, only the first and the last character may be a border.
            at = (borders[size - 1 : -1] == borders[1 : len(borders) - size + 1]).nonzero()[0]
            rolled = (sums[at + size] - sums[at]) * undo[at] + np.uint32(size * 0x1234567)
            yield _Found(text[at + 1], rolled, at, size)

    @property
    def _near_words(self) -> Places:
        near = self.word.copy()
        near[1:] |= self.word[:-1]
        near[:-1] |= self.word[1:]
        return np.flatnonzero(near)

    def _together(self, apart: int) -> tuple[Places | range, Places | slice]:
        """The tokens that have another so many on in the same text: their numbers, and what picks them."""
        if self._alone:
            return range(max(0, len(self.owner) - apart)), slice(None)
        at = (self.owner[:-apart] == self.owner[apart:]).nonzero()[0]
        return at, at

    def place(self, first: int, last: int) -> Place:
        """Of a run of tokens, in the one text that is read."""
        start, end = self._from(self.start[first]), self._to(self.end[last])
        return Place(start, end, end, end)

    def place_of_pair(self, first: int, last: int) -> Place:
        """Of a pair of tokens."""
        return Place(*self.place(first, first)[:2], self._from(self.start[last]), self._to(self.end[last]))

    def place_of_part(self, at: int, size: int) -> Place:
        """Of a part of a word, without its borders."""
        inside = [spot for spot in self._near_words[at : at + size] if self.word[spot]]
        start, end = self._from(inside[0]), self._to(inside[-1] + 1)
        return Place(start, end, end, end)

    def _from(self, spot: Any) -> int:
        return self.levelled.was(spot) - 1

    def _to(self, spot: Any) -> int:
        return self.levelled.was(spot - 1)
