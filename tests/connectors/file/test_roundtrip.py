"""Random tables through a writer and back, with pages cut anywhere and any instance reading on: every row once."""

from __future__ import annotations

import csv
import io
import json
import re
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from connectors.file import lines, reading, tables
from connectors.file.config import FileSettings
from vocbot.sdk.wire import Record

from .conftest import Read, parse

NAMES = ("text", "user", "grade", "tag")
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])

# What makes tables hard, and letters of three lengths in UTF-8.
signs = st.sampled_from(
    ["a", "b", " ", ",", ";", "\t", "|", '"', '""', "\n", "\r\n", "\r", "é", "好", "评", "😀", "\u2028"]
)
words = st.one_of(st.lists(signs, max_size=12).map("".join), st.text(max_size=20))
# NUL is no text, and the writer leaves a lone CR without quotes.
cell = words.map(lambda word: re.sub(r"[\0\ud800-\udfff]|\r(?!\n)", "", word))
table = st.lists(st.tuples(cell, cell, cell, cell), max_size=40)
cuts = st.integers(min_value=1, max_value=7)


def written(rows: list[Any], encoding: str, delimiter: str, end: str, quoting: Any = csv.QUOTE_MINIMAL) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=quoting)
    writer.writerows([NAMES, *rows])
    return out.getvalue().encode(encoding)


def spoken(rows: list[Any]) -> Counter[Any]:
    """What must come of rows: those with a text, with the rest of the cells as they are kept."""
    return Counter((row[0], row[1].strip(), row[2].strip(), row[3].strip()) for row in rows if row[0].strip())


def came(records: list[Record]) -> Counter[Any]:
    told = [parse(record) for record in records]
    assert len({feedback.external_id for feedback in told}) == len(told), "two rows have one id"
    assert len({record.event_id for record in records}) == len(records)
    return Counter(
        (f.text, f.author.handle if f.author else "", f.attributes.get("grade", ""), f.attributes.get("tag", ""))
        for f in told
    )


def reader(path: Path, **more: Any) -> Read:
    mapping = {"text": "text", "author": "user", "grade": "grade", "tag": "tag"}
    return Read(FileSettings.model_validate({"path": str(path), "map": mapping, **more}))


@QUICK
@given(
    table,
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "gb18030"]),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    cuts,
    st.booleans(),
)
@example([("a", "", "", ""), ("", "", "", "")], "utf-8", ",", "\r", csv.QUOTE_MINIMAL, 1, True)
def test_csv(rows: list[Any], encoding: str, delimiter: str, end: str, quoting: Any, cut: int, anew: bool) -> None:
    quoting = csv.QUOTE_ALL if end == "\r" else quoting  # the writer does not quote a lone LF then
    with tempfile.TemporaryDirectory() as folder, mock.patch.object(reading, "PAGE", cut):
        path = Path(folder) / "a.csv"
        path.write_bytes(written(rows, encoding, delimiter, end, quoting))
        named = {"utf-8-sig": "utf-8", "utf-16": None}.get(encoding, encoding)
        read = reader(path, encoding=named)
        read.on(anew)
        assert came(read.records) == spoken(rows)
        assert read.on(anew) == []
        again = reader(path, encoding=named)
        again.on()
        assert [record.event_id for record in again.records] == [record.event_id for record in read.records]


@QUICK
@given(table, st.lists(st.integers(0, 10_000), max_size=4), cuts, st.booleans(), st.sampled_from([16, 1 << 20]))
def test_a_file_that_grows_by_whole_rows(rows: list[Any], places: list[int], cut: int, anew: bool, block: int) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        mock.patch.object(reading, "PAGE", cut),
        mock.patch.object(lines, "BLOCK", block),
    ):
        path = Path(folder) / "a.csv"
        path.write_bytes(written([], "utf-8", ",", "\n"))
        read = reader(path, encoding="utf-8")
        begin = 0
        for end in [*sorted(place % (len(rows) + 1) for place in places), len(rows)]:
            with path.open("ab") as file:
                file.write(written(rows[begin:end], "utf-8", ",", "\n").split(b"\n", 1)[1])
            begin = end
            read.on(anew)
        assert came(read.records) == spoken(rows)


@QUICK
@given(table, st.integers(0, 10_000), st.booleans(), cuts, st.sampled_from(["utf-8", "utf-16-le"]))
def test_a_file_that_is_read_half_written(rows: list[Any], at: int, anew: bool, cut: int, encoding: str) -> None:
    """A row that was cut is read again once it is whole; what came of its half may stay, but nothing is missing."""
    with tempfile.TemporaryDirectory() as folder, mock.patch.object(reading, "PAGE", cut):
        path = Path(folder) / "a.csv"
        head, body = written([], encoding, ",", "\n"), written(rows, encoding, ",", "\n")
        at = len(head) + at % (len(body) - len(head) + 1)
        path.write_bytes(body[:at])
        read = reader(path, encoding=encoding)
        first = read.on(anew)
        assert read.on(anew) == []
        path.write_bytes(body)
        second = read.on(anew)
        fresh = reader(path, encoding=encoding)
        fresh.on()
        names = {record.event_id for record in first + second}
        assert {record.event_id for record in fresh.records} <= names
        assert came(fresh.records) == spoken(rows)


@QUICK
@given(table, cuts, st.booleans(), st.sampled_from(["utf-8", "utf-16", "gb18030"]))
def test_json_lines(rows: list[Any], cut: int, anew: bool, encoding: str) -> None:
    with tempfile.TemporaryDirectory() as folder, mock.patch.object(reading, "PAGE", cut):
        path = Path(folder) / "a.jsonl"
        made = [json.dumps(dict(zip(NAMES, row, strict=True)), ensure_ascii=False) + "\n" for row in rows]
        path.write_bytes(("".join(made) or " {}").encode(encoding))
        read = reader(path, encoding=None if encoding == "utf-16" else encoding)
        read.on(anew)
        assert came(read.records) == spoken(rows)


@QUICK
@given(table, st.integers(0, 10_000), st.booleans(), cuts)
def test_json_lines_that_are_read_half_written(rows: list[Any], at: int, anew: bool, cut: int) -> None:
    with tempfile.TemporaryDirectory() as folder, mock.patch.object(reading, "PAGE", cut):
        path = Path(folder) / "a.jsonl"
        body = (
            b'{"text": "first"}\n'
            + "".join(json.dumps(dict(zip(NAMES, row, strict=True))) + "\n" for row in rows).encode()
        )
        at = 18 + at % (len(body) - 17)
        path.write_bytes(body[:at])
        read = reader(path)
        read.on(anew)
        assert read.on(anew) == []
        path.write_bytes(body)
        read.on(anew)
        assert came(read.told_records()) == spoken([("first", "", "", ""), *rows])
        assert len(read.refused()) <= 1


@QUICK
@given(st.binary(max_size=400), st.sampled_from(["a.csv", "a.jsonl", "a.txt", "a.xlsx"]))
def test_any_bytes_are_an_error_or_a_page(content: bytes, name: str) -> None:
    from vocbot.sdk.errors import Rejected, Retryable

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(b"text,user,grade,tag\n" + content if name == "a.txt" else content)
        read = reader(path)
        try:
            read.on()
        except (Rejected, Retryable):
            return
        read.told()


@pytest.mark.parametrize("look", [1, 3, 1000])
def test_the_look_into_a_file_takes_no_row(tmp_path: Path, look: int) -> None:
    path = tmp_path / "a.csv"
    rows = [(f"row {n}", "", "", "") for n in range(10)]
    path.write_bytes(written(rows, "utf-8", ",", "\n"))
    with mock.patch.object(tables, "LOOKED_AT", look):
        read = reader(path)
        read.on()
    assert came(read.records) == spoken(rows)
