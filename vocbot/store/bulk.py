"""New and changed rows by the thousand, on either database.

SQLAlchemy's own insert of many rows prepares each row as if it were the only one, and to give the new ids back in
order it writes one long statement anew for every batch: of the time in which a record is kept, that was a quarter.
Here the statement and the converters of a table are prepared once; the types of the columns still decide how a value
is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Dialect, Table, func, select, text
from sqlmodel import Session, SQLModel

from vocbot.store.upsert import read_anew, table

Row = Mapping[str, Any]
# per column what makes of a value what the driver takes; None where it takes the value
Converters = tuple[tuple[str, Callable[[Any], Any] | None], ...]


def insert_rows(session: Session, model: type[SQLModel], rows: Sequence[Row]) -> None:
    """Insert rows that all name the same columns: every one that the database does not fill in by itself."""
    if not rows:
        return
    connection = session.connection()
    statement, converters = _inserting(table(model), tuple(rows[0]), connection.dialect)
    connection.exec_driver_sql(statement, _ready(converters, rows))


def update_rows(session: Session, model: type[SQLModel], rows: Sequence[Row]) -> None:
    """Change rows by their `id`; all name the same columns. What the session has loaded of them is read anew."""
    if not rows:
        return
    connection, names = session.connection(), tuple(name for name in rows[0] if name != "id")
    statement, converters = _changing(table(model), names, connection.dialect)
    connection.exec_driver_sql(statement, _ready(converters, rows))
    read_anew(session, model)


def insert_numbered(session: Session, model: type[SQLModel], rows: Sequence[Row]) -> list[int]:
    """The same for a table with an `id`; returns the ids, in the order of the rows.

    On SQLite the caller is the only one who writes, so the ids after the last are free; PostgreSQL reserves them.
    """
    if not rows:
        return []
    connection, own = session.connection(), table(model)
    if connection.dialect.name == "sqlite":
        last = connection.execute(select(func.max(own.c.id))).scalar() or 0
        ids = list(range(last + 1, last + 1 + len(rows)))
    else:
        drawn = text("SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :n)")
        ids = list(connection.execute(drawn, {"name": own.name, "n": len(rows)}).scalars())
    insert_rows(session, model, [{"id": ident, **row} for ident, row in zip(ids, rows, strict=True)])
    return ids


@lru_cache(maxsize=64)
def _inserting(own: Table, names: tuple[str, ...], dialect: Dialect) -> tuple[str, Converters]:
    quote, mark = dialect.identifier_preparer.quote, _mark(dialect)
    statement = (
        f"INSERT INTO {quote(own.name)} ({', '.join(map(quote, names))}) "  # noqa: S608 - nothing but our own words
        f"VALUES ({', '.join([mark] * len(names))})"
    )
    return statement, _converters(own, names, dialect)


@lru_cache(maxsize=64)
def _changing(own: Table, names: tuple[str, ...], dialect: Dialect) -> tuple[str, Converters]:
    quote, mark = dialect.identifier_preparer.quote, _mark(dialect)
    changes = ", ".join(f"{quote(name)} = {mark}" for name in names)
    statement = f"UPDATE {quote(own.name)} SET {changes} WHERE id = {mark}"  # noqa: S608 - nothing but our own words
    return statement, _converters(own, (*names, "id"), dialect)


def _mark(dialect: Dialect) -> str:
    return "?" if dialect.name == "sqlite" else "%s"


def _converters(own: Table, names: tuple[str, ...], dialect: Dialect) -> Converters:
    kinds = [(name, own.c[name].type.dialect_impl(dialect)) for name in names]
    return tuple((name, kind.bind_processor(dialect)) for name, kind in kinds)


def _ready(converters: Converters, rows: Sequence[Row]) -> list[tuple[Any, ...]]:
    return [tuple([row[name] if change is None else change(row[name]) for name, change in converters]) for row in rows]
