"""What an item is: its name, the time by which it is listed, and the Feedback that it becomes.

The poll and the reading of what was kept use the same lines, so that a changed mapping can be tried on kept records.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

from connectors.http_json.config import HttpJsonSettings
from connectors.http_json.expression import lack
from connectors.http_json.times import no_time
from vocbot.sdk import mapping
from vocbot.sdk.errors import Unparseable
from vocbot.sdk.events import CustomerEvent, Feedback, Ignored
from vocbot.sdk.wire import Record

LONGEST_ID = 120  # characters; longer ones are named by a hash in the names of records


class Items:
    """Reads items by one set of settings."""

    def __init__(self, settings: HttpJsonSettings) -> None:
        self._settings = settings
        self._timeless = settings.map.model_copy(update={"time": None})
        self.parts = settings.map.expressions()
        self.times = mapping.Times(settings.time_format, settings.tz)

    def record(self, item: Any) -> Record:
        """The item as it is kept. Its name changes with what the settings read of it, and with nothing else."""
        found = {name: _found(expression, item) for name, expression in self.parts.items()}
        ident = found.get("id")
        name = f"{_short(ident)}:{_hash(found)}" if ident not in (None, "") else _nameless(item)
        # escaped, because half a character in a customer's text cannot be written as UTF-8
        return Record(name, json.dumps(item).encode())

    def wanted(self, item: Any) -> bool:
        """Whether the item is one of those that are taken; also where that cannot be told."""
        when = self._settings.when
        try:
            return when is None or mapping.holds(when, item)
        except Unparseable:
            return True

    def listed(self, item: Any) -> datetime | None:
        """The time by which the API lists the item; None where it has none that can be read."""
        by = self._settings.listed_by
        found = _found(by, item)
        try:
            return None if no_time(found) else mapping.parse_time(found, self.times)
        except Unparseable:
            return None

    def read(self, item: Any, received: datetime) -> Feedback | CustomerEvent | Ignored:
        """The event that an item is. Raises Unparseable, which names the setting and what is there instead."""
        fields = self._settings.map
        silent = _found(fields.score, item) is not None or _found(fields.event, item) is not None
        if fields.text is not None and not silent and mapping.find(fields.text, item, "map.text") in (None, []):
            # Never "nothing was said": a field that was renamed would silence the source unnoticed.
            raise Unparseable(f"map.text ({fields.text}) finds nothing; {lack(fields.text, item)}")
        timeless = no_time(_found(fields.time, item))
        return mapping.apply(
            item,
            self._timeless if timeless else fields,
            self.times,
            channel=self._settings.channel,
            public=self._settings.public,
            ident=_nameless(item),
            received=received,
        )


def _found(expression: str | None, item: Any) -> Any:
    """What is found, None also for what the expression does not fit: `mapping.apply` says that."""
    try:
        return mapping.find(expression, item) if expression else None
    except Unparseable:
        return None


def _nameless(item: Any) -> str:
    return f"item:{_hash(item)}"


def _short(ident: Any) -> str:
    text = str(ident).strip() if isinstance(ident, str | int | float) else ""
    return text if 0 < len(text) <= LONGEST_ID and text.isprintable() else f"odd:{_hash(ident)}"


def _hash(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:24]
