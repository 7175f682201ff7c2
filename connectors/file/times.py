"""Times as tables hold them. What could be two days or two hours is not guessed at: it needs a word of the owner.

A time in a zone's gap or double hour (clocks set forward or back) is read with the offset that held before.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from connectors.file.zones import read_offset

EARLIEST, LATEST = 1970, 2199
_SERIALS = (20_000, 110_000)  # days of Excel: 1954 to 2201
EXCEL = datetime(1899, 12, 30)  # noqa: DTZ001  # Excel's day 0; its times have no zone

_MONTH_NAMES = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_MONTHS = {name: n for n, name in enumerate(_MONTH_NAMES.split("|"), 1)}
_MONTH = rf"({_MONTH_NAMES})[a-z]{{0,6}}\.?"
_TH = r"(?:st|nd|rd|th)?"
_DAYNAME = re.compile(
    r"^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}\.?,?\s+|[（(]?(?:星期|周)[一二三四五六日天][)）]?", re.I
)
_OLD_TWITTER = re.compile(r"([A-Za-z]{3}) +(\d{1,2}) (\d\d:\d\d:\d\d) ([+-]\d{4}) (\d{4})")
_SIMPLE = re.compile(r"([0-9]{4})[-/]([0-9]{1,2})[-/]([0-9]{1,2}) ([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?")
_YEAR_FIRST = re.compile(r"(\d{4})\s*([-/.年])\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
_YEAR_LAST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})(?!\d)")
_DAY_NAME = re.compile(rf"(\d{{1,2}}){_TH}[\s-]+{_MONTH},?[\s-]+(\d{{4}})(?!\d)", re.I)
_NAME_DAY = re.compile(rf"{_MONTH}\s+(\d{{1,2}}){_TH},?\s+(\d{{4}})(?!\d)", re.I)
_CLOCK = re.compile(
    r"[\s,Tt]*(?:at\s+)?(上午|下午|凌晨|早上|中午|晚上)?\s*(\d{1,2})\s*[:：时時点]\s*(?:(\d{1,2})\s*"
    r"(?:[:：分]\s*(?:(\d{1,2})(?:[.,](\d{1,9}))?\s*秒?)?)?)?\s*([ap]\.?m\.?)?\s*"
    r"(z|(?:utc|gmt)?\s*[+-]\d{1,2}(?::?\d\d)?|utc|gmt)?",
    re.I,
)
_OFFSET = re.compile(r"([+-])(\d{1,2}):?(\d\d)?$")
_AFTERNOON = ("下午", "晚上", "pm")


class Unreadable(Exception):
    """Not a time, or not one for sure; the message says what is missing and quotes nothing."""


@dataclass(frozen=True)
class Survey:
    """What the first times of a file tell: whether some lack a zone, and how dates such as 03/11/2026 are meant."""

    zoneless: bool = False
    day_first: bool | None = None
    undecided: bool = False  # some could be two days, and nothing decides
    chinese: bool = False


def survey(values: Iterable[object]) -> Survey:
    """Look through the first times of a file."""
    days = months = either = 0
    zoneless = chinese = False
    reader = Times(None, None)
    for value in values:
        if isinstance(value, str) and (found := _YEAR_LAST.match(_bare(value))) and found[2] != ".":
            days += int(found[1]) > 12
            months += int(found[3]) > 12
            either += 1
        try:
            zoneless |= reader.parse(value).tzinfo is None
        except Unreadable:
            continue
        chinese |= isinstance(value, str) and any("\u4e00" <= sign <= "\u9fff" for sign in value)
    decided = (days > 0) != (months > 0)
    return Survey(zoneless, days > 0 if decided else None, either > 0 and not decided, chinese)


class Times:
    """Reads the times of one file. Without a `zone`, times that name none are unreadable."""

    def __init__(self, zone: tzinfo | None, day_first: bool | None, epoch: datetime = EXCEL) -> None:
        self._zone = zone
        self._day_first = day_first
        self._epoch = epoch

    def read(self, value: object) -> datetime:
        """The time in UTC. Raises Unreadable."""
        found = self._usual(value) or self._any(value)
        if not EARLIEST <= found.year <= LATEST:
            raise Unreadable(f"the time lies before {EARLIEST} or after {LATEST}")
        return found

    def _usual(self, value: object) -> datetime | None:
        """2026-11-03 09:07:00 or 2026/11/3 9:07 in our zone, as most of them are: much faster than `_any`."""
        if type(value) is not str or self._zone is None:
            return None
        try:
            if value[4:5] == "-" and 16 <= len(value) <= 19:
                found = datetime.fromisoformat(value + "+00:00")
            elif simple := _SIMPLE.fullmatch(value):
                found = datetime(*map(int, simple.groups("0")), tzinfo=UTC)  # type: ignore[arg-type,misc]
            else:
                return None
            return found - (self._zone.utcoffset(found) or timedelta())
        except (ValueError, OverflowError):
            return None

    def _any(self, value: object) -> datetime:
        found = self.parse(value)
        if found.tzinfo is None:
            if self._zone is None:
                raise Unreadable("the time names no zone: set tz")
            found = found.replace(tzinfo=self._zone)
        try:
            return found.astimezone(UTC)
        except (OverflowError, ValueError):
            raise Unreadable("the time is out of range") from None

    def parse(self, value: object) -> datetime:
        """The time as it stands there, with a zone only where it names one. Raises Unreadable."""
        if isinstance(value, datetime):
            return value
        if isinstance(value, date):
            return datetime.combine(value, time())
        if isinstance(value, bool) or value is None:
            raise Unreadable("there is no time")
        if isinstance(value, int | float):
            return self._number(float(value))
        if not isinstance(value, str):
            raise Unreadable("the time is not readable")
        if value[4:5] == "-":
            try:
                return datetime.fromisoformat(value)
            except ValueError:
                pass
        return self._words(value)

    def _words(self, value: str) -> datetime:
        value = _bare(value)
        if not value:
            raise Unreadable("there is no time")
        try:
            if value.isascii() and value.replace(".", "", 1).isdigit() and value.count(".") < 2:
                return self._digits(value)
            day, rest = self._date(value)
            return _clock(day, rest)
        except (ValueError, OverflowError):
            raise Unreadable("the time is not readable; write it as 2026-11-03 09:07") from None

    def _digits(self, value: str) -> datetime:
        whole = value.partition(".")[0]
        if whole == value and len(whole) in (8, 12, 14) and whole[:2] in ("19", "20", "21"):
            parts = [int(whole[:4]), *(int(whole[n : n + 2]) for n in range(4, len(whole), 2))]
            return datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001  # the zone comes later
        return self._number(float(value))

    def _number(self, value: float) -> datetime:
        """Days of Excel, or seconds, milli-, micro- or nanoseconds since 1970."""
        if _SERIALS[0] <= value < _SERIALS[1]:
            found = self._epoch + timedelta(days=value)
            return (found + timedelta(milliseconds=500)).replace(microsecond=0)  # a day's fraction is never exact
        for power in (0, 3, 6, 9):
            if 1e8 <= value / 10**power < 1e10:
                return datetime.fromtimestamp(value / 10**power, UTC)
        raise Unreadable("the number is no time: neither seconds since 1970 nor days of Excel")

    def _date(self, value: str) -> tuple[date, str]:
        if found := _YEAR_FIRST.match(value):
            return date(int(found[1]), int(found[3]), int(found[4])), value[found.end() :]
        if found := _YEAR_LAST.match(value):
            one, two, year = int(found[1]), int(found[3]), int(found[4])
            return date(year, *self._order(one, two, found[2])), value[found.end() :]
        if found := _DAY_NAME.match(value):
            return date(int(found[3]), _MONTHS[found[2].lower()], int(found[1])), value[found.end() :]
        if found := _NAME_DAY.match(value):
            return date(int(found[3]), _MONTHS[found[1].lower()], int(found[2])), value[found.end() :]
        raise ValueError

    def _order(self, one: int, two: int, sign: str) -> tuple[int, int]:
        """Month and day of the two numbers before a year. Only dots mean the same day everywhere."""
        if sign == "." or (self._day_first is True):
            return two, one
        if self._day_first is False:
            return one, two
        if one > 12 or two > 12:
            return (two, one) if one > 12 else (one, two)
        if one == two:
            return one, two
        raise Unreadable("it is not sure which number is the day: set dates to day-first or month-first")


def _bare(value: str) -> str:
    value = value.strip().strip("\ufeff'\u200e").strip()
    value = _DAYNAME.sub(" ", value, count=1).strip()
    return _OLD_TWITTER.sub(r"\1 \2 \5 \3 \4", value)


def _clock(day: date, rest: str) -> datetime:
    if not rest.strip():
        return datetime.combine(day, time())
    found = _CLOCK.fullmatch(rest.rstrip())
    if not found:
        raise ValueError
    hour, minute, second = int(found[2]), int(found[3] or 0), int(found[4] or 0)
    half = (found[1] or (found[6] or "")).lower().replace(".", "")
    if half:
        noon = half in _AFTERNOON or (half == "中午" and hour < 3)
        hour = hour % 12 + 12 * noon if half in ("am", "pm") or hour < 12 else hour
        if half in ("上午", "凌晨") and hour == 12:
            hour = 0 if half == "凌晨" else 12
    micro = int((found[5] or "").ljust(6, "0")[:6])
    moment = datetime.combine(day, time()) + timedelta(hours=_below(hour, 25), minutes=_below(minute, 60))
    return (moment + timedelta(seconds=_below(second, 61), microseconds=micro)).replace(tzinfo=_named(found[7]))


def _below(value: int, end: int) -> int:
    if value >= end:
        raise ValueError
    return value


def _named(zone: str | None) -> tzinfo | None:
    if not zone:
        return None
    offset = _OFFSET.search(zone)
    return read_offset(offset[1], offset[2], offset[3]) if offset else UTC
