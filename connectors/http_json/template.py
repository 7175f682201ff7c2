"""Placeholders in the values of a request: {cursor}, {since}, {now}, {page}, {offset}, {limit}.

A value that is one placeholder and nothing else keeps its type in a JSON body, so that a page stays a number. What has
no value yet, as the cursor of the first page, is left out together with its name.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from typing import Any

from connectors.http_json.expression import kind

NAMES = ("cursor", "since", "now", "page", "offset", "limit")
_PLACEHOLDER = re.compile(r"\{\{(\w+)\}\}|\{(\w+)\}")  # {{word}} stands for the signs {word}


class Unsendable(Exception):
    """A value has no form in which it could stand in a request."""


class _Missing:
    """Stands for a part that has no value in this request."""


MISSING = _Missing()


def check(value: Any, place: str) -> None:
    """Raises ValueError for a placeholder that does not exist, and for one that YAML took for something else."""
    for where, text in _texts(value, place):
        for name in _named(text):
            if name not in NAMES:
                close = difflib.get_close_matches(name.lower(), NAMES, n=1)
                meant = f"did you mean {{{close[0]}}}?" if close else "there are {" + "}, {".join(NAMES) + "}"
                raise ValueError(f"{where}: there is no placeholder {{{name}}}; {meant} Signs as such: {{{{{name}}}}}")


def names(value: Any) -> set[str]:
    """The placeholders that `value` holds, wherever they stand in it."""
    return {name for _, text in _texts(value, "") for name in _named(text)}


def fill(value: Any, values: Mapping[str, Any]) -> Any:
    """`value` with its placeholders replaced; MISSING where one of them has no value."""
    if isinstance(value, str):
        return _fill_text(value, values)
    if isinstance(value, dict):
        filled = {key: fill(item, values) for key, item in value.items()}
        return {key: item for key, item in filled.items() if item is not MISSING}
    if isinstance(value, list):
        return [item for item in (fill(item, values) for item in value) if item is not MISSING]
    return value


def flat(value: Any) -> str:
    """A value as it stands in a query or a form. Raises Unsendable for what has no such form."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise Unsendable(f"{kind(value)} cannot stand in a query")


def _fill_text(text: str, values: Mapping[str, Any]) -> Any:
    whole = _PLACEHOLDER.fullmatch(text)
    if whole and whole[2]:
        found = values.get(whole[2])
        return MISSING if found is None else found
    if any(values.get(name) is None for name in _named(text)):
        return MISSING
    return _PLACEHOLDER.sub(lambda found: f"{{{found[1]}}}" if found[1] else flat(values[found[2]]), text)


def _named(text: str) -> list[str]:
    return [found[2] for found in _PLACEHOLDER.finditer(text) if found[2]]


def _texts(value: Any, place: str) -> Iterator[tuple[str, str]]:
    """Every text in `value` and where it stands. Raises ValueError for `{page}` without quotes."""
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, dict):
        if len(value) == 1 and next(iter(value)) in NAMES and next(iter(value.values())) is None:
            name = next(iter(value))
            raise ValueError(f"{place}: YAML takes {{{name}}} for a mapping; put it into quotes: '{{{name}}}'")
        for key, item in value.items():
            yield from _texts(item, f"{place}.{key}" if place else str(key))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _texts(item, f"{place}.{number}")
