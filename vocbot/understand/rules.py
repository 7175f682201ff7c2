"""Which rules hit a statement, and with which of its words.

One RE2 set per pack looks for all patterns of all rules in a single pass over the text (a few microseconds, where
one search per pattern costs a thousand); only what the set reports is looked at again, for the words to show and
for distances. It folds nothing, decides nothing about issues and knows no store.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import re2

from vocbot.understand.rulepack import RuleIssue, RulePack, re2_options

# RE2 builds its automaton while it reads. With the default of 8 MiB the states of a large pack do not fit: they
# are thrown away and built again, many times slower, though never wrong.
_SET_MEMORY = 64 << 20

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule that hit: "shop/coupon-zh" for the issue "shop/coupon-not-applied", on the words `matched`."""

    rule_id: str
    issue_key: str
    matched: str


class Matcher:
    """Compiled packs. Nothing changes after construction, so threads may share one."""

    def __init__(self, packs: Sequence[RulePack]) -> None:
        self._packs = tuple(_CompiledPack(pack) for pack in packs)
        self.issues: Mapping[str, RuleIssue] = {pack.issue_key(issue): issue for pack in packs for issue in pack.issues}

    def match(self, folded_statement: str) -> tuple[Hit, ...]:
        """Every rule that hits, in the order of the packs, each once.

        The text must be folded as the patterns are: NFKC, lower case, simplified Chinese.
        """
        # Half of a surrogate pair cannot be UTF-8, and JSON from outside may hold one.
        encoded = folded_statement.encode("utf-8", "replace")
        text = encoded.decode("utf-8")
        return tuple(hit for pack in self._packs for hit in pack.match(text, encoded))


@dataclass(frozen=True, slots=True)
class _CompiledRule:
    """A rule whose patterns are numbers in the set of its pack."""

    rule_id: str
    issue_key: str
    any: tuple[int, ...]
    near_a: tuple[int, ...]
    near_b: tuple[int, ...]
    within: int
    unless: frozenset[int]


class _CompiledPack:
    def __init__(self, pack: RulePack) -> None:
        numbers: dict[str, int] = {}

        def number(patterns: Iterable[str]) -> tuple[int, ...]:
            return tuple(numbers.setdefault(pattern, len(numbers)) for pattern in patterns)

        self._rules = tuple(
            _CompiledRule(
                rule_id=pack.rule_id(rule),
                issue_key=pack.issue_key(issue),
                any=number(rule.any),
                near_a=number(rule.near.a if rule.near else ()),
                near_b=number(rule.near.b if rule.near else ()),
                within=rule.near.within if rule.near else 0,
                unless=frozenset(number(rule.not_)),
            )
            for issue in pack.issues
            for rule in issue.rules
        )
        self._woken_by: dict[int, list[int]] = {}
        for index, rule in enumerate(self._rules):
            for positive in {*rule.any, *rule.near_a}:
                self._woken_by.setdefault(positive, []).append(index)
        self._regexps = tuple(re2.compile(pattern, re2_options()) for pattern in numbers)
        options = re2_options()
        options.max_mem = _SET_MEMORY
        self._set = re2.Set.SearchSet(options)
        for pattern in numbers:
            self._set.Add(pattern)
        self._set.Compile()

    def match(self, text: str, encoded: bytes) -> Iterator[Hit]:
        found = frozenset(self._set.Match(encoded) or ())
        woken = sorted({index for pattern in found for index in self._woken_by.get(pattern, ())})
        for rule in (self._rules[index] for index in woken):
            if found.isdisjoint(rule.unless):
                matched = self._words(rule, found, text)
                if matched is not None:
                    yield Hit(rule.rule_id, rule.issue_key, matched)

    def _words(self, rule: _CompiledRule, found: frozenset[int], text: str) -> str | None:
        """The words a rule hits on: those of its first pattern there, else those of its closest pair."""
        for number in rule.any:
            if number in found:
                return str(self._regexps[number].search(text).group())
        span = closest_pair(self._spans(rule.near_a, found, text), self._spans(rule.near_b, found, text), rule.within)
        return None if span is None else text[span[0] : span[1]]

    def _spans(self, patterns: Iterable[int], found: frozenset[int], text: str) -> list[Span]:
        regexps: list[Any] = [self._regexps[pattern] for pattern in patterns if pattern in found]
        return [hit.span() for regexp in regexps for hit in regexp.finditer(text)]


def closest_pair(a: Sequence[Span], b: Sequence[Span], within: int) -> Span | None:
    """From where to where the closest pair of an `a` and a `b` reaches, or None when all are farther apart.

    Spans are [start, end) in characters; the distance counts the characters between the two, 0 when they
    touch or overlap. One sweep over the sorted spans: a text that repeats one word must stay cheap.
    """
    best: tuple[int, Span] | None = None
    latest: dict[bool, Span] = {}
    for span, is_a in sorted([*((span, True) for span in a), *((span, False) for span in b)]):
        other = latest.get(not is_a)
        if other is not None:
            gap = max(0, span[0] - other[1])
            if gap <= within and (best is None or gap < best[0]):
                best = (gap, (min(other[0], span[0]), max(other[1], span[1])))
        same = latest.get(is_a)
        if same is None or span[1] > same[1]:
            latest[is_a] = span
    return best[1] if best else None
