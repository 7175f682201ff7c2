"""Zones by name or offset; a name that is nearly right gets an answer that helps."""

from __future__ import annotations

import difflib
import re
from datetime import UTC, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, available_timezones

_OFFSET = re.compile(r"(?:UTC|GMT)?\s*([+-])(\d{1,2})(?::?([0-5]\d))?", re.IGNORECASE)

# What people write, and which zones they mean.
_MEANT = {
    "beijing": ["Asia/Shanghai"],
    "peking": ["Asia/Shanghai"],
    "china": ["Asia/Shanghai"],
    "cst": ["Asia/Shanghai", "America/Chicago"],
    "prc": ["Asia/Shanghai"],
    "est": ["America/New_York"],
    "edt": ["America/New_York"],
    "pst": ["America/Los_Angeles"],
    "pdt": ["America/Los_Angeles"],
    "cet": ["Europe/Berlin"],
    "cest": ["Europe/Berlin"],
    "bst": ["Europe/London"],
    "ist": ["Asia/Kolkata"],
    "jst": ["Asia/Tokyo"],
}


def read_zone(value: str) -> tzinfo:
    """The zone of a name such as Asia/Shanghai, or of an offset such as +08:00. Raises ValueError with a suggestion."""
    offset = _OFFSET.fullmatch(value.strip())
    if offset:
        return read_offset(offset[1], offset[2], offset[3])
    if value.upper() in ("UTC", "GMT", "Z"):
        return UTC
    if "/" in value:
        try:
            return ZoneInfo(value)
        except (KeyError, ValueError, OSError):  # unknown, no key at all, or a folder of zones
            pass
    close = _MEANT.get(value.strip().lower()) or _close(value)
    raise ValueError("no such zone; write " + (" or ".join(close) if close else "one such as Asia/Shanghai or +08:00"))


def read_offset(sign: str, hours: str, minutes: str | None) -> timezone:
    """A fixed zone of the parts of +08:00. Raises ValueError for a day or more."""
    away = timedelta(hours=int(hours), minutes=int(minutes or 0))
    if away >= timedelta(days=1):
        raise ValueError("no zone is a day away from UTC")
    return timezone(-away if sign == "-" else away)


def _close(value: str) -> list[str]:
    known = {name.rpartition("/")[2].lower(): name for name in sorted(available_timezones()) if "/" in name}
    wanted = value.rpartition("/")[2].strip().lower().replace(" ", "_")
    return [known[name] for name in difflib.get_close_matches(wanted, known, n=2, cutoff=0.75)]
