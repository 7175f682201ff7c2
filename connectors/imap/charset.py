"""Bytes to text: names of character sets that mean more than they say, names that mean nothing, and no name at all.

Mail programs in China write GBK and call it GB2312, header fields come in eight bits without any name, and encoded
words are cut in the middle of a character. Nothing here fails: what cannot be read shows as U+FFFD.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import quopri
import re

# What a name really means: the larger set that the programs use.
_LARGER = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "cp936": "gb18030",
    "ms936": "gb18030",
    "gb_2312-80": "gb18030",
    "x-gbk": "gb18030",
    "euc-cn": "gb18030",
    "chinese": "gb18030",
    "big5": "cp950",
    "x-x-big5": "cp950",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "us-ascii": "cp1252",
    "ascii": "cp1252",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
    "unicode-1-1-utf-7": "utf-7",
    "utf8": "utf-8",
    "cp65001": "utf-8",
}
# Python also calls codecs by such names that are none of a text, or slow: only these are taken.
_TEXT = re.compile(r"(utf|iso|windows|cp|gb|big5|euc|koi8|mac|shift|s?jis|hz|latin|tis|johab|viscii|ptcp)[a-z0-9_.:-]*")
_NO_NAME = frozenset(("", "us-ascii", "ascii", "unknown", "unknown-8bit", "x-unknown", "default", "none", "binary"))
_SINGLE = frozenset(("cp1252", "iso8859-15", "latin_1"))  # sets that any bytes are right in
_WIDE = re.compile("[\u0800-\uffff]")
_HIGH = re.compile(rb"[\x80-\xff]+")
_IN_A_WORD = re.compile(rb"(?<=[A-Za-z])[\x80-\xff]{2}(?=[A-Za-z])")
_WORD = re.compile(r"=\?([^?\s*]{1,60})(?:\*[^?\s]{0,20})?\?([bBqQ])\?([^?]*)\?=")
_SAMPLE = 65_536


def decode(data: bytes, name: str = "") -> str:
    """Text of bytes whose character set is called `name`."""
    plain = name.strip().strip("'\"").lower()
    codec = _codec(plain)
    if codec and not (plain in _NO_NAME and not data.isascii()):
        text = _utf8(data)
        if text is not None and (codec in _SINGLE or len(_WIDE.findall(text)) > 1):
            return text  # wrongly called: three bytes a character are hardly ever right by chance
        try:
            return data.decode(codec)
        except UnicodeDecodeError:
            return _utf8(data) or data.decode(codec, "replace")  # wrongly called, or cut at the end
        except (ValueError, LookupError):
            pass
    return _utf8(data) or _guess(data)


def header(raw: bytes) -> str:
    """A header field's value as people read it (RFC 2047, and eight bits without a name)."""
    text = decode(raw) if not raw.isascii() else raw.decode("ascii")
    parts: list[str] = []
    run: list[tuple[str, str, str]] = []
    last = 0
    for word in _WORD.finditer(text):
        between = text[last : word.start()]
        if run and between.strip():
            parts.append(_joined(run))
            run = []
        if not run or between.strip():
            parts.append(between)
        if run and (run[0][0], run[0][1]) != (word[1].lower(), word[2].lower()):
            parts.append(_joined(run))
            run = []
        run.append((word[1].lower(), word[2].lower(), word[3]))
        last = word.end()
    parts.append(_joined(run) if run else "")
    return "".join([*parts, text[last:]])


def _joined(run: list[tuple[str, str, str]]) -> str:
    """Encoded words of one kind that follow each other: their bytes first, as a character may be cut in two."""
    charset, encoding, _ = run[0]
    if encoding == "q":
        data = b"".join(quopri.decodestring(text.encode("ascii", "replace"), header=True) for _, _, text in run)
        return decode(data, charset)
    chunks = [re.sub(r"[^A-Za-z0-9+/]", "", text) for _, _, text in run]
    if any(len(chunk) % 4 and "=" not in given[2] for chunk, given in zip(chunks[:-1], run[:-1], strict=True)):
        chunks = ["".join(chunks)]  # cut within a group of four
    return decode(b"".join(map(unbase64, chunks)), charset)


def unbase64(text: str) -> bytes:
    """The bytes of base64 digits, as far as they go."""
    whole = text[: len(text) - (len(text) % 4 == 1)]
    try:
        return base64.b64decode(whole + "=" * (-len(whole) % 4))
    except binascii.Error:
        return b""


def _codec(name: str) -> str | None:
    found = _LARGER.get(name, name)
    if not _TEXT.fullmatch(found):
        return None
    try:
        return codecs.lookup(found).name
    except (LookupError, ValueError):
        return None


def _utf8(data: bytes) -> str | None:
    """`data` as UTF-8, or None; a last character that was cut off is left out."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        return decoder.decode(data)
    except UnicodeDecodeError:
        return None


def _guess(data: bytes) -> str:
    """The most likely of what mail without a name is written in: Chinese in two bytes, or Latin letters.

    Chinese comes in runs of an even number of high bytes, not within a word of ASCII letters; of the two Chinese sets,
    it is the one in which more of the characters are frequent ones.
    """
    sample = data[:_SAMPLE]
    runs = [len(run) for run in _HIGH.findall(sample)]
    gb, big5 = _frequent(sample, "gb18030", 0xB0, 0xD7), _frequent(sample, "big5", 0xA4, 0xC6)
    if big5 > gb and big5 * 3 >= sum(runs):
        return data.decode("cp950", "replace")
    paired = sum(length for length in runs if length % 2 == 0) - 2 * len(_IN_A_WORD.findall(sample))
    return data.decode("gb18030" if paired * 2 >= sum(runs) else "cp1252", "replace")


def _frequent(data: bytes, codec: str, first: int, last: int) -> int:
    """How many characters of the level of frequent ones `data` holds, read as `codec`; 0 where it cannot be."""
    text = data.decode(codec, "ignore")
    if len(text.encode(codec, "ignore")) < len(data) * 9 // 10:
        return 0
    return sum(first <= char.encode(codec, "ignore")[0] <= last for char in text if "一" <= char <= "\u9fff")
