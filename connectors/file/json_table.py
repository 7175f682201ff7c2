"""A file of JSON Lines as a table."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from connectors.file import columns
from connectors.file.config import FileSettings
from connectors.file.finding import Found
from connectors.file.rows import Row, Trouble
from connectors.file.tables import LOOKED_AT, Readable, TextTable, Values
from vocbot.sdk.errors import Rejected

MANY = 20  # objects


class JsonTable(TextTable):
    """One JSON object a line; a column is a key, or keys parted by dots."""

    kind = "JSON Lines"

    def __init__(self, found: Found, settings: FileSettings) -> None:
        super().__init__(found, settings)
        self._decode = msgspec.json.Decoder().decode
        self._objects_seen = 0
        self.columns: Sequence[str] = self._keys()

    @property
    def begin(self) -> tuple[int, int]:
        lines = self._lines
        return lines.at - len(lines.raw), lines.number - bool(lines.raw)

    @property
    def odd(self) -> Mapping[str, int]:
        return {"other encoding": self._decoder.foreign}

    def locate(self, wanted: Sequence[str]) -> None:
        """A key may be missing in some objects; in all of many it is misspelt, and so is that of the text in any."""
        self._wanted = [
            self._key(name, must=not place or self._objects_seen >= MANY) for place, name in enumerate(wanted)
        ]

    def _key(self, name: str, must: bool) -> str:
        if not self.columns:  # no line could be read, and each will say so
            return name
        try:
            (place,) = columns.locate(self.columns, [name], "key")
        except columns.Missing as error:
            if must:
                raise Rejected(f"{self._found.name}: {error}") from None
            return name
        return self.columns[place]

    def first(self) -> Sequence[Values]:
        self._lines = self._look()
        rows = (values for _, values in self.rows() if not isinstance(values, Trouble))
        return self._whole(list(itertools.islice(rows, LOOKED_AT)))

    def start(self, at: int | None, number: int, readable: Readable | None, where: int | None) -> None:
        self._lines = self._from(self._coding.skip if at is None else at, number)

    def rows(self) -> Iterator[Row[Values]]:
        for number, item in self._objects():
            yield number, item if isinstance(item, Trouble) else [_under(item, name) for name in self._wanted]

    def _objects(self) -> Iterator[Row[dict[str, Any]]]:
        lines = self._lines
        while (text := lines.take()) is not None:
            if lines.bad:
                yield lines.number, Trouble(lines.bad, lines.raw)
                lines.bad = ""
            elif not text.isspace():
                yield lines.number, self._object(text, lines.raw)

    def _object(self, text: str, raw: bytes) -> dict[str, Any] | Trouble:
        try:
            item = self._decode(text)
        except (msgspec.DecodeError, RecursionError):
            return Trouble("the line is not JSON", raw)
        return item if isinstance(item, dict) else Trouble("the line is not a JSON object", raw)

    def _keys(self) -> list[str]:
        found: dict[str, None] = {}
        for _, item in itertools.islice(self._objects(), LOOKED_AT):
            if not isinstance(item, Trouble):
                self._objects_seen += 1
                found.update(dict.fromkeys(_paths(item)))
        return list(found)


def _under(item: Mapping[str, Any], name: str) -> object:
    """The value of a key, or of a path of keys."""
    if name in item:
        return item[name]
    found: Any = item
    for key in name.split("."):
        if isinstance(found, list) and key.isdecimal():
            found = found[int(key)] if int(key) < len(found) else None
        else:
            found = found.get(key) if isinstance(found, dict) else None
    return found


def _paths(item: Mapping[str, Any], before: str = "", depth: int = 0) -> Iterator[str]:
    for key, value in item.items():
        yield before + key
        if depth < 4:
            if isinstance(value, dict):
                yield from _paths(value, f"{before}{key}.", depth + 1)
            elif isinstance(value, list):
                for n, entry in enumerate(value[:10]):
                    yield f"{before}{key}.{n}"
                    if isinstance(entry, dict):
                        yield from _paths(entry, f"{before}{key}.{n}.", depth + 1)
