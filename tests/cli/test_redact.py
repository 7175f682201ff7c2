"""The verb redact: positions of the line as given, its types, its reasons."""

from __future__ import annotations

import io
import json
import sys
from typing import Any

import pytest

from vocbot.cli.redact import redact


def answers(data: bytes, capsysbinary: pytest.CaptureFixture[bytes], explain: bool = False) -> list[Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
        redact(explain=explain)
    return [json.loads(line) for line in capsysbinary.readouterr().out.splitlines()]


def test_positions_count_code_points_of_the_line(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    lines = [
        "😀 \u200b电话：１３８\u200b００１３８０００。",
        "",
        "a@example.com 和 a@example.com",
        "订单号1380013800012345",
    ]
    done = answers("\n".join(lines).encode(), capsysbinary)
    cut = [
        [(span["type"], line[span["start"] : span["end"]]) for span in answer["spans"]]
        for line, answer in zip(lines, done, strict=True)
    ]
    assert cut == [
        [("PHONE", "１３８\u200b００１３８０００")],
        [],
        [("EMAIL", "a@example.com"), ("EMAIL", "a@example.com")],
        [],
    ]
    assert [answer["text"] for answer in done][1:] == ["", "[EMAIL] 和 [EMAIL]", lines[3]]


def test_odd_and_long_lines_are_answered(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    done = answers(b"\xff\xfe\n" + b"x" * 1_000_000 + b" a@example.com\n\xed\xa0\xbd", capsysbinary)
    assert [len(answer["spans"]) for answer in done] == [0, 1, 0]
    assert done[1]["spans"][0]["start"] == 1_000_001


def test_explain_tells_names_beside_a_cue_from_free_ones(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    (answer,) = answers("我叫张伟，读了刘墉的文章".encode(), capsysbinary, explain=True)
    assert [span["why"] for span in answer["spans"]] == [
        "a name beside a cue, or one that was again",
        "likelier a name than words, by a dictionary: no cue stands beside it",
    ]


def test_only_cued_names(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("我叫张伟，读了刘墉的文章".encode())))
        redact(cued=True)
    assert json.loads(capsysbinary.readouterr().out)["text"] == "我叫[NAME]，读了刘墉的文章"


def test_explain_says_why(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    (answer,) = answers("打\u200b电话13800138000，QQ12345678".encode(), capsysbinary, explain=True)
    assert [span["why"] for span in answer["spans"]] == [
        "digits in the shape of a mobile or foreign number; the words before it name a telephone",
        "a number after QQ; the words before it name a chat account",
    ]
