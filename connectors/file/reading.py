"""One file on its way into pages: from a mark to the next one, each row once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from connectors.file.config import FileSettings
from connectors.file.finding import Found
from connectors.file.marks import Mark
from connectors.file.opening import open_mapped
from connectors.file.records import Maker
from connectors.file.times import Times, Unreadable
from vocbot.sdk.wire import Record

PAGE = 2_000  # records
MOST_ROWS = 20_000  # looked at for a page, where most are blank
MOST_BYTES = 16 << 20  # of a page's records


@dataclass
class Batch:
    """The records of a page that is being filled, and how many rows were looked at for them."""

    records: list[Record] = field(default_factory=list)
    rows: int = 0
    size: int = 0
    newest: datetime | None = None

    @property
    def full(self) -> bool:
        return len(self.records) >= PAGE or self.rows >= MOST_ROWS or self.size >= MOST_BYTES


@dataclass(frozen=True)
class Memory:
    """How often each row's words were in a file up to a mark: what a reading leaves to the next one of the file."""

    digest: str
    seen: dict[int, int]


class Reading:
    """A file that is open, from `mark` on where it still begins as it did then; else from its first row.

    Raises Rejected or Retryable, like `fill`.
    """

    def __init__(
        self,
        found: Found,
        settings: FileSettings,
        mark: Mark | None,
        memory: Memory | None,
        now: datetime,
        tally: Counter[str],
    ) -> None:
        self.found = found
        self.ended = False
        self._tally = tally
        self._table, names, times = open_mapped(found, settings)
        self._where = names.index("time") if "time" in names else None
        self._readable = _readable(times)
        token = repr((sorted(settings.map.items()), settings.tz, settings.dates))
        self._maker = Maker(found.name, names, times, now, token, tally, self._table.text)
        if mark is None or not self._resume(mark, memory):
            self._maker.seen = {}
            self._go(None, 0)
        self._rows = self._table.rows()
        self._odd = Counter(self._table.odd)

    def fill(self, batch: Batch) -> None:
        """Put rows into the batch until it is full or the file ends."""
        make, records = self._maker, batch.records
        try:
            for number, values in self._rows:
                batch.rows += 1
                record = make(number, values)
                if record is not None:
                    records.append(record)
                    batch.size += len(record.body)
                    if len(records) >= PAGE or batch.size >= MOST_BYTES:
                        return
                elif batch.rows >= MOST_ROWS:
                    return
            self.ended = True
        finally:
            if make.newest and (batch.newest is None or make.newest > batch.newest):
                batch.newest = make.newest
            make.newest = None
            odd = Counter(self._table.odd)
            self._tally.update(odd - self._odd)
            self._odd = odd

    def mark(self) -> Mark:
        """Where to go on."""
        at, line = self._table.place
        begin, begin_line, end = self._table.reopen
        total = self._table.total
        return Mark(
            name=self.found.name,
            at=at,
            line=line,
            digest=self._table.digest,
            begin=begin,
            begin_line=begin_line,
            end=end,
            cut=self._table.cut,
            share=1.0 if self.ended else min(1.0, at / total) if total else 0.0,
            done=(self.found.size, self.found.touched) if self.ended else None,
        )

    def memory(self, mark: Mark) -> Memory | None:
        """What the next reading from this mark can spare itself to count; None where nothing is counted."""
        return Memory(mark.digest, self._maker.seen) if self._maker.counts else None

    def close(self) -> None:
        self._table.close()

    def _go(self, at: int | None, line: int) -> None:
        self._table.start(at, line, self._readable, self._where)

    def _resume(self, mark: Mark, memory: Memory | None) -> bool:
        """Go to the mark; False where the file is another one by now."""
        if not self._table.begins(mark.at, mark.digest):
            return False
        at, line = mark.at, mark.line
        grown = self.found.size > mark.end
        if mark.cut and grown:
            end = self._table.ending(at) if mark.cut == "line" else 0
            # What was read as a whole row is one, if nothing but its end was added; else that row is read again.
            at, line = (at + end, line) if end else (mark.begin, mark.begin_line)
        if self._maker.counts:
            if memory and memory.digest == mark.digest and at >= mark.at:
                self._maker.seen = memory.seen
            elif not self._recount(at):
                return False
        self._go(at, line)
        if not grown:
            self._table.carry(mark.cut, (mark.begin, mark.begin_line, mark.end))
        return True

    def _recount(self, at: int) -> bool:
        """Count the rows before a place; False where no row ends there, as after another guess at the layout."""
        self._go(None, 0)
        if self._table.place[0] > at:
            return False
        for _, values in self._table.rows():
            if self._table.begin[0] >= at:
                break
            place = self._table.place[0]
            if place > at:
                return False
            self._maker.recount(values)
            if place == at:
                break
        return True


def _readable(times: Times) -> Callable[[object], bool]:
    def check(value: object) -> bool:
        try:
            times.read(value)
        except Unreadable:
            return False
        return True

    return check
