"""Labelled rows: as people's programs write them, or an error that says what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from vocbot.sdk.errors import VocbotError
from vocbot.text.labelled import read


def table(path: Path, content: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(content.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("sign", [",", ";", "\t"])
def test_rows_as_programs_write_them(tmp_path: Path, encoding: str, sign: str) -> None:
    lines = ["标签|评价|其他", '1|"很好, 真的; 不错\t！"|x', '0|"第一行\n第二行"|', " 0 |难吃|"]
    rows = read(table(tmp_path / "a.csv", "\r\n".join(lines).replace("|", sign), encoding), "评价", "标签")
    assert rows.texts == ["很好, 真的; 不错\t！", "第一行\n第二行", "难吃"]
    assert rows.labels == ["1", "0", "0"]


def test_rows_without_a_label_are_counted_and_left_out(tmp_path: Path) -> None:
    rows = read(table(tmp_path / "a.csv", "t,l\na,x\nb,\nc, \n\nd\ne,y\n"), "t", "l")
    assert (rows.texts, rows.labels, rows.unlabelled) == (["a", "e"], ["x", "y"], 2)


def test_a_missing_column_is_named_with_those_there(tmp_path: Path) -> None:
    with pytest.raises(VocbotError, match=r"no column 'text'; its columns are review, label"):
        read(table(tmp_path / "a.csv", "review,label\nx,1\n"), "text", "label")
    with pytest.raises(VocbotError, match="its columns are none"):
        read(table(tmp_path / "b.csv", ""), "text", "label")


def test_bytes_of_no_known_writing(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"t,l\n\xff\xff,1\n")
    with pytest.raises(VocbotError, match="neither UTF-8 nor GB18030"):
        read(path, "t", "l")
    with pytest.raises(VocbotError, match="cannot be read"):
        read(tmp_path / "none.csv", "t", "l")


def test_a_long_text(tmp_path: Path) -> None:
    assert read(table(tmp_path / "a.csv", f"t,l\n{'x' * 1_000_000},1\n"), "t", "l").texts == ["x" * 1_000_000]
