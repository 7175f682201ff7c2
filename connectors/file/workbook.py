"""A workbook's sheet as a table: cached values of formulas, dates as they are, numbers without the .0 of spreadsheets.

A workbook is one compressed whole, so a changed one is another one, which is read from its first row.
"""

from __future__ import annotations

import hashlib
import itertools
import re
import warnings
import weakref
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from xml.etree.ElementTree import ParseError

from connectors.file import columns
from connectors.file.config import FileSettings
from connectors.file.dialect import LOOKED_AT as HEADER_WITHIN
from connectors.file.finding import SAVE, Found
from connectors.file.lines import shortened
from connectors.file.rows import Row
from connectors.file.tables import LOOKED_AT, Cut, Readable, Values
from vocbot.sdk.errors import Rejected, Retryable

CHUNK = 500  # rows
_ERRORS = ("#N/A", "#VALUE!", "#REF!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")

# What openpyxl and the libraries below it raise for workbooks that are none, or damaged ones.
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    ParseError,
    EOFError,
    KeyError,
    IndexError,
    ValueError,
    TypeError,
    AttributeError,
    NotImplementedError,
)


class BookTable:
    """One sheet. A place is a row's number, twice."""

    about = "XLSX"
    text = False
    cut: Cut = ""

    def __init__(self, found: Found, settings: FileSettings) -> None:
        # Takes a third of a second, which readers of CSV need not wait for.
        from openpyxl import load_workbook

        self._found = found
        try:
            self._file = found.path.open("rb")  # by its path openpyxl takes no workbook that is called otherwise
            weakref.finalize(self, self._file.close)
            self._digest = shortened(hashlib.file_digest(self._file, "sha256"))
            with warnings.catch_warnings():  # of styles and extensions, which are nothing to us
                warnings.simplefilter("ignore")
                self._book = load_workbook(self._file, read_only=True, data_only=True, keep_links=False)
        except _DAMAGE:
            raise Rejected(f"{found.name}: the workbook is broken; open it and {SAVE} again") from None
        except OSError as error:
            raise Retryable(f"{found.name}: cannot be read ({error.strerror or type(error).__name__})") from None
        weakref.finalize(self, self._book.close)
        self.epoch: datetime = self._book.epoch
        sheet = self._sheet(settings.sheet)
        self.total = sheet.max_row or 0
        sheet.reset_dimensions()  # other programs write wrong ones, and cells outside of them would be lost
        self._cells = self._read(sheet)
        self.columns, self._header, self._ahead = self._find_header(tuple(settings.map.values()))
        self._places: list[int] = []
        self._row = self._header

    @property
    def place(self) -> tuple[int, int]:
        return self._row, self._row

    @property
    def begin(self) -> tuple[int, int]:
        return self._row - 1, self._row - 1

    @property
    def reopen(self) -> tuple[int, int, int]:
        return *self.begin, self._row

    def carry(self, cut: Cut, reopen: tuple[int, int, int]) -> None:
        """Nothing: no row of a workbook goes on."""

    @property
    def odd(self) -> Mapping[str, int]:
        return {}

    def locate(self, wanted: Sequence[str]) -> None:
        try:
            self._places = columns.locate(self.columns, wanted)
        except columns.Missing as error:
            raise Rejected(f"{self._found.name}: {error}") from None

    def first(self) -> Sequence[Values]:
        self._ahead += itertools.islice(self._cells, LOOKED_AT - len(self._ahead))
        return [self._pick(cells) for _, cells in self._ahead]

    def start(self, at: int | None, number: int, readable: Readable | None, where: int | None) -> None:
        """Rows before `at` are passed over: only as a whole can a sheet be unpacked."""
        start = self._header if at is None else at
        self._cells = itertools.dropwhile(lambda row: row[0] <= start, itertools.chain(self._ahead, self._cells))
        self._ahead = []
        self._row = start

    def ending(self, at: int) -> int:
        return 0

    @property
    def digest(self) -> str:
        return self._digest

    def begins(self, at: int, digest: str) -> bool:
        return self._digest == digest

    def rows(self) -> Iterator[Row[Values]]:
        for number, cells in self._cells:
            self._row = number
            if any(cell is not None for cell in cells):
                yield number, self._pick(cells)

    def close(self) -> None:
        self._book.close()
        self._file.close()

    def _pick(self, cells: Values) -> Values:
        width = len(cells)
        return [_tidy(cells[place]) if place < width else None for place in self._places]

    def _sheet(self, wanted: str | int | None) -> Any:
        sheets = self._book.worksheets
        if not sheets:
            raise Rejected(f"{self._found.name}: the workbook has no sheet with cells")
        if wanted is None:
            return next((sheet for sheet in sheets if sheet.sheet_state == "visible"), sheets[0])
        names = [sheet.title for sheet in sheets]
        folded = [columns.fold(name) for name in names]
        if isinstance(wanted, str) and columns.fold(wanted) in folded:
            return sheets[folded.index(columns.fold(wanted))]
        if str(wanted).isdecimal() and 1 <= int(wanted) <= len(sheets):
            return sheets[int(wanted) - 1]
        raise Rejected(f"{self._found.name}: there is no sheet {wanted!r}; the sheets are {columns.listed(names)}")

    def _read(self, sheet: Any) -> Iterator[tuple[int, Values]]:
        rows = enumerate(sheet.iter_rows(values_only=True), 1)
        while True:
            chunk, damaged = list[tuple[int, Values]](), False
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    chunk.extend(itertools.islice(rows, CHUNK))  # keeps what came before an error
            except _DAMAGE:
                damaged = True
            yield from chunk
            if damaged:
                what = f"{self._found.name}: the workbook is broken behind row {self._row}; open it and {SAVE} again"
                raise Rejected(what)
            if not chunk:
                return

    def _find_header(self, wanted: Sequence[str]) -> tuple[Sequence[str], int, list[tuple[int, Values]]]:
        """The names of the columns, their row, and the rows that were read behind it."""
        self._row = 0
        ahead = list(itertools.islice(self._cells, HEADER_WITHIN))
        filled = [(number, [_name(cell) for cell in cells]) for number, cells in ahead]
        filled = [(number, names) for number, names in filled if any(names)]
        if not filled:
            raise Retryable(f"{self._found.name}: the sheet is empty")
        found = [columns.count(names, wanted) for _, names in filled]
        number, names = filled[found.index(max(found))]
        if not max(found):  # titles above the header are one cell
            number, names = next((row for row in filled if sum(map(bool, row[1])) > 1), (number, names))
        while names and not names[-1]:
            names.pop()
        return tuple(names), number, [row for row in ahead if row[0] > number]


def _name(cell: object) -> str:
    return "" if cell is None else str(_tidy(cell)).strip()


def _tidy(cell: object) -> object:
    """A cell without what the format does to it."""
    if isinstance(cell, str):
        if cell in _ERRORS:
            return None
        if "_x" in cell:
            return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), cell)
    return cell
