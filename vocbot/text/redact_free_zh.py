"""Finds Chinese personal names that stand free, without a cue: a surname, a likely given name, and no ordinary word
across their edges.

A name of two or three characters looks like any word. So each candidate is weighed: how much likelier its characters
are in names than in text (counted over the words of jieba's dictionary, MIT), against the dictionary's words that
would be cut by it.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache

from vocbot.text.jieba_words import jieba_words
from vocbot.text.names_zh_data import (
    ALSO_WORDS,
    DOUBLE_SURNAMES,
    FOLLOWS,
    GIVEN,
    NEVER_GIVEN,
    NO_PERSON,
    NOT_GIVEN_FREE,
    PLACE_ENDS,
    SOUNDS,
    SURNAMES,
    WORD_ENDS,
    WORDS,
)
from vocbot.text.redact_rules import Place, rule
from vocbot.text.wordlist import either

#: Below it more words than people are found. Logarithms of likelihood ratios, less what cut words cost.
_THRESHOLD = 1.6
#: What speaks for and against a name, set by hand on reviews of books, shops, takeaways and cars that do not ship.
_DOUBLE, _SHORT, _KNOWN, _EDGE, _FOLLOWED, _WORD_BEGINS, _WORD_GOES_ON = 4.0, -2.5, 3.0, 0.7, 0.5, -4.0, -3.0
_SURNAME_WEIGHT, _ALSO_WORD, _BRAND = 0.6, -1.5, 6.0
_HOPELESS = _THRESHOLD - 2 * _EDGE - _FOLLOWED - _KNOWN
_FOREIGN, _PLACE, _GIVEN_WORD = -4.0, -8.0, -0.3
#: The dictionary's tagger took most three characters behind a surname for a person (付定金, 吉隆坡, 温开水). Those with
#: a character that given names seldom have count a tenth, and none is known by being listed.
_DOUBTED = 0.1
_NEVER = NEVER_GIVEN | NOT_GIVEN_FREE
_LONGEST = 4
#: Of the lines "word count tag": names of people; what is met at least ten times, or is a place, a company or a brand;
#: foreign names; ordinary words of two characters.
_PERSON = re.compile(f"^([{''.join(SURNAMES)}]\\S\\S) \\d+ nr", re.MULTILINE)
_OFTEN = re.compile(rf"^(\S{{2,{_LONGEST}}}) (\d{{2,}}(?= )|\d(?= n[stz]$))", re.MULTILINE)
_FOREIGN_WORD = re.compile(rf"^([{''.join(SOUNDS)}]{{2,{_LONGEST}}}) \d+ ", re.MULTILINE)
_WORD_OF_TWO = re.compile(r"^(\S\S) \d{2,} (?!nr)", re.MULTILINE)
_SIGN = f"[{''.join(sorted(SURNAMES | {name[0] for name in DOUBLE_SURNAMES}))}][\u4e00-\u9fff]"
_START = re.compile(f"{either(DOUBLE_SURNAMES)}|[{''.join(sorted(SURNAMES))}](?![{''.join(_NEVER)}])[\u4e00-\u9fff]")


class _Dictionary:
    """What is counted over jieba's dictionary."""

    def __init__(self) -> None:
        lines = jieba_words()
        listed = _PERSON.findall(lines)
        people = [name for name in listed if GIVEN.issuperset(name[1:])]
        often = {word: int(count) for word, count in _OFTEN.findall(lines)}
        for name in listed:
            often.pop(name, None)
        self.words = {word: math.log10(count + 1) for word, count in often.items()}
        self.words |= dict.fromkeys(NO_PERSON, _BRAND)
        self.people = frozenset(people)
        self.foreign = frozenset(_FOREIGN_WORD.findall(lines))
        self.pairs = frozenset(_WORD_OF_TWO.findall(lines))
        text = Counter("".join(often))
        sure = Counter("".join(name[1:] for name in people))
        every_given = Counter("".join(name[1:] for name in listed)).items()
        given = {c: n * _DOUBTED + sure[c] * (1 - _DOUBTED) for c, n in every_given}
        surnames = Counter(name[0] for name in people)
        every, both, names = sum(text.values()), sum(given.values()), len(people)
        self.given = {c: math.log((n + 0.3) / both * every / (text[c] + 1)) for c, n in given.items()}
        self.surname = {c: math.log((surnames[c] + 0.3) / names * every / (text[c] + 1)) for c in SURNAMES}


_dictionary = lru_cache(maxsize=1)(_Dictionary)


def _find(chars: str, _low: str) -> Iterator[Place]:
    at = 0
    while found := _START.search(chars, at):
        start = found.start()
        first = 2 if chars[start : start + 2] in DOUBLE_SURNAMES else 1
        ends = [end for end in (start + first + 2, start + first + 1) if _may_be(chars, start, first, end)]
        weighed = [(_weight(chars, start, first, end), end) for end in ends]
        best, end = max(weighed, default=(0.0, start + 1))
        if best >= _THRESHOLD:
            yield start, end
            at = end
        else:
            at = start + 1


def _may_be(chars: str, start: int, first: int, end: int) -> bool:
    given = chars[start + first : end]
    return (
        len(given) == end - start - first
        and _NEVER.isdisjoint(given)
        and all(map(_han, given))
        and (first == 2 or chars[start] in SURNAMES)
        and chars[start:end] not in NO_PERSON
    )


def _weight(chars: str, start: int, first: int, end: int) -> float:
    known = _dictionary()
    name, given = chars[start:end], chars[start + first : end]
    weight = sum(known.given.get(c, -2.0) for c in given)
    weight += _DOUBLE if first == 2 else _SURNAME_WEIGHT * known.surname[name[0]]
    if len(given) == 1:
        weight += _SHORT
    if weight < _HOPELESS:
        return weight
    before, after = chars[start - 1 : start], chars[end : end + 1]
    weight += _EDGE * (not _han(before)) + _EDGE * (not _han(after)) + _FOLLOWED * (after in FOLLOWS)
    if name in known.people:
        weight += _KNOWN
    if name in known.foreign:
        weight += _FOREIGN
    if (len(given) == 2 and given[1] in PLACE_ENDS) or after in PLACE_ENDS:
        weight += _PLACE
    if weight < _THRESHOLD:
        return weight  # nothing below speaks for it, and the last is dear
    if name in known.words:
        weight -= 2 + 1.5 * known.words[name]
    if given in known.pairs:
        weight += _GIVEN_WORD * known.words[given]
    if first == 1:
        weight += _WORD_BEGINS * (name[1] in WORDS.get(name[0], ()))
        weight += _WORD_GOES_ON * (before in WORD_ENDS.get(name[0], ()) if before else 0)
        weight += _ALSO_WORD * (name[0] in ALSO_WORDS and _han(before))
    return weight - _cut(chars, start, end, known.words)


def _cut(chars: str, start: int, end: int, words: dict[str, float]) -> float:
    """What the dictionary's words that overlap a candidate speak against it; those across its edges the most."""
    cost = 0.0
    for left in range(max(0, start - _LONGEST + 1), end):
        for right in range(max(left + 2, start + 1), min(left + _LONGEST, len(chars)) + 1):
            if (left, right) == (start, end) or (often := words.get(chars[left:right])) is None:
                continue
            if left >= start and right <= end:
                cost += often * (1.3 if left == start else 0.35)
            elif left <= start and right >= end:
                cost += often * 2
            elif left < start:
                cost += often * (1.4 if right == start + 1 else 2)
            else:
                cost += often * (0.8 if left == end - 1 else 1.6)
    return cost


def _han(char: str) -> bool:
    return "\u4e00" <= char <= "\u9fff"


FREE_ZH = (rule("NAME", _SIGN, _find),)
