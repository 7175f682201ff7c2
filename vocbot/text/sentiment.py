"""How a statement feels, by word list and rules: negation, degree, contrast. Explainable and without a model.

It names the words it judged by. It does not know irony, and a text without a word of the list is 0.0: undecided,
not neutral.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import asinh, sqrt
from typing import Any

from vocbot.text.clean import fold

TOKEN = re.compile(r"[a-z]+(?:['’][a-z]+)?|[\u3400-\u9fff]|[,.，。!?！？;；:：\n\x0b~…、()（）]|[^\w\s]")
STOPS = frozenset(",.，。!?！？;；:：\n\x0b~…")
_HAN = re.compile("[\u3400-\u9fff]")
#: How far back a negation or a degree word reaches, in tokens (a Chinese character is one).
REACH = 4
#: 不好 is less bad than 好 is good.
NEGATED = -0.8
#: What comes before 但是 weighs less than what comes after it.
CONCEDED = 0.5
SPREAD = 4.0
_ENDINGS = (
    ("ies", "y"),
    ("ing", ""),
    ("ing", "e"),
    ("ied", "y"),
    ("ed", ""),
    ("ed", "e"),
    ("es", ""),
    ("s", ""),
    ("ly", ""),
)


# (tokens, weight, kind)
Entry = tuple[tuple[str, ...], float, str]
# longest first
Entries = tuple[Entry, ...]
#: Words whose entries are remembered: people's words are endless, those they often use are not.
_MOST_KNOWN = 50_000


@dataclass(frozen=True, slots=True)
class Polarity:
    """`value` from -1 (very negative) to 1; `words` that decided it, as they stand folded. No words: undecided.

    `odds` is the same as the log odds of a positive text: `value` is their hyperbolic tangent, halved.
    """

    value: float
    words: tuple[str, ...] = ()
    odds: float = 0.0


@dataclass(frozen=True)
class Lexicon:
    """Feeling of words, by their first token; built once by `load`, not changed afterwards."""

    #: first token -> entries (tokens, weight, kind), longest first
    entries: Mapping[str, Entries]
    _known: _Known = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_known", _Known(self.entries))

    def stem(self, word: str) -> str | None:
        """crashed, crashing, crashes -> crash, which is an entry by itself; None where no such word is."""
        found = _by_stem(word, self.entries)
        return found[0][0][0] if found else None

    def starts(self, tokens: Sequence[str]) -> list[tuple[int, _Ways]]:
        """The tokens that entries begin with, by themselves or their stem, and how those go on."""
        known = self._known
        return [(at, ways) for at, token in enumerate(tokens) if (ways := known[token])]

    @classmethod
    def load(cls, raw: Mapping[str, Any]) -> Lexicon:
        """From a mapping of languages to `words` and `degrees` (word to number), `negations` and `contrasts`.

        Raises ValueError where a part is unknown, a word is no string (YAML reads a bare no so) or a weight no number.
        """
        found: dict[str, list[tuple[tuple[str, ...], float, str]]] = {}
        for language, parts in raw.items():
            for part, content in parts.items():
                if part not in ("words", "degrees", "negations", "contrasts"):
                    raise ValueError(f"lexicon: {language}.{part} is unknown")
                weighted = content if isinstance(content, Mapping) else dict.fromkeys(content, 1.0)
                for word, weight in weighted.items():
                    if not isinstance(word, str):
                        raise ValueError(f"lexicon: {language}.{part}: {word!r} is no word: put it in quotes (YAML)")
                    tokens = tuple(TOKEN.findall(fold(word)))
                    if not tokens or not isinstance(weight, int | float):
                        raise ValueError(f"lexicon: {language}.{part}: {word!r} needs a weight")
                    found.setdefault(tokens[0], []).append((tokens, float(weight), part))
        return cls({first: tuple(sorted(e, key=lambda entry: -len(entry[0]))) for first, e in found.items()})


def polarity(text: str, lexicon: Lexicon) -> Polarity:
    """The feeling of a statement or a short text. Total, linear."""
    tokens = TOKEN.findall(fold(text))
    total = 0.0
    words: list[str] = []
    negations: list[int] = []
    degrees: list[tuple[int, float]] = []
    for at, size, weight, kind in _hits(tokens, lexicon):
        if kind == "negations":
            negations.append(at)
        elif kind == "degrees":
            degrees.append((at + size, weight))
        elif kind == "contrasts":
            total *= CONCEDED
        else:
            turned = 0
            if negations or degrees:
                start = _reach(tokens, at)
                turned = sum(start <= place for place in negations[-3:]) % 2
                for place, factor in degrees[-2:]:
                    weight *= factor if start <= place <= at else 1.0
            total += weight * (NEGATED if turned else 1.0)
            words.append(
                ("不" if turned and _HAN.match(tokens[at]) else "not " if turned else "")
                + _join(tokens[at : at + size])
            )
    if not words:
        return Polarity(0.0)
    return Polarity(total / sqrt(total * total + SPREAD), tuple(words), 2 * asinh(total / sqrt(SPREAD)))


def _reach(tokens: list[str], at: int) -> int:
    """From where on words bear on the one at `at`: a few tokens back, not over a comma."""
    start = at
    while start > max(0, at - REACH) and tokens[start - 1] not in STOPS:
        start -= 1
    return start


def _hits(tokens: list[str], lexicon: Lexicon) -> Iterator[tuple[int, int, float, str]]:
    """Where entries stand, the longest first, none overlapping: (token, number of tokens, weight, kind)."""
    after, last = 0, len(tokens) - 1
    for at, ways in lexicon.starts(tokens):
        if at < after:
            continue
        found = ways.get("")
        if at < last:
            for entry, weight, kind in ways.get(tokens[at + 1], ()):
                size = len(entry)
                if size == 2 or tuple(tokens[at + 2 : at + size]) == entry[2:]:
                    found = ((entry, weight, kind),)
                    break
        if found:
            entry, weight, kind = found[0]
            after = at + len(entry)
            yield at, len(entry), weight, kind


# the second token -> entries, longest first; "" -> the entry of one token
_Ways = Mapping[str, Entries]


class _Known(dict[str, _Ways]):
    """How words as they were looked up go on, which for most is not at all."""

    def __init__(self, entries: Mapping[str, Entries]) -> None:
        super().__init__()
        self._entries = entries

    def __missing__(self, token: str) -> _Ways:
        if len(self) >= _MOST_KNOWN:
            self.clear()
        ways: dict[str, Entries] = {}
        for entry in self._entries.get(token, ()) or _by_stem(token, self._entries):
            second = entry[0][1] if len(entry[0]) > 1 else ""
            ways[second] = (*ways.get(second, ()), entry)
        self[token] = ways
        return ways


def _by_stem(token: str, entries: Mapping[str, Entries]) -> Entries:
    """crashed, crashing, crashes -> crash: single words only."""
    if len(token) < 5 or not token.isascii():
        return ()
    for ending, instead in _ENDINGS:
        if token.endswith(ending):
            for entry in entries.get(token[: -len(ending)] + instead, ()):
                if len(entry[0]) == 1:
                    return (entry,)
    return ()


def _join(tokens: list[str]) -> str:
    return ("" if _HAN.match(tokens[0]) else " ").join(tokens)
