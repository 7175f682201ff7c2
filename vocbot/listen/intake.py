"""Group commit for what comes in: many requests wait, one thread writes, nobody is answered before the commit.

One multi-row INSERT per batch in autocommit: the time of one fsync forms the next batch by itself, so there is no
linger. On SQLite one process writes inbox.db; on PostgreSQL any number.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import logging
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from vocbot.sdk.errors import VocbotError, trace
from vocbot.sdk.wire import Inbound
from vocbot.store.columns import as_text
from vocbot.store.crypt import Crypt
from vocbot.store.db import Store

log = logging.getLogger(__name__)

CAPACITY = 5_000  # rows waiting; above it senders get 503 and come again
BATCH = 500
LONGEST_NAME = 200  # characters of an event id; an index of PostgreSQL refuses a row of 2.7 kB
_KEPT = ("content-type",)
_SECRET = ("token", "secret", "key", "auth", "cookie", "password")
_WHERE_FROM = ("forwarded", "-ip")


class IntakeFull(VocbotError):
    """Too much is waiting, or the disk does not take it: the sender must come again."""


@dataclass
class _Waiting:
    row: tuple[str, str, str, datetime, bytes]
    settle: Callable[[BaseException | None], None] = field(repr=False)


class Intake:
    """Takes raw records and makes them durable. Start it once per process, stop it at the end."""

    def __init__(self, store: Store, crypt: Crypt, wake: Callable[[], None], capacity: int = CAPACITY) -> None:
        self._store = store
        self._crypt = crypt
        self._wake = wake
        self._capacity = capacity
        self._queue: deque[_Waiting] = deque()
        self._under_way = 0  # rows that left the queue and are not committed yet
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
        return len(self._queue) + self._under_way

    async def accept(self, source: str, record: Inbound) -> None:
        """Return once the record is durable (or was before). Raises IntakeFull; then nothing is promised."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()

        def settle(error: BaseException | None) -> None:
            with contextlib.suppress(RuntimeError):  # the loop has ended, nobody waits; the writer must live on
                loop.call_soon_threadsafe(_resolve, done, error)

        self._put(source, record, settle)
        await done

    def accept_now(self, source: str, records: Sequence[Inbound]) -> None:
        """The same for a thread that has several records, such as a poller. Raises IntakeFull."""
        # a batch at a time: any number of records gets in, and webhooks find room beside them
        for start in range(0, len(records), BATCH):
            self._accept_batch(source, records[start : start + BATCH])

    def _accept_batch(self, source: str, records: Sequence[Inbound]) -> None:
        errors: list[BaseException | None] = []
        ready = threading.Event()

        def settle(error: BaseException | None) -> None:
            errors.append(error)
            if len(errors) == len(records):
                ready.set()

        for record in records:
            self._put(source, record, settle)
        while not ready.wait(1.0):
            if not self._thread.is_alive():
                raise IntakeFull("the writer has ended")
        for error in errors:
            if error is not None:
                raise error

    def _put(self, source: str, record: Inbound, settle: Callable[[BaseException | None], None]) -> None:
        row = (source, storable(record.event_id), record.kind, record.received_at, self._crypt.seal(pack(record)))
        with self._filled:
            if self._stopping or len(self._queue) >= self._capacity or not self._thread.is_alive():
                raise IntakeFull("too many records are waiting to be written")
            self._queue.append(_Waiting(row, settle))
            self._filled.notify()

    def _write_all(self) -> None:
        insert = _insert_sqlite if self._store.sqlite else _insert_postgresql
        connection: Any = None
        while batch := self._next():
            problem: BaseException | None = None
            try:
                connection = connection or self._connect()
                insert(connection, [w.row for w in batch])
            except Exception as error:  # noqa: BLE001 - the writer must live on: senders are told to come again
                log.error("inbox not written: %s", trace(error))
                problem = IntakeFull("the inbox cannot be written")
                _close(connection)
                connection = None
            self._under_way = 0
            for waiting in batch:
                waiting.settle(problem)
            if problem is None:
                self._wake()
        _close(connection)

    def _next(self) -> list[_Waiting]:
        """Wait for the next batch; empty at the end."""
        with self._filled:
            while not self._queue and not self._stopping:
                self._filled.wait()
            self._under_way = min(BATCH, len(self._queue))
            return [self._queue.popleft() for _ in range(self._under_way)]

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
            log.error("inbox connection not closed: %s", trace(error))


def _resolve(done: asyncio.Future[None], error: BaseException | None) -> None:
    if done.done():
        return
    if error is None:
        done.set_result(None)
    else:
        done.set_exception(error)


def _insert_sqlite(connection: Any, rows: list[tuple[str, str, str, datetime, bytes]]) -> None:
    values = [(source, event_id, kind, as_text(at), body, False) for source, event_id, kind, at, body in rows]
    # one statement, not executemany: that gives up the interpreter's lock once per row
    marks = ",".join(["(?,?,?,?,?,?)"] * len(values))
    connection.execute(
        f"INSERT INTO inbound (source, event_id, kind, received_at, body, done) VALUES {marks} ON CONFLICT DO NOTHING",  # noqa: S608
        [v for row in values for v in row],
    )
    connection.commit()


def _insert_postgresql(connection: Any, rows: list[tuple[str, str, str, datetime, bytes]]) -> None:
    columns = [list(c) for c in zip(*rows, strict=True)]
    connection.cursor().execute(
        "INSERT INTO inbound (source, event_id, kind, received_at, body, done) "
        "SELECT s, e, k, r, b, false FROM unnest(%s::text[], %s::text[], %s::text[], %s::timestamptz[], %s::bytea[]) "
        "AS t(s, e, k, r, b) ON CONFLICT DO NOTHING",
        columns,
    )
    connection.commit()


def storable(event_id: str) -> str:
    """`event_id` itself, or a hash of one that a database would refuse (NUL, half a character, very long).

    Senders name their events; one refused name would fail the whole batch again and again.
    """
    if len(event_id) <= LONGEST_NAME and event_id.isprintable():
        return event_id
    return "sha256:" + hashlib.sha256(event_id.encode("utf-8", "surrogatepass")).hexdigest()


def pack(record: Inbound) -> bytes:
    """Headers that matter and the body as one string of bytes.

    Credentials among the headers and addresses of senders are left out.
    """
    headers = {k: v for k, v in record.headers.items() if _matters(k)}
    return json.dumps(headers).encode() + b"\n" + record.body


@lru_cache(maxsize=256)
def _matters(name: str) -> bool:
    own = name in _KEPT or name.startswith("x-")
    return own and not any(word in name for word in (*_SECRET, *_WHERE_FROM))


def unpack(data: bytes) -> tuple[Mapping[str, str], bytes]:
    """The headers and the body that `pack` joined."""
    head, _, body = data.partition(b"\n")
    return json.loads(head), body
