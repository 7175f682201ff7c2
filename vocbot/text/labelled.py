"""Reads rows of labelled texts from a CSV file, as people export them."""

from __future__ import annotations

import csv
import io
import sys
from pathlib import Path
from typing import NamedTuple

from vocbot.sdk.errors import VocbotError

#: Between the labels of a text that has several.
SIGN = "|"


class Labelled(NamedTuple):
    """Texts and their labels, in order; `unlabelled` rows had none and were left out."""

    texts: list[str]
    labels: list[str]
    unlabelled: int


def read(path: Path, text: str, label: str) -> Labelled:
    """The rows of a CSV file in UTF-8 or GB18030, with commas, semicolons or tabs. Raises VocbotError."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise VocbotError(f"{path} cannot be read: {error.strerror}") from error
    try:
        written = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            written = data.decode("gb18030")
        except UnicodeDecodeError as error:
            raise VocbotError(f"{path} is neither UTF-8 nor GB18030 (byte {error.start}): save it as UTF-8") from error
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    first = written.split("\n", 1)[0]
    table = csv.reader(io.StringIO(written, newline=""), delimiter=max(",;\t", key=first.count))
    names = next(table, [])
    for column in (text, label):
        if column not in names:
            raise VocbotError(f"{path} has no column {column!r}; its columns are {', '.join(names) or 'none'}")
    at_text, at_label = names.index(text), names.index(label)
    rows = [row for row in table if len(row) > max(at_text, at_label)]
    kept = [(row[at_text], row[at_label].strip()) for row in rows if row[at_label].strip()]
    return Labelled([one for one, _ in kept], [name for _, name in kept], len(rows) - len(kept))


def joined(rows: Labelled) -> tuple[list[str], list[set[str]]]:
    """Texts once each with all their labels, which stand in one row with SIGN between them, or in a row each."""
    labels: dict[str, set[str]] = {}
    for text, names in zip(rows.texts, rows.labels, strict=True):
        labels.setdefault(text, set()).update(name.strip() for name in names.split(SIGN) if name.strip())
    return list(labels), list(labels.values())
