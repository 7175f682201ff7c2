"""What a file is to the poll: a table of rows that is opened, looked into, and read on from a place.

Here is also what the two kinds of text file have in common.
"""

from __future__ import annotations

import hashlib
import io
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, BinaryIO, Literal, Protocol

from connectors.file.coding import SAMPLE, Decoder, Unclear, detect
from connectors.file.config import FileSettings
from connectors.file.finding import Found
from connectors.file.lines import BLOCK, Lines, shortened
from connectors.file.rows import Row
from connectors.file.times import EXCEL
from vocbot.sdk.errors import Rejected, Retryable

if TYPE_CHECKING:
    from hashlib import _Hash

LOOKED_AT = 1000  # rows that times are judged by

Values = Sequence[object]
Readable = Callable[[object], bool]
Cut = Literal["", "line", "quote"]


class Table(Protocol):
    """A file of rows. `place` is behind the last row read, `begin` before it: (byte or row, line number).

    `total` is how far places go. `cut` says why a row may go on once the file grows, `reopen` where that row begins and
    where the file ended.
    """

    text: bool  # all values are strings
    columns: Sequence[str]
    epoch: datetime
    total: int

    @property
    def about(self) -> str:
        """What it is, for a person."""
        ...

    @property
    def place(self) -> tuple[int, int]: ...
    @property
    def begin(self) -> tuple[int, int]: ...
    @property
    def reopen(self) -> tuple[int, int, int]: ...
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

    @property
    def digest(self) -> str:
        """A hash of what was before `place` when it was read; of a workbook as a whole."""
        ...

    def begins(self, at: int, digest: str) -> bool:
        """Whether the file still begins as the one that had this digest at a place."""
        ...

    def carry(self, cut: Cut, reopen: tuple[int, int, int]) -> None:
        """Remember what an earlier table said of the rows before our place."""
        ...

    def ending(self, at: int) -> int: ...
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
        try:
            self._coding = detect(self._sample, settings.encoding)
        except Unclear as error:
            self._file.close()
            raise Rejected(f"{found.name}: the encoding could be {error}: say which (encoding)") from None
        self._decoder = Decoder(self._coding)
        self._lines = self._look()
        self._known = 0, hashlib.sha256()
        self._carried: tuple[Cut, tuple[int, int, int]] = "", (0, 0, 0)

    def _look(self) -> Lines:
        """The lines of the sample, from its begin."""
        return Lines(io.BytesIO(self._sample), Decoder(self._coding), self._coding.skip)

    @property
    def about(self) -> str:
        return f"{self.kind} in {self._coding.name.upper()}"

    @property
    def place(self) -> tuple[int, int]:
        return self._lines.at, self._lines.number

    @property
    def begin(self) -> tuple[int, int]:
        raise NotImplementedError

    @property
    def reopen(self) -> tuple[int, int, int]:
        return (*self.begin, self._lines.at) if self._lines.raw else self._carried[1]

    @property
    def cut(self) -> Cut:
        raw = self._lines.raw
        if not raw:
            return self._carried[0]
        ended = self._decoder.anyhow(raw)[-1:] in ("\r", "\n", "")
        return "" if ended or self._lines.at < self.total else "line"

    def carry(self, cut: Cut, reopen: tuple[int, int, int]) -> None:
        self._carried = cut, reopen

    def ending(self, at: int) -> int:
        """How many bytes the end of a line takes that stands at a place; 0 where there is none."""
        self._file.seek(at)
        end = self._decoder.anyhow(self._file.read(8)).rstrip("\0")
        signs = 2 if end.startswith("\r\n") else 1 if end.startswith(("\r", "\n")) else 0
        return signs * len("\n".encode(self._coding.name))

    @property
    def digest(self) -> str:
        return self._lines.digest()

    def begins(self, at: int, digest: str) -> bool:
        return shortened(self._before(at)) == digest

    def _from(self, at: int, number: int) -> Lines:
        """The lines from a place on."""
        return Lines(self._file, self._decoder, at, number, self._before(at))

    def _before(self, at: int) -> _Hash:
        """The hash of what stands before a place, or of all there is."""
        if self._known[0] != at:
            found = hashlib.sha256()
            self._file.seek(0)
            left = at
            while left and (block := self._file.read(min(BLOCK, left))):
                found.update(block)
                left -= len(block)
            self._known = at, found
        return self._known[1].copy()

    def close(self) -> None:
        self._file.close()

    def _whole(self, rows: list[Values]) -> list[Values]:
        """The rows of the sample without one that the sample's end may have cut."""
        return rows[:-1] if len(self._sample) == SAMPLE and len(rows) < LOOKED_AT else rows
