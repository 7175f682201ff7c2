"""JSON Lines: keys and paths, odd values, broken lines."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vocbot.sdk.errors import Rejected

from .conftest import Read

Reader = Callable[..., Read]


def lines(*items: Any) -> str:
    return "".join((item if isinstance(item, str) else json.dumps(item, ensure_ascii=False)) + "\n" for item in items)


def test_keys_paths_and_values_of_every_kind(read: Reader) -> None:
    content = lines(
        {
            "id": 7,
            "body": {"text": "好"},
            "user": {"name": "sam"},
            "tags": ["a", 1],
            "n": 2.0,
            "ok": True,
            "a.b": "dot",
        },
        {"id": "8", "body": {"text": 42}, "user": None, "tags": [], "n": None},
        {"id": 9.0, "body": {"text": "x"}, "user": {"name": {"first": "y"}}},
        {"id": 10, "body": {"text": {"de": "x"}}},
        {"id": 11, "body": "flat"},
        {"id": 12},
    )
    mapped = {"author": "user.name", "tags": "tags", "first": "tags.0", "n": "n", "ok": "ok", "dot": "a.b"}
    found = read("a.jsonl", content, text="body.text", id="id", **mapped)
    found.on()
    told = found.told()
    assert [(f.external_id, f.text) for f in told] == [("7", "好"), ("8", "42")]
    assert told[0].author is not None
    assert told[0].author.handle == "sam"
    assert dict(told[0].attributes) == {"tags": "a, 1", "first": "a", "n": "2", "ok": "true", "dot": "dot"}
    assert (told[1].author, told[1].attributes) == (None, {})
    assert found.refused() == [f"line {n}: a value is an object and not text (a.jsonl)" for n in (3, 4)]
    assert found.poll.tally()["blank"] == 2


def test_broken_lines_are_refused_one_by_one(read: Reader, tmp_path: Path) -> None:
    content = lines(
        {"text": "a"}, '{"text": "b', "[1]", "", '{"text": "\\ud800"}', "[" * 50_000, {"text": "c"}, '{"text": "cut'
    )
    found = read("a.jsonl", content[:-1])
    found.on()
    assert found.texts() == ["a", "c"]
    assert [reason.partition(" (")[0] for reason in found.refused()] == [
        "line 2: the line is not JSON",
        "line 3: the line is not a JSON object",
        "line 5: the line is not JSON",
        "line 6: the line is not JSON",
        "line 8: the line is not JSON",
    ]
    (tmp_path / "a.jsonl").write_text(content[:-1] + '"}\n')
    assert found.texts(found.anew()) == ["cut"], "the last line was read while it was written"


def test_keys_that_are_not_there(read: Reader) -> None:
    with pytest.raises(Rejected, match="there is no key 'txt'; did you mean 'text'"):
        read("a.jsonl", lines({"text": "a", "user": {"name": "b"}}), text="txt").on()
    few = read("a.jsonl", lines({"text": "a"}), version="version")
    assert few.texts(few.on()) == ["a"], "a key may be missing in a file of few objects"
    with pytest.raises(Rejected, match="there is no key 'version'"):
        read("a.jsonl", lines(*({"text": "a"} for _ in range(20))), version="version").on()
    other = read("a.jsonl", lines({"Text": "a"}))
    assert other.texts(other.on()) == ["a"]


def test_a_missing_time_or_id_is_refused(read: Reader) -> None:
    content = lines({"text": "a", "id": 1, "t": 1793668020}, {"text": "b", "id": 2}, {"text": "c", "t": 1793668020})
    found = read("a.jsonl", content, id="id", time="t")
    found.on()
    assert found.texts() == ["a"]
    assert [reason[:8] for reason in found.refused()] == ["line 2: ", "line 3: "]


def test_an_array_is_told_how_to_become_lines(read: Reader) -> None:
    with pytest.raises(Rejected, match="one object a line"):
        read("a.json", '[{"text": "a"}]').on()
    found = read("b.json", '{"text": "a"}\n')
    assert found.texts(found.on()) == ["a"]
