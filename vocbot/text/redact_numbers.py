"""Finds personal data that is written in digits: telephones, identity and bank cards, SSN, IP addresses.

Order and tracking numbers, hot lines, dates, prices and versions must stay readable: a ticket without them is
worthless. Checksums are computed here, without a library, because a library costs more than the whole look.
Sources: GB 11643 (identity card), ISO/IEC 7812-1 annex B (Luhn), Chinese and North American numbering plans.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from vocbot.text.redact_labels import label
from vocbot.text.redact_rules import Rule
from vocbot.text.redact_view import Span

_CHUNK = re.compile(r"[0-9](?:[ .()/_+-]{0,3}[0-9]){5,}")
_DIGITS = re.compile(r"[0-9]+")
_ONE_NUMBER = re.compile(r"[0-9]+(?:[.-][0-9]+)*")
_EXTENSION = r"(?: ?(?:转|轉|分机|分機|ext\.? ?|x|#|-) ?[0-9]{1,6}(?![0-9]))?"

_NO_DATE = "(?![0-9]|[./-][0-9]|[年月元])"  # +49 30 1234567 2015.05.25
_MONEY = "¥￥$€£"

_STAYS = re.compile(
    r"""(?:400|800)(?:[ -]?[0-9]{3}[ -]?[0-9]{4}|[ -]?[0-9]{4}[ -]?[0-9]{3})(?![0-9])       # 400-123-4567
    | (?:400|800)[0-9][ -][0-9]{3}[ -][0-9]{3}(?![0-9])                                   # 4008-123-123
    | (?:1[ .-]?)?\(?8(?:00|33|44|55|66|77|88)\)?[ .-]{1,2}[0-9]{3}[ .-][0-9]{4}(?![0-9])   # 1-800-555-0199
    | (?:19|20)[0-9]{2}([-./ ])(?:0?[1-9]|1[0-2])\1(?:3[01]|[12][0-9]|0?[1-9])(?![0-9])
      (?:[ T]{1,3}[0-9]{1,2}(?=[:：]))?                                                      # 2026-11-24 09
    | [0-3]?[0-9]([-./])[0-3]?[0-9]\2(?:19|20)[0-9]{2}(?![0-9])                             # 24/11/2026
    """,
    re.X,
)
_ID_CARD = re.compile(
    r"[1-9][0-9]{5}[ -]?(?:18|19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[ -]?[0-9]{3}[0-9Xx]"
    r"(?![0-9A-Za-z])"
)
_ID_LABELLED = re.compile(
    r"[0-9]{6}[ -]?[0-9]{8}[ -]?[0-9]{3}[0-9Xx](?![0-9A-Za-z])|[0-9]{15}(?![0-9A-Za-z])|[0-9](?:-?[0-9]){6,11}(?![0-9])"
)
_MOBILE = re.compile(r"(?:\(?(?:\+|00)?86\)?[ -]{0,2})?(1[ .-]?[3-9](?:[ ._/-]{0,2}[0-9]){9})(?![0-9])")
_MOBILE_SHAPES = frozenset(((3, 4, 4), (4, 3, 4), (3, 8), (4, 4, 3), (7, 4), (3, 3, 5), (5, 6), (4, 7), (1,) * 11))
_AREA_10 = "(?:10|2[0-9])"  # Peking and 02x have numbers of eight digits, the others seven or eight
_AREA_3 = "[3-9][0-9]{2}"
_LANDLINE = re.compile(
    "|".join(
        rf"(?:\(0{area}\)|(?:\+|00)86[ -]?\(?0?{area}\)?|0{area})[ -]{{0,2}}[2-9]{local}[ -]?[0-9]{{4}}(?![0-9])"
        rf"{_EXTENSION}"
        for area, local in ((_AREA_10, "[0-9]{3}"), (_AREA_3, "[0-9]{2,3}"))
    )
)
_ABROAD = re.compile(rf"\(?\+[1-9][0-9]{{0,2}}\)?(?:[ ./()-]{{0,3}}[0-9]){{6,13}}{_NO_DATE}{_EXTENSION}")
_AMERICAN = re.compile(
    r"(?:\+?1[ .-]?)?(?:\([2-9][0-9]{2}\)[ .-]?|[2-9][0-9]{2}([.-]))[0-9]{3}[ .-][0-9]{4}(?![0-9])" + _EXTENSION
)
_LOCAL = re.compile(rf"[2-9][0-9]{{2,3}}[ -]?[0-9]{{4}}(?![0-9])(?![ .-][0-9]){_EXTENSION}")
_LOOSE = re.compile(rf"\(?\+?[0-9](?:[ ./()-]{{0,3}}[0-9]){{6,14}}{_NO_DATE}{_EXTENSION}")
_NAMED_AFTER = re.compile("(?: |-| ?\\()(?:office|fax|mobile|cell|tel|phone|手机|电话|传真)")
_BANK = re.compile(r"[0-9](?:[ -]?[0-9]){11,18}(?![0-9])")
_GAP = re.compile("[ -]")
_BANK_RUN = re.compile("[0-9]{12,19}(?![0-9])")
_BANK_SHAPES = frozenset(((4, 4, 4, 4), (4, 4, 4, 4, 1), (4, 4, 4, 4, 2), (4, 4, 4, 4, 3), (4, 6, 5), (6, 13)))
_ISSUERS = re.compile(
    r"62[0-9]{14,17}$|4[0-9]{15}$|5[1-5][0-9]{14}$|2[2-7][0-9]{14}$|3[47][0-9]{13}$|35[0-9]{14}$|3[068][0-9]{12}$"
    r"|6(?:011|5)[0-9]+$|9558[0-9]{15}$"
)
_SSN = re.compile(r"[0-9]{3}-[0-9]{2}-[0-9]{4}(?![0-9-])")
_SSN_LABELLED = re.compile(r"[0-9]{3}[ -]?[0-9]{2}[ -]?[0-9]{4}(?![0-9])")
_IP = re.compile(r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?![0-9]|\.[0-9])")


def _find(chars: str, low: str) -> Iterator[Span]:
    at = 0
    for chunk in _CHUNK.finditer(chars):
        at, end = max(at, chunk.start()), chunk.end()
        while run := _DIGITS.search(chars, at, end):
            span, at = _read(chars, low, run.start(), run.end())
            if span:
                yield span


def _read(chars: str, low: str, at: int, end: int) -> tuple[Span | None, int]:
    """What starts at the digit `at` (its run ends at `end`), and where to go on."""
    start = at
    while start and at - start < 2 and chars[start - 1] in "+(":
        start -= 1
    named = label(low, start)
    if named == "order" and chars[start] == "+":
        named = None
    ahead = chars[start - 1 : start]
    if (ahead.isascii() and ahead.isalpha() and named is None) or (ahead and ahead in _MONEY):
        return None, end  # SF1234567890123, A10086, ¥12999.00
    if stays := _STAYS.match(chars, start) or (start < at and _STAYS.match(chars, at)):
        return None, stays.end()
    if named == "order":
        whole = _ONE_NUMBER.match(chars, at)
        return None, whole.end() if whole else end
    public = named == "hotline"
    if found := _id_card(chars, at, named):
        kind = "ID_CARD"
    elif found := _mobile(chars, start, at):
        kind = "PHONE"
    elif found := _bank(chars, at, named) if named == "bank" and start == at else None:
        kind = "BANK_CARD"
    elif found := None if public else _LANDLINE.match(chars, start):
        kind = "LANDLINE"
    elif found := _abroad(chars, start, named):
        kind = "PHONE"
    elif found := _bank(chars, at, named):
        kind = "BANK_CARD"
    elif found := (_SSN_LABELLED if named == "ssn" else _SSN).match(chars, at):
        kind = "SSN"
    elif found := _ip(chars, at, named):
        kind = "IP"
    elif found := None if public else _AMERICAN.match(chars, start):
        kind = "PHONE"
    elif found := _LOCAL.match(chars, at) if named == "phone" else None:
        kind = "LANDLINE"
    elif found := _loose(chars, low, start, named):
        kind = "PHONE"
    else:
        return None, end
    return (*found.span(), kind), found.end()


def _id_card(chars: str, at: int, named: str | None) -> re.Match[str] | None:
    if named == "id" and (found := _ID_LABELLED.match(chars, at)):
        return found
    found = _ID_CARD.match(chars, at)
    return found if found and _id_checksum(_plain(found.group())) else None


def _mobile(chars: str, start: int, at: int) -> re.Match[str] | None:
    found = _MOBILE.match(chars, start) or (start < at and _MOBILE.match(chars, at))
    if found and (found[1].isdigit() or _shape(found[1]) in _MOBILE_SHAPES):
        return found
    return None


def _loose(chars: str, low: str, start: int, named: str | None) -> re.Match[str] | None:
    """Any number, if the word before or after it says that it is a telephone's."""
    found = _LOOSE.match(chars, start)
    return found if found and (named == "phone" or _NAMED_AFTER.match(low, found.end())) else None


def _abroad(chars: str, start: int, named: str | None) -> re.Match[str] | None:
    found = _ABROAD.match(chars, start)
    if found and (named == "phone" or sum(c.isdigit() for c in found.group()) >= 9):
        return found
    return None


def _bank(chars: str, at: int, named: str | None) -> re.Match[str] | None:
    found = _BANK_RUN.match(chars, at) or _BANK.match(chars, at)
    if not found:
        return None
    number = found.group()
    if named == "bank":
        ends = [gap.start() for gap in _GAP.finditer(number)]
        shorter = (_BANK.match(chars, at, at + end) for end in ends if _luhn(_plain(number[:end])))
        return found if _luhn(_plain(number)) else next((part for part in shorter if part), found)
    known = _ISSUERS.match(number) if number.isdigit() else _shape(number) in _BANK_SHAPES
    return found if known and _luhn(_plain(number)) else None


def _ip(chars: str, at: int, named: str | None) -> re.Match[str] | None:
    found = _IP.match(chars, at)
    if not found:
        return None
    parts = found.group().split(".")
    if any(int(part) > 255 for part in parts):
        return None
    # 5.4.1.2 is a version as likely as an address: two parts of two digits, or the word IP before it.
    return found if named == "ip" or sum(len(part) > 1 for part in parts) >= 2 else None


def _plain(number: str) -> str:
    return "".join(c for c in number if c.isalnum())


def _shape(number: str) -> tuple[int, ...]:
    return tuple(len(group) for group in _DIGITS.findall(number))


def _id_checksum(number: str) -> bool:
    """GB 11643-1999, ISO 7064 MOD 11-2."""
    total = sum(int(digit) * (2 ** (17 - i) % 11) for i, digit in enumerate(number[:17]))
    return "10X98765432"[total % 11] == number[17].upper()


def _luhn(number: str) -> bool:
    """ISO/IEC 7812-1 annex B."""
    total = 0
    for i, digit in enumerate(reversed(number)):
        value = int(digit) * (1 + i % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


NUMBERS = (Rule(_CHUNK.pattern, _find),)
