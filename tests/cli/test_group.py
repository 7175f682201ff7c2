"""The verb group: one answer a line as decided then, and once more at the end."""

from __future__ import annotations

import io
import json
import sys
from typing import Any

import pytest

from tests.text.topics import stream
from vocbot.cli.group import group
from vocbot.sdk.errors import VocbotError


def answers(lines: list[str], capsysbinary: pytest.CaptureFixture[bytes], **options: bool) -> list[Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("\n".join(lines).encode())))
        group(**options)
    return [json.loads(line) for line in capsysbinary.readouterr().out.splitlines()]


def line(id: Any, text: str) -> str:
    return json.dumps({"id": id, "text": text, "time": "2026-11-24T09:30:00Z"}, ensure_ascii=False)


def test_one_answer_a_line_and_once_more_at_the_end(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    pairs = stream(300)
    lines = [line(i, text) for i, (text, _) in enumerate(pairs)]
    done = answers(lines, capsysbinary, final=True)
    live, last = done[:300], done[300:]
    assert [a["id"] for a in live] == [a["id"] for a in last] == list(range(300))
    assert all(set(a) == {"id", "issue"} for a in live)
    assert all(a["final"] is True for a in last)
    assert [a["issue"] for a in live] == [a["issue"] for a in answers(lines, capsysbinary)]


def test_the_terms_that_decided(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    done = answers([line(str(i), "money back please") for i in range(2)], capsysbinary, explain=True)
    assert {one["term"] for one in done[1]["because"]} == {"money", "back", "pleas"}


def test_what_stands_before_a_broken_line_is_answered(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    with pytest.raises(VocbotError, match=r"line 2: .*'?text"):
        answers([line(1, "a"), '{"id": 2, "time": "2026-11-24T09:30:00Z"}'], capsysbinary, final=True)
    assert json.loads(capsysbinary.readouterr().out)["id"] == 1
