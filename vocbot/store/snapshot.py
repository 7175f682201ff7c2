"""A whole store at one moment: connections that see no later change, for copying it while others go on working."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from sqlalchemy import Connection, text

from vocbot.store.db import Store


class Ends(NamedTuple):
    """The connections to vocbot.db and inbox.db; on PostgreSQL twice the same one."""

    main: Connection
    inbox: Connection
    sqlite: bool


@contextmanager
def snapshot(store: Store) -> Iterator[Ends]:
    """Read transactions that begin one after the other, vocbot.db first.

    The cursor of the inbox's reader lives in vocbot.db: taken later than inbox.db, it could be ahead of the records
    seen there, and those that came in between would never be read.
    """
    with store.main.connect() as main:
        if not store.sqlite:
            isolated = main.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            yield Ends(isolated, isolated, sqlite=False)
            return
        with store.inbox.connect() as inbox:
            for connection, table in ((main, "cursor"), (inbox, "inbound")):
                connection.exec_driver_sql("BEGIN")
                connection.exec_driver_sql(f"SELECT 1 FROM {table} LIMIT 1").all()  # noqa: S608 - begins at a read
            yield Ends(main, inbox, sqlite=True)


def high_mark(connection: Connection, table: str, column: str = "id") -> int:
    """The highest number that `table` ever gave to a row; 0 where the database keeps none."""
    if connection.dialect.name == "sqlite":
        query = text("SELECT seq FROM sqlite_sequence WHERE name = :t")
        return int(connection.execute(query, {"t": table}).scalar() or 0)
    name = sequence(connection, table, column)
    if name is None:
        return 0
    last, called = connection.exec_driver_sql(f"SELECT last_value, is_called FROM {name}").one()  # noqa: S608
    return int(last) if called else 0


def sequence(connection: Connection, table: str, column: str) -> str | None:
    """PostgreSQL: the quoted name of the sequence behind a column, if there is one."""
    query = text("SELECT pg_get_serial_sequence(quote_ident(:t), :c)")
    found: str | None = connection.execute(query, {"t": table, "c": column}).scalar()
    return found


def others(store: Store) -> int:
    """PostgreSQL: how many other sessions use the database. 0 on SQLite, which does not know."""
    if store.sqlite:
        return 0
    store.main.dispose()  # or our own idle connections count
    query = text(
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE datname = current_database() AND usename IS NOT NULL AND pid <> pg_backend_pid()"
    )
    with store.main.connect() as connection:
        return int(connection.execute(query).scalar_one())
