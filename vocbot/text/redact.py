"""Takes personal data out of text before anything derived from the text is stored.

Every second look at redacted text changes nothing, equal values get equal placeholders, and what a ticket
needs (orders, prices, dates, versions, hot lines) stays. Pure: it never logs, stores or returns a value found.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from vocbot.text.redact_codes import find_codes
from vocbot.text.redact_names_en import find_names_en
from vocbot.text.redact_names_zh import find_names_zh
from vocbot.text.redact_numbers import find_numbers
from vocbot.text.redact_places import find_places
from vocbot.text.redact_view import BARRIER, PLACEHOLDER, Span, look, lower, mask
from vocbot.text.wordlist import words

_DIGIT = re.compile("[0-9]")
_CODE = re.compile("[a-z0-9._]{4}|@")
_LATIN_NAME = re.compile(r"[ \n][A-Z\u00c0-\u04ff]|name|call|person")
_LATIN = re.compile("[0-9A-Za-z\u00c0-\u04ff\u1e00-\u1eff]")
_TOKEN = re.compile(r"[0-9A-Za-z](?:[._@+-]?[0-9A-Za-z]){4,63}")
_PUNCTUATION = re.compile(r"[\W_]+")
#: What the finders' patterns exclude beside a match: the span was cut out of something at its start, at its end.
_CUT_BEFORE = re.compile("(?:[0-9A-Za-z][0-9A-Za-z.@+(-]|[0-9][ .-]{1,2}[0-9]|[\u4e00-\u9fff]{2})$")
_CUT_AFTER = re.compile("[0-9A-Za-z.,:#$€£/-][0-9A-Za-z+(]|[\u4e00-\u9fff]{2}")
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


def redact(text: str) -> Redacted:
    """Replace personal data by placeholders: [PHONE], for a second, different number [PHONE-2]. Total, linear."""
    view = look(text)
    spans = sorted(_all_spans(view.chars))
    if not spans:
        return Redacted(text, ())
    numbers = _numbers_in_use(text)
    placeholders: dict[tuple[str, str], str] = {}
    found: list[Found] = []
    parts: list[str] = []
    last = 0
    for start, end, kind in spans:
        key = kind, _value(kind, view.chars[start:end])
        if key not in placeholders:
            numbers[kind] = numbers.get(kind, 0) + 1
            placeholders[key] = f"[{kind}]" if numbers[kind] == 1 else f"[{kind}-{numbers[kind]}]"
        start, end = view.place(start, end)
        found.append(Found(kind, start, end, placeholders[key]))
        parts += text[last:start], placeholders[key]
        last = end
    return Redacted("".join(parts) + text[last:], tuple(found))


def _all_spans(chars: str) -> list[Span]:
    """Look until nothing is left: what is found hides what stood across its edge."""
    spans: list[Span] = []
    values: dict[str, str] = {}
    names: dict[str, None] = {}
    for _ in range(_LOOKS):
        found, rest = _one_look(chars)
        if not found:
            break
        for start, end, kind in found:
            if kind == "NAME":
                names[chars[start:end]] = None
            else:
                values[_alphanumeric(chars[start:end])] = kind
        repeated = _values_again(rest, values)
        rest = mask(rest, repeated)
        named = _names_again(rest, names)
        spans += found + repeated + named
        if not repeated and not named and _settled(chars, found):
            break
        chars = mask(rest, named)
    return spans


def _settled(chars: str, found: list[Span]) -> bool:
    """Whether hiding the spans cannot make anything new: saves nearly every text the second look.

    What a finder meets at the edge of a span is a barrier instead of a letter. That can only matter to it where
    the span was cut out of a run of letters or digits, or out of a run of Chinese characters.
    """
    for start, end, _ in found:
        if _CUT_AFTER.match(chars, end - 1) or _CUT_BEFORE.search(chars, max(0, start - 3), start + 1):
            return False
    return True


def _one_look(chars: str) -> tuple[list[Span], str]:
    """What every finder finds in turn, and the view without it."""
    spans: list[Span] = []
    low = lower(chars)
    if _CODE.search(low):
        chars, low = _take(spans, find_codes(chars, low), chars, low)
    if _DIGIT.search(low):
        chars, low = _take(spans, find_numbers(chars, low), chars, low)
        chars, low = _take(spans, find_places(chars, low), chars, low)
    if not chars.isascii():
        chars, low = _take(spans, find_names_zh(chars), chars, low)
    if _LATIN_NAME.search(chars):
        chars, low = _take(spans, find_names_en(chars, low), chars, low)
    return spans, chars


def _take(spans: list[Span], found: list[Span], chars: str, low: str) -> tuple[str, str]:
    if not found:
        return chars, low
    spans += found
    return mask(chars, found), mask(low, found)


def _values_again(chars: str, values: dict[str, str]) -> list[Span]:
    """Where a value that was found stands again, without the cue that gave it away."""
    if len(values) < _FEW and not any(value in chars for value in values):
        return []
    tokens = ((token, values.get(_alphanumeric(token.group()))) for token in _TOKEN.finditer(chars))
    return [(*token.span(), kind) for token, kind in tokens if kind]


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
