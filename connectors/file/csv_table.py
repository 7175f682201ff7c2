"""A CSV file as a table."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence

from connectors.file import columns
from connectors.file.config import FileSettings
from connectors.file.delimited import Delimited
from connectors.file.dialect import Layout, sniff
from connectors.file.finding import Found
from connectors.file.rows import Row, Trouble
from connectors.file.tables import LOOKED_AT, Cut, Readable, TextTable, Values
from vocbot.sdk.errors import Rejected


class CsvTable(TextTable):
    """Rows of cells, under a line with the names of the columns."""

    kind = "CSV"
    text = True

    def __init__(self, found: Found, settings: FileSettings) -> None:
        super().__init__(found, settings)
        self._layout: Layout = sniff(self._look, tuple(settings.map.values()), settings.delimiter)
        self.columns: Sequence[str] = self._layout.columns
        self._places: list[int] = []
        self._reader = Delimited(self._lines, self._layout.delimiter)

    @property
    def begin(self) -> tuple[int, int]:
        return self._reader.begin

    @property
    def reopen(self) -> tuple[int, int, int]:
        return self._reader.open or super().reopen

    def carry(self, cut: Cut, reopen: tuple[int, int, int]) -> None:
        super().carry(cut, reopen)
        self._reader.open = reopen if cut == "quote" else None

    @property
    def cut(self) -> Cut:
        return "quote" if self._reader.open else super().cut

    @property
    def odd(self) -> Mapping[str, int]:
        return {"other encoding": self._decoder.foreign, "quotes mended": self._reader.mended}

    def locate(self, wanted: Sequence[str]) -> None:
        try:
            self._places = columns.locate(self.columns, wanted)
        except columns.Missing as error:
            raise Rejected(f"{self._found.name}: {error}") from None

    def first(self) -> Sequence[Values]:
        lines = self._look()
        lines.skip(self._layout.at, self._layout.number)
        rows = Delimited(lines, self._layout.delimiter, len(self.columns)).rows(self._pick)
        taken = (cells for _, cells in rows if not isinstance(cells, Trouble))
        return self._whole(list(itertools.islice(taken, LOOKED_AT)))

    def _pick(self, cells: Sequence[str]) -> Values:
        return [cells[place] for place in self._places]

    def start(self, at: int | None, number: int, readable: Readable | None, where: int | None) -> None:
        if at is None:
            at, number = self._layout.at, self._layout.number
        self._lines = self._from(at, number)
        likely = None
        if readable is not None and where is not None:
            column, is_time = self._places[where], readable

            def likely(cells: Sequence[str]) -> bool:
                return is_time(cells[column])

        self._reader = Delimited(self._lines, self._layout.delimiter, len(self.columns), likely)

    def rows(self) -> Iterator[Row[Values]]:
        pick: Callable[[list[str]], Values] = self._pick
        if len(self._places) > 1:
            pick = operator.itemgetter(*self._places)
        return self._reader.rows(pick)
