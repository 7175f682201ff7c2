"""Texts as hashed n-grams: what every head that learns reads. Whole batches at once, in numpy; nothing is looked up.

A text is cut into tokens: a run of letters and digits of scripts with spaces, a Chinese character, a sign. Its n-grams
are runs of 1 to 3 tokens, runs of 3 to 5 characters within a word and its borders, and pairs of tokens at most 5 apart
in either order, which are cheap quadratic features. All are hashed to 32 bits by polynomials over code points, whose
prefix sums give any run in one subtraction. Writing is levelled first, character by character, as `clean.fold` does:
width, case, traditional characters, elongations; and all digits are one, as no head should learn an order number.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from vocbot.text.clean import simplified

Ints = npt.NDArray[np.int32]
Hashes = npt.NDArray[np.uint32]
Places = npt.NDArray[np.intp]

#: Whoever changes what n-grams are, or how they are hashed, raises it: models of another version are refused.
VERSION = 1
#: Of a longer text only so many characters are read: what it is about has been said, and memory stays bounded.
LONGEST = 20_000
#: Characters that are read at a time: with more, the arrays leave the processor's cache.
_AT_ONCE = 1 << 16

_RUN = 3
_PART = (3, 5)
_APART = 5

_SPACE, _CHARACTER, _WORD, _SIGN = (np.uint8(kind) for kind in range(4))
_BREAK, _DIGIT, _BORDER = np.uint32(10), np.uint32(ord("0")), np.uint32(1)
_BASE = 0x06000C75
_BACK = pow(_BASE, -1, 1 << 32)


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


def batches(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    """The texts, in order, as many at a time as are best read together."""
    start = size = 0
    for number, text in enumerate(texts, 1):
        size += min(len(text), LONGEST)
        if size >= _AT_ONCE:
            yield texts[start:number]
            start, size = number, 0
    if start < len(texts):
        yield texts[start:]


def grams(texts: Sequence[str]) -> Grams:
    """The n-grams of texts. Total, linear, bounded by LONGEST."""
    read = _Reading(texts)
    plain = [*read.runs(), *read.parts()]
    found = [*plain, *read.pairs()]
    return Grams(
        np.concatenate([f.texts for f in found]),
        _mixed(np.concatenate([f.hashes for f in found])),
        sum(len(f.hashes) for f in plain),
    )


def placed(text: str) -> tuple[Grams, list[Place]]:
    """The n-grams of one text, and where each stands in it."""
    read = _Reading([text])
    places = [read.place(at, at + f.size - 1) for f in read.runs() for at in f.at]
    places += [read.place_of_part(at, f.size) for f in read.parts() for at in f.at]
    places += [read.place_of_pair(at, at + f.size) for f in read.pairs() for at in f.at]
    return grams([text]), places


class _Reading:
    """Texts joined, levelled and cut into tokens, held while their n-grams are made.

    One break stands before, between and after texts. Arrays of characters: `code`, `word` (whether part of a word),
    `text` (number), `origin` (index in the joined string; None: its own). Arrays of tokens: `start`, `end`, `owner`,
    `hash`.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        joined = "\n" + "".join(
            f"{text[:LONGEST]}\n".replace("\n", " ", text.count("\n", 0, LONGEST)) for text in texts
        )
        code = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), np.uint32)
        breaks = code == _BREAK
        levelled, kinds = _writing()
        astral = code > 0xFFFF if code.max() > 0xFFFF else None
        low = code if astral is None else np.where(astral, 0, code)
        kind = kinds[low]
        code = levelled[low] if astral is None else np.where(astral, code, levelled[low])
        if astral is not None:
            kind[astral] = _SIGN
        self.origin = _without_elongations(code, breaks)
        if self.origin is not None:
            code, kind, breaks = code[self.origin], kind[self.origin], breaks[self.origin]
        self.code = code
        self.text: Ints = np.cumsum(breaks, dtype=np.int32) - np.int32(1)
        self._alone = len(texts) == 1
        self.word = word = kind == _WORD
        before = np.zeros_like(word)
        before[1:] = word[:-1]
        self.start: Places = ((kind != _SPACE) & ~(word & before)).nonzero()[0]
        self.end = self.start + 1
        self.end[word[self.start]] = (before & ~word).nonzero()[0]
        self.owner: Ints = self.text[self.start]
        sums = _prefix_sums(code)
        self.hash = _mixed((sums[self.end] - sums[self.start]) * _powers(_BACK, len(code))[self.start])

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
        word, text = self.word[near], self.text[near]
        sums = _prefix_sums(np.where(word, self.code[near], _BORDER))
        back = _powers(_BACK, len(near))
        borders = np.zeros(len(near) + 1, np.int32)
        np.cumsum(~word, out=borders[1:])
        for size in range(_PART[0], _PART[1] + 1):
            # Of a run, only the first and the last character may be a border.
            at = (borders[size - 1 : -1] == borders[1 : len(borders) - size + 1]).nonzero()[0]
            rolled = (sums[at + size] - sums[at]) * back[at] + np.uint32(size * 0x1234567)
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
        return self._was(spot) - 1

    def _to(self, spot: Any) -> int:
        return self._was(spot - 1)

    def _was(self, spot: Any) -> int:
        """Where a character stood before elongations were taken out."""
        return int(spot if self.origin is None else self.origin[spot])


def _without_elongations(code: Hashes, breaks: npt.NDArray[np.bool_]) -> Places | None:
    """Which characters stay so that none but digits stands more than twice in a row; None: all."""
    same = code[1:] == code[:-1]
    thrice = same[1:] & same[:-1]
    if not thrice.any():
        return None
    kept = np.ones(len(code), np.bool_)
    kept[2:] = ~thrice | (code[2:] == _DIGIT) | breaks[2:]
    return np.flatnonzero(kept)


def _prefix_sums(code: Hashes) -> Hashes:
    sums = np.zeros(len(code) + 1, np.uint32)
    np.cumsum((code + np.uint32(1)) * _powers(_BASE, len(code)), dtype=np.uint32, out=sums[1:])
    return sums


@lru_cache(maxsize=2)
def _powers_of(base: int) -> list[Hashes]:
    return [np.ones(1, np.uint32)]


def _powers(base: int, count: int) -> Hashes:
    """The powers of `base`, modulo 2 ** 32; the longest table so far is kept."""
    table = _powers_of(base)
    if len(table[0]) < count:
        factors = np.full(max(count, 2 * len(table[0])), base, np.uint32)
        factors[0] = 1
        table[0] = np.multiply.accumulate(factors, dtype=np.uint32)
    return table[0][:count]


def _mixed(hashes: Hashes) -> Hashes:
    """Every bit bears on every bit (the finalizer of MurmurHash3, which its author gave to the public domain)."""
    hashes = hashes ^ (hashes >> np.uint32(16))
    hashes *= np.uint32(0x85EBCA6B)
    hashes ^= hashes >> np.uint32(13)
    hashes *= np.uint32(0xC2B2AE35)
    hashes ^= hashes >> np.uint32(16)
    return hashes


@lru_cache(maxsize=1)
def _writing() -> tuple[Hashes, npt.NDArray[np.uint8]]:
    """For each character of the basic plane: what it is levelled to, and what kind of token it makes."""
    levelled = np.arange(0x10000, dtype=np.uint32)
    kinds = np.full(0x10000, _SIGN, np.uint8)
    traditional = simplified()
    for code in range(0x10000):
        if 0xAC00 <= code < 0xD7A4 or 0x4E00 <= code < 0xA000:
            char = chr(code)
        else:
            char = unicodedata.normalize("NFKC", chr(code)).lower()
            if len(char) != 1:
                char = chr(code)
        char = traditional.get(ord(char), char)[0]
        levelled[code] = ord(char)
        category = unicodedata.category(char)
        if category == "Nd":
            levelled[code] = _DIGIT
        if category[0] in "CZ":
            kinds[code] = _SPACE
        elif "\u3040" <= char <= "\u30ff" or "\u3400" <= char <= "\u9fff" or "\uf900" <= char <= "\ufaff":
            kinds[code] = _CHARACTER
        elif category[0] in "LMN" or char in "'’_":
            kinds[code] = _WORD
    return levelled, kinds
