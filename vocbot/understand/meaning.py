"""What a redacted text says: its statements, the rules that hit them, how they feel. Pure: no store, no clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from vocbot.text.sentiment import Lexicon, polarity
from vocbot.text.spelling import matchable
from vocbot.text.statements import split
from vocbot.understand.rules import Matcher


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
    """The whole of a text: how it feels (-1 .. 1), whether it says anything at all, and what it says about issues."""

    polarity: float
    words: bool
    said: tuple[Said, ...]


# Understands a redacted text.
Understand = Callable[[str], Meaning]


def understander(matcher: Matcher, lexicon: Lexicon) -> Understand:
    """What understands texts with these rules and this lexicon."""

    def understand(text: str) -> Meaning:
        felt = polarity(text, lexicon).value
        said: list[Said] = []
        words = False
        for statement in split(text):
            words = words or any(c.isalnum() for c in statement.text)
            because: dict[str, list[str]] = {}
            for hit in matcher.match(matchable(statement.text)):
                because.setdefault(hit.issue_key, []).append(hit.rule_id)
            if because:
                own = felt if statement.text == text else polarity(statement.text, lexicon).value
                said.append(Said(statement.start, statement.end, statement.text, own, because))
        return Meaning(felt, words, tuple(said))

    return understand
