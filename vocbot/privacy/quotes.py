"""Take a Person's words out of what was written for others: quotes as they were shortened, and whole sentences.

When in doubt a quote goes: words that two people wrote alike go with the first who asks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from vocbot.deliveries.payload import dump
from vocbot.locale import LANGUAGES, say
from vocbot.sdk.document import paragraph
from vocbot.tell.notice_text import own_words

_ELLIPSIS = "…"
_EDGE = " \t,，.。;；:：、!！?？~～\"“”'()（）"
_QUOTED = re.compile(r"[“「『\"]([^”」』\"]+)[”」』\"]")
_SHORTEST = 4  # characters of a quotation in pieces: the fewest that are ever shown


@dataclass(frozen=True)
class Words:
    """What somebody said, folded; `short` is how a sentence quotes it."""

    texts: tuple[str, ...]
    short: frozenset[str]

    def shown(self, quote: str) -> bool:
        """Whether a quotation, which may be shortened to pieces, is theirs."""
        if _fold(quote) in self.texts:
            return True
        pieces = [piece for part in quote.split(_ELLIPSIS) if (piece := _fold(part))]
        long_enough = sum(map(len, pieces)) >= _SHORTEST
        return long_enough and all(any(piece in text for text in self.texts) for piece in pieces)

    def within(self, text: str) -> bool:
        """Whether a sentence is theirs, or quotes them between quotation marks."""
        quoted = (_fold(found[1].removesuffix(_ELLIPSIS)) for found in _QUOTED.finditer(text))
        return _fold(text) in self.texts or any(part in self.texts or part in self.short for part in quoted)


def words(texts: Iterable[str]) -> Words:
    """The words of somebody who said `texts`."""
    said = list(texts)
    short = (_fold((own_words(text) or "").removesuffix(_ELLIPSIS)) for text in said)
    return Words(tuple(dict.fromkeys(filter(None, map(_fold, said)))), frozenset(filter(None, short)))


def without(payload: dict[str, Any], theirs: Words) -> dict[str, Any] | None:
    """A Delivery's payload without their words; None where there were none."""
    document = payload.get("document")
    language = document["language"] if document and document["language"] in LANGUAGES else "en"
    cleaned = _clean(payload, theirs, say(language, "forget.removed"))
    return cleaned if cleaned != payload else None


def _clean(value: Any, theirs: Words, instead: str) -> Any:
    if isinstance(value, dict):
        kind = value.get("kind")
        if kind == "Quote" and theirs.shown(value["text"]):
            return dump(paragraph(instead))  # no quotation: nobody is behind it
        if kind == "Text" and theirs.within(value["text"]):
            return {**value, "text": instead}
        return {name: _clean(part, theirs, instead) for name, part in value.items()}
    if isinstance(value, list):
        return [_clean(part, theirs, instead) for part in value]
    return value


def _fold(text: str) -> str:
    return " ".join(text.split()).strip(_EDGE).casefold()
