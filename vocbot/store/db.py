"""Engines and transactions: two SQLite files (inbox.db beside vocbot.db), or one PostgreSQL database.

The inbox has its own file because the intake must not wait for the analysis: in one file its commits queue behind
every longer transaction.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import OperationalError
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlmodel import Session
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_random

from vocbot.sdk.errors import VocbotError
from vocbot.store.jsontext import as_json
from vocbot.store.migrate import NewerTables, upgrade

INBOX = "inbox.db"
CONNECT_TIMEOUT = 10  # seconds; without it a host that swallows packets keeps us waiting for minutes


class StoreError(VocbotError):
    """The database cannot be used; the message says why and what to do."""


class NewerStore(StoreError):
    """A newer vocbot has been here."""


@dataclass(frozen=True)
class Store:
    """The two engines (the same one on PostgreSQL) and where they are."""

    main: Engine
    inbox: Engine
    folder: Path | None  # of the SQLite files; None on PostgreSQL

    @property
    def sqlite(self) -> bool:
        return self.folder is not None

    @contextmanager
    def write(self, lock: str | None = None) -> Iterator[Session]:
        """One writing transaction on vocbot.db; commits at the end, rolls back on any error.

        On SQLite the write lock is taken at once, so that read-then-write is safe. On PostgreSQL `lock` names an
        advisory lock held to the end, for work that must not run twice at the same time.
        """
        with Session(self.main, expire_on_commit=False) as session, session.begin():
            if self.sqlite:
                # pysqlite begins by itself only at the first INSERT/UPDATE/DELETE: too late for a read before it
                session.connection().exec_driver_sql("BEGIN IMMEDIATE")
            elif lock:
                take_lock(session, lock)
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session for reading vocbot.db."""
        with Session(self.main, expire_on_commit=False) as session:
            yield session

    def close(self) -> None:
        """Give all connections back."""
        self.main.dispose()
        self.inbox.dispose()


def take_lock(session: Session, name: str) -> None:
    """Hold the advisory lock `name` until the transaction ends (PostgreSQL; SQLite has one writer anyway)."""
    if session.get_bind().dialect.name == "postgresql":
        session.connection().execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": zlib.crc32(name.encode())})


def open_store(url: str | URL) -> Store:
    """Open the store at `url` (sqlite:///path/vocbot.db or postgresql://...) and bring its tables up to date.

    Raises StoreError where the address is wrong or the database does not answer, NewerStore where a newer vocbot has
    been here.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # ValueError: a port that is no number
        raise StoreError("store.url is not a database address, e.g. sqlite:///data/vocbot.db") from None
    if parsed.get_backend_name() == "sqlite":
        store = _two_files(parsed)
        where = f"the SQLite files in {store.folder}"
    elif parsed.get_backend_name() == "postgresql":
        engine = create_engine(
            parsed.set(drivername="postgresql+psycopg"),
            pool_size=20,
            max_overflow=10,
            pool_pre_ping=True,
            json_serializer=as_json,
            connect_args={} if "connect_timeout" in parsed.query else {"connect_timeout": CONNECT_TIMEOUT},
        )
        store = Store(engine, engine, None)
        where = f"the PostgreSQL database {parsed.database or ''}".rstrip()
    else:
        raise StoreError(f"store.url: {parsed.get_backend_name()} is not supported; use sqlite or postgresql")
    try:
        upgrade(store.main, store.inbox)
    except DBAPIError as error:
        store.close()
        raise StoreError(f"store.url: cannot use {where}: {str(error.orig).splitlines()[0]}") from None
    except NewerTables:
        store.close()
        raise NewerStore(f"store.url: {where}: written by a newer vocbot; install that one") from None
    return store


def _two_files(url: URL) -> Store:
    if not url.database or ":memory:" in url.database:
        raise StoreError("store.url: SQLite needs a file, e.g. sqlite:///data/vocbot.db")
    if url.query:
        raise StoreError("store.url: SQLite takes no parameters, and its path must not hold a question mark")
    path = Path(url.database)
    if path.name == INBOX:
        raise StoreError(f"store.url: {INBOX} is the name of the second file; use e.g. sqlite:///data/vocbot.db")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"store.url: cannot create the folder {path.parent}: {error.strerror}") from None
    return Store(_sqlite(path), _sqlite(path.with_name(INBOX)), path.parent)


def _sqlite(path: Path) -> Engine:
    # not written into a text address: the path may hold what is special there
    url = URL.create("sqlite", database=str(path))
    engine = create_engine(url, connect_args={"timeout": 30}, pool_size=20, max_overflow=10, json_serializer=as_json)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        # IMMEDIATE by the driver, not by a "begin" event: the engine starts its own transactions and would fail
        connection.isolation_level = "IMMEDIATE"
        cursor = connection.cursor()
        for pragma in ("busy_timeout=30000", "synchronous=FULL", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        # the first switch of a new file does not wait for its lock, whatever the timeout says
        Retrying(
            stop=stop_after_delay(30),
            wait=wait_random(0.01, 0.1),
            retry=retry_if_exception_type(OperationalError),
            reraise=True,
        )(cursor.execute, "PRAGMA journal_mode=WAL")
        cursor.close()

    return engine
