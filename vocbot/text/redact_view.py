"""The view of a text in which personal data is looked for.

People spell numbers in full width, in circles, with invisible characters or as 幺三八: the finders should
meet plain ASCII digits only. A view maps character to character, so that every position leads back to the
text as it was given. It must never be shown or stored.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

#: Stands where personal data was found and where a placeholder already stands. No finder's pattern may match
#: it or count it: then a second run over redacted text sees the same as the last look of the first run.
BARRIER = "\ue000"
_BARRIER_TYPED_BY_A_USER = "\ue001"

KINDS = (
    "PHONE", "LANDLINE", "ID_CARD", "BANK_CARD", "PLATE", "VIN", "EMAIL", "QQ", "WECHAT", "ADDRESS", "NAME",
    "IBAN", "SSN", "PASSPORT", "IP", "SECRET",
)  # fmt: skip
PLACEHOLDER = re.compile(r"\[(" + "|".join(KINDS) + r")(?:-([0-9]{1,9}))?\]")

#: start, end (positions in the view) and kind
Span = tuple[int, int, str]

_INVISIBLE = "\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u20e3\ufe00-\ufe0f\ufeff"
_HIDDEN = re.compile(f"[{_INVISIBLE}]")
_FULL_WIDTH = "＃＆（）＋－．／＝＠＿［］" + "".join(
    chr(code)
    for first, last in ((0xFF10, 0xFF19), (0xFF21, 0xFF3A), (0xFF41, 0xFF5A))
    for code in range(first, last + 1)
)
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2043\ufe58\ufe63\uff0d\u30fc"
_SPACES = "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\t"
_DOTS = "\u2022\u30fb\u2027\u2219\uff65"
_MATHEMATICAL_DIGITS = range(0x1D7CE, 0x1D800)
_NUMERALS = dict(zip("幺零〇一二三四五六七八九壹贰貳叁參肆伍陆陸柒捌玖⓪", "1001234567891223345667890", strict=True)) | {
    chr(first + i): str(i + 1)
    for first in (0x2460, 0x2474, 0x2488, 0x2776, 0x2780, 0x278A)
    for i in range(9)  # ① ⑴ ❶
}
_NUMERAL_RUN = re.compile(f"[0-9{''.join(_NUMERALS)}](?:[ -]?[0-9{''.join(_NUMERALS)}]){{5,}}")
_SPELLED = re.compile(f"[{''.join(_NUMERALS)}][ -]?[0-9{''.join(_NUMERALS)}]|[0-9][ -]?[{''.join(_NUMERALS)}]")
_NUMERAL = re.compile(f"[{''.join(_NUMERALS)}]")
_LONG_NUMBER = re.compile("([0-9]{10,})")
_NUMERAL_TABLE = str.maketrans(_NUMERALS)


@lru_cache(maxsize=1)
def _folding() -> tuple[re.Pattern[str], dict[int, str]]:
    """Characters with another spelling in ASCII. Full-width ，！？；：～ stay: they are in every Chinese text,
    translating them costs more than naming them in the patterns."""
    table = {ord(char): chr(ord(char) - 0xFEE0) for char in _FULL_WIDTH}
    for code in (*range(0x80, 0x10000), *_MATHEMATICAL_DIGITS):
        value = unicodedata.decimal(chr(code), -1)
        if value >= 0:
            table[code] = str(value)
    table.update(dict.fromkeys(map(ord, _DASHES), "-"))
    table.update(dict.fromkeys(map(ord, _SPACES), " "))
    table.update(dict.fromkeys(map(ord, _DOTS), "·"))
    table[ord(BARRIER)] = _BARRIER_TYPED_BY_A_USER
    table.update(dict.fromkeys(range(0xD800, 0xE000), "\ufffd"))  # lone surrogates: RE2 reads UTF-8
    # One range for all that lies above U+FFFF: single ones there make the search of every text 30 times slower.
    low = "".join(re.escape(chr(code)) for code in table if code < 0xD800 or 0xE000 <= code < 0x10000)
    return re.compile(f"[{low}\ud800-\udfff{chr(_MATHEMATICAL_DIGITS[0])}-{chr(_MATHEMATICAL_DIGITS[-1])}]"), table


@dataclass(frozen=True, slots=True)
class View:
    """`chars` to search in; `index[i]` is where its character i stands in the text (None: at i)."""

    chars: str
    index: tuple[int, ...] | None = None

    def place(self, start: int, end: int) -> tuple[int, int]:
        """The same stretch in the text as it was given."""
        return (start, end) if self.index is None else (self.index[start], self.index[end - 1] + 1)


def look(text: str) -> View:
    """The view of a text: digits in ASCII, invisible characters gone, placeholders masked."""
    index = None
    if not text.isascii():
        if _HIDDEN.search(text):
            index = tuple(i for i, char in enumerate(text) if not _HIDDEN.match(char))
            text = _HIDDEN.sub("", text)
        foldable, table = _folding()
        if foldable.search(text):
            text = text.translate(table)
    if "[" in text:
        text = mask(text, ((*found.span(), found[1]) for found in PLACEHOLDER.finditer(text)))
    return View(text, index)


def spell(chars: str) -> str:
    """The view with spelled numbers (幺三八00幺三八零零零, ①③⑧) in digits, length unchanged.

    Not what touches a number that is written in digits already, like the 一 of 一直 or the ② that counts the next
    point: that is for the next look, when the number is hidden.
    """
    return _NUMERAL_RUN.sub(_spelled, chars) if _SPELLED.search(chars) else chars


def _spelled(run: re.Match[str]) -> str:
    parts = _LONG_NUMBER.split(run.group())
    for i in range(0, len(parts), 2):
        apart = (i == 0 or parts[i][:1] in " -") and (i + 1 == len(parts) or parts[i][-1:] in " -")
        if apart and len(_NUMERAL.findall(parts[i])) > 2:
            parts[i] = parts[i].translate(_NUMERAL_TABLE)
    return "".join(parts)


def mask(chars: str, spans: Iterable[Span]) -> str:
    """The view with the spans (ordered, apart from each other) replaced by barriers, length unchanged."""
    parts: list[str] = []
    last = 0
    for start, end, _ in spans:
        parts += (chars[last:start], BARRIER * (end - start))
        last = end
    return "".join(parts) + chars[last:] if last else chars


def lower(chars: str) -> str:
    """Lower case of the same length (Turkish İ alone would grow)."""
    low = chars.lower()
    return low if len(low) == len(chars) else "".join(c.lower() if len(c.lower()) == 1 else c for c in chars)


def before(chars: str, at: int, width: int) -> str:
    """Up to `width` characters before a position, none of them from before a barrier."""
    return chars[max(0, at - width) : at].rpartition(BARRIER)[2]
