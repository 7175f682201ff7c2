"""Reading somebody's items: every bad line is named, nothing is guessed."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from vocbot.config.yamlfile import FileProblems
from vocbot.demo.story import by_day, read_items

ZONE = ZoneInfo("Asia/Shanghai")


def test_items_are_sorted_and_completed(tmp_path: Path) -> None:
    path = tmp_path / "items.jsonl"
    path.write_text(
        '\ufeff{"text": "late", "time": "2026-09-02T10:00:00Z", "author": "b", "channel": "chat"}\n\n'
        '{"text": "early", "time": "2026-09-01T10:00:00", "attributes": {"v": 5, "none": null}}\n',
        encoding="utf-8",
    )
    early, late = read_items(path, ZONE)
    assert (early.text, early.author, early.channel, early.attributes) == ("early", "stranger-3", "web", {"v": "5"})
    assert early.time == datetime(2026, 9, 1, 10, tzinfo=ZONE)
    assert late.author == "b"


def test_every_bad_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "items.jsonl"
    path.write_text(
        'nonsense\n[]\n{"time": "2026-09-01T10:00:00Z"}\n{"text": "a"}\n{"text": "a", "time": "yesterday"}\n'
        '{"text": "a", "time": "2026-09-01T10:00:00Z", "attributes": []}\n{"text": 5, "time": "2026-09-01"}\n',
        encoding="utf-8",
    )
    with pytest.raises(FileProblems) as caught:
        read_items(path, ZONE)
    lines = caught.value.problems
    # an empty list of attributes counts as none
    assert [line.split(":")[1] for line in lines] == ["1", "2", "3", "4", "5", "7"]
    assert "text is missing" in lines[2]
    assert "not an ISO time" in lines[4]


@pytest.mark.parametrize(("content", "said"), [(b"", "no item"), (b"\xff\xfe", "not UTF-8")])
def test_unusable_files(content: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "items.jsonl"
    path.write_bytes(content)
    with pytest.raises(FileProblems, match=said):
        read_items(path, ZONE)
    with pytest.raises(FileProblems, match="cannot be read"):
        read_items(tmp_path / "nowhere.jsonl", ZONE)


def test_days_are_local_and_without_gaps(tmp_path: Path) -> None:
    path = tmp_path / "items.jsonl"
    path.write_text(
        '{"text": "a", "time": "2026-09-01T15:59:59Z"}\n{"text": "b", "time": "2026-09-01T16:00:00Z"}\n'
        '{"text": "c", "time": "2026-09-04T03:00:00Z"}\n',
        encoding="utf-8",
    )
    days = list(by_day(read_items(path, ZONE), ZONE))
    assert [(end.date().day, [i.text for i in items]) for end, items in days] == [
        (1, ["a"]),
        (2, ["b"]),
        (3, []),
        (4, ["c"]),
    ]
