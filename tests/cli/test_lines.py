"""Line filters: in order, one for one, at once, and nothing odd in a line stops them."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import threading
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vocbot.cli.lines import Lines
from vocbot.sdk.errors import VocbotError


class Trickle(io.BytesIO):
    """Gives so many bytes at a time at most, as a pipe may."""

    def __init__(self, data: bytes, most: int) -> None:
        super().__init__(data)
        self._most = most

    def read1(self, size: int | None = -1, /) -> bytes:
        return super().read1(min(self._most, size or self._most))


def filtered(data: bytes, most: int = 1 << 20) -> tuple[list[str], list[int]]:
    """The lines a filter sees, and how large its batches were."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", io.TextIOWrapper(Trickle(data, most)))
        with Lines(None) as lines:
            batches = list(lines.texts())
        return [text for batch in batches for text in batch], [len(batch) for batch in batches]


@given(st.lists(st.text(st.characters(exclude_characters="\n\r", codec="utf-8"))), st.integers(1, 9), st.booleans())
def test_lines_come_as_they_are_however_the_bytes_arrive(texts: list[str], most: int, ended: bool) -> None:
    data = "\n".join(texts).encode() + (b"\n" if ended and texts else b"")
    expected = texts if (ended or not texts or texts[-1]) else texts[:-1]
    assert filtered(data, most)[0] == expected


def test_ends_of_lines_of_other_systems_are_no_part_of_the_line() -> None:
    assert filtered(b"one\r\n\r\ntwo\rthree\r\n")[0] == ["one", "", "two\rthree"]


def test_what_is_there_is_answered_before_more_is_read() -> None:
    assert filtered(b"a\nb\nc\nd\n", 4)[1] == [2, 2]


@pytest.mark.parametrize(
    ("line", "seen"),
    [
        (b"ok \xff\xfe.", "ok \ufffd\ufffd."),
        (b"half \xed\xa0\xbd.", "half \ufffd."),
        (b"both \xed\xa0\xbd \xff.", "both \ufffd\ufffd\ufffd \ufffd."),
    ],
)
def test_bytes_that_are_not_utf8_are_replaced_and_said(
    line: bytes, seen: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert filtered(b"fine\n" + line + b"\n\xffalso\n")[0] == ["fine", seen, "\ufffdalso"]
    said = capsys.readouterr().err
    assert said == "line 2 and 1 more: bytes that are not UTF-8 were read as U+FFFD\n"


def test_answers_are_one_line_each_for_every_reader_of_lines(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    values = [{"text": "a\u2028b\u2029c\x85d\ne"}, {"text": "汉😀"}]
    with Lines(None) as lines:
        lines.write(values)
    out = capsysbinary.readouterr().out.decode("utf-8")
    assert [json.loads(line) for line in out.splitlines()] == values
    assert "汉😀" in out


def records(tmp_path: Path, text: str) -> tuple[list[tuple[str | int, str, datetime]], str]:
    file = tmp_path / "in.jsonl"
    file.write_text(text, encoding="utf-8")
    seen: list[tuple[str | int, str, datetime]] = []
    with Lines(file) as lines:
        try:
            for batch in lines.records():
                seen += [(r.id, r.text, r.time) for r in batch]
        except VocbotError as error:
            return seen, str(error)
    return seen, ""


def test_records(tmp_path: Path) -> None:
    noon = datetime(2026, 11, 24, 12, tzinfo=UTC)
    seen, error = records(
        tmp_path,
        '\ufeff{"id": "a", "text": "慢", "time": "2026-11-24T12:00:00Z", "more": [1]}\n\n'
        '{"id": 7, "text": "x \\ud83d y", "time": "2026-11-24 12:00:00"}\n'
        '{"id": "c", "text": "\\ud83d\\ude00", "time": "2026-11-24T20:00:00+08:00"}\n'
        f'{{"id": "d", "text": "", "time": {noon.timestamp()}}}\n',
    )
    assert error == ""
    assert seen == [("a", "慢", noon), (7, "x \ufffd y", noon), ("c", "😀", noon), ("d", "", noon)]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("{", "is not JSON (Expecting property name"),
        ("[1]", "got 'array'"),
        ('{"id": "b", "time": "2026-11-24T12:00:00Z"}', "missing required field 'text'"),
        ('{"id": "b", "text": 5, "time": "2026-11-24T12:00:00Z"}', "Expected 'str', got 'int' at 'text'"),
        ('{"id": "b", "text": "", "time": "yesterday"}', "at 'time'"),
        ('{"id": "b", "text": "", "time": 1e99}', "'time' is out of range"),
    ],
)
def test_a_line_that_is_no_record_is_named_after_what_stands_before_it(tmp_path: Path, wrong: str, said: str) -> None:
    good = '{"id": "a", "text": "", "time": "2026-11-24T12:00:00Z"}'
    seen, error = records(tmp_path, f"{good}\n{wrong}\n{good}\n")
    assert [one[0] for one in seen] == ["a"]
    assert error.startswith("line 2: ")
    assert said in error
    assert 'write {"id"' in error


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(VocbotError, match=r"none\.txt cannot be read"), Lines(tmp_path / "none.txt"):
        pass


def test_progress_is_counted_where_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "in.txt"
    file.write_text("a\n" * 1200, encoding="utf-8")
    for asked in (False, True):
        with Lines(file, asked) as lines:
            assert sum(map(len, lines.texts())) == 1200
        assert capsys.readouterr().err.startswith("1,200 lines, ") is asked


def test_a_closed_pipe_ends_a_filter_quietly_and_a_line_is_answered_at_once() -> None:
    code = "import sys; sys.argv = ['vocbot', 'redact']; from vocbot.cli import main; main()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        assert running.stdin and running.stdout and running.stderr
        watchdog = threading.Timer(60, running.kill)
        watchdog.start()
        os.write(running.stdin.fileno(), "电话13800138000\n".encode())
        # The input is still open: the answer must not wait for its end.
        assert json.loads(running.stdout.readline()) == {
            "text": "电话[PHONE]",
            "spans": [{"type": "PHONE", "start": 2, "end": 13}],
        }
        running.stdout.close()
        with suppress(BrokenPipeError):  # it stops reading when nobody reads it
            running.stdin.write(b"more\n" * 50_000)
        with suppress(BrokenPipeError):
            running.stdin.close()
        assert running.wait(60) == 0
        assert running.stderr.read() == b""
        watchdog.cancel()
