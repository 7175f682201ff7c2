"""What the line filters share: lines in, one JSON line out for each, in order, as soon as they are there.

Lines are read in batches of what has arrived, so that the work can be done many at a time and a person who types (or a
pipe that trickles) still gets each answer at once. Odd bytes never stop a filter; a closed pipe ends it quietly.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Annotated, Any, BinaryIO, Self

import msgspec
import typer

from vocbot.sdk.errors import VocbotError

FileArgument = Annotated[
    Path | None, typer.Argument(help="Text file in UTF-8; nothing or -: standard input.", show_default=False)
]
ProgressOption = Annotated[
    bool, typer.Option("--progress", help="Count lines on stderr, also where it is no terminal.")
]

#: Bytes read at a time, which bounds a batch: some thousand short lines.
_CHUNK = 1 << 18
_SURROGATE = re.compile("[\ud800-\udfff]")
#: Ends of lines for some readers of lines, legal inside a JSON string.
_LINE_ENDS = (("\u2028".encode(), rb"\u2028"), ("\u2029".encode(), rb"\u2029"), ("\x85".encode(), rb"\u0085"))


class Record(msgspec.Struct, frozen=True):
    """One line of JSON: an id to be repeated in the answer, a text, and when it was said (UTC where no zone is given).

    `time` may also be a number, seconds since 1970. `author`, where it is known, tells people apart.
    """

    id: str | int
    text: str
    time: datetime
    author: str | int | None = None


class Lines:
    """A filter's way in and out: `for batch in lines.texts(): lines.write(answers(batch))`, within `with`."""

    def __init__(self, file: Path | None, progress: bool = False) -> None:
        self._path = None if file is None or str(file) == "-" else file
        self._count = 0
        self._odd: list[int] = []
        self._progress = _Progress(progress)

    def __enter__(self) -> Self:
        if self._path is None:
            self._in: BinaryIO = sys.stdin.buffer
        else:
            try:
                self._in = self._path.open("rb")
            except OSError as error:
                raise VocbotError(f"{self._path} cannot be read: {error.strerror}") from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if self._path is not None:
            self._in.close()
        self._progress.end(self._count)
        if self._odd:
            more = f" and {len(self._odd) - 1} more" if len(self._odd) > 1 else ""
            _say(f"line {self._odd[0]}{more}: bytes that are not UTF-8 were read as U+FFFD")
        if not isinstance(error, BrokenPipeError):
            return False
        with suppress(OSError, ValueError):  # what Python would flush at its end has nowhere to go
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return True

    def texts(self) -> Iterator[list[str]]:
        """Batches of lines, without what ends them; empty lines too. Lone surrogates and odd bytes are U+FFFD."""
        for batch in self._batches():
            yield [self._decoded(number, line) for number, line in batch]

    def records(self) -> Iterator[list[Record]]:
        """Batches of `{"id", "text", "time"}`, blank lines left out. Raises VocbotError at a line that is none, after
        what stands before it."""
        for batch in self._batches():
            good: list[Record] = []
            for number, line in batch:
                if not line.strip():
                    continue
                try:
                    good.append(_record(self._decoded(number, line).removeprefix("\ufeff")))
                except (ValueError, OverflowError, msgspec.ValidationError) as error:
                    yield good
                    raise VocbotError(f"line {number}: {_trouble(error)}") from error
            yield good

    def write(self, values: Iterable[Any]) -> None:
        """One line of JSON for each value, at once."""
        encode = msgspec.json.Encoder().encode
        lines = [encode(value) for value in values]
        if not lines:
            return
        data = b"\n".join(lines) + b"\n"
        for mark, escaped in _LINE_ENDS:
            data = data.replace(mark, escaped)
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()

    def _batches(self) -> Iterator[list[tuple[int, bytes]]]:
        rest: list[bytes] = []  # joined once: a long line costs no square
        while chunk := self._in.read1(_CHUNK):  # type: ignore[attr-defined]
            *lines, last = chunk.split(b"\n")
            if lines:
                lines[0] = b"".join((*rest, lines[0]))
                rest = []
                yield self._numbered(lines)
            rest.append(last)
        if any(rest):
            yield self._numbered([b"".join(rest)])

    def _numbered(self, lines: list[bytes]) -> list[tuple[int, bytes]]:
        first = self._count + 1
        self._count += len(lines)
        self._progress.show(self._count)
        return list(enumerate((line.removesuffix(b"\r") for line in lines), first))

    def _decoded(self, number: int, line: bytes) -> str:
        try:
            return line.decode("utf-8")
        except UnicodeDecodeError:
            self._odd.append(number)
            # Lone surrogates in the way of UTF-8 are one character each, other bytes too.
            return _SURROGATE.sub("\ufffd", line.decode("utf-8", "surrogatepass" if _passes(line) else "replace"))


def _passes(line: bytes) -> bool:
    try:
        line.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return False
    return True


def _record(line: str) -> Record:
    try:
        record = msgspec.json.decode(line, type=Record, strict=True)
    except msgspec.DecodeError:
        # Halves of surrogate pairs and times in seconds, which msgspec refuses; or a line that is wrong.
        value = json.loads(_SURROGATE.sub("\ufffd", line))
        if isinstance(value, dict):
            value = {key: _SURROGATE.sub("\ufffd", v) if isinstance(v, str) else v for key, v in value.items()}
            if type(seconds := value.get("time")) in (int, float):
                value["time"] = datetime.fromtimestamp(seconds, UTC)  # type: ignore[arg-type]
        record = msgspec.convert(value, Record)
    if record.time.tzinfo is None:
        record = msgspec.structs.replace(record, time=record.time.replace(tzinfo=UTC))
    return record


def _trouble(error: Exception) -> str:
    """What is wrong with a line, and how it should look."""
    if isinstance(error, json.JSONDecodeError):
        said = f"is not JSON ({error.msg} at column {error.colno})"
    elif isinstance(error, msgspec.ValidationError):
        said = str(error).replace("Object ", "").replace("`", "'").replace(" - at '$.", " at '")
    else:
        said = f"'time' is out of range ({error})"
    return said + '; write {"id": "1", "text": "...", "time": "2026-11-24T09:30:00Z"}'


class _Progress:
    """So many lines, so many a second: on stderr where a person looks at it and does not read the answers there."""

    def __init__(self, asked: bool) -> None:
        self._terminal = sys.stderr.isatty()
        self._on = asked or (self._terminal and not sys.stdout.isatty())
        self._began = self._last = time.monotonic()

    def show(self, count: int) -> None:
        now = time.monotonic()
        if self._on and now - self._last >= (0.5 if self._terminal else 5):
            self._last = now
            _say(self._text(count), end="\r" if self._terminal else "\n")

    def end(self, count: int) -> None:
        if self._on:
            _say(self._text(count))

    def _text(self, count: int) -> str:
        return f"{count:,} lines, {count / max(1e-3, time.monotonic() - self._began):,.0f}/s"


def _say(text: str, end: str = "\n") -> None:
    print(text, end=end, file=sys.stderr, flush=True)  # noqa: T201
