"""The verbs as a person types them: shapes for programs, one clear line for a mistake, never a traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from vocbot.config.load import load
from vocbot.registry import find_connectors
from vocbot.runtime import Core, build
from vocbot.sdk.events import Author, Contact, Feedback

ZONE = ZoneInfo("Asia/Shanghai")
TROUBLE = ("用了券没有抵扣，按原价扣的款", "coupon not applied, charged full price")


def vocbot(*words: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "vocbot", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent), "COLUMNS": "200", **environment},
        check=False,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A configuration and three weeks of feedback with one burst, without any outside system."""
    folder = tmp_path_factory.mktemp("cli")
    config = folder / "vocbot.yaml"
    config.write_text(
        f"company: Daybreak\nrules: [shop]\nstore:\n  url: sqlite:///{folder}/data/vocbot.db\n"
        f"  key: file:{folder}/data/vocbot.key\n",
        encoding="utf-8",
    )
    (folder / "broken.yaml").write_text("pack: broken\nversion: one\n", encoding="utf-8")
    registry = find_connectors()
    core = build(load(config, registry), registry)
    feed(core)
    core.close()
    return folder


def feed(core: Core) -> None:
    begin = datetime.now(ZONE).replace(hour=10, minute=0) - timedelta(days=20)
    number = 0
    for day in range(18):
        texts = ["请问周末发货吗", "衣服尺码偏小"] + [TROUBLE[n % 2] for n in range(8 if day == 15 else 0)]
        for text in texts:
            number += 1
            author = Author(f"user-{number}", None, (Contact("email", f"user{number}@example.com"),))
            event = Feedback(f"ticket:{number}", text, begin + timedelta(days=day, minutes=number % 50), "chat", author)
            with core.store.write() as session:
                core.loop.on_event(session, "desk", event, None)
    with core.store.write() as session:
        from sqlmodel import col, select

        from vocbot.store.tables import Timer

        for timer in session.exec(select(Timer).where(Timer.kind == "evaluate").order_by(col(Timer.subject))).all():
            core.loop.evaluate_day(session, timer)


def answer(done: subprocess.CompletedProcess[str]) -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_issues_for_programs(folder: Path) -> None:
    listed = answer(vocbot("issues", "--json", folder=folder))
    first = listed[0]
    assert {"id", "title", "mentions", "people", "state", "first_seen", "last_seen", "signals"} <= set(first)
    coupon = next(one for one in listed if one["rule"] == "shop/coupon-not-applied")
    assert (coupon["mentions"], coupon["people"], coupon["state"]) == (8, 8, "signalled")
    (signal,) = coupon["signals"]
    assert set(signal) == {"state", "date", "observed", "expected", "p"}
    assert (signal["state"], signal["observed"]) == ("emerging", 8)
    assert signal["p"] < 0.001


def test_why_for_programs_reproduces_the_numbers(folder: Path) -> None:
    listed = answer(vocbot("issues", "--json", folder=folder))
    coupon = next(one for one in listed if one["rule"] == "shop/coupon-not-applied")
    facts = answer(vocbot("why", coupon["id"].lower(), "--json", folder=folder))
    assert facts["issue"] == coupon["id"]
    assert len({m["external_id"] for m in facts["mentions"]}) == facts["numbers"]["mentions"] == 8
    mention = facts["mentions"][0]
    assert {"id", "external_id", "time", "text", "because"} <= set(mention)
    assert any(reason.startswith("shop/") for reason in mention["because"])


@pytest.mark.parametrize(
    "words",
    [("issues",), ("why", "1"), ("change", "list"), ("approvals",), ("audit", "show"), ("connectors",)],
    ids=str,
)
def test_reading_verbs_print_something(words: tuple[str, ...], folder: Path) -> None:
    done = vocbot(*words, folder=folder)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_a_change_is_registered_and_released(folder: Path) -> None:
    planned = vocbot("change", "add", "--issue", "VOC-1", "--hypothesis", "half as many", "--by", "Mei", folder=folder)
    assert planned.stdout.strip() == "CHANGE-1", planned.stderr
    out = vocbot("change", "add", "--issue", "VOC-2", "--at", "now", "--by", "Mei", folder=folder)
    assert out.stdout.strip() == "CHANGE-2", out.stderr
    listed = vocbot("change", "list", folder=folder).stdout
    assert "not yet" in listed and "CHANGE-2" in listed
    assert "the chain is whole" in vocbot("audit", "verify", folder=folder).stdout
    assert "released" in vocbot("audit", "show", "VOC-2", folder=folder).stdout


MISTAKES = [
    (("issues", "-c", "nowhere.yaml"), "nowhere.yaml"),
    (("why", "VOC-999"), "there is no issue VOC-999"),
    (("why", "x'; drop table issue"), "there is no issue"),
    (("change", "add", "--issue", "VOC-1", "--at", "yesterday"), "not a time"),
    (("change", "add", "--issue", "VOC-1", "--at", "2026-01-01T10:00"), "zone is missing"),
    (("change", "add", "--issue", "VOC-1", "--at", "2999-01-01T10:00+08:00"), "in the future"),
    (("change", "add", "--issue", "VOC-1", "--kind", "wish"), "use fix, release, policy or campaign"),
    (("change", "add", "--issue", "VOC-404"), "there is no issue VOC-404"),
    (("decide", "notice:CHANGE-9", "--by", "Mei"), "nothing waits"),
    (("rules", "test", "nosuchpack"), "nosuchpack"),
    (("rules", "test", "broken.yaml"), "broken.yaml:2: version"),
    (("demo", "--exit", "--feedback", "nowhere.jsonl"), "nowhere.jsonl"),
]


@pytest.mark.parametrize(("words", "said"), MISTAKES, ids=[" ".join(m[0])[:40] for m in MISTAKES])
def test_a_mistake_is_said_in_words(words: tuple[str, ...], said: str, folder: Path) -> None:
    done = vocbot(*words, folder=folder)
    assert done.returncode in (1, 2)
    assert said in done.stderr + done.stdout
    assert "Traceback" not in done.stderr + done.stdout


def test_a_key_that_others_can_read_is_refused(folder: Path) -> None:
    key = folder / "data" / "vocbot.key"
    key.chmod(0o644)
    try:
        done = vocbot("decide", "x", "--by", "Mei", folder=folder)
    finally:
        key.chmod(0o600)
    assert done.returncode == 2
    assert "chmod 600" in done.stderr


def test_every_problem_of_a_configuration_at_once(tmp_path: Path) -> None:
    (tmp_path / "vocbot.yaml").write_text(
        "compnay: x\ntimezone: Mars/Olympus\nconnectors:\n  desk: {type: zendsk}\n", encoding="utf-8"
    )
    done = vocbot("check", folder=tmp_path)
    assert done.returncode == 1
    for said in ("vocbot.yaml:1", "'company'", "vocbot.yaml:2", "'zendesk'"):
        assert said in done.stdout


@pytest.mark.parametrize("words", [(), ("demo",), ("change", "add"), ("rules", "test"), ("audit",)], ids=str)
def test_help_is_there(words: tuple[str, ...], tmp_path: Path) -> None:
    done = vocbot(*words, "--help", folder=tmp_path)
    assert done.returncode == 0
    assert "Usage" in done.stdout


def test_help_loads_nothing_heavy() -> None:
    heavy = ("jieba", "sklearn", "scipy", "numpy", "dbos", "sqlalchemy", "jira", "slack_bolt", "slack_sdk", "httpx")
    code = f"import sys, vocbot.cli; print([m for m in {heavy!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"


def test_times_are_aware(folder: Path) -> None:
    listed = answer(vocbot("issues", "--json", folder=folder))
    assert datetime.fromisoformat(listed[0]["first_seen"]).astimezone(UTC) <= datetime.now(UTC)
