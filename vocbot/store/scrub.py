"""Deleted means gone: databases keep the content of deleted rows in free pages, in logs and in old row versions."""

from __future__ import annotations

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from vocbot.store.db import Store
from vocbot.store.search import TABLE as SEARCH
from vocbot.store.tables import InboxTable, Table


def hide_deleted(connection: Connection) -> None:
    """SQLite: overwrite with zeros what this connection deletes or replaces."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete=ON")


def erase_slack(store: Store) -> bool:
    """Take what was deleted out of SQLite's write-ahead logs, or out of PostgreSQL's tables.

    False where somebody is reading an older state: then it goes with the next checkpoint or vacuum.
    """
    if store.sqlite:
        with store.main.connect() as connection:
            hide_deleted(connection)
            # FTS5 keeps the words of deleted rows until its segments are merged
            connection.exec_driver_sql(f"INSERT INTO {SEARCH} ({SEARCH}) VALUES ('optimize')")  # noqa: S608
            connection.commit()
        done = True
        for engine in (store.main, store.inbox):
            with engine.connect() as connection:
                busy, *_ = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
                done = done and not busy
        return done
    ours = [table.name for metadata in (Table.metadata, InboxTable.metadata) for table in metadata.sorted_tables]
    names = ", ".join(f'"{name}"' for name in (*ours, SEARCH))
    try:
        with store.main.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(f"VACUUM {names}"))
    except DBAPIError:  # not the tables' owner; the database does it by itself in time
        return False
    return True
