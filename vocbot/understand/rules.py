"""Which rules hit a statement, and with which of its words.

An RE2 filter looks for the words without which no pattern can hit, in a single pass over the text, and then tries
only the few patterns whose words are there: microseconds, where one search per pattern costs a thousand. Only what
hits is looked at again, for the words to show and for distances. It folds nothing, decides nothing about issues and
knows no store.

An RE2 set of whole patterns finds the same, many times slower: the gaps that rules are full of (券.{0,12}没)
multiply the states of its automaton until they fit no memory and are thrown away and built again for every text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import Any, NamedTuple

import re2

from vocbot.text.wordlist import words
from vocbot.understand.rulepack import Rule, RuleIssue, RulePack, re2_options

Span = tuple[int, int]

#: Words that name nobody, wherever a pattern takes them for a name.
_VAGUE = words("another other others different someone somebody anything something elsewhere them this that these")
#: How many patterns one filter looks for, as measured on reviews.
_MOST_PATTERNS, _MOST_OTHER = {"en": 600}, 360
#: What a statement has that rules of a language hear.
_LETTERS = {"zh": re.compile("[\u3400-\u9fff]"), "en": re.compile("[a-z]"), "any": re.compile("")}


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule that hit: "shop/coupon-zh" for the issue "shop/coupon-not-applied". `named` are the words of the groups
    with a name that its patterns have: "competitor=acme"."""

    rule_id: str
    issue_key: str
    named: tuple[str, ...] = ()


class Matcher:
    """Compiled packs. Nothing changes after construction, so threads may share one."""

    def __init__(self, packs: Sequence[RulePack]) -> None:
        self.issues: Mapping[str, RuleIssue] = {pack.issue_key(issue): issue for pack in packs for issue in pack.issues}
        groups: dict[tuple[str, str], list[tuple[int, _Place]]] = {}
        places = [_Place(pack, issue, rule) for pack in packs for issue in pack.issues for rule in issue.rules]
        for order, place in enumerate(places):
            groups.setdefault((place.pack.pack, place.rule.language), []).append((order, place))
        self._groups = tuple(
            (language, _Group(part)) for (_, language), mine in groups.items() for part in _parted(language, mine)
        )

    def match(self, folded_statement: str) -> tuple[Hit, ...]:
        """Every rule that hits, in the order of the packs, each once; those of a language hear only statements with a
        letter of it.

        The text must be folded as the patterns are: NFKC, lower case, simplified Chinese.
        """
        return self.match_all([folded_statement])[0]

    def match_all(self, folded_statements: Sequence[str]) -> list[tuple[Hit, ...]]:
        """The same for many statements: one filter goes over all of them before the next, as what a filter looks up
        fits the processor's cache and what all of them look up does not. Several times as fast."""
        ready = [_encoded(statement) for statement in folded_statements]
        found: list[list[tuple[int, Hit]]] = [[] for _ in ready]
        heard = {
            language: [(*one, hits) for one, hits in zip(ready, found, strict=True) if _hears(language, *one)]
            for language in {language for language, _ in self._groups}
        }
        for language, group in self._groups:
            look = group.look
            for encoded, text, hits in heard[language]:
                if patterns := look(encoded):
                    hits += [(rule.order, hit) for rule, hit in group.match(text, encoded, patterns)]
        return [tuple(hit for _, hit in sorted(hits, key=itemgetter(0))) if hits else () for hits in found]

    def explained(self, folded_statement: str) -> list[tuple[Hit, str]]:
        """The same, each with the words it hits on: to find these takes longer than to know that it hits."""
        encoded, text = _encoded(folded_statement)
        found: list[tuple[int, Hit, str]] = []
        for language, group in self._groups:
            if _hears(language, encoded, text) and (patterns := group.look(encoded)):
                matched = group.match(text, encoded, patterns)
                found += [(rule.order, hit, group.words(rule, text, encoded)) for rule, hit in matched]
        return [(hit, words) for _, hit, words in sorted(found, key=itemgetter(0))]


def _encoded(text: str) -> tuple[bytes, str]:
    """As UTF-8 and back: half of a surrogate pair cannot be UTF-8, and JSON from outside may hold one."""
    encoded = text.encode("utf-8", "replace")
    return encoded, encoded.decode("utf-8")


def _hears(language: str, encoded: bytes, text: str) -> bool:
    """Whether rules of a language hear a statement: whether it has a letter of it."""
    if language == "zh" and len(encoded) == len(text):
        return False
    return _LETTERS[language].search(text) is not None


class _Place(NamedTuple):
    """A rule and where it belongs."""

    pack: RulePack
    issue: RuleIssue
    rule: Rule

    def patterns(self) -> int:
        """How many it has."""
        near = self.rule.near
        return len(self.rule.any) + (len(near.a) + len(near.b) if near else 0)


def _parted(language: str, places: list[tuple[int, _Place]]) -> Iterator[list[tuple[int, _Place]]]:
    """Rules in parts that a filter bears. It knows at every character which of its words were met, in 8 MiB that cannot
    be raised: of too many words that are met in every other statement it forgets all and begins again, and takes ten
    times as long. Chinese words are the shorter ones, and met more often."""
    most = _MOST_PATTERNS.get(language, _MOST_OTHER)
    parts = -(-sum(place.patterns() for _, place in places) // most)
    size = -(-len(places) // max(1, parts))
    yield from (places[start : start + size] for start in range(0, len(places), size))


@dataclass(frozen=True, slots=True)
class _CompiledRule:
    """A rule whose patterns are numbers in the filter of its group."""

    order: int
    rule_id: str
    issue_key: str
    any: tuple[int, ...]
    near_a: tuple[int, ...]
    near_b: tuple[int, ...]
    within: int
    unless: Callable[[bytes], Sequence[int] | None]
    naming: tuple[int, ...]


class _Group:
    """The rules of one pack in one language, behind one filter. What they must not say is asked of what they hit only:
    such words stand in half of all statements, and the filter would look for them in all."""

    def __init__(self, places: Iterable[tuple[int, _Place]]) -> None:
        numbers: dict[str, int] = {}

        def number(patterns: Iterable[str]) -> tuple[int, ...]:
            return tuple(numbers.setdefault(pattern, len(numbers)) for pattern in patterns)

        self._rules = tuple(
            _CompiledRule(
                order=order,
                rule_id=pack.rule_id(rule),
                issue_key=pack.issue_key(issue),
                any=number(rule.any),
                near_a=number(rule.near.a if rule.near else ()),
                near_b=number(rule.near.b if rule.near else ()),
                within=rule.near.within if rule.near else 0,
                unless=_filter(tuple(rule.not_)).Match if rule.not_ else _nothing,
                naming=number(pattern for pattern in rule.any if "(?P<" in pattern),
            )
            for order, (pack, issue, rule) in places
        )
        self._woken_by: dict[int, list[int]] = {}
        for index, rule in enumerate(self._rules):
            for positive in {*rule.any, *rule.near_a}:
                self._woken_by.setdefault(positive, []).append(index)
        self._patterns = _filter(tuple(numbers))
        #: The numbers of the patterns that hit.
        self.look: Callable[[bytes], Sequence[int] | None] = self._patterns.Match

    def match(self, text: str, encoded: bytes, patterns: Sequence[int]) -> Iterator[tuple[_CompiledRule, Hit]]:
        """The rules that hit, by what `look` found."""
        found = frozenset(patterns)
        for index in {index for pattern in found for index in self._woken_by.get(pattern, ())}:
            rule = self._rules[index]
            if (not found.isdisjoint(rule.any) or self._closest(rule, found, encoded) is not None) and not rule.unless(
                encoded
            ):
                yield rule, Hit(rule.rule_id, rule.issue_key, self._named(rule, found, text))

    def _named(self, rule: _CompiledRule, found: frozenset[int], text: str) -> tuple[str, ...]:
        """The first words of each name; a text that hits but for them has none."""
        named: dict[str, str] = {}
        for number in rule.naming:
            if number in found:
                for name, said in self._patterns.re(number).search(text).groupdict().items():
                    if said and said.strip() and said not in _VAGUE:
                        named.setdefault(name, said.strip())
        return tuple(f"{name}={said}" for name, said in named.items())

    def words(self, rule: _CompiledRule, text: str, encoded: bytes) -> str:
        """The words a rule that hit does so on: those of its first pattern there, else those of its closest pair."""
        found = frozenset(self._patterns.Match(encoded))
        for number in rule.any:
            if number in found:
                return str(self._patterns.re(number).search(text).group())
        start, end = self._closest(rule, found, encoded) or (0, 0)
        return text[start:end]

    def _closest(self, rule: _CompiledRule, found: frozenset[int], encoded: bytes) -> Span | None:
        if found.isdisjoint(rule.near_a) or found.isdisjoint(rule.near_b):
            return None
        a, b = (self._spans(side, found, encoded) for side in (rule.near_a, rule.near_b))
        return closest_pair(a, b, rule.within)

    def _spans(self, patterns: Iterable[int], found: frozenset[int], encoded: bytes) -> list[Span]:
        regexps: list[Any] = [self._patterns.re(pattern) for pattern in patterns if pattern in found]
        spans: list[Span] = [hit.span() for regexp in regexps for hit in regexp.finditer(encoded)]
        return spans if encoded.isascii() else _in_characters(spans, encoded)


def _in_characters(spans: list[Span], encoded: bytes) -> list[Span]:
    """Spans of bytes as spans of characters; RE2's own way to count them takes several times as long."""
    places: dict[int, int] = {}
    last = characters = 0
    for offset in sorted({offset for span in spans for offset in span}):
        characters += len(encoded[last:offset].decode("utf-8", "ignore"))
        places[offset] = characters
        last = offset
    return [(places[start], places[end]) for start, end in spans]


def _nothing(_: bytes) -> None:
    """What a rule hits on that may say anything besides."""


@lru_cache(maxsize=1000)  # the rules that fit an import are looked for with the filters that are then used
def _filter(patterns: tuple[str, ...]) -> re2.Filter:
    compiled = re2.Filter()
    for pattern in patterns:
        compiled.Add(pattern, re2_options())
    compiled.Compile()
    return compiled


def closest_pair(a: Sequence[Span], b: Sequence[Span], within: int) -> Span | None:
    """From where to where the closest pair of an `a` and a `b` reaches, or None when all are farther apart.

    Spans are [start, end) in characters; the distance counts the characters between the two, 0 when they
    touch or overlap; of pairs equally close the shorter, then the first is preferred, so that `a` and `b` may be
    swapped. One sweep over the sorted spans: a text that repeats one word must stay cheap.
    """
    best: tuple[int, int, Span] | None = None
    sides = (frozenset(a), frozenset(b))
    latest: dict[int, Span] = {}
    for span in sorted(sides[0] | sides[1]):
        own = [side for side in (0, 1) if span in sides[side]]
        others = [latest[1 - side] for side in own if 1 - side in latest]
        for other in [span, *others] if len(own) == 2 else others:
            gap = max(0, span[0] - other[1])
            reach = (other[0], max(other[1], span[1]))
            pair = (gap, reach[1] - reach[0], reach)
            if gap <= within and (best is None or pair < best):
                best = pair
        for side in own:
            if side not in latest or span[1] >= latest[side][1]:
                latest[side] = span
    return best[2] if best else None
