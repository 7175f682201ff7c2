"""The durable engine's own rows, one or more for each attempt: whether there are any, and finished ones taken out."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, inspect, text

_STATUS = "workflow_status"
# without a reference to the status row, which would take them with it
_PAYLOADS = ("workflow_input", "workflow_output", "operation_outputs")
_FINISHED = "('SUCCESS', 'ERROR', 'CANCELLED', 'MAX_RECOVERY_ATTEMPTS_EXCEEDED')"


def has_engine_rows(connection: Connection) -> bool:
    """Whether the engine knows any attempt."""
    name = _tables(connection).get(_STATUS)
    return name is not None and connection.execute(text(f"SELECT 1 FROM {name} LIMIT 1")).first() is not None  # noqa: S608


def count_finished(connection: Connection, before: float) -> int:
    """How many attempts were over before `before` (seconds since 1970, physical time)."""
    name = _tables(connection).get(_STATUS)
    if name is None:
        return 0
    query = text(f"SELECT count(*) FROM {name} WHERE status IN {_FINISHED} AND updated_at < :before")  # noqa: S608
    return int(connection.execute(query, {"before": int(before * 1000)}).scalar_one())


def delete_finished(connection: Connection, before: float, most: int) -> int:
    """Take out up to `most` attempts that were over before `before`; returns how many. An attempt that is met again
    without its row does nothing: it no longer fits its act."""
    names = _tables(connection)
    if _STATUS not in names:
        return 0
    query = text(
        f"SELECT workflow_uuid FROM {names[_STATUS]} "  # noqa: S608
        f"WHERE status IN {_FINISHED} AND updated_at < :before ORDER BY updated_at LIMIT :most"
    )
    ids = list(connection.execute(query, {"before": int(before * 1000), "most": most}).scalars())
    for table in (*_PAYLOADS, _STATUS):
        if ids and table in names:
            gone = text(f"DELETE FROM {names[table]} WHERE workflow_uuid IN :ids")  # noqa: S608
            connection.execute(gone.bindparams(bindparam("ids", expanding=True)), {"ids": ids})
    return len(ids)


def _tables(connection: Connection) -> dict[str, str]:
    """The engine's tables that are there, by their names, as a statement names them."""
    schema = None if connection.dialect.name == "sqlite" else "dbos"
    there = inspect(connection).get_table_names(schema=schema)
    return {name: f"{schema}.{name}" if schema else name for name in (_STATUS, *_PAYLOADS) if name in there}
