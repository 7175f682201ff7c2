"""Takes personal data out of text before anything derived from the text is stored.

Every second look at redacted text changes nothing, equal values get equal placeholders, and what a ticket
needs (orders, prices, dates, versions, hot lines) stays. Pure: it never logs, stores or returns a value found.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from vocbot.text.redact_codes import CODES
from vocbot.text.redact_free_en import FREE_EN
from vocbot.text.redact_free_zh import FREE_ZH
from vocbot.text.redact_names_en import NAMES_EN
from vocbot.text.redact_names_zh import NAMES_ZH
from vocbot.text.redact_numbers import NUMBERS
from vocbot.text.redact_places import PLACES
from vocbot.text.redact_rules import Rules
from vocbot.text.redact_view import BARRIER, PLACEHOLDER, Span, look, mask, spell
from vocbot.text.wordlist import words

_LATIN = re.compile("[0-9A-Za-z\u00c0-\u04ff\u1e00-\u1eff]")
_TOKEN = re.compile(r"[0-9A-Za-z](?:[._@+-]?[0-9A-Za-z]){4,63}")
_NUMBER = re.compile("[0-9]{5,}")
_LONG_NUMBER = re.compile("[0-9]{7,}")
_PUNCTUATION = re.compile(r"[\W_]+")
_CUED = (*CODES, *NUMBERS, *PLACES, *NAMES_ZH, *NAMES_EN)
_RULES = {False: Rules(_CUED), True: Rules((*_CUED, *FREE_ZH, *FREE_EN))}
#: A look may leave what its own finds hid; two are enough for what people write, eight for what fuzzers do.
_LOOKS = 8
#: Names looked for again in the rest of the text; bounded, so that a list of names costs no square.
_NAMES = 200
#: So few values are looked for one by one before the whole text is taken apart.
_FEW = 20
_ALSO_WORDS = words("Will Mark May Grace Hope Rose Bill Art Rich Joy Faith April June Summer Dawn Drew Chase")


@dataclass(frozen=True, slots=True)
class Found:
    """Personal data at [start, end) of the text that was given, and what stands in its place."""

    kind: str
    start: int
    end: int
    placeholder: str


@dataclass(frozen=True, slots=True)
class Redacted:
    """The text with placeholders, and what they stand for, in order."""

    text: str
    found: tuple[Found, ...]


def redact(text: str, free_names: bool = True) -> Redacted:
    """Replace personal data by placeholders: [PHONE], for a second, different number [PHONE-2]. Total, linear.

    `free_names`: also names without a cue beside them (我叫, agent). Some are missed and some words taken for one.
    """
    view = look(text)
    spans = sorted(_all_spans(view.chars, _RULES[free_names]))
    if not spans:
        return Redacted(text, ())
    numbers = _numbers_in_use(text) if "[" in text else {}
    placeholders: dict[tuple[str, str], str] = {}
    found: list[Found] = []
    parts: list[str] = []
    last = 0
    for start, end, kind in spans:
        key = kind, _value(kind, spell(view.chars[start:end]))
        if key not in placeholders:
            numbers[kind] = numbers.get(kind, 0) + 1
            placeholders[key] = f"[{kind}]" if numbers[kind] == 1 else f"[{kind}-{numbers[kind]}]"
        start, end = view.place(start, end)
        found.append(Found(kind, start, end, placeholders[key]))
        parts += text[last:start], placeholders[key]
        last = end
    return Redacted("".join(parts) + text[last:], tuple(found))


def _all_spans(chars: str, rules: Rules) -> list[Span]:
    """Look until nothing is left: what is found hides what stood across its edge."""
    spans: list[Span] = []
    values: dict[str, str] = {}
    names: dict[str, None] = {}
    for _ in range(_LOOKS):
        chars = spell(chars)
        found, rest = rules.look(chars)
        if not found:
            break
        for start, end, kind in found:
            if kind == "NAME":
                names[chars[start:end]] = None
            else:
                value = chars[start:end]
                values |= dict.fromkeys((_alphanumeric(value), *_LONG_NUMBER.findall(value)), kind)
        repeated = _values_again(rest, values)
        rest = mask(rest, repeated)
        named = _names_again(rest, names)
        chars = mask(rest, named)
        spans += found + repeated + named
    return spans


def _values_again(chars: str, values: dict[str, str]) -> list[Span]:
    """Where a value that was found stands again, without the cue that gave it away."""
    if len(values) < _FEW and not any(value in chars for value in values):
        return []
    spans: list[Span] = []
    for pattern in (_TOKEN, _NUMBER):
        tokens = ((token, values.get(_alphanumeric(token.group()))) for token in pattern.finditer(chars))
        found = [(*token.span(), kind) for token, kind in tokens if kind]
        chars = mask(chars, found)
        spans += found
    return sorted(spans)


def _names_again(chars: str, names: dict[str, None]) -> list[Span]:
    spans: list[Span] = []
    for name in sorted(list(names)[:_NAMES], key=len, reverse=True):
        latin = name[0].isascii() or name[-1].isascii()
        if len(name) < 2 + latin or name in _ALSO_WORDS or (latin and name.islower()):
            continue
        at = chars.find(name)
        while at >= 0:
            end = at + len(name)
            if not latin or not (_LATIN.match(chars, max(0, at - 1), at) or _LATIN.match(chars, end)):
                spans.append((at, end, "NAME"))
            at = chars.find(name, end)
        chars = mask(chars, [span for span in spans if chars[span[0]] != BARRIER])
    return sorted(spans)


def _numbers_in_use(text: str) -> dict[str, int]:
    """The highest placeholder number of each kind that the text already carries."""
    highest: dict[str, int] = {}
    for kind, number in PLACEHOLDER.findall(text):
        highest[kind] = max(highest.get(kind, 0), int(number or 1))
    return highest


def _value(kind: str, spelling: str) -> str:
    """What is the same when spelled differently: 138 0013 8000 and +86-13800138000."""
    plain = _alphanumeric(spelling)
    if kind == "PHONE" and len(plain) > 11:
        plain = plain.removeprefix("00").removeprefix("86")
    return plain


def _alphanumeric(spelling: str) -> str:
    return (spelling if spelling.isalnum() else _PUNCTUATION.sub("", spelling)).lower()
