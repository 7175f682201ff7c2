"""Texts written alike: a batch of them joined, as code points, with what `clean.fold` does to each by itself.

Width, case and traditional characters are levelled, elongations shortened, and all digits are one. Whatever reads many
texts at once in numpy (n-grams, the word list) starts from here, so that it is done once.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from vocbot.text.clean import simplified

Ints = npt.NDArray[np.int32]
Hashes = npt.NDArray[np.uint32]
Places = npt.NDArray[np.intp]
Bools = npt.NDArray[np.bool_]

#: Of a longer text only so many characters are read: what it is about has been said, and memory stays bounded.
LONGEST = 20_000
#: Characters that are read at a time: with more, the arrays leave the processor's cache.
_AT_ONCE = 1 << 16

SPACE, CHARACTER, WORD, SIGN = (np.uint8(kind) for kind in range(4))
#: What parts texts, and what stands for a new line within one.
BREAK, LINE = np.uint32(10), "\x0b"
DIGIT = np.uint32(ord("0"))
_BASE = 0x06000C75
_BACK = pow(_BASE, -1, 1 << 32)


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


class Levelled:
    """One break stands before, between and after the texts. Arrays of characters: `code`, `kind` (SPACE to SIGN),
    `text` (its number), `origin` (index in the joined string; None: its own)."""

    def __init__(self, texts: Sequence[str]) -> None:
        joined = "\n" + "".join(
            f"{text[:LONGEST]}\n".replace("\n", LINE, text.count("\n", 0, LONGEST)) for text in texts
        )
        self.count = len(texts)
        code = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), np.uint32)
        breaks = code == BREAK
        levelled, kinds = _writing()
        astral = code > 0xFFFF if code.max() > 0xFFFF else None
        low = code if astral is None else np.where(astral, 0, code)
        kind = kinds[low]
        code = levelled[low] if astral is None else np.where(astral, code, levelled[low])
        if astral is not None:
            kind[astral] = SIGN
        self.origin = _without_elongations(code, breaks)
        if self.origin is not None:
            code, kind, breaks = code[self.origin], kind[self.origin], breaks[self.origin]
        self.code = code
        self.kind = kind
        self.text: Ints = np.cumsum(breaks, dtype=np.int32) - np.int32(1)
        self._sums = prefix_sums(code)

    def hashes(self, start: Places, end: Places) -> Hashes:
        """Of stretches of characters [start, end), the same wherever they stand."""
        return mixed((self._sums[end] - self._sums[start]) * back(len(self.code))[start])

    def was(self, spot: Any) -> int:
        """Where a character stood in the joined string before elongations were taken out."""
        return int(spot if self.origin is None else self.origin[spot])


def prefix_sums(code: Hashes) -> Hashes:
    """Of a polynomial over the code points, so that any run's is the difference of two, times `back` at its start."""
    sums = np.zeros(len(code) + 1, np.uint32)
    np.cumsum((code + np.uint32(1)) * _powers(_BASE, len(code)), dtype=np.uint32, out=sums[1:])
    return sums


def back(count: int) -> Hashes:
    """What undoes the power at each of so many places."""
    return _powers(_BACK, count)


def mixed(hashes: Hashes) -> Hashes:
    """Every bit bears on every bit (the finalizer of MurmurHash3, which its author gave to the public domain)."""
    hashes = hashes ^ (hashes >> np.uint32(16))
    hashes *= np.uint32(0x85EBCA6B)
    hashes ^= hashes >> np.uint32(13)
    hashes *= np.uint32(0xC2B2AE35)
    hashes ^= hashes >> np.uint32(16)
    return hashes


def _without_elongations(code: Hashes, breaks: Bools) -> Places | None:
    """Which characters stay so that none but digits stands more than twice in a row; None: all."""
    same = code[1:] == code[:-1]
    thrice = same[1:] & same[:-1]
    if not thrice.any():
        return None
    kept = np.ones(len(code), np.bool_)
    kept[2:] = ~thrice | (code[2:] == DIGIT) | breaks[2:]
    return np.flatnonzero(kept)


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


@lru_cache(maxsize=1)
def _writing() -> tuple[Hashes, npt.NDArray[np.uint8]]:
    """For each character of the basic plane: what it is levelled to, and what kind of token it makes."""
    levelled = np.arange(0x10000, dtype=np.uint32)
    kinds = np.full(0x10000, SIGN, np.uint8)
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
            levelled[code] = DIGIT
        if category[0] in "CZ":
            kinds[code] = SPACE
        elif "\u3040" <= char <= "\u30ff" or "\u3400" <= char <= "\u9fff" or "\uf900" <= char <= "\ufaff":
            kinds[code] = CHARACTER
        elif category[0] in "LMN" or char in "'’_":
            kinds[code] = WORD
    return levelled, kinds
