"""Statements about many rows at once, on either database."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Table, bindparam, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel

from vocbot.store.jsontext import as_json


def table(model: type[SQLModel]) -> Table:
    """The table behind a class, for statements about many rows."""
    found: Table = model.__table__  # type: ignore[attr-defined]
    return found


def among(session: Session, column: Any, values: Collection[int] | Collection[str]) -> ColumnElement[bool]:
    """`column` is one of the values: ids or hashes, however many. They go to the database as one value; as a parameter
    each, a statement is written anew for every batch, which takes longer than to run it.

    For nothing that came from outside: SQLite's JSON ends a text at a NUL.
    """
    if session.get_bind().dialect.name == "sqlite":
        each = func.json_each(as_json(list(values))).table_valued("value")
        within: ColumnElement[bool] = column.in_(select(each.c.value))
    else:
        within = column == func.any(bindparam(None, list(values), type_=ARRAY(column.type), unique=True))
    return within


def upsert(session: Session, model: type[SQLModel], rows: Sequence[Mapping[str, Any]], add: bool = False) -> None:
    """Write `rows`, which all name the same columns; a row with the same primary key is replaced by the new one, or
    with `add` grows by its numbers.

    What the session has loaded of these rows is read anew when it is next looked at.
    """
    if not rows:
        return
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    statement = insert(table(model))
    keys = [column.name for column in table(model).primary_key]
    columns = table(model).c
    changed = {
        name: columns[name] + statement.excluded[name] if add else statement.excluded[name]
        for name in rows[0]
        if name not in keys
    }
    session.connection().execute(statement.on_conflict_do_update(index_elements=keys, set_=changed), list(rows))
    read_anew(session, model)


def read_anew(session: Session, model: type[SQLModel]) -> None:
    """After a statement that changed rows past the session: what it has loaded of them is looked up when next used."""
    for loaded in session.identity_map.values():
        if isinstance(loaded, model):
            session.expire(loaded)
