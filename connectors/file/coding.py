"""The encoding of a file, and of single lines that have another one: never a wrong letter in silence.

Exports that were glued together hold UTF-8 and GBK lines. Nearly every pair of bytes is something in GB18030, so a line
counts as such only where it reads as everyday Chinese; a broken UTF-8 line read as GB18030 gives rare characters.
"""

from __future__ import annotations

import codecs
import io
from dataclasses import dataclass

from charset_normalizer import from_bytes

SAMPLE = 1 << 20  # bytes
_LAST_COMMON = 0xD7  # lead byte of GB2312: signs, letters and the 3755 characters of everyday use end here
_NORMALIZED = 64 << 10  # bytes that charset-normalizer looks at: it is slow

# UTF-32 first, as its mark begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True)
class Coding:
    """A file's main encoding, and how many bytes of mark stand before its text."""

    name: str
    skip: int = 0
    fixed: bool = False  # set by the owner: no line may have another one

    @property
    def wide(self) -> bool:
        """Whether a newline is more than one byte."""
        return self.name.startswith(("utf-16", "utf-32"))


def detect(sample: bytes, wanted: str | None = None) -> Coding:
    """The encoding of a file that begins with `sample`. Bytes that fit nothing are left to the lines they are in."""
    mark = next(((mark, name) for mark, name in _MARKS if sample.startswith(mark)), None)
    if wanted:
        name = wanted.replace("_", "-")
        name = "utf-8" if name == "utf-8-sig" else name
        if mark and (mark[1] == name or mark[1].startswith(f"{name}-")):
            return Coding(mark[1], len(mark[0]), fixed=True)
        return Coding({"utf-16": "utf-16-le", "utf-32": "utf-32-le"}.get(name, name), fixed=True)
    if mark:
        return Coding(mark[1], len(mark[0]))
    if sample.count(0) > len(sample) // 10:  # UTF-16 without its mark: Latin letters have a zero in every second byte
        return Coding("utf-16-be" if sample[::2].count(0) > sample[1::2].count(0) else "utf-16-le")
    foreign = [line for line in sample.splitlines() if not line.isascii()]
    utf8 = sum(_is_utf8(line) for line in foreign[:-1]) + bool(foreign and _is_utf8(foreign[-1], cut=True))
    if utf8 * 2 >= len(foreign):
        return Coding("utf-8")
    chinese = sum(read_chinese(line) is not None for line in foreign)
    if chinese * 2 >= len(foreign) - utf8:
        return Coding("gb18030")
    best = from_bytes(b"\n".join(foreign)[:_NORMALIZED]).best()
    name = best.encoding.replace("_", "-") if best else "utf-8"
    return Coding("gb18030" if name in ("gbk", "gb2312", "gb18030", "cp936") else name)


class Decoder:
    """Reads lines in one main encoding; `foreign` counts those that had another."""

    def __init__(self, coding: Coding) -> None:
        self.coding = coding
        self.foreign = 0
        self._decode = codecs.getdecoder(coding.name)
        self._utf8 = coding.name == "utf-8"
        self._alone = coding.fixed or coding.wide

    def __call__(self, raw: bytes) -> str | None:
        """The text of a line; None where its bytes are no text."""
        if self._utf8:
            try:
                return raw.decode()
            except UnicodeDecodeError:
                return None if self._alone else self._counted(read_chinese(raw))
        if not self._alone and not raw.isascii() and (text := _as_utf8(raw)) is not None:
            return self._counted(text)
        try:
            return self._decode(raw)[0]
        except UnicodeDecodeError:
            return None

    def anyhow(self, raw: bytes) -> str:
        """The text with marks for what is none: for finding where a row ends."""
        return raw.decode(self.coding.name, "replace")

    def _counted(self, text: str | None) -> str | None:
        self.foreign += text is not None
        return text


def read_chinese(raw: bytes) -> str | None:
    """The text of a line in GB18030 where it reads as everyday Chinese, else None."""
    try:
        text = raw.decode("gb18030")
    except UnicodeDecodeError:
        return None
    signs = "".join(sign for sign in text if "\x7f" < sign < "\U00010000")
    coded = signs.encode("gb2312", "ignore")
    common = sum(lead <= _LAST_COMMON for lead in coded[::2])
    return text if signs and common >= 0.75 * len(signs) else None


def split(data: bytes, coding: Coding) -> list[bytes]:
    """The lines of `data` with their ends: CR, LF or both."""
    if not coding.wide:
        return data.splitlines(keepends=True)
    width = 2 if "16" in coding.name else 4
    whole = len(data) - len(data) % width
    text = data[:whole].decode(coding.name, "surrogatepass" if width == 2 else "replace")
    lines = [line.encode(coding.name, "surrogatepass") for line in io.StringIO(text, newline="")]
    if whole < len(data):
        lines = [*lines[:-1], (lines[-1] if lines else b"") + data[whole:]]
    return lines


def _is_utf8(line: bytes, cut: bool = False) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(line, final=not cut)
    except UnicodeDecodeError:
        return False
    return True


def _as_utf8(raw: bytes) -> str | None:
    """The text of a line in UTF-8, where it is surely that: short words of other encodings look like some of it."""
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return None
    return text if any(sign > "\u07ff" for sign in text) else None
