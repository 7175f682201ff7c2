"""Read a table of mentions: one row each, with its issue, its time and whatever else is known of it as attributes.

Columns that name or quote a row (an id, the text itself) say nothing of what rows have in common and are left out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vocbot.cli.counts import table
from vocbot.sdk.errors import VocbotError
from vocbot.stats.causes import MISSING

MOST_VALUES = 200  # of an attribute; the rarest beyond them are left out
_LONGEST_VALUE = 60  # characters on the average: beyond, it is text
_OWN = 0.5  # distinct values per row, from which on a column names its rows
_SLASHES = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?:[ T](\d{1,2}):(\d{2})(?::(\d{2}))?)?")
_LAST_MONTH = 12


@dataclass(frozen=True)
class Mentions:
    """`issues` (rows,): index into `names`, -1 for none; `times` (rows,): days since 1970; `codes` (rows, attributes)
    with `values[attribute][code]` what they mean."""

    names: tuple[str, ...]
    issues: NDArray[np.int64]
    times: NDArray[np.float64]
    attributes: tuple[str, ...]
    values: tuple[tuple[str, ...], ...]
    codes: NDArray[np.int64]


def read_mentions(path: Path, issue: str, time: str, attributes: Sequence[str]) -> Mentions:
    """The mentions in a CSV file; `attributes` names the columns to look at, none: all that can be.

    Raises VocbotError for whatever cannot be used, and says where it stands.
    """
    rows = table(path, (issue, time, *attributes))
    header = next(rows)[1]
    lines, cells = [], []
    for line, row in rows:
        lines.append(line)
        cells.append([cell.strip() for cell in row[: len(header)]])
    if not cells:
        raise VocbotError(f"{path} has a header and no mentions; give one row per mention")
    columns = dict(zip(header, zip(*cells, strict=True), strict=True))
    times = _times(columns[time], lines, time, path)
    told = columns[issue]
    names = tuple(sorted({name for name in told if name}))
    if not names:
        raise VocbotError(f"{path}: the column {issue} is empty; name the column that holds the issue")
    place = {name: i for i, name in enumerate(names)}
    others = [name for name in header if name not in (issue, time) and name]
    used = list(attributes) or [name for name in others if _shared(columns[name])]
    if not used:
        raise VocbotError(f"{path}: no column holds attributes that mentions share, such as product, version or region")
    coded = [_coded(columns[name]) for name in used]
    return Mentions(
        names=names,
        issues=np.array([place.get(name, -1) for name in told], dtype=np.int64),
        times=times,
        attributes=tuple(used),
        values=tuple(values for values, _ in coded),
        codes=np.column_stack([codes for _, codes in coded]),
    )


def _shared(cells: Sequence[str]) -> bool:
    known = [cell for cell in cells if cell]
    distinct = len(set(known))
    return (
        distinct > 1 and distinct <= max(1.0, _OWN * len(known)) and sum(map(len, known)) <= _LONGEST_VALUE * len(known)
    )


def _coded(cells: Sequence[str]) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    usual = Counter(cell for cell in cells if cell)
    values = tuple(sorted(sorted(usual, key=lambda value: (-usual[value], value))[:MOST_VALUES]))
    place = {value: code for code, value in enumerate(values)}
    return values, np.array([place.get(cell, MISSING) for cell in cells], dtype=np.int64)


def _times(cells: Sequence[str], lines: Sequence[int], name: str, path: Path) -> NDArray[np.float64]:
    """Days since 1970. Dates with slashes are read day first only where some first number is no month."""
    found = [_SLASHES.fullmatch(cell) for cell in cells]
    day_first = any(m is not None and int(m[1]) > _LAST_MONTH for m in found)
    days = np.empty(len(cells))
    for i, (cell, match) in enumerate(zip(cells, found, strict=True)):
        try:
            if match is not None:
                first, second, year, hour, minute, second_of = (int(part or 0) for part in match.groups())
                month, day = (second, first) if day_first else (first, second)
                when = datetime(year, month, day, hour, minute, second_of)  # noqa: DTZ001  (only compared with others)
            else:
                when = datetime.fromisoformat(cell).replace(tzinfo=None)
        except ValueError as error:
            raise VocbotError(
                f"{path}, line {lines[i]}: {name} is {cell or 'empty'}, no time; write it like 2026-11-23T09:30"
            ) from error
        days[i] = (when - datetime(1970, 1, 1)).total_seconds() / 86_400  # noqa: DTZ001
    return days
