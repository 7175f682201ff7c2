"""Read a table of weekly counts: issue, week (its Monday), mentions; people and total where they are known.

Every mistake in the file is said with its line and what to do; a week without a row is a week without mentions.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vocbot.sdk.errors import VocbotError

Floats = NDArray[np.float64]

WEEK = timedelta(days=7)
OLDEST = date(1990, 1, 1)  # a Monday; before it nobody kept such counts, and a typing mistake would cost memory
MOST = 10**9  # mentions a week: more is a mistake, and would drown every sum


@dataclass(frozen=True)
class Panel:
    """`counts` and `people` (issues, weeks), `totals` (weeks,). Without people each mention counts as one person
    (`at_most`); without totals all mentions together are the volume."""

    issues: tuple[str, ...]
    weeks: tuple[date, ...]
    counts: Floats
    people: Floats
    totals: Floats
    at_most: bool


def read_counts(path: Path, today: date) -> Panel:
    """The counts in a CSV file. Raises VocbotError for whatever cannot be used, and says where it stands."""
    rows = table(path, ("issue", "week", "mentions"))
    header = next(rows)[1]
    column = {name: i for i, name in enumerate(header)}
    with_people, with_total = "people" in column, "total" in column
    issues: dict[str, int] = {}
    days: dict[str, date] = {}
    cells: dict[tuple[int, date], tuple[float, float]] = {}
    totals: dict[date, float] = {}
    for line, row in rows:
        name, told = row[column["issue"]].strip(), row[column["week"]].strip()
        if not name:
            raise VocbotError(f"{path}, line {line}: the column issue is empty; every row needs an issue")
        week = days.get(told)
        if week is None:
            week = days[told] = _monday(told, today, f"{path}, line {line}")
        mentions = _whole(row[column["mentions"]], "mentions", path, line)
        people = _whole(row[column["people"]], "people", path, line) if with_people else mentions
        cell = issues.setdefault(name, len(issues)), week
        if cell in cells:
            raise VocbotError(f"{path}, line {line}: issue {name} has the week {week} twice; add the two rows up")
        cells[cell] = mentions, people
        if with_total and row[column["total"]].strip():
            total = _whole(row[column["total"]], "total", path, line)
            if totals.setdefault(week, total) != total:
                raise VocbotError(
                    f"{path}, line {line}: the week {week} has two totals, {totals[week]:.0f} and {total:.0f}; "
                    "total is all feedback of the week, the same in every row"
                )
    if not cells:
        raise VocbotError(f"{path} has a header and no counts; give one row per issue and week")
    return _panel(path, tuple(issues), cells, totals, not with_people)


def _panel(
    path: Path,
    issues: tuple[str, ...],
    cells: dict[tuple[int, date], tuple[float, float]],
    totals: dict[date, float],
    at_most: bool,
) -> Panel:
    first, last = min(week for _, week in cells), max(week for _, week in cells)
    weeks = tuple(first + n * WEEK for n in range((last - first).days // 7 + 1))
    place = {week: n for n, week in enumerate(weeks)}
    counts = np.zeros((len(issues), len(weeks)))
    people = np.zeros_like(counts)
    for (issue, week), (mentions, who) in cells.items():
        counts[issue, place[week]], people[issue, place[week]] = mentions, who
    if not counts.any():
        raise VocbotError(f"{path}: every count is 0; at least one mention is needed to say anything")
    volume = counts.sum(axis=0)
    for week, total in totals.items():
        volume[place[week]] = total
    return Panel(issues, weeks, counts, people, volume, at_most)


def table(path: Path, needed: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """The header, then every row, each with its line number; rows are as long as the header."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            header = [name.strip() for name in next(reader, [])]
            missing = [name for name in needed if name not in header]
            if missing:
                there = ", ".join(name for name in header if name) or "nothing"
                raise VocbotError(f"{path}: the column {missing[0]} is missing; the first line has {there}")
            yield 1, header
            for row in reader:
                if not any(row):
                    continue
                if len(row) < len(header):
                    raise VocbotError(
                        f"{path}, line {reader.line_num}: {len(row)} cells where the header has {len(header)}"
                    )
                yield reader.line_num, row
    except OSError as error:
        raise VocbotError(f"{path} cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise VocbotError(f"{path} is not UTF-8 text: save it as CSV in UTF-8") from error
    except csv.Error as error:
        raise VocbotError(f"{path} is no CSV file: {error}") from error


def day(told: str, where: str) -> date:
    """A date as ISO writes it. Raises VocbotError that begins with `where`."""
    try:
        return date.fromisoformat(told)
    except ValueError as error:
        raise VocbotError(f"{where}: {told or 'an empty cell'} is no date; write it like 2026-11-23") from error


def _monday(told: str, today: date, where: str) -> date:
    week = day(told, where)
    if week > today:
        raise VocbotError(f"{where}: the week {week} is in the future; leave it out until it is over")
    if week.weekday() != 0:
        raise VocbotError(
            f"{where}: {week} is a {week:%A}; a week is named by its Monday, here {week - timedelta(week.weekday())}"
        )
    if week < OLDEST:
        raise VocbotError(f"{where}: the week {week} is before {OLDEST}; is the year right?")
    return week


def _whole(told: str, name: str, path: Path, line: int) -> float:
    try:
        value = float(told)
    except ValueError:
        value = math.nan
    if not 0 <= value <= MOST or value != int(value):
        raise VocbotError(
            f"{path}, line {line}: {name} is {told.strip() or 'empty'}; it must be a whole number from 0 to {MOST:,}"
        )
    return value
