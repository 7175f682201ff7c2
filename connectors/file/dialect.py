"""How a CSV file is laid out: what parts its cells, and which line names its columns.

The mapped columns decide: where all of them stand in one line, that line is the header, whatever stands above it, and
what parts them parts all cells. Only where none are known do the widths of the first rows decide.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from connectors.file.columns import count
from connectors.file.delimited import Delimited, every
from connectors.file.lines import Lines
from connectors.file.rows import Trouble

CANDIDATES = (",", ";", "\t", "|")
NONE = "\x1f"  # parts the cells of files with one column, where a comma is a comma
LOOKED_AT = 20  # rows
_HINT = re.compile(r'"?sep=([,;\t|])"?\s*', re.IGNORECASE)  # Excel's


@dataclass(frozen=True)
class Layout:
    """What parts the cells, the names of the columns, and where the first row begins (byte, line number before it)."""

    delimiter: str
    columns: Sequence[str]
    at: int
    number: int
    fits: tuple[int, int, int] = (0, 0, 0)  # how well: columns found, rows as wide as the header, its cells


def sniff(look: Callable[[], Lines], wanted: Sequence[str], delimiter: str | None = None) -> Layout:
    """The best layout of the lines that `look` gives anew."""
    lines = look()
    hint = _HINT.fullmatch(lines.take() or "")
    start = (lines.at, lines.number) if hint else None
    if delimiter or hint:
        return _try(look(), start, delimiter or (hint[1] if hint else ""), wanted)
    tried = [_try(look(), start, sign, wanted) for sign in CANDIDATES]
    best = max(tried, key=lambda layout: layout.fits)
    return best if len(best.columns) > 1 else _try(look(), start, NONE, wanted)


def _try(lines: Lines, start: tuple[int, int] | None, delimiter: str, wanted: Sequence[str]) -> Layout:
    if start:
        lines.skip(*start)
    reader = Delimited(lines, delimiter)
    rows = [
        (cells, lines.at, lines.number)
        for _, cells in itertools.islice(reader.rows(every), LOOKED_AT)
        if not isinstance(cells, Trouble)
    ]
    if not rows:
        return Layout(delimiter, (), lines.at, lines.number)
    found = [count(cells, wanted) for cells, _, _ in rows]
    place = found.index(max(found))
    cells, at, number = rows[place]
    names = tuple(name.lstrip("\ufeff") for name in cells)
    alike = sum(len(other) == len(names) for other, _, _ in rows[place:])
    return Layout(delimiter, names, at, number, (found[place], alike if len(names) > 1 else 0, len(names)))
