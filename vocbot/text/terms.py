"""Texts as the terms that grouping compares: stems of Latin words, Chinese words and their characters.

Words alone miss that 退钱 is near 退款, and words that no dictionary knows; pairs of characters cost twice the time and
group worse. Numbers are one term whatever they are: an order number says nothing about what is the matter. Chinese stop
words are left out, English ones stay: "how do I" and "when will" are much of what an intent is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import rjieba
import Stemmer

from vocbot.text.clean import fold
from vocbot.text.phrases import STOP_ZH
from vocbot.text.redact_view import PLACEHOLDER

#: What a text is about stands in so many characters of it.
LONGEST = 4000
NUMBER = "#"
_NOISE = re.compile(r"@\w+|https?://[!-~]+|www\.[!-~]+", re.IGNORECASE)
_PIECE = re.compile(
    r"[^\W\d_\u3400-\u9fff]+(?:['’][^\W\d_\u3400-\u9fff]+)?|[\u3400-\u9fff]+|\d+|[\u2600-\u27bf\U0001f300-\U0001faff]"
)
_GRAMS = (3, 4, 5)
_MOST_WORDS = 200_000  # remembered

Terms = np.ndarray[Any, np.dtype[np.int32]]


@dataclass
class Vocabulary:
    """Numbers terms in the order in which they are met. `names` are the terms, `grams` the pieces of each one's
    spelling, by which words that were written differently are alike."""

    names: list[str] = field(default_factory=list)
    grams: list[tuple[int, ...]] = field(default_factory=list)
    _numbers: dict[str, int] = field(default_factory=dict)
    _gram_numbers: dict[str, int] = field(default_factory=dict)
    _words: dict[str, tuple[int, ...]] = field(default_factory=dict)
    _stem: Any = field(default_factory=lambda: Stemmer.Stemmer("english").stemWord)

    def terms(self, text: str) -> Terms:
        """The distinct terms of a text, in the order in which they stand there. Total; linear up to LONGEST."""
        text = text[:LONGEST]
        if "[" in text:
            text = PLACEHOLDER.sub(" ", text)
        if "@" in text or ":" in text or "." in text:
            text = _NOISE.sub(" ", text)  # before folding, which makes two of three w
        text = fold(text)
        found: dict[int, None] = {}
        words = self._words
        for piece in _PIECE.findall(text):
            numbers = words.get(piece)
            if numbers is None:
                numbers = tuple(self._number(term) for term in self._terms(piece))
                if len(words) < _MOST_WORDS:
                    words[piece] = numbers
            for number in numbers:
                found[number] = None
        return np.fromiter(found, np.int32, len(found))

    def _terms(self, piece: str) -> Iterator[str]:
        if piece[0].isdigit():
            yield NUMBER
        elif "\u3400" <= piece[0] <= "\u9fff":
            yield from (char for char in piece if char not in STOP_ZH)
            yield from (word for word in rjieba.cut(piece) if len(word) > 1 and word not in STOP_ZH)
        else:
            yield self._stem(piece.replace("’", "'"))

    def _number(self, term: str) -> int:
        number = self._numbers.get(term)
        if number is None:
            number = self._numbers[term] = len(self.names)
            self.names.append(term)
            self.grams.append(self._grams_of(term))
        return number

    def _grams_of(self, term: str) -> tuple[int, ...]:
        if term == NUMBER or "\u3400" <= term[0] <= "\u9fff":
            return ()
        padded = f" {term} "
        grams = {padded[i : i + size] for size in _GRAMS for i in range(len(padded) - size + 1)}
        return tuple(self._gram_numbers.setdefault(gram, len(self._gram_numbers)) for gram in sorted(grams))
