"""The statements of the intake, on the raw connection of either database. Who calls commits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from vocbot.listen.raw import Row
from vocbot.sdk.wire import Page
from vocbot.store.columns import as_text

_COLUMNS = "INSERT INTO inbound (source, event_id, kind, received_at, body, done) "
_MARKS = "(?,?,?,?,?,0)"


def insert_rows(connection: Any, sqlite: bool, rows: Sequence[Row]) -> int:
    """Insert what is new in one statement; returns how many rows were."""
    if not rows:
        return 0
    if sqlite:
        values: list[Any] = []
        for source, event_id, kind, at, body in rows:
            values += (source, event_id, kind, as_text(at), body)
        # one statement, not executemany: that gives up the interpreter's lock once per row
        marks = ",".join([_MARKS] * len(rows))
        cursor = connection.execute(f"{_COLUMNS} VALUES {marks} ON CONFLICT DO NOTHING", values)
    else:
        cursor = connection.cursor()
        cursor.execute(
            f"{_COLUMNS} SELECT s, e, k, r, b, false "  # noqa: S608 - nothing but our own words
            "FROM unnest(%s::text[], %s::text[], %s::text[], %s::timestamptz[], %s::bytea[]) AS t(s, e, k, r, b) "
            "ON CONFLICT DO NOTHING",
            [list(column) for column in zip(*rows, strict=True)],
        )
    return max(0, int(cursor.rowcount))


def move_cursor(connection: Any, sqlite: bool, source: str, page: Page, at: datetime) -> None:
    """Note how far `source` is read, how young its youngest item is, and what it says is lost."""
    mark, shown = ("?", as_text) if sqlite else ("%s", _aware)
    least = "MAX" if sqlite else "GREATEST"
    newest = None if page.newest is None else shown(page.newest)
    values = [source, page.cursor, shown(at), newest, page.gap, shown(at) if page.gap else None]
    connection.cursor().execute(
        f"INSERT INTO poll (source, cursor, moved_at, newest, gap, gap_at, ended, reason) "  # noqa: S608
        f"VALUES ({', '.join([mark] * 6)}, '', '') ON CONFLICT (source) DO UPDATE SET "
        f"cursor = excluded.cursor, moved_at = excluded.moved_at, "
        f"newest = {least}(COALESCE(poll.newest, excluded.newest), COALESCE(excluded.newest, poll.newest)), "
        f"gap = CASE WHEN excluded.gap = '' THEN poll.gap ELSE excluded.gap END, "
        f"gap_at = COALESCE(excluded.gap_at, poll.gap_at)",
        values,
    )


def _aware(value: datetime) -> datetime:
    return value
