"""Which settings make a source, and what those that do not are told."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from connectors.file.config import FileSettings

GOOD = {"path": "a.csv", "map": {"text": "comment"}}


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"path": ""}, "path"),
        ({"map": {"text": " "}}, "text: name a column"),
        ({"map": {"text": "a", "a b": "c"}}, "'a b' is no name for an attribute"),
        ({"map": {"text": "a", "Time": "c"}}, "Time: write time"),
        ({"map": {"text": "a", "event": "b", "author": "c"}}, "not both"),
        ({"map": {"event": "b", "time": "c"}}, "an event must be somebody's"),
        ({"tz": "Shanghai"}, "no such zone; write Asia/Shanghai"),
        ({"dates": "dmy"}, "day-first"),
        ({"encoding": "gbk2"}, "common ones are utf-8, gb18030"),
        ({"encoding": "hex"}, "common ones are utf-8, gb18030"),
        ({"delimiter": ";;"}, "must be one sign"),
        ({"delimiter": '"'}, "must be one sign"),
        ({"delimiter": "，"}, "must be one sign"),
        ({"sheet": 0}, "counted from 1"),
        ({"columns": {}}, "columns"),
    ],
)
def test_what_is_refused(given: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says) as error:
        FileSettings.model_validate({**GOOD, **given})
    assert "input_value" not in str(error.value)


@pytest.mark.parametrize(
    ("given", "name", "value"),
    [
        ({"encoding": "GBK"}, "encoding", "gb18030"),
        ({"encoding": "UTF8"}, "encoding", "utf-8"),
        ({"delimiter": "tab"}, "delimiter", "\t"),
        ({"delimiter": "\\t"}, "delimiter", "\t"),
        ({"delimiter": ";"}, "delimiter", ";"),
        ({"map": {"text": "评论", "城市_1-a": "x"}}, "map", {"text": "评论", "城市_1-a": "x"}),
        ({}, "zone", None),
    ],
)
def test_what_is_meant(given: dict[str, Any], name: str, value: object) -> None:
    assert getattr(FileSettings.model_validate({**GOOD, **given}), name) == value


def test_a_zone() -> None:
    zone = FileSettings.model_validate({**GOOD, "tz": "+08:00"}).zone
    assert zone is not None
    assert zone.utcoffset(None) == timedelta(hours=8)


def test_without_a_text_column_the_command_is_told(tmp_path: Path) -> None:
    path = tmp_path / "my reviews.csv"
    path.write_text("编号,评论内容,时间,评分\n1,很好,2026/11/3 9:07,5\n", encoding="gb18030")
    with pytest.raises(ValidationError) as error:
        FileSettings.model_validate({"path": str(path), "map": {"time": "时间"}})
    message = str(error.value)
    assert "map: say which column holds what customers said (text)" in message
    assert (
        f"vocbot import '{path}' --source NAME --map 'text=评论内容' --map 'time=时间' --map 'id=编号' "
        "--map 'score=评分' --tz Asia/Shanghai" in message
    )
    path.unlink()
    with pytest.raises(ValidationError, match=r"\(text\); .* there is no such file"):
        FileSettings.model_validate({"path": str(path)})
