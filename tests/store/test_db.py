"""Transactions that leave all or nothing, and addresses that cannot be used, each refused in a sentence."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, select

from vocbot.store import db
from vocbot.store.db import Store, StoreError, open_store
from vocbot.store.tables import Cursor

NOW = datetime(2026, 11, 3, tzinfo=UTC)


def set_cursor(session: Session, value: str, name: str = "n") -> None:
    session.merge(Cursor(name=name, value=value, moved_at=NOW))


def value(store: Store, name: str = "n") -> str | None:
    with store.read() as session:
        row = session.get(Cursor, name)
        return row.value if row else None


# --- transactions --------------------------------------------------------------------------------------------


def test_what_was_written_is_there_for_others(each_store: Store) -> None:
    with each_store.write() as session:
        set_cursor(session, "1")
    assert value(each_store) == "1"


def test_an_error_leaves_nothing_behind(each_store: Store) -> None:
    with each_store.write() as session:
        set_cursor(session, "before")
    with pytest.raises(ZeroDivisionError), each_store.write() as session:
        set_cursor(session, "after")
        set_cursor(session, "new", name="other")
        session.flush()
        session.connection().execute(text("UPDATE cursor SET value = 'by hand'"))
        raise ZeroDivisionError
    assert (value(each_store), value(each_store, "other")) == ("before", None)


def test_a_savepoint_undoes_its_own_part_only(each_store: Store) -> None:
    with each_store.write() as session:
        set_cursor(session, "kept")
        with pytest.raises(ZeroDivisionError), session.begin_nested():
            set_cursor(session, "undone")
            session.flush()
            raise ZeroDivisionError
    assert value(each_store) == "kept"


def test_nobody_sees_a_transaction_before_its_end(each_store: Store) -> None:
    with each_store.write() as session:
        set_cursor(session, "1")
        session.flush()
        assert value(each_store) is None
    assert value(each_store) == "1"


def test_read_then_write_loses_nothing(each_store: Store) -> None:
    """Two writers count to 200 together; a read before the lock would let one of them write over the other."""
    problems: list[Exception] = []

    def count() -> None:
        try:
            for _ in range(100):
                with each_store.write(lock="counter") as session:
                    row = session.get(Cursor, "n")
                    seen = int(row.value) if row else 0
                    time.sleep(0.0002)
                    set_cursor(session, str(seen + 1))
        except Exception as error:
            problems.append(error)

    threads = [threading.Thread(target=count) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert value(each_store) == "200"


def test_locks_of_other_names_do_not_wait_for_each_other(pg_store: Store) -> None:
    with pg_store.write(lock="one"), pg_store.write(lock="two") as session:
        session.connection().execute(text("SET LOCAL lock_timeout = '50ms'"))
        with pytest.raises(OperationalError, match="lock timeout"):
            db.take_lock(session, "one")
        session.rollback()


def test_sqlite_is_set_up_to_survive_a_power_cut(store: Store) -> None:
    for engine in (store.main, store.inbox):
        with engine.connect() as connection:
            found = [
                connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
                for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
            ]
        assert found == ["wal", 2, 1, 30000]


def test_the_intake_does_not_wait_for_the_analysis(store: Store) -> None:
    """The reason for two files: while one is locked, the other takes writes."""
    with store.write() as session:
        set_cursor(session, "1")
        session.flush()
        with store.inbox.begin() as connection:
            connection.exec_driver_sql("PRAGMA busy_timeout=0")
            connection.exec_driver_sql(
                "INSERT INTO inbound (source, event_id, kind, received_at, body, done) VALUES ('s','e','k','t',x'00',0)"
            )


def test_closing_gives_the_connections_back(pg_url: str) -> None:
    opened = open_store(pg_url)
    with opened.write() as session:
        set_cursor(session, "1")
    opened.close()
    with psycopg.connect(pg_url) as connection:
        (others,) = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchone() or (None,)
    assert others == 0


# --- addresses -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "not a database address"),
        ("data/vocbot.db", "not a database address"),
        ("sqlite:data.db", "not a database address"),
        ("postgresql://me:secret@host:port/db", "not a database address"),
        ("sqlite://", "SQLite needs a file"),
        ("sqlite:///", "SQLite needs a file"),
        ("sqlite:///:memory:", "SQLite needs a file"),
        ("sqlite:///file::memory:?uri=true", "SQLite needs a file"),
        ("sqlite:///{folder}/a.db?mode=ro", "no parameters"),
        ("sqlite:///{folder}/inbox.db", "inbox.db is the name of the second file"),
        ("mysql://me:secret@host/db", "mysql is not supported; use sqlite or postgresql"),
        ("postgres://me:secret@host/db", "postgres is not supported; use sqlite or postgresql"),
        ("sqlite:///{folder}/file/vocbot.db", "cannot create the folder .*/file: (File exists|Not a directory)"),
        ("sqlite:////proc/nowhere/vocbot.db", "cannot create the folder /proc/nowhere"),
        ("sqlite:////proc/vocbot.db", "cannot use the SQLite files in /proc: unable to open database file"),
        ("sqlite:///{folder}/folder.db", "cannot use the SQLite files in .*: unable to open database file"),
        ("sqlite:///{folder}/text.db", "cannot use the SQLite files in .*: file is not a database"),
        ("postgresql://me:secret@127.0.0.1:1/voc", "the PostgreSQL database voc: .*[Cc]onnection refused"),
        ("postgresql://me:secret@/voc?host=/nowhere", "the PostgreSQL database voc: .*No such file"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_in_a_sentence(tmp_path: Path, url: str, said: str) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "folder.db").mkdir()
    (tmp_path / "text.db").write_text("this is a letter to a friend, not a database\n" * 100)
    with pytest.raises(StoreError, match=said) as caught:
        open_store(url.format(folder=tmp_path))
    message = str(caught.value)
    assert message.startswith("store.url")
    assert "\n" not in message
    assert "secret" not in message
    assert caught.value.__context__ is None or caught.value.__suppress_context__  # no traceback of libraries


def test_a_database_that_is_not_there_is_named(pg_server: str) -> None:
    with pytest.raises(StoreError, match=r'PostgreSQL database nobody: .*database "nobody" does not exist'):
        open_store(pg_server.replace("/postgres?", "/nobody?"))


def test_a_folder_that_may_not_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As another user would meet it: the file is there and opens for reading only."""
    open_store(f"sqlite:///{tmp_path}/vocbot.db").close()
    connect = sqlite3.connect

    def read_only(path: str, **options: object) -> sqlite3.Connection:
        return connect(f"file:{path}?mode=ro", uri=True, **options)  # type: ignore[call-overload, no-any-return]

    monkeypatch.setattr(sqlite3.dbapi2, "connect", read_only)
    with pytest.raises(StoreError, match="attempt to write a readonly database"):
        open_store(f"sqlite:///{tmp_path}/vocbot.db")


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        ("UPDATE vocbot_version_main SET version_num = '9999'", "written by a newer vocbot"),
        ("ALTER TABLE vocbot_version_inbox DROP COLUMN version_num", "cannot use the PostgreSQL database"),
    ],
)
def test_a_failure_leaves_no_connection_open(pg_url: str, harm: str, said: str) -> None:
    with psycopg.connect(pg_url, autocommit=True) as connection:
        connection.execute(harm)
        with pytest.raises(StoreError, match=said) as caught:
            open_store(pg_url)
        query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        (others,) = connection.execute(query).fetchone() or (None,)
        # kept until here: the traceback would hold what was left open
        assert (others, issubclass(caught.type, StoreError)) == (0, True)


def test_a_file_of_a_newer_vocbot_is_left_alone(sqlite_url: str, tmp_path: Path) -> None:
    open_store(sqlite_url).close()
    with sqlite3.connect(tmp_path / "vocbot.db") as connection:
        connection.execute("UPDATE vocbot_version_main SET version_num = '0999'")
    connection.close()
    with pytest.raises(StoreError, match="written by a newer vocbot; install that one"):
        open_store(sqlite_url)


@pytest.mark.parametrize("folder", ["with space/50%", "a,b/数据", "a#b'c"])
def test_any_folder_will_do(tmp_path: Path, folder: str) -> None:
    opened = open_store(f"sqlite:///{tmp_path}/{folder.replace('%', '%25')}/vocbot.db")
    opened.close()
    assert {p.name for p in (tmp_path / folder).iterdir()} == {"vocbot.db", "inbox.db"}
    assert opened.folder == tmp_path / folder


def test_a_relative_path_is_relative_to_where_we_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    open_store("sqlite:///data/vocbot.db").close()
    assert (tmp_path / "data" / "vocbot.db").exists()


@pytest.mark.parametrize("query", ["", "&connect_timeout=3"])
def test_a_silent_host_is_given_up(pg_url: str, query: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[object] = []
    connect: Callable[..., object] = psycopg.Connection.connect

    def watch(*args: object, **options: object) -> object:
        seen.append(options.get("connect_timeout"))
        return connect(*args, **options)

    monkeypatch.setattr(psycopg, "connect", watch)
    monkeypatch.setattr(psycopg.Connection, "connect", watch)
    open_store(pg_url + query).close()
    assert {int(str(found)) for found in seen} == {3 if query else db.CONNECT_TIMEOUT}


def test_reading_needs_no_lock(store: Store) -> None:
    with store.write() as session:
        set_cursor(session, "1")
        session.flush()
        with store.read() as reader:
            assert reader.exec(select(Cursor)).all() == []
