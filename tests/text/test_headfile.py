"""Heads as files: what was written is read, and what is no head of this version is refused in one line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from vocbot.sdk.errors import VocbotError
from vocbot.text import headfile
from vocbot.text.training import Trained, train

_TEXTS = ["很好 吃", "难 吃", "a bit late", "很好", "bad", "nice"] * 3
_LABELS = ["好", "坏", "late", "好", "坏", "好"] * 3


@pytest.fixture(scope="module")
def trained() -> Trained:
    return train(_TEXTS, _LABELS)


@pytest.fixture
def path(trained: Trained, tmp_path: Path) -> Path:
    headfile.write(trained.head, tmp_path / "some.head", {"head": "some", "rows": 18})
    return tmp_path / "some.head"


def test_it_answers_as_before(trained: Trained, path: Path) -> None:
    head, about = headfile.read(path)
    assert about == {"head": "some", "rows": 18}
    for mine, theirs in zip(head.predict(_TEXTS), trained.head.predict(_TEXTS), strict=True):
        assert mine.label == theirs.label
        assert abs(mine.confidence - theirs.confidence) < 0.01
    assert head.explain("难 吃", "坏")[0].words == trained.head.explain("难 吃", "坏")[0].words


def test_nothing_else_is_left_beside_it(path: Path) -> None:
    assert [p.name for p in path.parent.iterdir()] == ["some.head"]


def _with_header(path: Path, **change: object) -> None:
    first, header, rest = path.read_bytes().split(b"\n", 2)
    path.write_bytes(b"\n".join((first, json.dumps({**json.loads(header), **change}).encode(), rest)))


def test_another_version_is_said_and_the_file_stays(path: Path) -> None:
    _with_header(path, vectors=99)
    before = path.read_bytes()
    with pytest.raises(VocbotError, match=r"version 99 .* train it again"):
        headfile.read(path)
    path.write_bytes(path.read_bytes().replace(b"vocbot head 1", b"vocbot head 2", 1))
    with pytest.raises(VocbotError, match="another version"):
        headfile.read(path)
    assert path.read_bytes()[20:] == before[20:]


@pytest.mark.parametrize("data", [b"", b"text,label\n", b"\x80\x04pickle"])
def test_what_is_no_head(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    with pytest.raises(VocbotError, match="is no model of vocbot"):
        headfile.read(path)


@pytest.mark.parametrize("keep", [0.05, 0.3, 0.6, 0.999])
def test_a_file_cut_short_is_damaged(path: Path, keep: float) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: max(15, int(len(data) * keep))])
    with pytest.raises(VocbotError, match="damaged"):
        headfile.read(path)


@pytest.mark.parametrize("change", [{"labels": 3}, {"shapes": {}}, {"shapes": {"slots": [-1]}}, {"labels": ["a"]}])
def test_a_header_that_does_not_fit_is_damaged(path: Path, change: dict[str, object]) -> None:
    _with_header(path, **change)
    with pytest.raises(VocbotError, match="damaged"):
        headfile.read(path)


def test_more_than_was_written_is_damaged(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(VocbotError, match="damaged"):
        headfile.read(path)


def test_a_write_that_fails_leaves_the_old_file(trained: Trained, path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(VocbotError, match="cannot be written"):
        headfile.write(trained.head, path.parent / "no" / "such", {})
    blocked = path.parent / "folder"
    blocked.mkdir()
    with pytest.raises(VocbotError, match="cannot be written"):
        headfile.write(trained.head, blocked, {})
    assert path.read_bytes() == before
    assert sorted(p.name for p in path.parent.iterdir()) == ["folder", "some.head"]


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(VocbotError, match="cannot be read: No such file"):
        headfile.read(tmp_path / "none")
