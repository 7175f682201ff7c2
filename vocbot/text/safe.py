"""Words that are safe to keep: clean, without personal data and without the author's own name; and their language."""

from __future__ import annotations

import re
from dataclasses import dataclass

from vocbot.text.clean import clean
from vocbot.text.language import detect
from vocbot.text.redact import redact

# of the scripts that part words
_LETTER = re.compile(r"[^\W\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")


@dataclass(frozen=True, slots=True)
class Words:
    """A text without personal data, and its language."""

    text: str
    language: str


def load_words() -> None:
    """Read the lists of names and words now, which takes half a second, and not with the first text."""
    safe_words("我是张伟。My name is Ann Smith.", None)


def safe_words(text: str, name: str | None) -> Words:
    """Take personal data out of a text and tell its language. Pure."""
    safe = hide(text, name)
    return Words(safe, detect(safe))


def hide_value(value: str) -> str:
    """An attribute's value without personal data: it names products and towns rather than people."""
    return redact(value, free_names=False).text


def hide(text: str, name: str | None) -> str:
    """Clean text without personal data; the author's own name is known, so it goes wherever it stands.

    Whole words only: Ann must not take a piece out of "cannot". Chinese has no spaces around a name.
    """
    tidy = clean(text)
    known = clean(name).strip() if name else ""
    # nearly no text holds its author's name, and compiling a pattern for each author costs more than all the rest
    if len(known) >= 2 and known.casefold() in tidy.casefold():
        tidy = re.sub(re.escape(known), _unless_within_a_word, tidy, flags=re.IGNORECASE)
    return redact(tidy).text


def _unless_within_a_word(found: re.Match[str]) -> str:
    text, start, end = found.string, found.start(), found.end()
    within = (start and _LETTER.match(found[0]) and _LETTER.match(text, start - 1)) or (
        _LETTER.match(found[0][-1]) and _LETTER.match(text, end)
    )
    return found[0] if within else "[NAME]"
