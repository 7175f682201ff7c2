"""The word list of jieba (MIT): 349,000 Chinese words, how often each was met in 60 million, and its part of speech."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path


def jieba_words() -> str:
    """A line for each: "word count tag"."""
    # found, not imported: to load jieba takes longer than to read its list
    spec = find_spec("jieba")
    assert spec is not None and spec.origin is not None
    return Path(spec.origin).with_name("dict.txt").read_text(encoding="utf-8")
