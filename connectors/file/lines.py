"""The physical lines of a file, read in blocks and decoded one by one, with the place behind the last one taken."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, BinaryIO

from connectors.file.coding import Decoder, split

if TYPE_CHECKING:
    from hashlib import _Hash

BLOCK = 1 << 20
LONGEST = 2 << 20  # bytes of a line, and of a row of several lines


class Lines:
    """Lines from byte `at` on, the first of which has the number `number` + 1. Owns no file; who opens closes.

    `bad` is set, and left set, by a line whose bytes are no text, or which is too long: who takes lines clears it.
    With the hash of everything before `at`, `digest` goes on with what was read, whatever the file holds by then.
    """

    def __init__(
        self, file: BinaryIO, decoder: Decoder, at: int = 0, number: int = 0, before: _Hash | None = None
    ) -> None:
        self.at = at
        self.number = number
        self.raw = b""
        self.bad = ""
        self._file = file
        self._decoder = decoder
        self._ahead: Iterator[bytes] = iter(())
        self._rest = b""
        self._torn = False
        self._hash = before
        self._hashed = at
        self._blocks: list[bytes] = []  # read and not hashed yet
        self._utf8 = decoder.coding.name == "utf-8"
        file.seek(at)

    def take(self) -> str | None:
        """The next line with its end; None after the last one."""
        raw = next(self._ahead, None)
        if raw is None:
            if not self._fill():
                return None
            raw = next(self._ahead)
        self.at += len(raw)
        self.number += 1
        self.raw = raw
        if self._torn or len(raw) > LONGEST:
            self.bad = f"the line is longer than {LONGEST >> 20} MB"
            self._torn = len(raw) > LONGEST
            return ""
        if self._utf8:
            try:
                return raw.decode()
            except UnicodeDecodeError:
                pass
        text = self._decoder(raw)
        if text is None:
            self.bad = f"the bytes are not {self._decoder.coding.name.upper()} (set encoding if all of it is another)"
            return self._decoder.anyhow(raw)
        return text

    def back(self, first: bytes, taken: Sequence[bytes]) -> None:
        """Un-take the lines that were taken last, after the line `first`."""
        self._ahead = itertools.chain(taken, self._ahead)
        self.at -= sum(map(len, taken))
        self.number -= len(taken)
        self.raw = first

    def skip(self, at: int, number: int) -> None:
        """Go to a line that begins at byte `at` and has the number `number` + 1, before any was taken."""
        self._file.seek(at)
        self.at, self.number = at, number

    def digest(self) -> str:
        """A hash of everything before the place behind the last line."""
        assert self._hash is not None
        self._advance(self.at)
        found = self._hash.copy()
        if self._blocks:
            found.update(memoryview(self._blocks[0])[: self.at - self._hashed])
        return shortened(found)

    def _advance(self, to: int) -> None:
        """Hash the blocks that lie before a place as a whole."""
        while self._hash is not None and self._blocks and self._hashed + len(self._blocks[0]) <= to:
            block = self._blocks.pop(0)
            self._hash.update(block)
            self._hashed += len(block)

    def anyhow(self, raw: bytes) -> str:
        """The text of a line that was taken, with marks for what is no text."""
        return self._decoder.anyhow(raw)

    def _fill(self) -> bool:
        while True:
            block = self._file.read(BLOCK)
            if self._hash is not None and block:
                self._advance(self.at - 3 * LONGEST)  # a row gives back less than that
                self._blocks.append(block)
            data = self._rest + block
            if not data:
                return False
            lines = split(data, self._decoder.coding)
            self._rest = b""
            if block and len(lines[-1]) <= LONGEST:
                self._rest = lines.pop()  # it may go on in the next block, were it by the LF of its CR LF
            if lines:
                self._ahead = iter(lines)
                return True


def shortened(digest: _Hash) -> str:
    """A hash as it is kept in a mark."""
    return digest.hexdigest()[:24]
