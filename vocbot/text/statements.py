"""Cuts a text into statements: the stretches that praise or blame one thing each.

Every statement is a slice of the text given, so that a Mention can point at it. White space between statements
belongs to none; nothing else is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple


class Statement(NamedTuple):
    """`text` is [start, end) of the text that was split, without white space around it."""

    start: int
    end: int
    text: str


_CLOSING = "[”’\"'）)】」』]"
#: The end of a sentence, with the closing marks that belong to it. A full stop only before white space or the
#: end, and not after one letter, a number or a usual short form: 5.4.1, e.g., Mr., 1. first.
_END = re.compile(rf"(?:[。！？!?；;…]+|\.+(?=\s|{_CLOSING}|$)){_CLOSING}*|\n+")
_SHORT = frozenset(
    (
        "mr",
        "mrs",
        "ms",
        "dr",
        "prof",
        "st",
        "vs",
        "etc",
        "eg",
        "ie",
        "no",
        "nr",
        "approx",
        "inc",
        "ltd",
        "co",
        "jr",
        "sr",
    )
)
_LAST_WORD = re.compile(r"[A-Za-z.]{1,12}$|(?<![0-9])[0-9]{1,2}$")
_JOINT = re.compile(r"但是|但|不过|可是|然而|\b(?:but|however)\b", re.IGNORECASE)
_NO_JOINT_BEFORE = re.compile(
    r"(?:不|非|最|再好|只|没有比|nothing|anything|all|everything|none|cannot|can't)\s*$", re.IGNORECASE
)
_NO_JOINT_AFTER = re.compile(
    r"凡|愿|书|如此|分(?![量类店开])|问|期|敏|瘾|\s*(?:also|for|not least|then again)\b", re.IGNORECASE
)
_WORD = re.compile(r"[A-Za-z0-9'’]+|[\u3400-\u9fff]")
_LONGEST_WORD = 40


def split(text: str) -> list[Statement]:
    """The statements of a text, in order. Total, linear."""
    sentences = _sentences(text)
    parts = (part for one in sentences for part in _clauses(text, *one)) if _may_join(text) else sentences
    found: list[Statement] = []
    for start, end in parts:
        part = text[start:end]
        if bare := part.strip():
            start += len(part) - len(part.lstrip())
            found.append(Statement(start, start + len(bare), bare))
    return found


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for found in _END.finditer(text):
        if found.group() == "." and _goes_on(text, start, found.start()):
            continue
        yield start, found.end()
        start = found.end()
    yield start, len(text)


def _goes_on(text: str, start: int, stop: int) -> bool:
    """Whether the full stop at `stop` ends a short form (Mr.) or numbers a list (1.) instead of the sentence."""
    word = _LAST_WORD.search(text, max(start, stop - 12), stop)
    if not word:
        return False
    plain = word.group().lower().strip(".")
    if plain.isdigit():
        return not text[start : word.start()].strip()
    return len(plain) == 1 or "." in plain or plain in _SHORT


def _clauses(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """A sentence cut before its contrast words: praise and blame do not weigh each other out."""
    for joint in _JOINT.finditer(text, start, end):
        at = joint.start()
        if at < start or _NO_JOINT_BEFORE.search(text, max(start, at - 12), at):
            continue
        if _NO_JOINT_AFTER.match(text, joint.end()):
            continue
        if _says_enough(text, start, at, 2) and _says_enough(text, joint.end(), end, 1 + joint.group().isascii()):
            yield start, at
            start = at
    yield start, end


def _may_join(text: str) -> bool:
    """A cheap look for what most texts have none of."""
    low = text.lower()
    return any(word in low for word in ("but", "但", "不过", "可是", "然而", "however"))


def _says_enough(text: str, start: int, end: int, fewest: int) -> bool:
    """Whether at least so many words (English) or characters (Chinese) stand there."""
    words = _WORD.finditer(text, start, min(end, start + fewest * _LONGEST_WORD))
    return len(list(islice(words, fewest))) == fewest
