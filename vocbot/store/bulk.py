"""New rows by the thousand, on either database.

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

from vocbot.store.upsert import table

Row = Mapping[str, Any]


def insert_rows(session: Session, model: type[SQLModel], rows: Sequence[Row]) -> None:
    """Insert rows that all name the same columns: every one that the database does not fill in by itself."""
    if not rows:
        return
    connection = session.connection()
    statement, converters = _prepared(table(model), tuple(rows[0]), connection.dialect)
    ready = [tuple([row[name] if change is None else change(row[name]) for name, change in converters]) for row in rows]
    connection.exec_driver_sql(statement, ready)


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
def _prepared(
    own: Table, names: tuple[str, ...], dialect: Dialect
) -> tuple[str, tuple[tuple[str, Callable[[Any], Any] | None], ...]]:
    """The statement, and per column what makes of a value what the driver takes."""
    quote = dialect.identifier_preparer.quote
    mark = "?" if dialect.name == "sqlite" else "%s"
    statement = (
        f"INSERT INTO {quote(own.name)} ({', '.join(map(quote, names))}) "  # noqa: S608 - nothing but our own words
        f"VALUES ({', '.join([mark] * len(names))})"
    )
    kinds = [(name, own.c[name].type.dialect_impl(dialect)) for name in names]
    return statement, tuple((name, kind.bind_processor(dialect)) for name, kind in kinds)
