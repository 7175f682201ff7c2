"""Word lists that a person can read and a line can hold: written as text, used as sets and maps."""

from __future__ import annotations

import re


def words(text: str) -> frozenset[str]:
    """The words of a text, separated by white space."""
    return frozenset(text.split())


def characters(text: str) -> frozenset[str]:
    """The characters of a text, white space left out."""
    return frozenset("".join(text.split()))


def followers(text: str) -> dict[str, frozenset[str]]:
    """For entries such as 高:兴级度, the characters after the colon by the one before it."""
    return {entry[0]: frozenset(entry[2:]) for entry in text.split()}


def either(entries: frozenset[str]) -> str:
    """A pattern for any of the words, the longer ones first."""
    return "|".join(re.escape(entry) for entry in sorted(entries, key=lambda entry: (-len(entry), entry)))
