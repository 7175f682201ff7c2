"""Whose turn it is: one process at a time polls a source, on whatever database."""

from __future__ import annotations

import fcntl
import hashlib
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text

from vocbot.store.db import Store


@contextmanager
def turn(store: Store, source: str) -> Iterator[bool]:
    """Hold the turn of `source` meanwhile; False where another process or thread holds it.

    A lock that ends with its holder: an flock beside the SQLite files, a session's advisory lock on PostgreSQL.
    """
    if store.folder is not None:
        name = hashlib.blake2b(source.encode(), digest_size=8).hexdigest()  # a source may have any name
        file = os.open(store.folder / f"poll-{name}.lock", os.O_CREAT | os.O_RDWR, 0o600)
        try:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True
        finally:
            os.close(file)
        return
    number = {"n": zlib.crc32(source.encode()) | (0x9011 << 32)}
    with store.main.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        ours = bool(connection.execute(text("SELECT pg_try_advisory_lock(:n)"), number).scalar())
        try:
            yield ours
        finally:
            if ours:
                connection.execute(text("SELECT pg_advisory_unlock(:n)"), number)
