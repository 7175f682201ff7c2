"""What may leave the house: which words of customers may be quoted, and a last look at every outward text.

A quotation needs several people behind it, is one of theirs at most, carries no personal data, and of a public
post too little remains to be found by a search engine. When in doubt, nothing is quoted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from vocbot.text.language import detect
from vocbot.text.redact import redact
from vocbot.text.redact_view import PLACEHOLDER
from vocbot.text.statements import split

#: So many words (English) or characters (Chinese) in a row would let a search engine find a public post.
_GRAM = 8
#: Who say the same before one of them is quoted.
FEWEST_PEOPLE = 3
#: So many people behind a quotation are named to the gate.
_BEHIND = 5
_ELLIPSIS = "…"
_UNIT = re.compile(r"[A-Za-z0-9_\u00c0-\u024f]+|[\u3400-\u9fff]")
_CLAUSE = re.compile(r"[^,，.。!！?？;；:：、…~～\n()（）\"“”]+")
_SOFT_END = re.compile(r"[,，;；、 ]")
#: Units (a word, a Chinese character) of a quotation that reads best, and below which it says little.
_IDEAL, _FEWEST = 18, 5
_ALIKE = 0.5
_CHANNEL_AGAIN = 12.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A statement that could be quoted: redacted text, the pseudonym behind it, when and where it was said."""

    text: str
    person: str
    time: datetime
    channel: str
    public: bool
    feedback_id: int


@dataclass(frozen=True, slots=True)
class Quote:
    """Words that may be shown to colleagues. Carries no person; `feedback_id` is for the evidence page only, `behind`
    (what some of the people said who make the point) for the last gate."""

    text: str
    channel: str
    time: datetime
    feedback_id: int
    behind: tuple[int, ...] = ()


def choose_quotes(
    candidates: Sequence[Candidate], limit: int = 3, min_people: int = FEWEST_PEOPLE, limit_chars: int = 120
) -> tuple[Quote, ...]:
    """Up to `limit` quotations of at most `limit_chars` characters, each of another person; none where fewer than
    `min_people` people stand behind the candidates. Clear ones of middle length first, then other channels."""
    if len({candidate.person for candidate in candidates}) < min_people:
        return ()
    public = _grams(candidate.text for candidate in candidates if candidate.public)
    shown = sorted(
        (
            (_weight(candidate, text), candidate, text)
            for candidate in candidates
            if (text := _shown(candidate, limit_chars, public))
        ),
        key=lambda entry: (entry[0], -entry[1].time.timestamp(), entry[1].feedback_id),
    )
    chosen: list[tuple[Candidate, str]] = []
    people: set[str] = set()
    channels: set[str] = set()
    while len(chosen) < limit:
        open_ = [
            entry
            for entry in shown
            if entry[1].person not in people and not any(_alike(entry[2], text) for _, text in chosen)
        ]
        if not open_:
            break
        _, best, text = min(open_, key=lambda entry: entry[0] + _CHANNEL_AGAIN * (entry[1].channel in channels))
        chosen.append((best, text))
        people.add(best.person)
        channels.add(best.channel)
        shown = open_
    by_person = {candidate.person: candidate.feedback_id for candidate in reversed(candidates)}
    others = tuple(by_person.values())[:_BEHIND]
    return tuple(
        Quote(text, candidate.channel, candidate.time, candidate.feedback_id, others) for candidate, text in chosen
    )


def verbatim(texts: Iterable[str], posts: Iterable[str], ours: Iterable[str] = ()) -> bool:
    """Whether eight words or Chinese characters in a row of a public post stand in any of the texts; what also stands
    in `ours` (titles that the company wrote) does not count."""
    shown = _grams(texts) - _grams(ours)
    return bool(shown) and any(not shown.isdisjoint(_grams([post])) for post in posts)


def _grams(texts: Iterable[str]) -> set[tuple[str, ...]]:
    found: set[tuple[str, ...]] = set()
    for text in texts:
        units = _UNIT.findall(PLACEHOLDER.sub(" ", text).lower())
        found.update(zip(*(units[i:] for i in range(_GRAM)), strict=False))
    return found


def leaks(texts: Iterable[str]) -> list[str]:
    """Kinds of personal data that still stand in any of the texts, in order; empty where they may go out."""
    return sorted({found.kind for text in texts for found in redact(text, free_names=False).found})


def _shown(candidate: Candidate, limit_chars: int, public: set[tuple[str, ...]]) -> str | None:
    text = " ".join(candidate.text.split())
    shown = _beyond_search(text, limit_chars) if candidate.public else _shorten(text, limit_chars)
    if shown and not public.isdisjoint(_grams([shown])):  # who writes to us in private may have posted the same
        shown = _beyond_search(text, limit_chars)
        if shown and not public.isdisjoint(_grams([shown])):
            return None
    return shown if shown and _UNIT.search(PLACEHOLDER.sub("", shown)) and not leaks([shown]) else None


def _weight(candidate: Candidate, text: str) -> float:
    """The lower, the better a quotation reads."""
    units = len(_UNIT.findall(PLACEHOLDER.sub("", text)))
    too_short = 30.0 if units < _FEWEST else 0.0
    return (
        abs(units - _IDEAL)
        + too_short
        + 15.0 * len(PLACEHOLDER.findall(text))
        + 5.0 * text.endswith(_ELLIPSIS)
        + 25.0 * candidate.public
    )


def _alike(one: str, other: str) -> bool:
    first, second = _pairs(one), _pairs(other)
    return len(first & second) >= _ALIKE * max(1, min(len(first), len(second)))


def _pairs(text: str) -> set[tuple[str, str]]:
    units = [unit.lower() for unit in _UNIT.findall(text)]
    return set(zip(units, units[1:] or units, strict=False))


def _shorten(text: str, limit_chars: int) -> str | None:
    """The first statements that fit; the first alone is cut between words if it must be. Never inside [PHONE]."""
    if len(text) <= limit_chars:
        return text
    room = limit_chars - len(_ELLIPSIS)
    ends = [statement.end for statement in split(text[: limit_chars + 1]) if statement.end <= room]
    if ends and ends[-1] * 3 >= room:
        return text[: ends[-1]].rstrip() + _ELLIPSIS
    cuts = [soft.start() for soft in _SOFT_END.finditer(text, 0, room)]
    end = cuts[-1] if cuts and cuts[-1] * 2 >= room else room
    for placeholder in PLACEHOLDER.finditer(text):
        if placeholder.start() < end < placeholder.end():
            end = placeholder.start()
    return (text[:end].rstrip(" ,，;；、") + _ELLIPSIS) if end > 0 else None


def _beyond_search(text: str, limit_chars: int) -> str | None:
    """Fragments of a public post, each too short to find it by; None if nothing that says something is left."""
    chinese = detect(text) == "zh"
    clauses = [clause.group().strip() for clause in _CLAUSE.finditer(text)]
    fragments = [clause if _size(clause, chinese) < _GRAM else "" for clause in clauses]
    longest = max(fragments, key=lambda fragment: _size(fragment, chinese), default="")
    if _size(longest, chinese) < (4 if chinese else 3):
        return None
    first = fragments.index(longest)
    # The clause beside it would make a longer stretch with it: one is left out between two.
    second = next((f for f in fragments[first + 2 :] if _size(f, chinese) >= (4 if chinese else 3)), "")
    for shown in (f"{longest}{_ELLIPSIS}{second}{_ELLIPSIS}", f"{longest}{_ELLIPSIS}"):
        if len(shown) <= limit_chars and shown.strip(_ELLIPSIS) != text.strip() and not _survives(text, shown, chinese):
            return shown.replace(_ELLIPSIS * 2, _ELLIPSIS)
    return None


def _size(fragment: str, chinese: bool) -> int:
    """Chinese: characters, blanks included, so that no reader of grams counts more. English: words."""
    return len(fragment) if chinese else max(len(_UNIT.findall(fragment)), len(fragment.split()))


def _survives(post: str, shown: str, chinese: bool) -> bool:
    """Whether eight words or characters in a row of the post stand in what is shown, punctuation left out, or
    whether what is shown is all there is."""
    original, remains = (
        [unit.lower() for unit in (re.findall(r"\w", text) if chinese else _UNIT.findall(text))]
        for text in (post, shown)
    )
    grams = {tuple(original[i : i + _GRAM]) for i in range(len(original) - _GRAM + 1)}
    return remains == original or any(tuple(remains[i : i + _GRAM]) in grams for i in range(len(remains) - _GRAM + 1))
