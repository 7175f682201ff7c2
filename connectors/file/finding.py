"""Which files there are, and what each of them is: by its first bytes first, as names lie."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from vocbot.sdk.errors import Rejected, Retryable

Kind = Literal["csv", "jsonl", "xlsx"]

KINDS: dict[str, Kind] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
}
HEAD = 4096
SAVE = "save it as CSV (UTF-8) or XLSX"

_FOREIGN = (
    (b"%PDF", "a PDF"),
    (b"\x1f\x8b", "packed with gzip: unpack it"),
    (b"7z\xbc\xaf", "a 7z archive: unpack it"),
    (b"Rar!", "a RAR archive: unpack it"),
    (b"SQLite format 3", "a database"),
    (b"PAR1", "a Parquet file"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
)
_OLE = b"\xd0\xcf\x11\xe0"
_ZIPPED = (".zip", ".docx", ".pptx", ".ods", ".odt", ".numbers", ".xlsb")
_UNPRINTABLE = re.compile(rb"[\x01-\x08\x0e-\x1a\x1c-\x1f]")


@dataclass(frozen=True)
class Found:
    """A file, its name below the folder that is read, and how it looked when the folder was listed."""

    name: str
    path: Path
    size: int
    touched: int  # nanoseconds


def find(where: str) -> Sequence[Found]:
    """The files that a path, a pattern or a folder names, in the order of their names.

    Raises Retryable where the file or folder is not there: shares come and go.
    """
    path = Path(where).expanduser()
    try:
        if path.is_dir():
            return _look(path, (item for item in path.iterdir() if item.suffix.lower() in KINDS))
        if path.exists():
            return _look(path.parent, [path], hidden=True)
        base, pattern = _split(path)
        if not pattern:
            raise Retryable(f"{where}: there is no such file; {_instead(path)}")
        if not base.is_dir():
            raise Retryable(f"{where}: there is no folder {base}; {_instead(base)}")
        return _look(base, base.glob(pattern))
    except OSError as error:
        raise Retryable(f"{where}: cannot be read ({error.strerror or type(error).__name__})") from None


def recognise(found: Found) -> Kind:
    """What a file is. Raises Rejected for what we do not read, with what to do; Retryable for an empty one."""
    try:
        with found.path.open("rb") as file:
            head = file.read(HEAD)
    except OSError as error:
        raise Retryable(f"{found.name}: cannot be read ({error.strerror or type(error).__name__})") from None
    suffix = found.path.suffix.lower()
    if not head.strip():
        raise Retryable(f"{found.name}: the file is empty")
    for magic, what in _FOREIGN:
        if head.startswith(magic):
            raise Rejected(f"{found.name}: this is {what}; we read CSV, JSON Lines and XLSX")
    if head.startswith(_OLE):
        if suffix in (".xlsx", ".xlsm"):
            raise Rejected(f"{found.name}: the workbook is protected by a password; save it without one")
        raise Rejected(f"{found.name}: this is the old Excel format; open it and {SAVE}")
    if head.startswith(b"PK\x03\x04"):
        if suffix in _ZIPPED:
            raise Rejected(f"{found.name}: we do not read {suffix}; open it and {SAVE}")
        return "xlsx"
    return _text(found.name, suffix, head)


def _text(name: str, suffix: str, head: bytes) -> Kind:
    begin = head.removeprefix(b"\xef\xbb\xbf").replace(b"\0", b"").lstrip().lower()
    if begin.startswith((b"<html", b"<!doctype", b"<table", b"<?xml", b"<meta", b"<head")):
        raise Rejected(f"{name}: this is a web page or XML, whatever its name says; open it in Excel and {SAVE}")
    if suffix in (".xlsx", ".xlsm"):
        raise Rejected(f"{name}: this is no workbook, or a broken one; {SAVE} again")
    if suffix == ".json" and begin.startswith(b"["):
        raise Rejected(f"{name}: this is one JSON array; write one object a line (JSON Lines), as `jq -c '.[]'` does")
    if suffix in KINDS:
        return KINDS[suffix]
    if len(_UNPRINTABLE.findall(head)) > len(head) // 50:
        raise Rejected(f"{name}: we do not know what this is; we read CSV, JSON Lines and XLSX")
    return "jsonl" if begin.startswith(b"{") else "csv"


def _look(base: Path, paths: Iterable[Path], hidden: bool = False) -> list[Found]:
    found = []
    for path in paths:
        if not hidden and path.name.startswith((".", "~$")):  # ~$: Excel's mark that a workbook is open
            continue
        try:
            state = path.stat()
        except FileNotFoundError:  # gone since it was listed
            continue
        if path.is_file():
            found.append(Found(path.relative_to(base).as_posix(), path, state.st_size, state.st_mtime_ns))
    return sorted(found, key=lambda item: item.name)


def _split(path: Path) -> tuple[Path, str]:
    """The folder before the first part with a wildcard, and the pattern from there; "" where there is none."""
    parts = path.parts
    first = next((n for n, part in enumerate(parts) if re.search(r"[*?\[]", part)), len(parts))
    return Path(*parts[:first]), "/".join(parts[first:])


def _instead(path: Path) -> str:
    there = [item.name for item in path.parent.iterdir()] if path.parent.is_dir() else []
    close = difflib.get_close_matches(path.name, there, n=2, cutoff=0.7)
    hint = f"did you mean {' or '.join(close)}? " if close else ""
    return f"{hint}check path: it counts from the folder that vocbot runs in"
