"""Things that customers speak of, whatever the language: 电梯 and elevator are one concept.

Chinese words stand anywhere in a text, English ones with whatever ending, phrases as they are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import Stemmer

from vocbot.text.clean import fold

_WORD = re.compile(r"[a-z][a-z/'-]*")
_HAN = re.compile("[\u3400-\u9fff]")


@dataclass(frozen=True)
class Concepts:
    """`stems` and `phrases` (with blanks around the words) of English and `chinese` words, each to its concept."""

    stems: Mapping[str, str]
    phrases: Mapping[str, str]
    chinese: Mapping[str, str]
    _stem: Any = field(default_factory=lambda: Stemmer.Stemmer("english").stemWords, repr=False, compare=False)

    @classmethod
    def load(cls, raw: Mapping[str, Mapping[str, Sequence[str]]]) -> Concepts:
        """From a mapping of concepts to their words in zh and en. Raises ValueError where it says something else, or
        gives a word two concepts."""
        stem = Stemmer.Stemmer("english").stemWord
        stems: dict[str, str] = {}
        phrases: dict[str, str] = {}
        chinese: dict[str, str] = {}
        for concept, words in raw.items():
            if set(words) != {"zh", "en"}:
                raise ValueError(f"concepts: {concept} needs words in zh and en")
            for word in (fold(one) for language in ("zh", "en") for one in words[language]):
                place, name = (chinese, word) if _HAN.search(word) else (phrases, f" {word} ")
                if place is phrases and _WORD.fullmatch(word):
                    place, name = stems, stem(word)
                if place.setdefault(name, concept) != concept:
                    raise ValueError(f"concepts: {word} is of {place[name]} and of {concept}")
        return cls(stems, phrases, chinese)

    def of(self, text: str) -> frozenset[str]:
        """The concepts of a text. Total, linear."""
        folded = fold(text)
        found = {concept for word, concept in self.chinese.items() if word in folded}
        words = _WORD.findall(folded)
        found |= {self.stems[word] for word in self._stem(words) if word in self.stems}
        spaced = f" {' '.join(words)} "
        found |= {concept for phrase, concept in self.phrases.items() if phrase in spaced}
        return frozenset(found)
