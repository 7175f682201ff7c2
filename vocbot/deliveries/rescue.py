"""Rescue the work of dead processes: the engine leaves it pending for ever when an executor does not come back.

Every process holds a lock under its executor id for as long as it lives: an flock beside the SQLite file, a session
advisory lock on PostgreSQL. Where a foreign executor's lock is free, that executor is dead and its work is taken over.
"""

from __future__ import annotations

import fcntl
import os
import zlib
from pathlib import Path

from dbos import DBOS
from sqlalchemy import Connection, text

from vocbot.deliveries.engine import VERSION
from vocbot.store.db import Store

ALIVE = ".alive"


class Rescuer:
    """Holds this process's lock and takes over the pending work of executors whose lock is free."""

    def __init__(self, store: Store, executor: str) -> None:
        self._store = store
        self._executor = executor
        self._connection: Connection | None = None
        self._file: int | None = None

    def hold(self) -> None:
        """Take this process's own lock for life."""
        if self._store.folder is not None:
            self._file = _try_flock(self._path(self._executor))
            for path in self._store.folder.glob(f"*{ALIVE}"):
                self._is_dead(path.name.removesuffix(ALIVE))  # killed ones leave their file behind
        else:
            # its own connection: one from the pool would keep the lock when it is given back
            self._connection = self._store.main.connect().execution_options(isolation_level="AUTOCOMMIT")
            self._connection.detach()
            self._connection.execute(text("SELECT pg_advisory_lock(:n)"), {"n": _number(self._executor)})

    def __call__(self) -> list[str]:
        """Take over what dead executors left; returns their ids."""
        dead = [e for e in self._pending() if e != self._executor and self._is_dead(e)]
        if dead:
            DBOS._recover_pending_workflows(dead)  # private but idempotent; there is no public way (pinned version)
        return dead

    def alive(self) -> bool:
        """Whether this process still holds its lock; if not, others may do its work and it must stop at once."""
        if self._connection is None:
            return True
        try:
            self._connection.execute(text("SELECT 1"))
        except Exception:  # noqa: BLE001 - any failure of the lock's connection means the lock is gone
            return False
        return True

    def release(self) -> None:
        """Give the lock back; what is still pending may be taken over."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
            self._path(self._executor).unlink(missing_ok=True)
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _pending(self) -> list[str]:
        table = "workflow_status" if self._store.sqlite else "dbos.workflow_status"
        query = f"SELECT DISTINCT executor_id FROM {table} WHERE status = 'PENDING' AND application_version = :v"  # noqa: S608
        with self._store.main.connect() as connection:
            rows = connection.execute(text(query), {"v": VERSION})
            return [row[0] for row in rows if row[0]]

    def _is_dead(self, executor: str) -> bool:
        if self._store.folder is not None:
            file = _try_flock(self._path(executor))
            if file is None:
                return False
            os.close(file)
            self._path(executor).unlink(missing_ok=True)
            return True
        with self._store.main.connect() as connection:
            number = {"n": _number(executor)}
            free = bool(connection.execute(text("SELECT pg_try_advisory_lock(:n)"), number).scalar())
            if free:
                connection.execute(text("SELECT pg_advisory_unlock(:n)"), number)
            return free

    def _path(self, executor: str) -> Path:
        assert self._store.folder is not None
        return self._store.folder / f"{executor}{ALIVE}"


def _try_flock(path: Path) -> int | None:
    file = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        return None
    return file


def _number(executor: str) -> int:
    return zlib.crc32(executor.encode()) | (0x70C0 << 32)
