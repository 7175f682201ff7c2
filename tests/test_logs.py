"""What is logged can be counted, and holds no secret: not those of the configuration, and not those of a library."""

from __future__ import annotations

import ast
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, SecretBytes, SecretStr

from vocbot.config.model import LogSettings
from vocbot.logs import MASK, Masked, secrets_in, set_up

ROOT = Path(__file__).parent.parent
SECRET = "xoxb-1234-abcd+/="


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    for handler in [h for h in root.handlers if h not in handlers]:
        root.removeHandler(handler)
    root.handlers[:], root.level = handlers, level


def logged(capsys: pytest.CaptureFixture[str], how: str, text: str, **settings: str) -> str:
    set_up(LogSettings(**settings), [SECRET, "a"])  # type: ignore[arg-type]
    getattr(logging.getLogger("vocbot.x"), how)(text, extra={"action": "poll.stopped", "source": "desk"})
    return capsys.readouterr().err


def test_a_line_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    line = logged(capsys, "warning", f"refused 访问 {SECRET}")
    assert line.endswith(f"WARNING vocbot.x: refused 访问 {MASK}\n")
    assert logged(capsys, "info", "quiet") == ""
    assert "quiet" in logged(capsys, "info", "quiet", level="info")


def test_a_line_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    line = json.loads(logged(capsys, "error", f"said {SECRET}", format="json"))
    assert {k: line[k] for k in ("level", "logger", "action", "source", "message")} == {
        "level": "ERROR",
        "logger": "vocbot.x",
        "action": "poll.stopped",
        "source": "desk",
        "message": f"said {MASK}",
    }
    assert "+" in line["time"] or "-" in line["time"][10:]
    logging.getLogger("else").error("of a library")
    assert json.loads(capsys.readouterr().err)["action"] == "log"


@pytest.mark.parametrize(
    "told",
    [
        "GET https://api.example/x?access_token=s3cr3t&page=2",
        "Authorization: Bearer s3cr3t",
        "authorization: basic s3cr3t",
        '{"client_secret": "s3cr3t"}',
        "{'api_key': 's3cr3t'}",
        "postgresql://voc:s3cr3t@db/voc",
        "X-Shop-Signature: s3cr3t",
        "password=s3cr3t",
    ],
)
def test_what_nobody_configured(told: str) -> None:
    line = Masked(logging.Formatter(), []).format(logging.makeLogRecord({"msg": told}))
    assert "s3cr3t" not in line and MASK in line


@pytest.mark.parametrize("told", ["no token was sent", "3 secrets are missing", "http://127.0.0.1:8080/hooks/shop"])
def test_plain_words_stay(told: str) -> None:
    assert Masked(logging.Formatter(), []).format(logging.makeLogRecord({"msg": told})) == told


@given(st.text(min_size=6), st.text(), st.text())
def test_a_known_secret_is_never_written(secret: str, before: str, after: str) -> None:
    line = Masked(logging.Formatter(), [secret]).format(logging.makeLogRecord({"msg": before + secret + after}))
    assert secret not in line.replace(MASK, "\0")


def test_every_secret_is_found() -> None:
    class Inner(BaseModel):
        key: SecretBytes

    class Outer(BaseModel):
        plain: str
        one: SecretStr
        some: tuple[SecretStr, ...]
        named: dict[str, SecretStr]
        inner: Inner

    outer = Outer(
        plain="x",
        one=SecretStr("1"),
        some=(SecretStr("2"), SecretStr("3")),
        named={"k": SecretStr("4")},
        inner=Inner(key=SecretBytes(b"5")),
    )
    assert set(secrets_in({"shop": outer})) == set("12345")


def test_every_event_has_an_action() -> None:
    seen = 0
    for path in (*(ROOT / "vocbot").rglob("*.py"), *(ROOT / "connectors").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            if isinstance(node.func.value, ast.Name) and node.func.value.id == "log":
                seen += 1
                extra = next((k.value for k in node.keywords if k.arg == "extra"), None)
                assert isinstance(extra, ast.Dict), f"{path.name}:{node.lineno}"
                assert "action" in {k.value for k in extra.keys if isinstance(k, ast.Constant)}
    assert seen > 15
