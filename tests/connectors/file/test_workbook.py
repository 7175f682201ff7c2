"""Workbooks as Excel and others write them."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from openpyxl import Workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from connectors.file import reading
from vocbot.sdk.errors import Rejected, Retryable

from .conftest import Read

Reader = Callable[..., Read]


def book(rows: Sequence[Sequence[Any]], change: Callable[[Workbook], object] | None = None) -> bytes:
    made = Workbook()
    for row in rows:
        made.active.append(row)
    if change:
        change(made)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def test_cells_of_every_kind(read: Reader) -> None:
    content = book(
        [
            ["id", "text", "time", "score", "version", "flag"],
            [12345, "fine", datetime(2026, 11, 3, 9, 7), 4, 4.2, True],
            ["00012", "by text", "2026-11-03 09:08", "★★★", "4.20", False],
            [12345678.0, "by serial", 46329.37986111, 3.5, 7.0, None],
            [4, 1234, date(2026, 11, 3), "#N/A", "#N/A", "a_x000D_b"],
        ]
    )
    found = read(
        "a.xlsx", content, id="id", time="time", score="score", version="version", flag="flag", tz="Asia/Shanghai"
    )
    told = found.told(found.on())
    assert [f.external_id for f in told] == ["12345", "00012", "12345678", "4"]
    assert [f.text for f in told] == ["fine", "by text", "by serial", "1234"]
    assert [f.score for f in told] == [4.0, 3.0, 3.5, None]
    assert [f.time.strftime("%d %H:%M") for f in told] == ["03 01:07", "03 01:08", "03 01:07", "02 16:00"]
    assert [dict(f.attributes) for f in told] == [
        {"version": "4.2", "flag": "true"},
        {"version": "4.20", "flag": "false"},
        {"version": "7"},
        {"flag": "a\rb"},
    ]


def test_dates_counted_from_1904(read: Reader) -> None:
    def from_1904(made: Workbook) -> None:
        made.epoch = CALENDAR_MAC_1904

    content = book([["text", "time"], ["a", 46329.5 - 1462]], from_1904)
    found = read("a.xlsx", content, time="time", tz="UTC")
    assert [str(f.time) for f in found.told(found.on())] == ["2026-11-03 12:00:00+00:00"]


def test_titles_blank_rows_merged_cells_and_formats_far_below(read: Reader) -> None:
    def style(made: Workbook) -> None:
        made.active.merge_cells("A1:C1")
        made.active.cell(row=40, column=1).number_format = "0.00"

    content = book([["Reviews"], [], ["user", "text", "n"], ["sam", "a", 1], [], [None, "b", 2], ["", "", ""]], style)
    found = read("a.xlsx", content, author="user", n="n")
    told = found.told(found.on())
    assert [(f.text, f.author.handle if f.author else None) for f in told] == [("a", "sam"), ("b", None)]
    assert found.refused() == []


def test_which_sheet(read: Reader) -> None:
    def more(made: Workbook) -> None:
        made.create_sheet("Old").append(["text"])
        made["Old"].append(["old"])
        made.create_sheet("Neu ").append(["text"])
        made["Neu "].append(["new"])
        made["Sheet"].sheet_state = "hidden"
        made.active = 1

    content = book([["text"], ["hidden"]], more)
    for sheet, text in ((None, "old"), ("Old", "old"), ("neu", "new"), (1, "hidden"), (3, "new"), ("3", "new")):
        found = read("a.xlsx", content, sheet=sheet)
        assert found.texts(found.on()) == [text]
    for sheet in ("Other", 4, "4", "0"):
        with pytest.raises(Rejected, match=r"there is no sheet .* the sheets are 'Sheet', 'Old', 'Neu '"):
            read("a.xlsx", content, sheet=sheet).on()


@pytest.mark.parametrize("mapped", [{}, {"id": "id"}], ids=["without id", "with id"])
@pytest.mark.parametrize("anew", [False, True])
def test_pages_cut_anywhere_and_a_changed_book(
    read: Reader, tmp_path: Path, mapped: dict[str, str], anew: bool
) -> None:
    rows = [["id", "text"], *([n, "same" if n % 2 else f"row {n}"] for n in range(50))]
    found = read("a.xlsx", book(rows), **mapped)
    with mock.patch.object(reading, "PAGE", 7):
        found.on(anew)
        assert len({record.event_id for record in found.records}) == len(found.records) == 50
        assert found.on(anew) == []
        (tmp_path / "a.xlsx").write_bytes(book([*rows, [50, "same"]]))
        again = found.on(anew)
    names = {record.event_id for record in found.records}
    assert len(again) == 51
    assert len(names) == 51, "what was read before has the names it had"


def test_the_look_into_a_book_takes_no_row(read: Reader) -> None:
    content = book([["text", "time"], *([f"row {n}", "2026-11-03T09:07Z"] for n in range(30))])
    found = read("a.xlsx", content, time="time")
    assert found.texts(found.on()) == [f"row {n}" for n in range(30)]


def test_wrong_dimensions_hide_no_cells(read: Reader) -> None:
    source = zipfile.ZipFile(io.BytesIO(book([["text", "n"], ["a", 1], ["b", 2]])))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name.endswith("sheet1.xml"):
                content = re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1"', content)
            target.writestr(name, content)
    found = read("a.xlsx", out.getvalue(), n="n")
    assert [(f.text, f.attributes["n"]) for f in found.told(found.on())] == [("a", "1"), ("b", "2")]


def test_ids_that_a_spreadsheet_has_shortened(read: Reader) -> None:
    found = read(
        "a.xlsx", book([["id", "text"], [1.23456789012345e17, "a"], [2**60, "b"], ["123456789012345678", "c"]]), id="id"
    )
    found.on()
    assert found.texts() == ["c"]
    assert [reason[:34] for reason in found.refused()] == [
        "line 2: a spreadsheet has shortene",
        "line 3: a spreadsheet has shortene",
    ]


def test_a_time_of_day_alone_is_none(read: Reader) -> None:
    found = read("a.xlsx", book([["text", "time"], ["a", time(9, 7)]]), time="time", tz="UTC")
    found.on()
    assert found.refused() == ["line 2: the time is not readable (a.xlsx)"]


def test_times_without_a_zone_are_told_before_a_row(read: Reader) -> None:
    with pytest.raises(Rejected, match="add --tz"):
        read("a.xlsx", book([["text", "time"], ["a", datetime(2026, 11, 3)]]), time="time").on()


def broken(content: bytes, name: str, how: Callable[[bytes], bytes]) -> bytes:
    source = zipfile.ZipFile(io.BytesIO(content))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        for item in source.namelist():
            data = source.read(item)
            target.writestr(item, how(data) if item.endswith(name) else data)
    return out.getvalue()


GOOD = book([["text"], *([f"row {n}"] for n in range(3_000))])


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (GOOD[: len(GOOD) // 2], "the workbook is broken"),
        (b"PK\x03\x04 not a zip at all", "the workbook is broken"),
        (broken(GOOD, "workbook.xml", lambda data: b"<nonsense"), "the workbook is broken"),
        (broken(GOOD, "sheet1.xml", lambda data: b"<nonsense"), "the workbook is broken"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "protected by a password"),
        (b"text\nfine\n", "no workbook, or a broken one"),
        (b"<html><table></table></html>", "a web page"),
        (book([["other"]]), "there is no column 'text'; the columns are 'other'"),
    ],
)
def test_books_that_cannot_be_read(read: Reader, content: bytes, says: str) -> None:
    with pytest.raises(Rejected, match=r"^a\.xlsx: ") as error:
        read("a.xlsx", content).on()
    assert says in str(error.value)


def test_rows_before_a_damage_are_read(read: Reader) -> None:
    found = read("a.xlsx", broken(GOOD, "sheet1.xml", lambda data: data[: len(data) * 3 // 4]))
    with pytest.raises(Rejected, match="the workbook is broken behind row 2"):
        found.on()
    assert len(found.records) >= 2_000
    assert len({record.event_id for record in found.records}) == len(found.records)
    with pytest.raises(Rejected, match="the workbook is broken behind row 2"):
        found.anew()


def test_a_book_without_rows(read: Reader) -> None:
    with pytest.raises(Retryable, match="the sheet is empty"):
        read("a.xlsx", book([])).on()
    assert read("b.xlsx", book([["text"]])).on() == []


def test_a_book_by_another_name(read: Reader) -> None:
    found = read("a.dat", book([["text"], ["fine"]]))
    assert found.texts(found.on()) == ["fine"]
