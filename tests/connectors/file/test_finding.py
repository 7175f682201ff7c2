"""Which files there are, and what they are; and the check, which looks like the poll."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from connectors.file.checkable import FileCheck
from connectors.file.config import FileSettings
from connectors.file.finding import find, recognise
from connectors.file.standin import FileStandin
from vocbot.sdk.errors import Rejected, Retryable
from vocbot.sdk.ports import Context, Finding
from vocbot.sdk.testing.clock import HandClock


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.csv", b"", "a.csv: the file is empty"),
        ("a.csv", b" \n\n", "a.csv: the file is empty"),
        ("a.pdf", b"%PDF-1.7", "this is a PDF"),
        ("a.csv", b"%PDF-1.7", "this is a PDF"),
        ("a.csv.gz", b"\x1f\x8b\x08", "packed with gzip: unpack it"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1", "the old Excel format; open it and save it as CSV (UTF-8) or XLSX"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1", "protected by a password"),
        ("a.docx", b"PK\x03\x04", "we do not read .docx"),
        ("a.ods", b"PK\x03\x04", "we do not read .ods"),
        ("a.xls", b"\xef\xbb\xbf<HTML><table>", "this is a web page or XML"),
        ("a.csv", b"\n <?xml version='1.0'?>", "this is a web page or XML"),
        ("a.xlsx", b"a,b\n", "no workbook, or a broken one"),
        ("a.json", b'[{"a": 1}]', "one object a line"),
        ("a.bin", bytes(range(1, 32)) * 10, "we do not know what this is"),
    ],
)
def test_what_is_not_read(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    (tmp_path / name).write_bytes(content)
    (found,) = find(str(tmp_path / name))
    with pytest.raises((Rejected, Retryable)) as error:
        recognise(found)
    assert says in str(error.value)


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.csv", b"a,b\n", "csv"),
        ("a.CSV", b"a,b\n", "csv"),
        ("a.tsv", b"a\tb\n", "csv"),
        ("a.xls", b"a\tb\n", "csv"),
        ("a.export", b"a,b\n", "csv"),
        ("a.export", b'{"a": 1}\n', "jsonl"),
        ("a.json", b'{"a": 1}\n', "jsonl"),
        ("a.ndjson", b'{"a": 1}\n', "jsonl"),
        ("a.csv", b"PK\x03\x04", "xlsx"),
        ("a.csv", "a,b\n".encode("utf-16"), "csv"),
    ],
)
def test_what_it_is(tmp_path: Path, name: str, content: bytes, kind: str) -> None:
    (tmp_path / name).write_bytes(content)
    (found,) = find(str(tmp_path / name))
    assert recognise(found) == kind


def test_what_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "reviews.csv").write_text("x")
    for path, says in (
        ("review.csv", "there is no such file; did you mean reviews.csv?"),
        ("no/where.csv", "there is no such file; check path"),
        ("no/*.csv", "there is no folder"),
    ):
        with pytest.raises(Retryable) as error:
            find(str(tmp_path / path))
        assert says in str(error.value)
    assert find(str(tmp_path / "*.xlsx")) == []


def test_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "a.csv").write_text("x")
    assert [found.name for found in find("~/a.csv")] == ["a.csv"]


@pytest.fixture
def check(tmp_path: Path) -> Callable[..., list[Finding]]:
    def look(path: str, **more: Any) -> list[Finding]:
        settings = FileSettings.model_validate({"path": str(tmp_path / path), "map": {"text": "text"}, **more})
        return list(FileCheck(settings, Context("file", HandClock())).check())

    return look


def test_the_check(check: Callable[..., list[Finding]], tmp_path: Path) -> None:
    assert [finding.level for finding in check("none.csv")] == ["error"]
    assert [finding.level for finding in check(".")] == ["warning"]
    (tmp_path / "good.csv").write_bytes("text,n\n好,1\n".encode("gbk") * 2)
    (tmp_path / "bad.csv").write_text("words\nx\n")
    (tmp_path / "good.jsonl").write_text('{"text": "a"}\n')
    found = {finding.what.partition(":")[0]: finding for finding in check(".")}
    assert found["good.csv"].what == "good.csv: CSV in GB18030, 2 columns, the mapped ones are there"
    assert found["good.jsonl"].what == "good.jsonl: JSON Lines in UTF-8, 1 columns, the mapped ones are there"
    assert (found["bad.csv"].level, found["bad.csv"].hint) == ("error", "the columns are 'words'")


def test_the_check_looks_at_the_youngest(check: Callable[..., list[Finding]], tmp_path: Path) -> None:
    for number in range(25):
        (tmp_path / f"{number}.csv").write_text("text\n")
    found = check(".")
    assert len(found) == 21
    assert found[-1].what == "5 older files were not looked into"


def test_a_folder_that_is_gone_is_the_only_fault_of_the_standin(tmp_path: Path) -> None:
    standin = FileStandin(tmp_path / "file.jsonl", HandClock())
    standin.start()
    standin.speak('late, "again"\n', "sam")
    settings = FileSettings.model_validate(standin.settings())
    check = FileCheck(settings, Context("file", HandClock()))
    assert [finding.level for finding in check.check()] == ["ok"]
    standin.stop()
    assert [finding.level for finding in check.check()] == ["error"]
