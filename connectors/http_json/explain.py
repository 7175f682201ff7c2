"""What each mapping found in one item, for who writes the settings: kinds, lengths and keys, never a value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from connectors.http_json.expression import kind, lack
from connectors.http_json.items import Items
from connectors.http_json.times import no_time
from vocbot.sdk import mapping
from vocbot.sdk.errors import Unparseable

_WORTH_HAVING = {
    "id": "without an id, an item is named by all it holds, and comes again when anything in it changes",
    "time": "without a time, the time counts at which vocbot read the item",
}
_MANY = ("text", "attributes")  # what may be a list


def lines(items: Items, item: Any) -> Iterator[str]:
    """One line for each mapping, such as "score <- rating: nothing found; keys there: rate, stars"."""
    for name, expression in items.parts.items():
        yield f"{name} <- {expression}: {_found(items, name, expression, item)}"
    yield from (f"{name} is not mapped: {why}" for name, why in _WORTH_HAVING.items() if name not in items.parts)


def _found(items: Items, name: str, expression: str, item: Any) -> str:
    try:
        found = mapping.find(expression, item, "it")
    except Unparseable as error:
        return f"fails; {error}"
    if found is None or found == []:
        return f"nothing found; {lack(expression, item)}"
    if isinstance(found, str):
        return f"a text, {len(found)} characters{_reading(items, name, found)}"
    if isinstance(found, list):
        return f"a list of {len(found)}{_reading(items, name, found)}"
    return kind(found) + _reading(items, name, found)


def _reading(items: Items, name: str, found: Any) -> str:
    """How the value is understood, where its kind alone does not tell."""
    if name == "time":
        if no_time(found):
            return ", which means that there is no time"
        try:
            return f", read as {mapping.parse_time(found, items.times, 'it'):%Y-%m-%d %H:%M} UTC"
        except Unparseable as error:
            return f"; cannot be read: {error}"
    if name == "score" and not _is_number(found):
        return ", which is no number: it is left out"
    if isinstance(found, dict) and name != "attributes":
        return ", of which nothing can be read"
    if isinstance(found, list) and name.split(".")[0] not in _MANY:
        return ", of which nothing can be read"
    return ""


def _is_number(value: Any) -> bool:
    try:
        float(value)
    except (ValueError, TypeError, OverflowError):
        return False
    return not isinstance(value, bool)
