"""The text of a feed's bytes, whatever it says of its encoding.

Feeds declare one encoding in the header and another in the document and use a third; many cut a text in the middle of a
character. UTF-8 is believed when it is valid, a declaration when it fits, and only then it is guessed.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from charset_normalizer import from_bytes

SAMPLE = 64 << 10  # bytes that are looked at where it has to be guessed, which is slow
FEW = 10  # letters that must be right for one that is wrong

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, as its mark begins with that one
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"<\x00", "utf-16-le"),
    (b"\x00<", "utf-16-be"),
)
_DECLARED = re.compile(rb"<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([A-Za-z0-9._:-]{1,40})[\"']")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9._:-]{1,40})", re.IGNORECASE)
# What browsers take these names for: the larger set that contains them.
_LARGER = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "big5": "cp950",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
}
# Python knows more names than there are encodings of feeds, and some of them take minutes (punycode).
_TRUSTED = ("gb", "big5", "cp125", "cp9", "euc_", "iso8859", "iso2022_jp", "koi8", "hz")
_GUESSES = ["gb18030", "big5", "cp932", "euc_jp", "cp949", "cp1251", "cp1252", "cp1250"]


def decode(body: bytes, content_type: str = "") -> str:
    """The text. Bytes that are none in the chosen encoding become U+FFFD. Never raises."""
    for mark, name in _MARKS:
        if body.startswith(mark):
            return body.decode(name, "replace").removeprefix("\ufeff")
    names = ["utf-8", *_declared(body, content_type)]
    for name in names:
        try:
            return body.decode(name)
        except UnicodeDecodeError:
            continue
    for name in names:
        text = body.decode(name, "replace")
        wrong = text.count("\ufffd")
        foreign = sum(not letter.isascii() for letter in text) - wrong
        if wrong * FEW <= foreign:
            return text
    best = from_bytes(body[:SAMPLE], cp_isolation=_GUESSES).best()
    return body.decode(best.encoding if best else "utf-8", "replace")


def _declared(body: bytes, content_type: str) -> Iterator[str]:
    inside, outside = _DECLARED.search(body[:1024]), _CHARSET.search(content_type)
    for name in (inside[1].decode("ascii") if inside else "", outside[1] if outside else ""):
        try:
            known = codecs.lookup(name).name
        except LookupError:
            continue
        known = _LARGER.get(known, known)
        if known.startswith(_TRUSTED):
            yield known
