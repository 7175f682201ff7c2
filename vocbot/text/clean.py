"""Makes text fit to be read (clean) and fit to be compared (fold).

Clean text is what is redacted, stored and shown: it keeps people's own words, spelling and punctuation, and
drops what machines and mail programs put around them. Folded text is for matching only and must never be shown:
its positions are not those of the text.
"""

from __future__ import annotations

import html
import re
import unicodedata
from functools import lru_cache
from importlib.resources import files

_TAG = re.compile(r"<!--|<(/?)([a-zA-Z][a-zA-Z0-9:]{0,30})(?=[\s/>])[^<>]{0,2000}>|<![a-zA-Z\[][^<>]{0,500}>")
_LINE_TAGS = frozenset(
    ("br", "p", "div", "li", "ul", "ol", "tr", "table", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "hr", "pre")
)
_HIDDEN_TAGS = ("script", "style", "head", "title")
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
_SURROGATE = re.compile("[\ud800-\udfff]")
#: Controls, and the marks that turn the direction of what follows: they let a text show what it does not say.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\ufffe\uffff]")
_BLANKS = re.compile(r"[^\S\n]+")
_NEWLINES = re.compile(r" ?\n[ \n]*")

_QUOTED = re.compile("\\s{0,3}[>＞]")
_ATTRIBUTION = re.compile(
    r"\s*(?:On\b.{5,200}\bwrote:|Am\b.{5,200}\bschrieb.{0,100}:|Le\b.{5,200}\bécrit\s?:|在.{4,200}写道[:：]"
    r"|.{4,200}于.{4,100}写道[:：]"
    r"|-{2,10} ?(?:Original Message|Forwarded message|原始邮件|转发邮件|回复的原邮件|原邮件) ?-{2,10})\s*$",
    re.IGNORECASE,
)
_HEADER = re.compile(r"\s*\*?(?:From|发件人|寄件者|发件人邮箱)\*?\s{0,3}[:：]", re.IGNORECASE)
_HEADER_GOES_ON = re.compile(
    r"\s*\*?(?:Sent|Date|To|Cc|Subject|发送时间|发送日期|时间|日期|收件人|抄送|主题)\*?\s{0,3}[:：]", re.IGNORECASE
)
_SIGNATURE = re.compile(r"-- ?$")
_SENT_FROM = re.compile(
    r"\s*(?:Sent from (?:my |Mail for |Outlook|Yahoo|Samsung)|Get Outlook for|Sent via |(?:发自|来自|从)我的.{1,30}$"
    r"|发送自我的|发自.{0,12}客户端).{0,80}$",
    re.IGNORECASE,
)
_LONGEST_LINE = 400  # no mail program's line is longer; keeps the patterns above linear

_REPEATED = re.compile(r"([^\d\s])\1{2,}")
_THRICE = re.compile(r"(.)\1\1")  # a quick look for what most texts have none of
#: What nearly every Chinese text has, as NFKC makes it: normalizing the rest then costs a look.
_WIDE = tuple((wide, unicodedata.normalize("NFKC", wide)) for wide in "，！？：；（）～…\u3000")


def clean(text: str) -> str:
    """Readable text: no tags, quoted mail, signatures, control characters or lone surrogates; white space squeezed.

    A text that is nothing but quotation stays: a forwarded complaint still says something. Total, linear.
    """
    text = _mend(text)
    if "<" in text:
        text = _without_tags(text)
    if "&" in text:
        text = _ENTITY.sub(lambda entity: html.unescape(entity.group()), text)
    text = _mend(text).replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    text = _CONTROL.sub("", text)
    return _squeeze(_without_mail(text)) or _squeeze(text)


def fold(text: str) -> str:
    """The form in which texts are compared: NFKC, lower case, simplified Chinese, no more than two of a kind.

    Only for matching: positions are lost. Digits are not shortened, 1000 is not 100. Total, linear.
    """
    if text.isascii():
        text = text.lower()
    else:
        for wide, plain in _WIDE:
            text = text.replace(wide, plain)
        if not unicodedata.is_normalized("NFKC", text):
            text = unicodedata.normalize("NFKC", text)
        text = text.lower()
        if not unicodedata.is_normalized("NFKC", text):
            text = unicodedata.normalize("NFKC", text)  # lower case left what NFKC puts together (İ)
        if _traditional().search(text):
            text = text.translate(simplified())
    return _REPEATED.sub(r"\1\1", text) if _THRICE.search(text) else text


@lru_cache(maxsize=1)
def simplified() -> dict[int, str]:
    """Traditional to simplified characters, from OpenCC's dictionary (Apache-2.0). Its converter segments the text
    into phrases first, a thousand times slower and of no use where both sides are folded alike."""
    lines = files("opencc").joinpath("dictionary", "TSCharacters.txt").read_text(encoding="utf-8").splitlines()
    pairs = (line.split("\t") for line in lines if "\t" in line)
    return {ord(old): new.split(" ")[0] for old, new in pairs if len(old) == 1}


@lru_cache(maxsize=1)
def _traditional() -> re.Pattern[str]:
    """Whether there is anything to simplify: most texts have nothing, and translating costs twenty times this look."""
    differ = [old for old, new in simplified().items() if chr(old) != new]
    # One range for all that lies above U+FFFF: single ones there make the search many times slower.
    return re.compile("[" + "".join(re.escape(chr(old)) for old in differ if old < 0x10000) + "\U00010000-\U0010ffff]")


def _mend(text: str) -> str:
    """Surrogate pairs joined, lone surrogates gone: neither can be stored or sent."""
    if not _SURROGATE.search(text):
        return text
    joined = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return _SURROGATE.sub("", joined).replace("\ufffd", "")


def _without_tags(text: str) -> str:
    parts: list[str] = []
    unclosed: set[str] = set()
    last = 0
    at = 0
    while tag := _TAG.search(text, at):
        parts.append(text[last : tag.start()])
        at = tag.end()
        name = (tag[2] or "").lower()
        if tag.group() == "<!--":
            end = text.find("-->", at)
            at = end + 3 if end >= 0 else len(text)
        elif name in _HIDDEN_TAGS and not tag[1] and name not in unclosed:
            closed = re.compile(f"</{name}\\s{{0,5}}>", re.IGNORECASE).search(text, at)
            if closed:
                at = closed.end()
            else:
                unclosed.add(name)  # looked for once: else a page of open tags costs a square
        parts.append("\n" if name in _LINE_TAGS else " " if name in ("td", "th") else "")
        last = at
    return "".join(parts) + text[last:]


def _without_mail(text: str) -> str:
    """Without signature and without what the writer answers to."""
    lines = text.split("\n")
    kept: list[str] = []
    for number, line in enumerate(lines):
        short = line[:_LONGEST_LINE]
        if _QUOTED.match(short) or _SENT_FROM.match(short):
            continue
        following = lines[number + 1 : number + 6]
        if _SIGNATURE.match(short):
            break
        if _HEADER.match(short) and any(_HEADER_GOES_ON.match(later[:_LONGEST_LINE]) for later in following):
            break
        if short.rstrip().endswith((":", "：", "-")) and _ATTRIBUTION.match(short):
            if any(_QUOTED.match(later) for later in following):
                continue  # the answer may stand below the quotation
            break
        kept.append(line)
    return "\n".join(kept)


def _squeeze(text: str) -> str:
    return _NEWLINES.sub("\n", _BLANKS.sub(" ", text)).strip()
