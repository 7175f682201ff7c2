"""What a person could have meant: a mapping guessed from the names of the columns, as the command that says it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence

from connectors.file import columns
from connectors.file.config import FileSettings
from connectors.file.finding import Found, find
from connectors.file.opening import open_table
from connectors.file.records import plain
from connectors.file.times import survey
from vocbot.sdk.errors import Retryable


def guess(path: str) -> Mapping[str, str]:
    """Which columns of the first file that a path names may be what. Raises Rejected or Retryable."""
    return _look(FileSettings.model_construct(path=path, map={}))[1]


def command(settings: FileSettings) -> str:
    """The command that imports the file as it seems to be meant, or what columns there are to choose from.

    Raises Rejected or Retryable.
    """
    found, mapping, names, zoneless = _look(settings)
    if "text" not in mapping:
        if not columns.looks_like_header(names):
            return f"The first line of {found.name} does not look like the names of columns: put a line with them above"
        return f"The columns of {found.name} are {columns.listed(names)}: choose one with --map text=COLUMN"
    mapped = " ".join(f"--map {shlex.quote(f'{name}={column}')}" for name, column in mapping.items())
    zone = " --tz Asia/Shanghai" if zoneless and settings.tz is None else ""
    return (
        f"By their names these columns fit: vocbot import {shlex.quote(str(found.path))} --source NAME {mapped}{zone}"
    )


def _look(settings: FileSettings) -> tuple[Found, Mapping[str, str], Sequence[str], bool]:
    files = find(settings.path)
    if not files:
        raise Retryable(f"{settings.path}: no file there")
    found = files[0]
    table = open_table(found, settings)
    try:
        names = [name for name in table.columns if name]
        table.locate([f"{name}" for name in names if table.columns.count(name) == 1])
        unique = [name for name in names if table.columns.count(name) == 1]
        rows = table.first()
    finally:
        table.close()
    lengths = [sum(len(_words(row[n])) for row in rows) / max(1, len(rows)) for n in range(len(unique))]
    mapping = columns.guess(unique, lengths) if columns.looks_like_header(names) else {}
    zoneless = False
    if "time" in mapping:
        place = unique.index(mapping["time"])
        zoneless = survey(row[place] for row in rows).zoneless
    return found, mapping, names, zoneless


def _words(value: object) -> str:
    try:
        return plain(value)
    except TypeError:
        return ""
