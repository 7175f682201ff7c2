"""What is said now, from lines with times: the latest days against the twelve weeks before them, with a safe quote."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from vocbot.text.clean import clean, fold
from vocbot.text.guard import Candidate, choose_quotes
from vocbot.text.phrases import Phrase, occurrences, phrases
from vocbot.text.redact import redact
from vocbot.text.statements import split

BASELINE_WEEKS = 12
_QUOTES = 8  # to choose one from that holds the phrase
_SHOWN = 7  # words or characters in a row that the guard lets pass
_MARK = re.compile(r"[,，.。!！?？;；:：、…~～\n()（）\"“”]")
_WORD = re.compile(r"\S+")
_HAN = re.compile("[\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class Line:
    """A text as it came, when it was said, and by whom, if that is known."""

    text: str
    time: datetime
    author: str | None


@dataclass(frozen=True, slots=True)
class SaidNow:
    """A phrase of `mentions` texts by `people` people; `quote` may be shown to anybody, None where nothing may."""

    text: str
    mentions: int
    people: int
    lift: float
    quote: str | None

    def used_in(self, site: str) -> int:
        """How many lines of the owner's own text use the phrase: 0 where customers have a word that we have not."""
        return occurrences(self.text, site.splitlines())


def spoken_now(lines: Sequence[Line], days: int, limit: int, public: bool = True) -> list[SaidNow]:
    """The phrases of the last `days` days before the latest line, against the twelve weeks before those days."""
    if not lines:
        return []
    latest = max(line.time for line in lines)
    begin = latest - timedelta(days=days)
    oldest = begin - timedelta(weeks=BASELINE_WEEKS)
    now = [
        Line(redact(clean(line.text)).text, line.time, line.author or f"?{fold(line.text)}")
        for line in lines
        if begin < line.time <= latest
    ]
    before = [(clean(line.text), "") for line in lines if oldest < line.time <= begin]
    found = phrases([(line.text, line.author or "") for line in now], before, limit)
    return [SaidNow(p.text, p.count, p.people, p.lift, _quote(p, now, public)) for p in found]


def _quote(phrase: Phrase, now: Sequence[Line], public: bool) -> str | None:
    """Words of one of those who say it, best with the phrase in them."""
    wanted = phrase.text.lower()
    candidates = [
        Candidate(
            _cut_around(statement.text, wanted) if public else statement.text,
            line.author or "",
            line.time,
            "",
            public,
            number,
        )
        for number, line in enumerate(now)
        if wanted in line.text.lower()
        for statement in split(line.text)
        if wanted in statement.text.lower()
    ]
    quotes = [quote.text for quote in choose_quotes(candidates, limit=_QUOTES)]
    return next((quote for quote in quotes if wanted in quote.lower()), quotes[0] if quotes else None)


def _cut_around(statement: str, wanted: str) -> str:
    """The statement with commas around the few words in which the phrase stands: the guard shows a long public
    clause to nobody, and so would never show the phrase."""
    at = statement.lower().index(wanted)
    start = max((mark.end() for mark in _MARK.finditer(statement, 0, at)), default=0)
    after = _MARK.search(statement, at + len(wanted))
    end = after.start() if after else len(statement)
    units = [
        (start + unit.start(), start + unit.end())
        for unit in (_HAN if _HAN.search(wanted) else _WORD).finditer(statement[start:end])
    ]
    if len(units) <= _SHOWN:
        return statement
    first = next((i for i, (_, stop) in enumerate(units) if stop > at), 0)
    last = max((i for i, (begin, _) in enumerate(units) if begin < at + len(wanted)), default=first)
    spare = max(0, _SHOWN - (last - first + 1))
    first = max(0, min(first - spare // 2, len(units) - _SHOWN))
    a, b = units[first][0], units[first + _SHOWN - 1][1]
    return f"{statement[:a]}, {statement[a:b]}, {statement[b:]}"
