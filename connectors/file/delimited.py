"""Rows of a CSV file. A quote that is never closed costs its own line and nothing else.

The csv module is not used: its limit for a cell is one for the whole process, it does not say where a row began, and
it swallows what follows an open quote. Lines without quotes, which are most, are split at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from connectors.file.lines import LONGEST, Lines
from connectors.file.rows import Row, T, Trouble

_INSIDE = re.compile(r'((?:[^"]+|"")*+)("?)')
_END = re.compile(r"\r?\n?\Z|\r\Z")

OPEN = "a quote is opened and not closed"

Likely = Callable[[Sequence[str]], bool]


class Broken(Exception):
    """The quotes of a row do not make sense; `ended` where the file ended inside of one."""

    def __init__(self, reason: str, ended: bool = False) -> None:
        super().__init__(reason)
        self.ended = ended


class Delimited:
    """The rows from where `lines` stand. `width` is how many cells a row must have; `likely` says of the cells of a
    line that they are surely a row of their own, which must not stand within quotes.

    `open` is the place (byte, lines before it) before a quote that the file ended in, and the end of the file then.
    """

    def __init__(self, lines: Lines, delimiter: str, width: int | None = None, likely: Likely | None = None) -> None:
        self.open: tuple[int, int, int] | None = None
        self.mended = 0
        self._lines = lines
        self._number = lines.number + 1
        self._delimiter = delimiter
        self._width = width
        self._likely = likely
        sign = re.escape(delimiter)
        self._lenient = re.compile(
            rf'(?:"(.*?)"(?={sign}|\r?\n?\Z)|([^{sign}"\r\n][^{sign}\r\n]*|))({sign}|\r?\n?\Z)', re.S
        )

    @property
    def begin(self) -> tuple[int, int]:
        """The place (byte, lines before it) before the last row."""
        return self._lines.at - len(self._lines.raw), self._number - 1

    def rows(self, pick: Callable[[list[str]], T]) -> Iterator[Row[T]]:
        """The number of each row's first line, and what `pick` takes of its cells, or why there are none.

        Blank lines are left out.
        """
        lines, take, delimiter, width = self._lines, self._lines.take, self._delimiter, self._width
        while (text := take()) is not None:
            number = self._number = lines.number
            cells = self._quoted(text) if '"' in text else text.rstrip("\r\n").split(delimiter)
            if lines.bad:
                yield number, Trouble(lines.bad, lines.raw)
                lines.bad = ""
            elif isinstance(cells, Trouble):
                yield number, cells
            elif len(cells) == width:
                yield number, pick(cells)
            elif any(map(str.strip, cells)):
                fitted = self._fitted(cells)
                yield number, fitted if isinstance(fitted, Trouble) else pick(fitted)

    def _fitted(self, cells: list[str]) -> list[str] | Trouble:
        width = self._width
        if width is None:
            return cells
        if len(cells) > width and not any(map(str.strip, cells[width:])):
            return cells[:width]
        return Trouble(f"{len(cells)} cells, and the header has {width}", cells=cells)

    def _quoted(self, text: str) -> list[str] | Trouble:
        found = _simple(text, self._delimiter)
        if found is not None:
            return found
        lines, first, bad = self._lines, self._lines.raw, self._lines.bad
        begin, taken = self.begin, list[bytes]()

        def more() -> str:
            text = lines.take()
            if text is None:
                raise Broken(f"{OPEN} before the file ends", ended=True)
            taken.append(lines.raw)
            if lines.at - begin[0] > LONGEST:
                raise Broken(f"{OPEN} within {LONGEST >> 20} MB")
            return text

        try:
            cells = split_quoted(text, self._delimiter, more)
            if taken:
                self._doubt(cells, taken)
                lines.raw = b"".join((first, *taken))  # `begin` counts on it
            return cells
        except Broken as error:
            if error.ended and self.open is None:
                self.open = (*begin, lines.at)
            lines.back(first, taken)
            lines.bad = bad
            found = self._mend(text) if not taken else None
            return found if found is not None else Trouble(str(error), first)

    def _doubt(self, cells: Sequence[str], taken: Sequence[bytes]) -> None:
        """Raise Broken where a row of several lines has swallowed others: they fit as rows, or it does not."""
        if self._width is None:
            return
        fits = len(cells) == self._width
        inside = taken[:-1] if fits else taken
        if not inside or (fits and self._likely is None):
            return
        alone = [self._alone(raw) for raw in inside]
        if fits and all(row is not None and self._likely is not None and self._likely(row) for row in alone):
            raise Broken(f"{OPEN}: the lines after it are rows of their own")
        if not fits and any(row is not None for row in alone):
            raise Broken(f"{OPEN}, or closed in another line")

    def _alone(self, raw: bytes) -> list[str] | None:
        """The cells of a line read by itself, where it has as many as a row."""
        text = self._lines.anyhow(raw)

        def none() -> str:
            raise Broken(OPEN)

        try:
            cells = split_quoted(text, self._delimiter, none)
        except Broken:
            return None
        return cells if len(cells) == self._width else None

    def _mend(self, text: str) -> list[str] | None:
        """The cells of one line with quotes inside of quotes that nobody doubled, where their number is right."""
        cells, place = [], 0
        while self._width is not None and (found := self._lenient.match(text, place)):
            cells.append(found[1] if found[1] is not None else found[2])
            place = found.end()
            if found[3] != self._delimiter:
                if len(cells) != self._width or place != len(text):
                    return None
                self.mended += 1
                return cells
        return None


def every(cells: list[str]) -> list[str]:
    """All cells of a row, for `rows`."""
    return cells


def _simple(text: str, delimiter: str) -> list[str] | None:
    """The cells of the commonest lines with quotes: around one cell, or around each; None for any other."""
    count, first, last = text.count('"'), text.find('"'), text.rfind('"')
    behind = text[last + 1 :].rstrip("\r\n")
    if first == 0 and not behind:
        cells = text[1:last].split(f'"{delimiter}"')
        return cells if count == 2 * len(cells) else None
    if count != 2 or (first and text[first - 1] != delimiter) or (behind and behind[0] != delimiter):
        return None
    before = text[: first - 1].split(delimiter) if first else []
    return [*before, text[first + 1 : last], *(behind[1:].split(delimiter) if behind else ())]


def split_quoted(text: str, delimiter: str, more: Callable[[], str]) -> list[str]:
    """The cells of a row that begins with the line `text`; `more` gives the next line. Raises Broken.

    A quote means something only at the begin of a cell, as everywhere: 5" disk is text.
    """
    cells: list[str] = []
    place = 0
    while True:
        if text.startswith('"', place):
            found = _INSIDE.match(text, place + 1)
            assert found is not None  # it matches nothing, too
            cell = found[1]
            if not found[2]:
                text, found, cell = _until_closed(cell, more)
            place = found.end()
            cells.append(cell.replace('""', '"') if '""' in cell else cell)
            if text.startswith(delimiter, place):
                place += 1
            elif _END.match(text, place):
                return cells
            else:
                raise Broken("text stands right after a closing quote")
        else:
            end = text.find(delimiter, place)
            if end < 0:
                cells.append(text[place:].rstrip("\r\n"))
                return cells
            cells.append(text[place:end])
            place = end + 1


def _until_closed(begin: str, more: Callable[[], str]) -> tuple[str, re.Match[str], str]:
    pieces = [begin]
    while True:
        text = more()
        if '"' not in text:
            pieces.append(text)
            continue
        found = _INSIDE.match(text)
        assert found is not None
        pieces.append(found[1])
        if found[2]:
            return text, found, "".join(pieces)
