"""One worker on SQLite: the lock that says so. Apart from the engine, which commands that hold the lock do not need."""

from __future__ import annotations

import fcntl
import os
from types import TracebackType

from vocbot.sdk.errors import VocbotError
from vocbot.store.db import Store


class SecondWorker(VocbotError):
    """Another worker process is already at work on this SQLite file."""


class WorkerLock:
    """At most one worker process per SQLite file; any number on PostgreSQL."""

    def __init__(self, store: Store) -> None:
        self._path = store.folder / "worker.lock" if store.folder else None
        self._file: int | None = None

    def __enter__(self) -> WorkerLock:
        """Raises SecondWorker, naming the process that holds the lock."""
        if self._path is not None:
            file = os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                holder = os.read(file, 20).decode("ascii", "replace").strip() or "unknown"
                os.close(file)
                raise SecondWorker(
                    f"process {holder} is already the worker of {self._path.parent}; SQLite takes one worker process. "
                    "Stop it first, or use PostgreSQL for several (store.url: postgresql://...)"
                ) from None
            os.ftruncate(file, 0)
            os.write(file, str(os.getpid()).encode())
            self._file = file
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None
