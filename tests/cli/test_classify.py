"""The verbs classify and train, as a shell sees them."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from vocbot.cli.classify import classify, train
from vocbot.sdk.errors import VocbotError

_ROWS = "\n".join(
    ["review,mood", *["很好吃 推荐,happy", "太慢了 差评,angry", "请问几点开门,asks"] * 12, "没有标签,", "great,happy"]
)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    (tmp_path / "rows.csv").write_text(_ROWS, encoding="utf-8")
    return tmp_path / "rows.csv"


@pytest.fixture
def model(table: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> Path:
    out = table.parent / "mood.head"
    train("mood", table, text="review", label="mood", out=out)
    said = capsysbinary.readouterr().out.decode()
    assert "mood, 37 rows (1 without a label were left out), 3 labels; accuracy " in said
    return out


def answers(data: bytes, capsysbinary: pytest.CaptureFixture[bytes], **options: Any) -> list[Any]:
    capsysbinary.readouterr()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
        classify(**options)
    return [json.loads(line) for line in capsysbinary.readouterr().out.splitlines()]


def test_a_head_of_ones_own_answers_each_line(model: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    lines = "很好吃\n\n差评\n几点开门".encode()
    found = answers(lines, capsysbinary, head="mood", model=model, undecided=0.4)
    assert [answer["label"] for answer in found if not answer["undecided"]] == ["happy", "angry", "asks"]
    assert found[1]["undecided"]
    assert [set(answer) for answer in found] == [{"label", "confidence", "undecided"}] * 4
    assert all(0 <= answer["confidence"] <= 1 for answer in found)


def test_it_says_why(model: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    (found,) = answers("菜很好吃".encode(), capsysbinary, head="mood", model=model, explain=True)
    assert "好吃" in found["why"][0]["words"]
    assert found["why"][0]["weight"] > 0


def test_the_owner_says_what_is_undecided(model: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    sure = [
        answers("很好吃 太慢了".encode(), capsysbinary, head="mood", model=model, undecided=least)[0]
        for least in (0.0, 1.0)
    ]
    assert [answer["undecided"] for answer in sure] == [False, True]
    assert sure[0]["label"] == sure[1]["label"]


def test_the_wrong_head_is_said(model: Path) -> None:
    with pytest.raises(VocbotError, match="is a head for 'mood', not 'topic'"):
        classify(head="topic", model=model)
    with pytest.raises(VocbotError, match="share from 0 to 1"):
        classify(head="mood", model=model, undecided=7)


def test_training_that_fails_leaves_the_old_model(table: Path, model: Path) -> None:
    before = model.read_bytes()
    with pytest.raises(VocbotError, match="no column 'text'"):
        train("mood", table, text="text", label="mood", out=model)
    table.write_text("review,mood\na,x\nb,x\n", encoding="utf-8")
    with pytest.raises(VocbotError, match="only 'x'"):
        train("mood", table, text="review", label="mood", out=model)
    assert model.read_bytes() == before


def test_by_aspect_says_how_each_is_felt(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    (found,) = answers("味道很好，但是骑手态度太差".encode(), capsysbinary, by_aspect=True)
    assert found["by_aspect"] == {"taste": "positive", "delivery": "negative"}
    with pytest.raises(VocbotError, match="--by-aspect asks all heads"):
        classify(head="intent", by_aspect=True)


def test_without_a_head_all_that_ship_answer(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    lines = ["送餐太慢了，饭都凉了", "", "Great service, thank you!", "\ufffd", "请问怎么退货？"]
    found = answers("\n".join(lines).encode(), capsysbinary)
    assert [set(answer) for answer in found] == [{"sentiment", "intent", "aspects", "stage"}] * 5
    assert [answer["sentiment"]["label"] for answer in found] == [
        "negative",
        "neutral",
        "positive",
        "neutral",
        "neutral",
    ]
    for answer in found:
        felt = answer["sentiment"]
        assert set(felt) == {"label", "polarity", "confidence", "undecided"}
        assert felt["polarity"] in ("positive", "negative")
        assert felt["undecided"] is (felt["confidence"] < 0.6) or not answer["aspects"]
    assert (found[0]["intent"], found[0]["aspects"], found[0]["stage"]) == ("complaint", ["delivery"], "delivery")
    assert (found[1]["intent"], found[1]["aspects"], found[1]["stage"]) == ("undecided", [], "undecided")


def test_all_say_why(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    (found,) = answers("快递太慢".encode(), capsysbinary, explain=True)
    assert found["why"]["sentiment"][0]["words"] in "快递太慢"


@pytest.mark.parametrize("head", ["sentiment", "sentiment.en", "intent", "severity", "aspects"])
def test_a_shipped_head_can_be_asked_alone(head: str, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    (found,) = answers(b"The food was awful and cold", capsysbinary, head=head, explain=True)
    assert set(found) - {"labels"} == {"label", "confidence", "undecided", "why"}
    assert ("labels" in found) is (head == "aspects")
    assert head.partition(".")[0] != "sentiment" or found["label"] == "negative"


def test_a_model_without_its_name(model: Path) -> None:
    with pytest.raises(VocbotError, match="say which head it is"):
        classify(model=model)


def test_several_labels_in_one_row_or_in_a_row_each(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    rows = [
        "太贵 又难吃,price|taste",
        "太贵了,price",
        "难吃,taste",
        "快递慢 太贵,price",
        "快递慢 太贵,late",
        "快递慢,late",
    ]
    (tmp_path / "rows.csv").write_text("\n".join(["t,l", *rows * 6]), encoding="utf-8")
    train("about", tmp_path / "rows.csv", text="t", label="l", out=tmp_path / "a.head", several=True)
    assert "about, 5 rows, 3 labels; micro-F1 " in capsysbinary.readouterr().out.decode()  # a text counts once
    found = answers("太贵 又难吃\n快递慢 太贵\n太贵了".encode(), capsysbinary, head="about", model=tmp_path / "a.head")
    assert [set(answer["labels"]) for answer in found] == [{"price", "taste"}, {"price", "late"}, {"price"}]
    assert all(answer["label"] in answer["labels"] for answer in found)


def test_corrections_make_a_new_file_and_the_old_head_stays(
    model: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    fixes = model.parent / "fixes.csv"
    fixes.write_text("t,l\n豆浆洒了,angry\n", encoding="utf-8")
    before = model.read_bytes()
    train("mood", fixes, text="t", label="l", out=model.parent / "new.head", base=str(model))
    assert model.read_bytes() == before
    assert b"1 corrections" in capsysbinary.readouterr().out
    asked = "豆浆洒了\n很好吃 推荐".encode()
    found = answers(asked, capsysbinary, head="mood", model=model.parent / "new.head")
    assert [answer["label"] for answer in found] == ["angry", "happy"]


def test_a_head_that_ships_can_be_corrected(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    (tmp_path / "fixes.csv").write_text("t,l\n绝绝子,positive\n", encoding="utf-8")
    train("sentiment", tmp_path / "fixes.csv", text="t", label="l", out=tmp_path / "n.head", base="sentiment.zh")
    (found,) = answers("绝绝子".encode(), capsysbinary, head="sentiment", model=tmp_path / "n.head")
    assert found["label"] == "positive"
    with pytest.raises(VocbotError, match="cannot be read"):
        train("sentiment", tmp_path / "fixes.csv", text="t", label="l", out=tmp_path / "n.head", base="nothing")
