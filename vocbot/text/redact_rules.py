"""Rules for finding personal data, and one look that says which of them to try on a text.

Fifty patterns tried one after the other cost a hundred times more than the texts are worth: nearly all hold
nothing. So every rule has a sign, and all signs are looked for at once by one RE2 automaton in linear time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import re2

from vocbot.text.redact_view import Span, lower, mask

#: start and end of what a rule finds
Place = tuple[int, int]
#: Bytes for the automaton, which is built as texts need it.
_MEMORY = 64 << 20


@dataclass(frozen=True, slots=True)
class Rule:
    """`sign` (RE2, on the lower-cased view) stands in every text in which `find` finds something.

    `find` gets the view and its lower case and yields spans in any order; of two that overlap the first counts.
    """

    sign: str
    find: Callable[[str, str], Iterable[Span]]


def rule(kind: str, sign: str, find: Callable[[str, str], Iterable[Place]]) -> Rule:
    """A rule all of whose finds are of one kind."""
    return Rule(sign, lambda chars, low: [(start, end, kind) for start, end in find(chars, low)])


class Rules:
    """Rules in the order in which they take their share, with their common automaton. Safe to share by threads."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = tuple(rules)
        options = re2.Options()
        options.max_mem = _MEMORY
        options.log_errors = False
        self._signs = re2.Set.SearchSet(options)
        for each in rules:
            self._signs.Add(each.sign)
        self._signs.Add("")  # in every text: where even it is missing, the automaton ran out of memory
        self._signs.Compile()

    def look(self, chars: str) -> tuple[list[Span], str]:
        """What the rules find in a view, one after the other, and the view without it."""
        low = lower(chars)
        spans: list[Span] = []
        signs = self._signs.Match(low) or range(len(self._rules) + 1)
        for number in sorted(signs)[:-1]:
            if found := _apart(self._rules[number].find(chars, low)):
                spans += found
                chars, low = mask(chars, found), mask(low, found)
        return spans, chars


def _apart(spans: Iterable[Span]) -> list[Span]:
    found: list[Span] = []
    for span in sorted(spans):
        if span[0] < span[1] and (not found or span[0] >= found[-1][1]):
            found.append(span)
    return found
