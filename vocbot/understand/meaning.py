"""What redacted texts say: their statements, the rules that hit them, how they feel. Pure: no store, no clock.

Whole batches at once: the heads read many texts in a fraction of the time that one by one would take.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from vocbot.text.reading import Heads, Reading
from vocbot.text.spelling import matchable
from vocbot.text.statements import split
from vocbot.understand.rules import Hit, Matcher


@dataclass(frozen=True, slots=True)
class Said:
    """A statement at [start, end) of the text that is about issues: the ids of the rules that hit, by issue's key."""

    start: int
    end: int
    text: str
    polarity: float
    because: dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Meaning:
    """The whole of a text: what heads read in it, whether it says anything at all, and what it says about issues."""

    reading: Reading
    words: bool
    said: tuple[Said, ...]


# Understands redacted texts, each for itself.
Understand = Callable[[Sequence[str]], list[Meaning]]


def understander(matcher: Matcher, heads: Heads, least: float) -> Understand:
    """What understands texts with these rules and heads; heads are undecided where they are less sure than `least`."""

    def understand(texts: Sequence[str]) -> list[Meaning]:
        readings = heads.read(texts, least)
        statements = [split(text) for text in texts]
        hits = iter(matcher.match_all([matchable(one.text) for some in statements for one in some]))
        found = [[(one, _because(next(hits))) for one in some] for some in statements]
        parts = [
            one.text
            for text, some in zip(texts, found, strict=True)
            for one, because in some
            if because and one.text != text
        ]
        felt = iter(heads.feel(parts, least))
        meanings = []
        for text, reading, some in zip(texts, readings, found, strict=True):
            said = [
                Said(
                    one.start,
                    one.end,
                    one.text,
                    (reading.sentiment if one.text == text else next(felt)).value,
                    because,
                )
                for one, because in some
                if because
            ]
            words = any(c.isalnum() for one, _ in some for c in one.text)
            meanings.append(Meaning(reading, words, tuple(said)))
        return meanings

    return understand


def _because(hits: Sequence[Hit]) -> dict[str, list[str]]:
    because: dict[str, list[str]] = {}
    for hit in hits:
        because.setdefault(hit.issue_key, []).extend((hit.rule_id, *hit.named))
    return because
