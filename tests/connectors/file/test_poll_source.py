"""Files that grow, change, come and go, are broken or half written: each row once, and nothing lost."""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from connectors.file import lines, poll_source, reading, tables
from connectors.file.config import FileSettings
from connectors.file.poll_source import FilePoll
from vocbot.sdk.errors import CursorExpired, Rejected, Retryable
from vocbot.sdk.ports import Context
from vocbot.sdk.testing.clock import HandClock

from .conftest import Read

Reader = Callable[..., Read]


def table(*texts: str) -> str:
    return "id,text\n" + "".join(f"{n},{text}\n" for n, text in enumerate(texts))


def rows(count: int, word: str = "row") -> str:
    return table(*(f"{word} {n}" for n in range(count)))


# -- pages


def test_pages_of_two_thousand_from_one_file_or_several(read: Reader, tmp_path: Path) -> None:
    for name in ("b.csv", "a.csv"):
        (tmp_path / name).write_text(rows(2_500, name))
    poll = FilePoll(FileSettings(path=str(tmp_path), map={"text": "text"}), Context("file", HandClock()))
    first = poll.poll(None)
    assert (len(first.records), first.more) == (2_000, True)
    second = poll.poll(first.cursor)
    assert (len(second.records), second.more) == (2_000, True)
    third = poll.poll(second.cursor)
    assert (len(third.records), third.more) == (1_000, False)
    everything = Read(poll._settings)
    texts = everything.texts(everything.anew())
    assert texts == [f"{name} {n}" for name in ("a.csv", "b.csv") for n in range(2_500)]
    assert texts == everything.texts([*first.records, *second.records, *third.records])


def test_a_page_ends_by_size_and_by_blank_rows(read: Reader) -> None:
    big = read("a.csv", rows(10, "x" * 1_000))
    with mock.patch.object(reading, "MOST_BYTES", 3_000):
        big.on()
        assert big.pages >= 4
    assert len(big.records) == 10
    blank = read("b.csv", "text,n\n" + ",1\n" * 250 + "last,1\n")
    with mock.patch.object(reading, "MOST_ROWS", 100):
        blank.anew()
    assert (blank.texts(), blank.pages) == (["last"], 3)


def test_an_open_file_is_not_read_from_its_begin_for_each_page(read: Reader) -> None:
    found = read("a.csv", rows(9_000), id="id")
    taken = 0
    take = lines.Lines.take

    def counted(self: Any) -> Any:
        nonlocal taken
        taken += 1
        return take(self)

    with mock.patch.object(lines.Lines, "take", counted):
        found.on()
        assert found.pages == 5
        assert taken < 9_000 + 1_500, "more than the look into the file and one reading"


def test_an_instance_goes_on_from_the_cursor_that_it_is_given(read: Reader) -> None:
    found = read("a.csv", rows(5_000))
    poll = FilePoll(found.settings, Context("file", HandClock()))
    first = poll.poll(None)
    second = poll.poll(first.cursor)
    assert poll.poll(None) == first
    assert poll.poll(first.cursor) == second
    assert len({record.event_id for record in (*first.records, *second.records)}) == 4_000


def test_progress_goes_from_nothing_to_all(read: Reader) -> None:
    found = read("a.csv", rows(5_000))
    poll = FilePoll(found.settings, Context("file", HandClock()))
    assert poll.progress(None) == 0.0
    seen, cursor, more = [0.0], None, True
    while more:
        page = poll.poll(cursor)
        cursor, more = page.cursor, page.more
        seen.append(poll.progress(cursor))
    assert seen == sorted(seen)
    assert 0.3 < seen[1] < 0.5
    assert seen[-1] == 1.0


# -- growing and changing


@pytest.mark.parametrize("mapped", [{}, {"id": "id"}], ids=["without id", "with id"])
@pytest.mark.parametrize("anew", [False, True])
def test_only_new_rows_of_a_file_that_grew(read: Reader, tmp_path: Path, mapped: dict[str, str], anew: bool) -> None:
    found = read("a.csv", table("one", "same", "same"), **mapped)
    found.on(anew)
    assert found.on(anew) == []
    with (tmp_path / "a.csv").open("a") as file:
        file.write("3,same\n4,two\n")
    assert found.texts(found.on(anew)) == ["same", "two"]
    assert len({record.event_id for record in found.records}) == 5
    assert found.on(anew) == []


def test_equal_rows_keep_their_names_whatever_an_instance_has_read(read: Reader, tmp_path: Path) -> None:
    with mock.patch.object(reading, "PAGE", 1):
        found = read("a.csv", "text\n" + "same\n" * 4)
        poll = FilePoll(found.settings, Context("file", HandClock()))
        pages = [poll.poll(None)]
        while pages[-1].more:
            pages.append(poll.poll(pages[-1].cursor))
        for before, page in itertools.pairwise(pages):
            assert poll.poll(before.cursor) == page
    half = read("b.csv", "text,n\nsame,1\nsame,1")
    half.on()
    (tmp_path / "b.csv").write_text("text,n\nsame,1\nsame,12\nsame,3\n")
    half.on()
    assert len({record.event_id for record in half.records}) == 3


def test_an_unchanged_file_is_not_opened(read: Reader) -> None:
    found = read("a.csv", rows(3))
    found.on()
    with mock.patch.object(reading, "open_mapped", side_effect=AssertionError):
        assert found.on() == found.anew() == []


def test_a_fault_that_passes_is_forgotten(read: Reader) -> None:
    found = read("a.csv", rows(3))
    with (
        mock.patch.object(reading, "open_mapped", side_effect=Retryable("the share is slow")),
        pytest.raises(Retryable, match="the share is slow"),
    ):
        found.on()
    assert len(found.on()) == 3


def test_a_file_that_was_only_touched_brings_nothing(read: Reader, tmp_path: Path) -> None:
    found = read("a.csv", rows(3))
    found.on()
    os.utime(tmp_path / "a.csv", ns=(1, 1))
    assert found.on() == []
    assert found.anew() == []


def test_a_changed_row_comes_again_and_supersedes(read: Reader, tmp_path: Path) -> None:
    found = read("a.csv", "id,text,score\n1,good,4\n2,bad,1\n", id="id", score="score")
    (first, _) = found.on()
    (tmp_path / "a.csv").write_text("id,text,score\n1,good,5\n2,bad,1\n3,new,3\n")
    came = found.on()
    assert [f.external_id for f in found.told(came)] == ["1", "2", "3"], "the file is another one, read from its begin"
    known = {record.event_id for record in found.records[:2]}
    changed = [record for record in came if record.event_id not in known]
    assert [f.external_id for f in found.told(changed)] == ["1", "3"], "the unchanged row has its old name"
    assert first.event_id not in {record.event_id for record in changed}


def test_an_id_that_comes_again_later_is_a_revision_and_no_repetition(read: Reader, tmp_path: Path) -> None:
    found = read("a.csv", "id,text\n1,good\n", id="id")
    found.on()
    with (tmp_path / "a.csv").open("a") as file:
        file.write("1,better\n")
    assert found.texts(found.on()) == ["better"]
    assert dict(found.poll.tally()) == {"rows": 2}


def test_what_is_remembered_between_polls_is_bounded(read: Reader, tmp_path: Path) -> None:
    with mock.patch.object(poll_source, "MOST_REMEMBERED", 3):
        found = read("a.csv", table("same", "other", "more", "most"))
        found.on()
        assert found.poll._memories == {}
        with (tmp_path / "a.csv").open("a") as file:
            file.write("4,same\n")
        found.on()
    assert len({record.event_id for record in found.records}) == 5


@pytest.mark.parametrize("content", ["id,text\n9,other\n", "id,text\n0,r\n", ""])
def test_another_file_of_the_same_name_is_read_anew(read: Reader, tmp_path: Path, content: str) -> None:
    found = read("a.csv", rows(3))
    found.on()
    (tmp_path / "a.csv").write_text(content)
    if not content:
        with pytest.raises(Retryable, match=r"a\.csv: the file is empty"):
            found.on()
        return
    assert found.texts(found.anew()) == [content.split("\n")[1].split(",")[1]]


def test_reading_the_same_file_again_gives_the_same_names(read: Reader, tmp_path: Path) -> None:
    content = "text\n" + "same\n" * 5_000
    found = read("a.csv", content)
    found.on()
    again = read("b.csv", content)
    again.anew()
    names = [record.event_id for record in found.records]
    assert len(set(names)) == 5_000
    assert names == [record.event_id for record in again.records]
    assert len({feedback.external_id for feedback in found.told()}) == 5_000


# -- half written


def test_a_last_line_without_end_is_read_and_its_rest_later(read: Reader, tmp_path: Path) -> None:
    found = read("a.csv", "text,n\none,1\ntwo,2", n="n")
    assert found.texts(found.on()) == ["one", "two"]
    assert found.on() == []
    path = tmp_path / "a.csv"
    path.write_text("text,n\none,1\ntwo,2\nthree,3")
    assert found.texts(found.anew()) == ["three"], "the end of the second line is all that was missing of it"
    path.write_text("text,n\none,1\ntwo,2\nthree,345\n")
    assert [f.attributes for f in found.told(found.anew())] == [{"n": "345"}]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-32-be"])
def test_the_end_of_a_line_that_comes_later(read: Reader, tmp_path: Path, encoding: str, end: str) -> None:
    first, second = f"\ufefftext,n{end}好,1", f"{end}坏,2{end}"
    found = read("a.csv", first.encode(encoding))
    found.on()
    (tmp_path / "a.csv").write_bytes((first + second).encode(encoding))
    assert found.texts(found.on()) == ["坏"]
    assert found.texts() == ["好", "坏"]


@pytest.mark.parametrize("size", range(20, 90, 3))
def test_a_time_cut_by_the_end_of_the_sample_lacks_no_zone(read: Reader, size: int) -> None:
    found = read("a.csv", "text,time\n" + "fine,2026-11-03T09:07Z\n" * 10, time="time")
    with mock.patch.object(tables, "SAMPLE", size):
        assert len(found.on()) == 10
    assert found.refused() == []


def test_lines_are_counted_rightly_over_a_cut(read: Reader, tmp_path: Path) -> None:
    found = read("a.csv", "text,n\none,1")
    found.on()
    with (tmp_path / "a.csv").open("a") as file:
        file.write("\nbad,1,2,3\n")
    found.on()
    assert found.refused() == ["line 3: 4 cells, and the header has 2 (a.csv)"]


def test_a_quote_that_is_closed_later_makes_a_row_then(read: Reader, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    found = read("a.csv", 'text,n\none,1\n"two\nmore')
    assert found.texts(found.on()) == ["one"]
    path.write_text('text,n\none,1\n"two\nmore",2\nthree,3\n')
    assert found.texts(found.on()) == ["two\nmore", "three"]

    path.write_text('text,n\none,1\n"a\nb')
    other = read("a.csv")
    other.on()
    path.write_text('text,n\none,1\n"a\nb\nc",2\n')
    assert other.texts(other.on()) == ["a\nb\nc"], "the line ended, the row did not"


# -- several files


def test_a_faulty_file_is_complained_of_once_the_others_are_read(read: Reader, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("words\nx\n")
    (tmp_path / "b.csv").write_text(rows(3_000))
    found = Read(FileSettings(path=str(tmp_path), map={"text": "text"}))
    with pytest.raises(Rejected, match=r"a\.csv: there is no column 'text'"):
        found.on()
    assert len(found.records) == 3_000
    with pytest.raises(Rejected, match=r"a\.csv: there is no column 'text'"):
        found.anew()
    assert len(found.records) == 3_000
    (tmp_path / "c.csv").write_text(rows(1, "late"))
    with pytest.raises(Rejected):
        found.anew()
    assert found.texts()[-1] == "late 0"
    (tmp_path / "a.csv").write_text("text\nx\n")
    assert found.texts(found.anew()) == ["x"]


def test_files_come_and_go(read: Reader, tmp_path: Path) -> None:
    folder = tmp_path / "exports"
    found = Read(FileSettings(path=str(folder), map={"text": "text"}))
    with pytest.raises(Retryable, match="exports"):
        found.on()
    folder.mkdir()
    with pytest.raises(Retryable, match="no file there"):
        found.on()
    (folder / "a.csv").write_text(rows(1, "a"))
    (folder / ".hidden.csv").write_text(rows(1, "hidden"))
    (folder / "~$open.xlsx").write_text("x")
    (folder / "notes.md").write_text("x")
    assert found.texts(found.on()) == ["a 0"]
    (folder / "a.csv").unlink()
    assert found.on() == [], "an empty folder is nothing to complain of once something was read"
    (folder / "b.csv").write_text(rows(1, "b"))
    assert found.texts(found.anew()) == ["b 0"]
    assert "a.csv" not in str(found.cursor)


def test_a_pattern_and_a_name_with_brackets(read: Reader, tmp_path: Path) -> None:
    (tmp_path / "reviews [1].csv").write_text(rows(1, "brackets"))
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "x.data").write_text(rows(1, "sub"))
    one = read("reviews [1].csv")
    assert one.texts(one.on()) == ["brackets 0"]
    deep = read("**/*.data")
    assert deep.texts(deep.on()) == ["sub 0"]


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "[]",
        "null",
        '{"version":2,"files":[]}',
        '{"version":1,"files":[["a.csv",-1,0,"",0,0,0,"",0.5,null]]}',
        "[" * 100_000,
        json.dumps({"version": 1, "files": [["a.csv", "1", 0, "", 0, 0, 0, "", 0.5, None]]}),
    ],
)
def test_a_cursor_of_somebody_else(read: Reader, cursor: str) -> None:
    found = read("a.csv", rows(1))
    found.cursor = cursor
    with pytest.raises(CursorExpired):
        found.on()


def test_marks_beyond_the_file_begin_anew(read: Reader) -> None:
    found = read("a.csv", rows(2))
    found.cursor = json.dumps({"version": 1, "files": [["a.csv", 10**12, 5, "x", 10**12, 5, 0, "quote", 0.5, None]]})
    assert len(found.on()) == 2


# -- what goes wrong with rows and columns


def test_rows_that_cannot_be_used_are_kept_and_counted(read: Reader) -> None:
    found = read(
        "a.csv",
        "id,text,when,score\n"
        "1,fine,2026-11-03 09:07,4\n"
        ",no id,2026-11-03 09:07,4\n"
        "3,no time,,4\n"
        "4,odd time,soon,4\n"
        "5,too,many,cells,here\n"
        "6,too few\n"
        ",,,\n"
        "\n"
        "7,,2026-11-03 09:07,4\n"
        "1.23457E+17,shortened,2026-11-03 09:07,4\n"
        "8,odd score,2026-11-03 09:07,lovely\n"
        "8,id again,2026-11-03 09:07,1\n",
        id="id",
        time="when",
        score="score",
        tz="UTC",
    )
    found.on()
    assert found.texts() == ["fine", "odd score", "id again"]
    assert found.refused() == [
        "line 3: the id is missing (a.csv)",
        "line 4: there is no time (a.csv)",
        "line 5: the time is not readable; write it as 2026-11-03 09:07 (a.csv)",
        "line 6: 5 cells, and the header has 4 (a.csv)",
        "line 7: 2 cells, and the header has 4 (a.csv)",
        "line 11: a spreadsheet has shortened the id: make its column text before the ids go in (a.csv)",
    ]
    assert found.told()[1].score is None
    assert dict(found.poll.tally()) == {
        "rows": 3,
        "refused": 6,
        "blank": 2,
        "scores not read": 1,
        "repeated ids": 1,
    }
    kept = json.loads(found.records[3].body)
    assert kept["cells"] == {"text": "odd time", "id": "4", "time": "soon", "score": "4"}
    assert json.loads(found.records[4].body)["cells"]["3"] == "many"
    assert len({record.event_id for record in found.records}) == len(found.records)


def test_the_same_bad_row_twice_is_two_and_keeps_its_name(read: Reader) -> None:
    found = read("a.csv", "text,n\na\na\nfine,1\n")
    found.on()
    again = read("a.csv")
    again.anew()
    assert len({record.event_id for record in found.records}) == 3
    assert [r.event_id for r in again.records] == [r.event_id for r in found.records]


@pytest.mark.parametrize(
    ("content", "given", "says"),
    [
        ("a,b\n1,2\n", {}, "there is no column 'text'; the columns are 'a', 'b'"),
        ("id,txt\n1,2\n", {}, "did you mean 'txt'? The columns are 'id', 'txt'"),
        ("text,n,text\n1,2,3\n", {}, "the column 'text' is there 2 times (numbers 1 and 3): rename all but one"),
        ("it never came,4\nall is well,5\n", {}, "the first line does not look like the names of columns"),
        (
            "text,t\nx,2026-11-03 09:07\n",
            {"time": "t"},
            "do not say their zone: add --tz, for example --tz Asia/Shanghai",
        ),
        ("text,t\nx,03/11/2026\n", {"time": "t", "tz": "UTC"}, "could be day/month or month/day: say dates"),
        (
            "text\ncaf\xe9, \xe7a va, d\xe9\xe7u\nr\xe9par\xe9 tr\xe8s\n".encode("latin-1"),
            {},
            "the encoding could be cp",
        ),
    ],
)
def test_what_is_wrong_with_the_file_is_said_before_a_row_is_read(
    read: Reader, content: str | bytes, given: dict[str, Any], says: str
) -> None:
    with pytest.raises(Rejected) as error:
        read("a.csv", content, **given).on()
    assert str(error.value).startswith("a.csv: ")
    assert says in str(error.value)
    assert "never came" not in str(error.value)


def test_columns_are_found_whatever_their_case_and_blanks(read: Reader) -> None:
    found = read("a.csv", "\ufeff\ufeff Review  Text ,STARS\nfine,4\n", text="review text", score="Stars")
    (feedback,) = found.told(found.on())
    assert (feedback.text, feedback.score) == ("fine", 4.0)


def test_a_title_above_the_header_is_passed_over(read: Reader) -> None:
    found = read("a.csv", "Reviews of November\nmade by the shop\n\nid;text\n1;fine\n2;bad;x\n")
    found.on()
    assert found.texts() == ["fine"]
    assert found.refused() == ["line 6: 3 cells, and the header has 2 (a.csv)"]


def test_the_day_is_told_from_the_file(read: Reader) -> None:
    found = read("a.csv", "text,t\na,03/11/2026\nb,25/11/2026\n", time="t", tz="UTC")
    assert [str(f.time.date()) for f in found.told(found.on())] == ["2026-11-03", "2026-11-25"]
    other = read("b.csv", "text,t\na,03/11/2026\n", time="t", tz="UTC", dates="month-first")
    assert [str(f.time.date()) for f in other.told(other.on())] == ["2026-03-11"]


def test_newest_is_the_youngest_time_that_is_not_in_the_future(read: Reader) -> None:
    found = read("a.csv", "text,t\na,2026-11-02T00:00Z\nb,2026-11-01T00:00Z\nc,2027-01-01T00:00Z\n", time="t")
    page = FilePoll(found.settings, Context("file", HandClock())).poll(None)
    assert str(page.newest) == "2026-11-02 00:00:00+00:00"


def test_a_file_of_many_encodings(read: Reader) -> None:
    content = "text,n\n质量很好,1\n".encode() + "发货太慢了,2\n".encode("gbk") + b"caf\xe9,3\n" + "还行😀,4\n".encode()
    found = read("a.csv", content)
    found.on()
    assert found.texts() == ["质量很好", "发货太慢了", "还行😀"]
    assert found.refused() == ["line 4: the bytes are not UTF-8 (set encoding if all of it is another) (a.csv)"]
    assert found.poll.tally()["other encoding"] == 1
    other = read("b.csv", ("text,n\n" + "发货太慢了,2\n" * 5).encode("gbk") + "质量很好,1\n".encode())
    assert other.texts(other.on()) == ["发货太慢了"] * 5 + ["质量很好"]
    assert other.poll.tally()["other encoding"] == 1
