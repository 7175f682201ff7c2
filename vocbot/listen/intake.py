"""Group commit for what comes in: many requests wait, one thread writes, nobody is answered before the commit.

One multi-row INSERT per batch in autocommit: the time of one fsync forms the next batch by itself, so there is no
linger. On SQLite each process has one such thread; on PostgreSQL too, and any number of processes.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent import futures
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from vocbot.listen.raw import Row, pack, storable
from vocbot.listen.rows import insert_rows, move_cursor
from vocbot.sdk.errors import VocbotError, trace
from vocbot.sdk.wire import Inbound, Page
from vocbot.store.crypt import Crypt
from vocbot.store.db import Store

log = logging.getLogger(__name__)

CAPACITY = 5_000  # rows waiting; above it senders get 503 and come again
BATCH = 500


class IntakeFull(VocbotError):
    """Too much is waiting, or the disk does not take it: the sender must come again."""


@dataclass(frozen=True)
class Moved:
    """A source's cursor after a page, kept together with the page's records; `place` is its name if not the source."""

    source: str
    page: Page
    at: datetime
    place: str = ""


@dataclass
class _Waiting:
    rows: list[Row]
    moved: Moved | None
    done: asyncio.Future[int] | futures.Future[int] = field(repr=False)


class Intake:
    """Takes raw records and makes them durable. Start it once per process, stop it at the end."""

    def __init__(self, store: Store, crypt: Crypt, wake: Callable[[], None], capacity: int = CAPACITY) -> None:
        self._store = store
        self._crypt = crypt
        self._wake = wake
        self._capacity = capacity
        self._queue: deque[_Waiting] = deque()
        self._held = 0  # rows that wait or are being written
        self._filled = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._write_all, name="intake-writer", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def stop(self) -> None:
        """Write what is waiting, then end."""
        with self._filled:
            self._stopping = True
            self._filled.notify()
        if self._thread.is_alive():
            self._thread.join(timeout=30)

    @property
    def healthy(self) -> bool:
        """Whether the writer is alive."""
        return self._thread.is_alive()

    @property
    def waiting(self) -> int:
        """Records that are not durable yet."""
        return self._held

    def accept(self, source: str, record: Inbound) -> asyncio.Future[int]:
        """Await it: done once the record is durable (or was before). Raises IntakeFull; then nothing is promised."""
        done: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._put(_Waiting([self._row(source, record)], None, done))
        return done

    def accept_now(self, source: str, records: Sequence[Inbound]) -> int:
        """The same for a thread that has several records; returns how many were new. Raises IntakeFull."""
        # a batch at a time: any number of records gets in, and webhooks find room beside them
        return sum(
            self._wait([self._row(source, record) for record in records[start : start + BATCH]], None)
            for start in range(0, len(records), BATCH)
        )

    def accept_page(self, kind: str, moved: Moved) -> int:
        """Keep a page's records and its cursor in one transaction; returns how many were new. Raises IntakeFull."""
        rows = [
            self._row(moved.source, Inbound(kind, r.event_id, r.body, {}, moved.at))  # type: ignore[arg-type]
            for r in moved.page.records
        ]
        return self._wait(rows, moved)

    def _row(self, source: str, record: Inbound) -> Row:
        return source, storable(record.event_id), record.kind, record.received_at, self._crypt.seal(pack(record))

    def _wait(self, rows: list[Row], moved: Moved | None) -> int:
        done: futures.Future[int] = futures.Future()
        self._put(_Waiting(rows, moved, done))
        while True:
            try:
                return done.result(timeout=1.0)
            except futures.TimeoutError:
                if not self._thread.is_alive():
                    raise IntakeFull("the writer has ended") from None

    def _put(self, waiting: _Waiting) -> None:
        with self._filled:
            if self._stopping or self._held >= self._capacity or not self._thread.is_alive():
                raise IntakeFull("too many records are waiting to be written")
            self._held += len(waiting.rows)
            self._queue.append(waiting)
            self._filled.notify()

    def _write_all(self) -> None:
        connection: Any = None
        while batch := self._next():
            result: int | IntakeFull
            try:
                connection = connection or self._connect()
                result = self._write(connection, batch)
            except Exception as error:  # noqa: BLE001 - the writer must live on: senders are told to come again
                log.error("inbox not written: %s", trace(error), extra={"action": "intake.write_failed"})
                result = IntakeFull("the inbox cannot be written")
                _close(connection)
                connection = None
            with self._filled:
                self._held -= sum(len(waiting.rows) for waiting in batch)
            _settle([waiting.done for waiting in batch], result)
            if not isinstance(result, IntakeFull):
                self._wake()
        _close(connection)

    def _write(self, connection: Any, batch: list[_Waiting]) -> int:
        """One transaction; returns how many of its records were new."""
        new = insert_rows(connection, self._store.sqlite, [row for waiting in batch for row in waiting.rows])
        for waiting in batch:
            if waiting.moved is not None:
                moved = waiting.moved
                move_cursor(connection, self._store.sqlite, moved.place or moved.source, moved.page, moved.at)
        connection.commit()
        return new

    def _next(self) -> list[_Waiting]:
        """Wait for the next batch; empty at the end. A page is a batch of its own, so that its new rows are counted."""
        with self._filled:
            while not self._queue and not self._stopping:
                self._filled.wait()
            batch: list[_Waiting] = []
            rows = 0
            while self._queue and rows < BATCH:
                alone = isinstance(self._queue[0].done, futures.Future)
                if alone and batch:
                    break
                batch.append(self._queue.popleft())
                rows += len(batch[-1].rows)
                if alone:
                    break
            return batch

    def _connect(self) -> Any:
        # A connection of its own, taken out of the pool: shared through the pool, acknowledged rows vanished.
        connection = self._store.inbox.raw_connection()
        connection.detach()
        return connection


def _close(connection: Any) -> None:
    """Give a connection up, with whatever it had begun."""
    if connection is not None:
        try:
            connection.close()
        except Exception as error:  # noqa: BLE001 - it is broken: nothing of it is needed any more
            log.error("inbox connection not closed: %s", trace(error), extra={"action": "intake.close_failed"})


def _settle(waiting: Sequence[asyncio.Future[int] | futures.Future[int]], result: int | IntakeFull) -> None:
    """Answer everybody; each event loop is called once, which costs a system call."""
    loops: dict[asyncio.AbstractEventLoop, list[asyncio.Future[int]]] = {}
    for done in waiting:
        if isinstance(done, asyncio.Future):
            loops.setdefault(done.get_loop(), []).append(done)
        elif isinstance(result, IntakeFull):
            done.set_exception(result)
        else:
            done.set_result(result)
    for loop, theirs in loops.items():
        with contextlib.suppress(RuntimeError):  # the loop has ended, nobody waits; the writer must live on
            loop.call_soon_threadsafe(_resolve, theirs, result)


def _resolve(waiting: Sequence[asyncio.Future[int]], result: int | IntakeFull) -> None:
    for done in waiting:
        if done.done():
            continue
        if isinstance(result, IntakeFull):
            done.set_exception(result)
        else:
            done.set_result(result)
