"""What a process needs that does nothing but read texts. Loads no database, so that it begins soon."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from vocbot.data import heads, rule_paths, shipped_packs
from vocbot.text.correcting import Lesson
from vocbot.text.safe import Words, load_words, safe_words
from vocbot.understand.lessons import Lessons, taught
from vocbot.understand.meaning import Meaning, Understand, understander
from vocbot.understand.rulepack import load_packs
from vocbot.understand.rules import Matcher

if TYPE_CHECKING:
    from vocbot.config.model import Settings

Text = tuple[str, str | None]  # as it came, and its author's name
Piece = list[tuple[Words, Meaning]]


@dataclass(frozen=True)
class Knowledge:
    """What another process needs to understand texts as this one does: the paths of rules and of own heads by name, how
    sure is sure enough, and what was corrected (head, text, labels) when it began."""

    rules: tuple[Path, ...]
    heads: tuple[tuple[str, Path], ...]
    least: float
    lessons: tuple[tuple[str, str, tuple[str, ...]], ...]

    @classmethod
    def of(cls, settings: Settings, given: Lessons) -> Knowledge:
        """By the settings, and these corrections."""
        lessons = tuple((head, one.text, one.labels) for head, some in given.items() for one in some)
        own = tuple(sorted(settings.text.heads.items()))
        return cls(tuple(rule_paths(settings.rules)), own, settings.text.undecided, lessons)


def load() -> None:
    """Read now what is shipped, rather than with the first text."""
    load_words()
    usual = Knowledge(tuple(rule_paths(shipped_packs())), (), 0.0, ())
    _understander(usual)(["好", "good"])
    _understander.cache_clear()


def read_all(understand: Understand, texts: Sequence[Text]) -> Piece:
    """Their safe words, and what those mean."""
    words = [safe_words(text, name) for text, name in texts]
    return list(zip(words, understand([one.text for one in words]), strict=True))


@lru_cache(maxsize=1)
def _understander(known: Knowledge) -> Understand:
    lessons: dict[str, list[Lesson]] = {}
    for head, text, labels in known.lessons:
        lessons.setdefault(head, []).append(Lesson(text, labels))
    read_by = taught(heads(dict(known.heads)), lessons, known.least)
    return understander(Matcher(load_packs(known.rules)), read_by, known.least)


def read_away(known: Knowledge, texts: list[Text]) -> bytes:
    """In another process. Encoded, which takes a fifth of the time that objects take to be handed over."""
    return encode(read_all(_understander(known), texts))


encode = msgspec.msgpack.Encoder().encode
decode = msgspec.msgpack.Decoder(Piece).decode
