"""The two kinds of text file as tables: opened, looked into, and read on from a place."""

from __future__ import annotations

import contextlib
import io
import itertools
import operator
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, BinaryIO, Literal, Protocol

import msgspec

from connectors.file import columns
from connectors.file.coding import SAMPLE, Decoder, detect
from connectors.file.config import FileSettings
from connectors.file.delimited import Delimited
from connectors.file.dialect import Layout, sniff
from connectors.file.finding import Found
from connectors.file.lines import Lines, Prefix
from connectors.file.rows import Row, Trouble
from connectors.file.times import EXCEL
from vocbot.sdk.errors import Rejected, Retryable

LOOKED_AT = 1000  # rows that times are judged by

Values = Sequence[object]
Readable = Callable[[object], bool]
Cut = Literal["", "line", "quote"]


class Table(Protocol):
    """A file of rows. `place` is behind the last row read, `begin` before it: (byte or row, line number).

    `total` is how far places go. `cut` says why the last row may go on once the file grows, `reopen` where it begins.
    """

    kind: str
    text: bool  # all values are strings
    columns: Sequence[str]
    epoch: datetime
    total: int

    @property
    def place(self) -> tuple[int, int]: ...
    @property
    def begin(self) -> tuple[int, int]: ...
    @property
    def reopen(self) -> tuple[int, int]: ...
    @property
    def cut(self) -> Cut: ...
    @property
    def odd(self) -> Mapping[str, int]: ...

    def locate(self, wanted: Sequence[str]) -> None:
        """Read these columns from now on. Raises Rejected where one is not there."""
        ...

    def first(self) -> Sequence[Values]:
        """The first rows, as far as a look into the file shows them."""
        ...

    def start(self, at: int | None, number: int, readable: Readable | None, where: int | None) -> None:
        """Go to a place, None for the first row. `readable` says whether the value at `where` is a time."""
        ...

    def ending(self, at: int) -> int: ...
    def digest(self, at: int) -> str: ...
    def rows(self) -> Iterator[Row[Values]]: ...
    def close(self) -> None: ...


class TextTable:
    """What CSV and JSON Lines have in common."""

    kind = ""
    text = False
    epoch = EXCEL

    def __init__(self, found: Found, settings: FileSettings) -> None:
        self.total = found.size
        self._found = found
        self._wanted: Sequence[str] = ()
        try:
            self._file: BinaryIO = found.path.open("rb")
        except OSError as error:
            raise Retryable(f"{found.name}: cannot be read ({error.strerror or type(error).__name__})") from None
        weakref.finalize(self, self._file.close)
        self._sample = self._file.read(SAMPLE)
        self._coding = detect(self._sample, settings.encoding)
        self._decoder = Decoder(self._coding)
        self._lines = self._look()
        self._prefix = Prefix(found.path)

    def _look(self) -> Lines:
        """The lines of the sample, from its begin."""
        return Lines(io.BytesIO(self._sample), Decoder(self._coding), self._coding.skip)

    @property
    def encoding(self) -> str:
        return self._coding.name

    @property
    def place(self) -> tuple[int, int]:
        return self._lines.at, self._lines.number

    @property
    def cut(self) -> Cut:
        return "line" if self._decoder.anyhow(self._lines.raw)[-1:] not in ("\r", "\n", "") else ""

    def ending(self, at: int) -> int:
        """How many bytes the end of a line takes that stands at a place; 0 where there is none."""
        self._file.seek(at)
        end = self._decoder.anyhow(self._file.read(8)).rstrip("\0")
        signs = 2 if end.startswith("\r\n") else 1 if end.startswith(("\r", "\n")) else 0
        return signs * len("\n".encode(self._coding.name))

    def digest(self, at: int) -> str:
        """A hash of what stands before a place."""
        if at < self._prefix.at:
            self._prefix = Prefix(self._found.path)
        return self._prefix.digest(at)

    def close(self) -> None:
        self._file.close()

    def _whole(self, rows: list[Values]) -> list[Values]:
        """The rows of the sample without one that the sample's end may have cut."""
        return rows[:-1] if len(self._sample) == SAMPLE and len(rows) < LOOKED_AT else rows


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
    def reopen(self) -> tuple[int, int]:
        return self._reader.open or self._reader.begin

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
        self._lines = Lines(self._file, self._decoder, at, number)
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


class JsonTable(TextTable):
    """One JSON object a line; a column is a key, or keys parted by dots."""

    kind = "JSON Lines"

    def __init__(self, found: Found, settings: FileSettings) -> None:
        super().__init__(found, settings)
        self._begin = (self._coding.skip, 0)
        self._decode = msgspec.json.Decoder().decode
        self.columns: Sequence[str] = self._keys()

    @property
    def begin(self) -> tuple[int, int]:
        return self._begin

    @property
    def reopen(self) -> tuple[int, int]:
        return self._begin

    @property
    def odd(self) -> Mapping[str, int]:
        return {"other encoding": self._decoder.foreign}

    def locate(self, wanted: Sequence[str]) -> None:
        """A key may be missing in some objects, but not in all that a look into the file shows."""
        if not self.columns:
            self._wanted = wanted
            return
        try:
            self._wanted = [self.columns[n] for n in columns.locate(self.columns, wanted, "key")]
        except columns.Missing as error:
            raise Rejected(f"{self._found.name}: {error}") from None

    def first(self) -> Sequence[Values]:
        self._lines = self._look()
        rows = (values for _, values in self.rows() if not isinstance(values, Trouble))
        return self._whole(list(itertools.islice(rows, LOOKED_AT)))

    def start(self, at: int | None, number: int, readable: Readable | None, where: int | None) -> None:
        self._lines = Lines(self._file, self._decoder, self._coding.skip if at is None else at, number)

    def rows(self) -> Iterator[Row[Values]]:
        for number, item in self._objects():
            yield number, item if isinstance(item, Trouble) else [_under(item, name) for name in self._wanted]

    def _objects(self) -> Iterator[Row[dict[str, Any]]]:
        lines = self._lines
        while True:
            self._begin = lines.at, lines.number
            text = lines.take()
            if text is None:
                return
            if lines.bad:
                yield lines.number, Trouble(lines.bad, lines.raw)
                lines.bad = ""
            elif not text.isspace():
                yield lines.number, self._object(text, lines.raw)

    def _object(self, text: str, raw: bytes) -> dict[str, Any] | Trouble:
        try:
            item = self._decode(text)
        except (msgspec.DecodeError, RecursionError):
            return Trouble("the line is not JSON", raw)
        return item if isinstance(item, dict) else Trouble("the line is not a JSON object", raw)

    def _keys(self) -> list[str]:
        found: dict[str, None] = {}
        for _, item in itertools.islice(self._objects(), LOOKED_AT):
            if not isinstance(item, Trouble):
                found.update(dict.fromkeys(_paths(item)))
        return list(found)


def _under(item: Mapping[str, Any], name: str) -> object:
    """The value of a key, or of a path of keys."""
    if name in item:
        return item[name]
    found: Any = item
    for key in name.split("."):
        if isinstance(found, list) and key.isdecimal():
            found = found[int(key)] if int(key) < len(found) else None
        else:
            found = found.get(key) if isinstance(found, dict) else None
    return found


def _paths(item: Mapping[str, Any], before: str = "", depth: int = 0) -> Iterator[str]:
    for key, value in item.items():
        yield before + key
        if depth < 4:
            if isinstance(value, dict):
                yield from _paths(value, f"{before}{key}.", depth + 1)
            elif isinstance(value, list):
                with contextlib.suppress(StopIteration):
                    for n, entry in enumerate(value[:10]):
                        yield f"{before}{key}.{n}"
                        if isinstance(entry, dict):
                            yield from _paths(entry, f"{before}{key}.{n}.", depth + 1)
