"""Finds postal addresses, Chinese and English.

A road alone is a place people talk about; a road with a house number, a building with a room, a box number are
where somebody lives. Everything is anchored at digits, so that text without digits costs nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from vocbot.text.redact_rules import Place, rule
from vocbot.text.redact_view import BARRIER
from vocbot.text.wordlist import either, words

_HAN = "\u4e00-\u9fff"
_ESTATE = (
    "(?:"
    + either(
        words("""
小区 花园 家园 公寓 大厦 广场 新村 大楼 写字楼 宿舍 校区 国际 新城 公馆 山庄 名都 华庭 学院 大学 中学 医院
公司 苑 庭 府 湾 郡 坊 城 园 里 村
""")
    )
    + ")"
)
_UNIT = "(?:号楼|号院|号(?!线|桌)|栋|幢|座|单元|层|楼|室|房|门|户|期|组|弄|巷)"
_NUMBER = "[A-Za-z]?[0-9]{1,5}(?:-[0-9]{1,5}){0,3}"
_ANCHOR = re.compile(
    rf"(?P<road>路|街|大道|巷|弄|胡同|镇|乡|村|组)(?:东|西|南|北|中)?{_NUMBER}(?:号(?!线|桌|门|套)|弄|巷|栋|幢|组|队|单元)"
    rf"|(?P<estate>{_ESTATE}){_NUMBER}(?:号楼|栋|幢|座|单元)"
    rf"|[0-9]{{1,4}}(?:(?:号楼|栋|幢|单元)[A-Za-z]?[0-9]{{1,5}}|座[0-9]{{3,4}}(?:室|房))"
)
_FIRST_DIGIT = re.compile(r"[A-Za-z]?[0-9]")
_PART = re.compile(rf"(?:[{_HAN}]{{0,8}}?{_ESTATE})?(?:{_NUMBER}|[ABCD]){_UNIT}")
_ESTATE_PART = re.compile(rf"[{_HAN}]{{1,8}}{_ESTATE}")
_ROOM = re.compile(r"[A-Za-z]?[0-9]{3,4}(?![0-9.]|元|块|分|个|点|年|天|多|次|人)")
_LEAD = re.compile(rf"[{_HAN}0-9A-Za-z·() -]{{0,40}}$")
_LEAD_CUT = re.compile(
    "地址|住址|位于|其实|居然|结果|这个|那个|[在到是往去从给把被让了的我你他她们也就还又送寄住这那请 ()]"
)
_REGION = re.compile(
    "(?:北京|上海|天津|重庆|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|海南|四川|贵州|云南|陕西|甘肃|青海|"
    f"台湾|内蒙古|广西|西藏|宁夏|新疆|香港|澳门)(?!.{{0,2}}$)|[{_HAN}]{{2,3}}市(?!场|面|区)[{_HAN}]"
)
_CUES = "地址|住址|住在|家住|送到|送至|寄到|寄往|寄至|发到|邮寄"
_CUED = re.compile(
    rf"(?:{_CUES})[是为:： ]{{0,3}}"
    rf"([{_HAN}]{{1,12}}?(?:省|市|区|县|州|旗)[{_HAN}0-9A-Za-z-]{{1,20}}(?:路|街|镇|乡|村|楼|号|室|栋|{_ESTATE}))"
)

_LETTER = "a-z\u00c0-\u024f\u0370-\u03ff\u1e00-\u1fff"
_WORD = rf"(?:[{_LETTER}][{_LETTER}0-9'’.-]{{0,24}}|[0-9]{{1,3}}(?:st|nd|rd|th))"
_STREET = (
    r"(?:street|st|road|rd|avenue|ave|lane|ln|drive|dr|court|ct|boulevard|blvd|way|place|pl|square|sq|terrace|circle|"
    r"parkway|pkwy|highway|hwy|close|crescent|alley|trail|row|gardens|strasse|straße)(?![a-z0-9])"
)
_DOOR = r"(?:apt|apartment|suite|ste|unit|flat|room)(?![a-z])\.? ?#?[0-9][0-9a-z-]{0,5}"
_LINE = re.compile(
    rf"[0-9]{{1,6}}[a-z]?,? (?:[0-9]{{1,5}} )?(?:{_WORD} ){{1,4}}?"
    rf"(?:{_STREET}(?: [0-9]{{1,5}})?|(?:[0-9]{{1,5}}\.?)?[ ,\n>]{{0,4}}{_DOOR})"
)
_COMPOUND = re.compile(  # Hauptstraße 12, rue de la Paix 5, Petőfi u. 8
    r"(?:(?P<second>strasse|straße|str\.|gasse|weg|platz|allee|damm|ufer|vej|vænget|parken|toften|bakken|gatan|vägen"
    r"|gränd|backen|gata|veien|vegen|stien|katu|polku|straat|laan|kade|gracht|plein|stræti|(?: utca| útja| u\.| tér))"
    rf"|(?:rue|via|calle|rua|rúa|strada|ul\.|c/|avenida|rambla|piazza|plaza|λεωφόρος|οδός)(?: {_WORD}){{1,3}}) "
    r"[0-9]{1,4}[a-z]?(?![0-9a-z])"
)
_HOUSE_FIRST = re.compile(r"(?<![0-9a-z.,#$€£/-])[0-9]{1,6} $")
_FIRST_HALF = re.compile(rf"[{_LETTER}]{{3,20}}$")
_BOX = re.compile(r"(?:p\.? ?o\.? ?box|psc|unit) ?#?[0-9]{1,6}(?:,? box [0-9]{1,6})?(?![0-9])")
_ENGLISH_CUES = (
    r"(?:address(?: is| to| with|:|\? it is)|new one to|(?:live|lives|living|lived|located|is|arrived) (?:at|on|in)|"
    r"(?:sent|send it|ship|shipped|deliver|delivered|delivery|mailed|moved) to|validate the following\?)"
)
_ENGLISH_CUED = re.compile(
    rf"{_ENGLISH_CUES}\s{{1,6}}"
    rf"((?:[0-9]{{1,6}} (?:[0-9]{{1,5}} )?)?(?:{_WORD} ){{0,3}}{_WORD}(?: [0-9]{{1,5}}(?![0-9]))?)"
)
_NUMBERED = re.compile(  # 5 Main Street, Rua Augusta 12; not October 2026
    rf"^[0-9]+ (?:[0-9]+ )?[^\W\d_a-z]|(?:^| )[^\W\d_a-z][{_LETTER}A-Z'’.-]* (?!(?:19|20)[0-9]{{2}}$)[0-9]+$"
)
_ENGLISH_TAIL = re.compile(
    rf"[ .,\n>]{{1,4}}(?:{_DOOR}|(?:(?:{_WORD}[ ,\n>]{{1,4}}){{1,4}})?"
    r"(?:(?:[a-z]{2},? )?[0-9]{5}(?:-[0-9]{4})?(?![0-9]|\.[0-9])"
    r"|[a-z]{1,2}[0-9][0-9a-z]? [0-9][a-z]{2}(?![a-z0-9])))"
)
_NOT_IN_A_STREET = words("""
of the to for and hours hour minutes minute min mins days day a an in my was were is are times people at on from with
weeks week months years year stars star miles mile km blocks more or but i it than
""")
_ALSO_WORDS = words("drive dr court ct way place pl square circle close row gardens st")


def _anchored(chars: str, _low: str) -> Iterator[Place]:
    last = 0
    for anchor in _ANCHOR.finditer(chars):
        digit = _FIRST_DIGIT.search(chars, anchor.start(), anchor.end())
        if anchor.start() < last or not digit:
            continue
        start = anchor.start()
        if anchor["road"] or anchor["estate"]:
            start -= len(_lead(chars[max(last, start - 40) : start].rpartition(BARRIER)[2]))
            if start == anchor.start():
                continue  # 路3号 alone: a bus, a list
        last = _tail(chars, digit.start())
        yield start, last


def _cued(chars: str, _low: str) -> Iterator[Place]:
    return (cued.span(1) for cued in _CUED.finditer(chars))


def _lead(words: str) -> str:
    """The part of the words before 路 that belongs to the address: after 住在, from the province on."""
    found = _LEAD.search(words)
    lead = found.group() if found else ""
    lead = lead[max((cut.end() for cut in _LEAD_CUT.finditer(lead)), default=0) :]
    region = _REGION.search(lead)
    return lead[region.start() :] if region else lead[-12:]


def _tail(chars: str, at: int) -> int:
    """Where an address ends whose first number stands at `at`."""
    for _ in range(8):
        part = _PART.match(chars, at)
        if not part:
            break
        at = part.end()
    if part := _ESTATE_PART.match(chars, at):
        at = part.end()
    if room := _ROOM.match(chars, at):
        at = room.end()
    return at


def _lines(chars: str, low: str) -> Iterator[Place]:
    at = 0
    while found := _LINE.search(low, at):
        start, end = found.span()
        line = low[start:end].rstrip(".").split()
        named_by_a_word = line[-1] in _ALSO_WORDS and chars[start:end].rstrip(".").split()[-1].islower()
        if named_by_a_word or not _free(low, start) or _NOT_IN_A_STREET.intersection(line):
            at = start + 1
        else:
            at = _english_tail(low, end)
            yield start, at


def _compounds(chars: str, low: str) -> Iterator[Place]:
    for found in _COMPOUND.finditer(low):
        first = _FIRST_HALF.search(low, max(0, found.start() - 20), found.start())
        second = found["second"]
        if (first and second) or (not first and not second and _named(chars[slice(*found.span())])):
            start = (first or found).start()
            house = _HOUSE_FIRST.search(low, max(0, start - 8), start)
            yield (house.start() if house else start), _english_tail(low, found.end())


def _boxes(_chars: str, low: str) -> Iterator[Place]:
    return ((box.start(), _english_tail(low, box.end())) for box in _BOX.finditer(low) if _free(low, box.start()))


def _english_cued(chars: str, low: str) -> Iterator[Place]:
    for found in _ENGLISH_CUED.finditer(low):
        start, end = found.span(1)
        line = chars[start:end].split(" ")
        while line and not line[-1][:1].isdigit() and line[-1] == line[-1].lower():
            line.pop()
        value = " ".join(line)
        if _NUMBERED.search(value):
            yield start, _english_tail(low, start + len(value))


def _named(line: str) -> bool:
    """Rue de Tanger 29, not via Twitter 2."""
    return line.split()[-2][:1].isupper() and line[:1].isupper()


def _free(low: str, at: int) -> bool:
    """Whether a number may start here: not $12, 3.5 or A7."""
    return not at or not ((low[at - 1].isascii() and low[at - 1].isalnum()) or low[at - 1] in ".,:#$€£/-")


def _english_tail(low: str, at: int) -> int:
    """Where an address ends whose street ends at `at`: over door, town and post code."""
    for _ in range(3):
        part = _ENGLISH_TAIL.match(low, at)
        if not part:
            break
        at = part.end()
    return at


PLACES = (
    rule("ADDRESS", "[0-9](?:号|栋|幢|弄|座|单元|组|队|巷)", _anchored),
    rule("ADDRESS", f"(?:{_CUES})[^，,。]{{1,15}}(?:省|市|区|县|州|旗)", _cued),
    rule("ADDRESS", f"[0-9][a-z]?,? (?:[0-9]{{1,5}} )?[{_LETTER}]", _lines),
    rule("ADDRESS", r"[\pL.] [0-9]", _compounds),
    rule("ADDRESS", "(?:box|psc|unit) ?#?[0-9]", _boxes),
    rule("ADDRESS", f"{_ENGLISH_CUES}\\s", _english_cued),
)
