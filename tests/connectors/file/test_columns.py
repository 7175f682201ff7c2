"""Columns found by name, told of where they are missing, and guessed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from connectors.file.advice import command
from connectors.file.columns import Missing, guess, locate
from connectors.file.config import FileSettings
from connectors.file.poll_source import FilePoll
from vocbot.sdk.errors import Rejected, Retryable


def test_found_by_name_exactly_first() -> None:
    names = ["Text", " text ", "ＳＣＯＲＥ", "a  b"]
    assert locate(names, ["text", "Text", "score", "A B"]) == [1, 0, 2, 3]


@pytest.mark.parametrize(
    ("names", "wanted", "says"),
    [
        (["a", "b"], "c", "there is no column 'c'; the columns are 'a', 'b'"),
        (["comment", "b"], "Coment", "did you mean 'comment'? The columns are"),
        (["TEXT", "Text"], "text", "the column 'text' is there 2 times (numbers 1 and 2)"),
        (
            ["it was late, and broken, and nobody of the staff answered our calls", "5"],
            "text",
            "put a line with their names",
        ),
        (["sam@customer.example", "x"], "text", "put a line with their names"),
        ([f"c{n}" for n in range(100)], "text", "'c29' and 70 more"),
        (["x" * 55], "text", "'" + "x" * 40 + "'"),
    ],
)
def test_missing(names: list[str], wanted: str, says: str) -> None:
    with pytest.raises(Missing) as error:
        locate(names, [wanted])
    assert says in str(error.value)
    assert "broken" not in str(error.value)
    assert "customer" not in str(error.value)


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (
            ["id", "text", "created_at", "user", "rating"],
            {"text": "text", "time": "created_at", "id": "id", "author": "user", "score": "rating"},
        ),
        (
            ["评论", "时间", "昵称", "星级", "订单号"],
            {"text": "评论", "time": "时间", "author": "昵称", "score": "星级"},
        ),
        (
            ["编号", "反馈内容", "提交时间", "用户", "评分"],
            {"text": "反馈内容", "time": "提交时间", "id": "编号", "author": "用户", "score": "评分"},
        ),
        (
            ["Review Text", "Review Date", "Review ID", "Star"],
            {"text": "Review Text", "time": "Review Date", "id": "Review ID", "score": "Star"},
        ),
        (
            ["tweet_id", "airline_sentiment", "airline", "text", "tweet_created"],
            {"text": "text", "time": "tweet_created", "id": "tweet_id"},
        ),
        (["order_id", "product_id", "customer review"], {"text": "customer review"}),
        (["index", "reviewbody", "star"], {"text": "reviewbody", "score": "star"}),
        (["邮箱", "电话", "意见"], {"text": "意见", "email": "邮箱", "phone": "电话"}),
        (["product_name", "shop", "x"], {}),
    ],
)
def test_guesses(names: list[str], found: Mapping[str, str]) -> None:
    assert guess(names) == found


def test_the_longest_cells_are_the_text_where_no_name_says_so() -> None:
    assert guess(["a", "b", "time"], [3, 80, 16]) == {"text": "b", "time": "time"}
    assert guess(["a", "b"], [3, 4]) == {}


@pytest.fixture
def told(tmp_path: Path) -> Callable[[str], str]:
    def tell(content: str) -> str:
        path = tmp_path / "a.csv"
        path.write_text(content)
        return command(FileSettings.model_construct(path=str(path), map={})).replace(str(tmp_path), "here")

    return tell


def test_the_command(told: Callable[[str], str]) -> None:
    assert told("review,date\nfine,2026-11-03T09:07Z\n").endswith(
        "vocbot import here/a.csv --source NAME --map text=review --map time=date"
    )
    assert "--map 'text=customer review' --map time=date --tz Asia/Shanghai" in told(
        "customer review;date\nx;2026-11-03\n"
    )
    assert told("a,b\nx,y\n") == "The columns of a.csv are 'a', 'b': choose one with --map text=COLUMN"
    assert told("a,a,review\nx,y,z\n").endswith("--map text=review")
    nameless = told("my words, which nobody should see in an error because they are a customer's,5\nmore,4\n")
    assert "does not look like the names of columns" in nameless
    assert "nobody" not in nameless


def test_guess_of_each_kind(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"data": {"comment": "x"}, "created_at": 1793668020}\n')
    assert FilePoll.guess(str(tmp_path / "a.jsonl")) == {"text": "data.comment", "time": "created_at"}
    with pytest.raises(Retryable):
        FilePoll.guess(str(tmp_path / "none.csv"))
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7")
    with pytest.raises(Rejected, match="this is a PDF"):
        FilePoll.guess(str(tmp_path / "a.pdf"))
