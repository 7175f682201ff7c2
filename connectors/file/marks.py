"""How far each file is read: what a cursor holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from connectors.file.finding import Found
from vocbot.sdk.errors import CursorExpired


class Mark(msgspec.Struct, frozen=True, array_like=True):
    """How far one file is read. `at` and `begin` are bytes, in a workbook rows; `line` numbers the lines before them.

    `digest` is a hash of everything before `at` (of the whole workbook): a file that does not begin so is another one.
    `cut` says why the row from `begin` on may go on once the file grows beyond `end`: its line or its quote has no end.
    `share` is how much of the file is read, and `done` the size and time it was left at once all was.
    """

    name: str
    at: int
    line: int
    digest: str
    begin: int
    begin_line: int
    end: int
    cut: Literal["", "line", "quote"]
    share: float
    done: tuple[int, int] | None = None

    def knows(self, found: Found) -> bool:
        """Whether the file is read to its end and was not touched since."""
        return self.done == (found.size, found.touched)


class Marks(msgspec.Struct, frozen=True):
    """A cursor's content."""

    version: int
    files: tuple[Mark, ...] = ()


def load(cursor: str | None) -> dict[str, Mark]:
    """The marks of a cursor, by file. Raises CursorExpired for what is none of ours."""
    if cursor is None:
        return {}
    try:
        marks = msgspec.json.decode(cursor, type=Marks)
    except (msgspec.DecodeError, ValueError, RecursionError):
        raise CursorExpired("the cursor is none of this connector's") from None
    if marks.version != 1 or any(
        min(mark.at, mark.line, mark.begin, mark.begin_line, mark.end) < 0 for mark in marks.files
    ):
        raise CursorExpired("the cursor is none of this connector's")
    return {mark.name: mark for mark in marks.files}


def dump(marks: Mapping[str, Mark]) -> str:
    """The cursor to keep."""
    return msgspec.json.encode(Marks(1, tuple(marks.values()))).decode()


def progress(marks: Mapping[str, Mark], files: Iterable[Found]) -> float:
    """How much of the files is read, by bytes: from 0 to 1."""
    total = read = 0.0
    for found in files:
        total += found.size
        mark = marks.get(found.name)
        read += found.size * (1.0 if mark and mark.knows(found) else mark.share if mark else 0.0)
    return min(1.0, max(0.0, read / total)) if total else 1.0
