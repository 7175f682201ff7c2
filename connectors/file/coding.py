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

# Characters that stand everywhere in Chinese, and hardly in Korean or Japanese bytes that are taken for it.
_EVERYWHERE = frozenset(
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成方"
    "多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与长把机十民第公此已工使情"
    "明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给"
    "世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数安少报才结反受目太"
    "量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基眼书非则听白却界达光放强即像难且权思王象"
    "完设式色路记南品住告类求据程北边死张该交规万取拉格望觉术领共确传师观清今切院让识候带导争运送快吃喜欢错差服店客价钱买卖卡修"
)

# UTF-32 first, as its mark begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


_OTHERS = """cp1252 cp1250 cp1251 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258 cp874 mac_roman koi8_r cp866
    big5 cp932 euc_jp cp949"""


class Unclear(Exception):
    """More than one encoding fits; the message names them."""


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
    """The encoding of a file that begins with `sample`. Bytes that fit nothing are left to the lines they are in.

    Raises Unclear.
    """
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
    return Coding(_other(b"\n".join(foreign)[:_NORMALIZED]))


def _other(foreign: bytes) -> str:
    """What lines in neither UTF-8 nor Chinese are in. Raises Unclear: many make sense of Latin letters."""
    found = list(from_bytes(foreign, cp_isolation=_OTHERS.split()))
    if not found:
        return "utf-8"  # for want of a better one: its lines are refused one by one
    best = found[0]
    if "cp1252" in best.could_be_from_charset:
        return "cp1252"
    rivals = [
        other.encoding
        for other in found[1:]
        if (other.chaos <= best.chaos + 0.03 and other.coherence >= best.coherence - 0.1)
        or other.coherence > best.coherence
    ]
    if rivals:
        raise Unclear(" or ".join(sorted([best.encoding, *rivals])))
    return best.encoding.replace("_", "-")


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
    if not signs or sum(lead <= _LAST_COMMON for lead in coded[::2]) < 0.75 * len(signs):
        return None
    kana = sum("\u3040" <= sign <= "\u30ff" for sign in signs)
    everywhere = sum(sign in _EVERYWHERE for sign in signs)
    foreign = len(signs) >= 12 and everywhere < 0.1 * len(signs)
    return None if foreign or kana > 0.2 * len(signs) else text


def split(data: bytes, coding: Coding) -> list[bytes]:
    """The lines of `data` with their ends: CR, LF or both."""
    if not coding.wide:
        return data.splitlines(keepends=True)
    width = 2 if "16" in coding.name else 4
    whole = len(data) - len(data) % width
    text = data[:whole].decode(coding.name, "surrogatepass" if width == 2 else "replace")
    lines = [line.encode(coding.name, "surrogatepass") for line in io.StringIO(text, newline="")]
    if whole < len(data):  # half a sign at the end
        lines.append((lines.pop() if text and text[-1] not in "\r\n" else b"") + data[whole:])
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
