"""Rows of CSV: what quotes mean, and what broken ones cost."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.file import delimited, lines, reading
from connectors.file.coding import Coding, Decoder
from connectors.file.delimited import Delimited, every
from connectors.file.dialect import sniff
from connectors.file.lines import Lines
from connectors.file.rows import Trouble

from .conftest import Read

Reader = Callable[..., Read]
TIME = "2026-11-03T09:07Z"


def parsed(content: str, width: int | None = None, delimiter: str = ",") -> list[object]:
    """The cells of each row, or the number of the line and why there are none."""
    source = Lines(io.BytesIO(content.encode()), Decoder(Coding("utf-8")))
    found = Delimited(source, delimiter, width).rows(every)
    return [(number, cells.reason) if isinstance(cells, Trouble) else cells for number, cells in found]


@pytest.mark.parametrize(
    ("line", "cells"),
    [
        ("a,b", ["a", "b"]),
        ('"a",b', ["a", "b"]),
        ('a,"b"', ["a", "b"]),
        ('"a","b"', ["a", "b"]),
        ('"a,b",c', ["a,b", "c"]),
        ('c,"a,b"', ["c", "a,b"]),
        ('c,"a,b",d', ["c", "a,b", "d"]),
        ('"a","b,c",""', ["a", "b,c", ""]),
        ('"say ""hi""",b', ['say "hi"', "b"]),
        ('"""",b', ['"', "b"]),
        ('"",""', ["", ""]),
        ('"a"",""b",c', ['a","b', "c"]),
        ('5" disk,b', ['5" disk', "b"]),
        ('5" or 3" disk,b', ['5" or 3" disk', "b"]),
        ('a, "b"', ["a", ' "b"']),
        ('"a\nb",c', ["a\nb", "c"]),
        ('"a\r\nb",c\r\n', ["a\r\nb", "c"]),
        ('x,"a\n\nb ""q""\n",c', ["x", 'a\n\nb "q"\n', "c"]),
        (",", ["", ""]),
    ],
)
def test_a_row(line: str, cells: list[str]) -> None:
    for end in ("", "\n", "\r\n"):
        text = line.rstrip("\r\n") + end
        assert parsed(text) == ([cells] if any(cells) else [])
        if "\r\n" not in line or end:
            assert list(csv.reader(io.StringIO(text, newline=""))) == [cells], "as everybody reads it"


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet='a",\n', max_size=30))
def test_what_the_csv_module_reads_strictly_we_read_alike(text: str) -> None:
    try:
        strict = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error:
        return
    assert parsed(text) == [cells for cells in strict if any(map(str.strip, cells))]


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ('3,"never closed,x', "a quote is opened and not closed"),
        ('3,"never closed', "a quote is opened and not closed"),
        ('3,"closed"too early",x,y', "text stands right after a closing quote"),
    ],
)
@pytest.mark.parametrize(
    "after", ["4,b,x\n5,c,x\n", '4,"b",x\n5,"c",x\n', '"4","b","x"\n"5","c","x"\n', '4,b,"x"\n5,c,x\n']
)
def test_broken_quotes_cost_their_own_line(broken: str, reason: str, after: str) -> None:
    found = parsed(f"1,a,x\n{broken}\n{after}", width=3)
    assert found[0] == ["1", "a", "x"]
    (bad,) = [item for item in found if isinstance(item, tuple)]
    assert bad[0] == 2
    assert reason in bad[1] or "text stands right after" in bad[1]
    assert found[2:] == [["4", "b", "x"], ["5", "c", "x"]]


def test_lines_are_counted_rightly_after_an_open_quote(read: Reader) -> None:
    found = read("a.csv", 'text,n\n"open,1\nrow,2\nrow,3\n"b""ad",4,5\nrow,6\nbad\n')
    found.on()
    assert [reason.partition(":")[0] for reason in found.refused()] == ["line 2", "line 5", "line 7"]
    assert found.texts() == ["row"] * 3


@pytest.mark.parametrize("block", [16, 64, 1 << 20])
def test_pages_cut_after_an_open_quote(read: Reader, block: int) -> None:
    content = "text,n\n" + "".join(f'"open {n},1\n' + f"row {n},2\n" * 30 for n in range(5))
    found = read("a.csv", content)
    with mock.patch.object(lines, "BLOCK", block), mock.patch.object(reading, "PAGE", 3):
        found.anew()
    assert found.texts() == [f"row {n}" for n in range(5) for _ in range(30)]
    assert len(found.refused()) == 5


def test_an_open_quote_is_given_up_within_two_megabytes() -> None:
    with mock.patch.object(delimited, "LONGEST", 1_000):
        found = parsed('1,"open,x\n' + "2,row,x\n" * 500, width=3)
    assert found[0] == (1, "a quote is opened and not closed within 0 MB")
    assert found[1:] == [["2", "row", "x"]] * 500


def test_rows_between_two_stray_quotes_are_not_swallowed(read: Reader) -> None:
    content = f'id,time,text\n1,{TIME},"open\n2,{TIME},lost\n3,{TIME},lost too\n4,{TIME},end"\n5,{TIME},fine\n'
    found = read("a.csv", content, time="time")
    found.on()
    assert found.texts() == ["lost", "lost too", 'end"', "fine"]
    assert found.refused() == [
        "line 2: a quote is opened and not closed: the lines after it are rows of their own (a.csv)"
    ]


def test_a_customer_may_quote_a_table(read: Reader) -> None:
    content = f'id,time,text\n1,{TIME},"my table:\na,b,c\nd,e,f\nend"\n'
    found = read("a.csv", content, time="time")
    assert found.texts(found.on()) == ["my table:\na,b,c\nd,e,f\nend"]


def test_quotes_that_nobody_doubled_are_mended_where_the_cells_fit() -> None:
    assert parsed('1,"so "good" it is",x\n2,b,x\n', width=3) == [["1", 'so "good" it is', "x"], ["2", "b", "x"]]
    unclear = '1,"He said "great", and left",x\n'
    assert parsed(unclear, width=3) == [(1, "text stands right after a closing quote")]
    assert parsed('1,"so "good" it is"\n2,b,x\n', width=3)[0] == (1, "text stands right after a closing quote")


def test_cells_of_a_megabyte(read: Reader) -> None:
    long = "很好，" * 120_000
    lined = "line\n" * 200_000
    found = read("a.csv", f'text,n\n"{long}",1\n"{lined}",2\n{long},3\n')
    assert found.texts(found.on()) == [long, lined, long]


def test_a_line_that_is_too_long_is_refused_and_passed_over() -> None:
    with mock.patch.object(lines, "LONGEST", 1_000), mock.patch.object(lines, "BLOCK", 300):
        found = parsed("1,a\n2," + "x" * 5_000 + "\n3,c\n", width=2)
    assert found[0] == ["1", "a"]
    assert found[-1] == ["3", "c"]
    assert {item[0] for item in found[1:-1] if isinstance(item, tuple)} >= {2}
    assert all(isinstance(item, tuple) and "longer than" in item[1] for item in found[1:-1])


def test_nul_is_no_text(read: Reader) -> None:
    found = read("a.csv", b"text,n\nfi\0ne,1\n\0,2\n" + b"more,3\n" * 20)
    assert found.texts(found.on())[:2] == ["fine", "more"]


# -- layout


def layout(content: str, *wanted: str, delimiter: str | None = None) -> tuple[str, tuple[str, ...]]:
    found = sniff(lambda: Lines(io.BytesIO(content.encode()), Decoder(Coding("utf-8"))), wanted, delimiter)
    return found.delimiter, tuple(found.columns)


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_what_parts_the_cells(sign: str) -> None:
    others = ", ; \t | "
    content = f'id{sign}text{sign}score\n1{sign}"{others}"{sign}5\n2{sign}x{sign}4\n'
    assert layout(content, "text") == (sign, ("id", "text", "score"))
    assert layout(content) == (sign, ("id", "text", "score"))


@pytest.mark.parametrize(
    ("content", "wanted", "found"),
    [
        ("text;a,b\nx;1\n", ["text"], (";", ("text", "a,b"))),
        ("text\nhello, world; and | more\n", ["text"], ("\x1f", ("text",))),
        ("sep=;\ntext;n\na,b;1\n", ["text"], (";", ("text", "n"))),
        ("sep=;\ntext;n\na,b;1\n", [], (";", ("text", "n"))),
        ('"te,xt";n\na;1\n', ["te,xt"], (";", ("te,xt", "n"))),
        ("Report, of, all\n\nid;text\n1;a\n", ["text"], (";", ("id", "text"))),
        ("a;b\n1,5;2,5\n3,5;4,5\n", [], (";", ("a", "b"))),
    ],
)
def test_the_header_decides(content: str, wanted: list[str], found: tuple[str, tuple[str, ...]]) -> None:
    assert layout(content, *wanted) == found


def test_the_owner_decides() -> None:
    assert layout("text;n,m\nx;1,2\n", "text", delimiter=",") == (",", ("text;n", "m"))


def test_one_column_with_commas(read: Reader) -> None:
    found = read("a.csv", 'text\nlate, and broken\n"quoted, too"\n')
    assert found.texts(found.on()) == ["late, and broken", "quoted, too"]
