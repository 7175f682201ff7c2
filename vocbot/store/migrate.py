"""Bring the tables up to date with alembic. The engine's own tables are left alone.

Each set of tables has its own scripts and its own version table, because the two live in two files on SQLite.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from alembic import command
from alembic.config import Config
from alembic.script.revision import ResolutionError
from alembic.util import CommandError
from sqlalchemy import Engine, text

SCRIPTS = Path(__file__).parent / "migrations"
Part = Literal["main", "inbox"]


class NewerTables(Exception):
    """The tables are at a version that these scripts do not know."""


def upgrade(main: Engine, inbox: Engine) -> None:
    """Run the missing migrations on both sets of tables; several processes may start at once.

    Each set is migrated in one transaction. Raises NewerTables, or DBAPIError where the database refuses.
    """
    _run("main", main)
    _run("inbox", inbox)


def _run(part: Part, engine: Engine) -> None:
    config = Config()
    scripts = str(SCRIPTS).replace("%", "%%")  # the folder's name may be anything; % is special to the parser
    config.set_main_option("script_location", scripts)
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", f"{scripts}/{part}")
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(7305)"))
        else:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            connection.exec_driver_sql("PRAGMA user_version = 0")  # a read-only file opens, and refuses to be written
            connection.rollback()
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        config.attributes["connection"] = connection
        config.attributes["part"] = part
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            if isinstance(error.__cause__, ResolutionError):
                raise NewerTables from None
            raise
        connection.commit()
