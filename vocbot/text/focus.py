"""How a text feels about each of the things it is about: "the food was great but the rider was rude" praises one and
blames the other.

What a text says of an aspect are the clauses in which the head of aspects finds it, or the one where it finds it most;
these are read as a text of their own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from vocbot.text.head import Head
from vocbot.text.reading import Heads, Sentiment
from vocbot.text.statements import split
from vocbot.text.vectors import grams

_CLAUSE = re.compile(r"[^,，、;；:：]+")
_MOST = 200  # clauses of a text that are looked at


def clauses(text: str) -> list[str]:
    """The clauses of a text, by its statements and their commas; the text itself where there is none."""
    found = [part.strip() for one in split(text) for part in _CLAUSE.findall(one.text)]
    return [part for part in found if any(char.isalnum() for char in part)][:_MOST] or [text]


def focus(head: Head, text: str, aspects: Sequence[str]) -> dict[str, str]:
    """For each aspect what the text says of it, by a head of several labels that gives it."""
    parts = clauses(text)
    if len(parts) == 1:
        return dict.fromkeys(aspects, text)
    chances = head.probabilities(head.scores(head.vectors(grams(parts)), len(parts)))
    told: dict[str, str] = {}
    for aspect in aspects:
        mine = chances[:, head.labels.index(aspect)]
        chosen = np.union1d(np.flatnonzero(mine >= 0.5), [int(mine.argmax())])
        told[aspect] = " ".join(parts[place] for place in chosen.tolist())
    return told


def by_aspect(heads: Heads, text: str, aspects: Sequence[str], least: float) -> dict[str, Sentiment]:
    """How a text feels about each of these aspects."""
    told = focus(heads.aspects, text, aspects)
    return dict(zip(told, heads.feel(list(told.values()), least), strict=True))
