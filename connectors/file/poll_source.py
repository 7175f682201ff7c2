"""Reads files row by row: those that are new, those that have grown, and anew those that were changed.

A file that cannot be read holds up no other: it is complained of once the others are read.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping, Sequence

from connectors.file import advice, records
from connectors.file.config import FileSettings
from connectors.file.finding import Found, find
from connectors.file.marks import Mark, dump, load, progress
from connectors.file.reading import Batch, Memory, Reading
from vocbot.sdk.errors import Rejected, Retryable
from vocbot.sdk.events import Event
from vocbot.sdk.ports import Context
from vocbot.sdk.wire import Inbound, Page

MOST_REMEMBERED = 2_000_000  # rows whose words are remembered between polls, about 100 bytes each


class FilePoll:
    """The poll_source port. One file stays open between polls of an instance; any instance goes on from any cursor."""

    def __init__(self, settings: FileSettings, context: Context) -> None:
        self._settings = settings
        self._clock = context.clock
        self._lock = threading.Lock()
        self._cursor: str | None = None  # where `_open` stands
        self._open: Reading | None = None
        self._memories: dict[str, Memory] = {}
        self._faulty: dict[Found, Rejected | Retryable] = {}
        self._tally: Counter[str] = Counter()

    def poll(self, cursor: str | None) -> Page:
        """Up to 2,000 rows. Raises Rejected (a file or a setting is wrong), Retryable (no file), CursorExpired."""
        with self._lock:
            marks = load(cursor)
            if cursor != self._cursor:
                self._leave()
            return self._page(marks)

    def parse(self, inbound: Inbound) -> Sequence[Event]:
        """The feedback of a row, whatever the settings are. Raises Unparseable."""
        return records.parse(inbound)

    def progress(self, cursor: str | None) -> float:
        """How much of the files is read at a cursor: from 0 to 1. Raises like `poll`."""
        return progress(load(cursor), find(self._settings.path))

    def tally(self) -> Mapping[str, int]:
        """What this instance has read: rows, refused, blank, scores not read, repeated ids, other encoding, quotes
        mended; those that are not 0."""
        return {name: count for name, count in self._tally.items() if count}

    @staticmethod
    def guess(path: str) -> Mapping[str, str]:
        """Which columns of a file may be what: {"text": "评论", ...}. Raises Rejected or Retryable."""
        return advice.guess(path)

    def _page(self, marks: dict[str, Mark]) -> Page:
        files = find(self._settings.path)
        if not files and not marks:
            raise Retryable(
                f"{self._settings.path}: no file there; put CSV, JSONL or XLSX files there, or correct path"
            )
        there = {found.name for found in files}
        batch, marks = Batch(), {name: mark for name, mark in marks.items() if name in there}
        trouble: Rejected | Retryable | None = None
        for found in files:
            mark = marks.get(found.name)
            try:
                reading = self._reading(found, mark)
            except (Rejected, Retryable) as error:
                self._faulty[found] = trouble = trouble or error
                continue
            if reading is None:
                continue
            try:
                reading.fill(batch)
            except (Rejected, Retryable) as error:
                self._faulty[found] = trouble = trouble or error
            self._keep(reading, marks, faulty=found in self._faulty)
            if batch.full:
                break
        if trouble and not batch.records:
            self._leave()
            self._faulty.clear()
            raise trouble
        self._cursor = dump(marks)
        more = batch.full or trouble is not None
        return Page(tuple(batch.records), self._cursor, more, batch.newest)

    def _reading(self, found: Found, mark: Mark | None) -> Reading | None:
        """The file, open where it is to be read on; None where there is nothing new in it."""
        if self._open and self._open.found.name == found.name:
            return self._open
        if mark and mark.knows(found):
            return None
        if found in self._faulty:
            raise self._faulty[found]
        memory = self._memories.pop(found.name, None)
        return Reading(found, self._settings, mark, memory, self._clock.now(), self._tally)

    def _keep(self, reading: Reading, marks: dict[str, Mark], faulty: bool) -> None:
        name = reading.found.name
        mark = marks[name] = reading.mark()
        if not (reading.ended or faulty):
            self._open = reading
            return
        self._open = None
        reading.close()
        if memory := reading.memory(mark):
            self._memories[name] = memory
        while sum(len(memory.seen) for memory in self._memories.values()) > MOST_REMEMBERED:
            self._memories.pop(next(iter(self._memories)))

    def _leave(self) -> None:
        if self._open:
            self._open.close()
        self._open = None
