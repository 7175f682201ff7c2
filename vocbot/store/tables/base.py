"""What all tables share: two sets of tables (they live in two files on SQLite) and short column helpers."""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import JSON, MetaData, text
from sqlmodel import Field, SQLModel

from vocbot.store.columns import UTCDateTime

# Constraint names are needed by migrations on SQLite, which rebuilds a table to change it.
NAMES = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Table(SQLModel):
    """Base of the tables of vocbot.db."""

    metadata: ClassVar[MetaData] = MetaData(naming_convention=NAMES)


class InboxTable(SQLModel):
    """Base of the tables of inbox.db, written by the intake only."""

    metadata: ClassVar[MetaData] = MetaData(naming_convention=NAMES)


def utc(**options: Any) -> Any:
    """A column with an aware time."""
    return Field(sa_type=UTCDateTime, **options)


def json_list() -> Any:
    """A column with a JSON list, empty by default."""
    return Field(default_factory=list, sa_type=JSON)


def json_map() -> Any:
    """A column with a JSON object, empty by default."""
    return Field(default_factory=dict, sa_type=JSON)


def later(usual: str) -> dict[str, Any]:
    """Of a column that a large table got later: the database itself knows what older rows hold, so that they need not
    be written anew. `usual` is SQL."""
    return {"server_default": text(usual)}
