"""Times as an API wants to be asked for them: iso, unix (seconds), unix_ms, date, or a pattern."""

from __future__ import annotations

import math
from datetime import UTC, datetime, tzinfo
from typing import Any

WORDS = ("iso", "unix", "unix_ms", "date")
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_ZEROS = ("0000-", "0001-01-01")  # how databases and Go write that there is no time


def check_format(value: str) -> str:
    """`value` itself. Raises ValueError for what is neither a word nor a pattern."""
    if value in WORDS:
        return value
    if "%" not in value:
        raise ValueError(f"write {', '.join(WORDS)} or a pattern such as %Y-%m-%d %H:%M:%S")
    sample = datetime(2001, 2, 3, 16, 5, 6, tzinfo=UTC)
    try:
        read = datetime.strptime(sample.strftime(value), value)  # noqa: DTZ007  # only the date is looked at
    except ValueError:
        raise ValueError("is no pattern for times, such as %Y-%m-%d %H:%M:%S") from None
    if read.date() != sample.date():
        raise ValueError("the pattern names no whole date: it needs a year, a month and a day")
    return value


def write_time(time: datetime, form: str, zone: tzinfo) -> str | int:
    """An aware time as the API wants it, cut to the unit of the form: never later than it is."""
    match form:
        case "iso":
            return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        case "unix":
            return math.floor(time.timestamp())
        case "unix_ms":
            return math.floor(time.timestamp() * 1000)
        case "date":
            return time.astimezone(zone).strftime("%Y-%m-%d")
        case _:
            return time.astimezone(zone).strftime(form)


def no_time(value: Any) -> bool:
    """Whether a value says that there is no time; some systems write zero for it."""
    if isinstance(value, str):
        return value.strip() in ("", "0") or value.startswith(_ZEROS)
    return value is None or (value == 0 and not isinstance(value, bool))
