"""The verb phrases: lines in, phrases out."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from vocbot.cli.phrases import phrases
from vocbot.sdk.errors import VocbotError


def run(lines: list[str], capsysbinary: pytest.CaptureFixture[bytes], **options: Any) -> list[Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("\n".join(lines).encode())))
        phrases(**{"days": 7, "limit": 30, "site": None, "private": False, **options})
    return [json.loads(line) for line in capsysbinary.readouterr().out.splitlines()]


def line(id: int, text: str, author: str | None = None, day: int = 24) -> str:
    fields = {"id": id, "text": text, "time": f"2026-11-{day:02d}T09:30:00Z", "author": author}
    return json.dumps({k: v for k, v in fields.items() if v is not None}, ensure_ascii=False)


def test_one_line_for_each_phrase(capsysbinary: pytest.CaptureFixture[bytes], tmp_path: Path) -> None:
    site = tmp_path / "site.txt"
    site.write_text("我们准时送达", encoding="utf-8")
    lines = [line(i, f"{word}开盲盒，下次不来", f"a{i}") for i, word in enumerate(["像", "在", "又", "真"])]
    (one,) = run(lines, capsysbinary, site=site)
    assert list(one) == ["phrase", "mentions", "people", "lift", "quote", "on_site"]
    assert one | {"quote": ""} == {
        "phrase": "开盲盒",
        "mentions": 4,
        "people": 4,
        "lift": 5.0,
        "quote": "",
        "on_site": 0,
    }
    assert "on_site" not in run(lines, capsysbinary)[0]
    assert run(lines, capsysbinary, limit=30, days=1) == run(lines, capsysbinary)


def test_trouble_is_said_in_one_line(capsysbinary: pytest.CaptureFixture[bytes], tmp_path: Path) -> None:
    with pytest.raises(VocbotError, match="line 1: "):
        run(['{"id": 1, "text": "a"}'], capsysbinary)
    with pytest.raises(VocbotError, match=r"none\.txt cannot be read"):
        run([], capsysbinary, site=tmp_path / "none.txt")
