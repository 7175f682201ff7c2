"""Copies of a text that people pass on, a word changed here and there: found as they come, in constant time each.

MinHash (Broder 1997) over the words and pairs of Chinese characters finds candidates; what they share decides, so a
short sentence that many would write by themselves is no copy unless it is the same. SimHash missed texts of a few
sentences with one word changed: too many of its bits flip.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterator
from zlib import crc32

import numpy as np

from vocbot.text.clean import fold

_TOKEN = re.compile(r"[^\W_\u3400-\u9fff]+|[\u3400-\u9fff]+")
_LONGEST = 4000  # characters looked at
_SHORT = 12  # tokens: below that only the same tokens are a copy,
_SHORTEST = 6  # and below that nothing is: people write 太慢了 or "never again" without a model
_ALIKE = 0.8  # of the tokens of both
_BANDS, _ROWS = 16, 3  # 99.9 % of pairs that share 0.7 meet in a band
_REMEMBERED = 50_000
_RANDOM = np.random.default_rng(0)
_FACTORS = _RANDOM.integers(1, 1 << 63, _BANDS * _ROWS, np.uint64) | np.uint64(1)
_TERMS = _RANDOM.integers(0, 1 << 63, _BANDS * _ROWS, np.uint64)


class Near:
    """Remembers the latest texts by a key of the caller's."""

    def __init__(self) -> None:
        self._texts: OrderedDict[int, tuple[frozenset[str], tuple[tuple[int, int], ...]]] = OrderedDict()
        self._bands: dict[tuple[int, int], list[int]] = {}
        self._same: dict[frozenset[str], int] = {}

    def copy_of(self, key: int, text: str) -> int | None:
        """The key of the first text that this one is a copy of; None where there is none, and it is remembered."""
        tokens = frozenset(_tokens(text))
        if len(tokens) < _SHORTEST:
            return None
        same = self._same.get(tokens)
        if same is not None:
            return same
        bands = self._banded(tokens)
        if len(tokens) >= _SHORT:
            for other in dict.fromkeys(other for band in bands for other in self._bands.get(band, ())):
                theirs = self._texts[other][0]
                if len(tokens & theirs) >= _ALIKE * len(tokens | theirs):
                    return other
        self._remember(key, tokens, bands)
        return None

    def _remember(self, key: int, tokens: frozenset[str], bands: tuple[tuple[int, int], ...]) -> None:
        self._texts[key] = tokens, bands
        self._same[tokens] = key
        for band in bands:
            self._bands.setdefault(band, []).append(key)
        if len(self._texts) > _REMEMBERED:
            oldest, (forgotten, theirs) = self._texts.popitem(last=False)
            del self._same[forgotten]
            for band in theirs:
                self._bands[band].remove(oldest)
                if not self._bands[band]:
                    del self._bands[band]

    def _banded(self, tokens: frozenset[str]) -> tuple[tuple[int, int], ...]:
        if len(tokens) < _SHORT:
            return ()
        hashes = np.fromiter((crc32(token.encode("utf-8", "replace")) for token in tokens), np.uint64, len(tokens))
        least = ((hashes[:, None] * _FACTORS + _TERMS) >> np.uint64(32)).min(axis=0).reshape(_BANDS, _ROWS)
        return tuple((band, hash(tuple(row))) for band, row in enumerate(least.tolist()))


def _tokens(text: str) -> Iterator[str]:
    for piece in _TOKEN.findall(fold(text[:_LONGEST])):
        if "\u3400" <= piece[0] <= "\u9fff":
            yield from (piece[i : i + 2] for i in range(max(1, len(piece) - 1)))
        else:
            yield piece
