"""Column types that keep their meaning on every database."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, types
from sqlalchemy.engine import Dialect


class UTCDateTime(types.TypeDecorator[datetime]):
    """An aware time, kept in UTC.

    SQLite drops the zone and would give back a naive value: there it is stored as ISO text of fixed width in UTC,
    which also sorts correctly. A naive value is a bug of the caller and refused.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> types.TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(types.String(32))
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        return as_text(value) if dialect.name == "sqlite" else value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if isinstance(value, str):
            return datetime.fromisoformat(value).replace(tzinfo=UTC)
        assert isinstance(value, datetime)
        return value.astimezone(UTC)


def as_text(value: datetime) -> str:
    """An aware time as SQLite keeps it: UTC without the zone, 26 characters, so that it sorts as text."""
    # not strftime: its %Y has fewer than four digits before the year 1000
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")
