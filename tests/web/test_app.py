"""The whole of vocbot behind a real web server: from a signed request to redacted words, and what /health says."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from sqlalchemy.exc import OperationalError
from sqlmodel import col, select

from connectors.zendesk import MANIFEST
from vocbot.config.load import load
from vocbot.listen.intake import Intake
from vocbot.opened import open_all
from vocbot.registry import Registry
from vocbot.runtime import build
from vocbot.sdk.clock import RealClock
from vocbot.sdk.manifest import resolve
from vocbot.sdk.signing import sign
from vocbot.sdk.testing.standin import Standin
from vocbot.store.db import Store
from vocbot.store.tables import Feedback, Unread
from vocbot.web.app import make_app
from vocbot.worker import Worker

HOOK = "http://127.0.0.1:8080/hooks/zendesk"


@dataclass
class Running:
    store: Store
    intake: Intake
    worker: Worker
    url: str
    secret: str

    def post(self, body: Any) -> httpx.Response:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = sign("zendesk", self.secret, raw, RealClock().now(), url=HOOK)
        return httpx.post(f"{self.url}/hooks/zendesk", headers=headers, content=raw)

    def health(self) -> dict[str, Any]:
        answer = httpx.get(f"{self.url}/health")
        state: dict[str, Any] = answer.json()
        assert answer.status_code == (200 if state["status"] == "ok" else 503)
        return state

    def settle(self) -> None:
        end = time.monotonic() + 15
        while self.health()["inbox"]:
            assert time.monotonic() < end, "the inbox is not read"
            time.sleep(0.01)

    def said(self) -> dict[str, Feedback]:
        with self.store.read() as session:
            return {row.external_id: row for row in session.exec(select(Feedback))}

    def unread(self) -> list[tuple[str, str]]:
        with self.store.read() as session:
            return [(u.kind, u.reason) for u in session.exec(select(Unread).order_by(col(Unread.id)))]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, serve: Callable[[Any], Any]) -> Iterator[Running]:
    folder: Path = tmp_path_factory.mktemp("running")
    standin: Standin = resolve(MANIFEST.standin)(folder / "zendesk.jsonl", RealClock())
    standin.start()
    settings = standin.settings()
    (secret,) = settings["webhook_secrets"]
    for name, value in (("hook", secret), ("client", settings["client_secret"])):
        (folder / name).write_text(value)
    settings |= {"webhook_secrets": [f"file:{folder}/hook"], "client_secret": f"file:{folder}/client"}
    store = {"url": f"sqlite:///{folder}/vocbot.db", "key": f"file:{folder}/vocbot.key"}
    config = {"store": store, "rules": ["shop"], "connectors": {"zendesk": {"type": "zendesk", **settings}}}
    (folder / "vocbot.yaml").write_text(yaml.safe_dump(config))
    registry = Registry({"zendesk": MANIFEST}, ())
    configuration = load(folder / "vocbot.yaml", registry)
    worker = Worker(build(configuration, registry))
    worker.start()
    opened = open_all(configuration, registry)
    intake = Intake(opened.store, opened.crypt, worker.wake)
    intake.start()
    with serve(make_app(opened, intake, lambda: {"healthy": worker.healthy, "jobs": worker.jobs.told()})) as url:
        yield Running(opened.store, intake, worker, url, secret)
    intake.stop()
    worker.stop()
    opened.close()
    standin.stop()


def ticket(ident: str, description: str, **more: Any) -> dict[str, Any]:
    """What a trigger of Zendesk sends about a new ticket."""
    fields = {"id": ident, "subject": "", "description": description, "status": "New", "requester_id": "77"}
    when = {"created_at": "2026-11-03T09:07:00Z", "updated_at": "2026-11-03T09:07:00Z", "via": {"channel": "email"}}
    user = {"id": "77", "name": "Zacharias Example", "email": "zach@example.com", "locale": "en"}
    return {"ticket": {**fields, **when, **more}, "users": [user]}


def test_from_a_request_to_redacted_words(running: Running) -> None:
    words = "Zacharias Example here, 13800138000: the coupon is not applied"
    for _ in range(2):  # and a repetition
        assert running.post(ticket("501", words)).status_code == 200
    running.settle()
    row = running.said()["ticket:501"]
    assert row.text == "[NAME] here, [PHONE]: the coupon is not applied"
    assert (row.source, row.channel, row.language, row.conversation) == ("zendesk", "email", "en", "501")
    assert row.person_id is not None


ODD = {
    "emoji only": ("😀😀", "😀😀", "empty"),
    "NUL": ("a\x00b is broken", "ab is broken", "undecided"),
    "half a character": ("a\ud800b is broken", "ab is broken", "undecided"),
    "white space only": (" \t\n", None, None),
    "nothing": ("", None, None),
    "markup": ("<script>alert(1)</script>it <b>fails</b>", "it fails", "undecided"),
    "very long": ("it fails. " * 9000, None, "undecided"),
    "direction": ("\u202eit fails", "it fails", "undecided"),
}


def test_odd_words_are_kept_or_ignored_and_never_lost(running: Running) -> None:
    before = running.unread()
    for name, (words, _, _) in ODD.items():
        assert running.post(ticket(f"odd {name}", words)).status_code == 200, name
    running.settle()
    said = running.said()
    for name, (words, kept, bucket) in ODD.items():
        found = said.get(f"ticket:odd {name}")
        assert (found and found.bucket) == bucket, name
        if kept is not None:
            assert found is not None and found.text == kept, name
        assert found is None or not words.strip() or found.text, name
    assert running.unread() == before


@pytest.mark.parametrize(
    ("body", "kind", "reason"),
    [
        (b"{", "unparseable", "body is not JSON (line 1, column 2)"),
        (b"\xff\xfe{\x00}\x00", "unparseable", "body is not UTF-8"),
        ("{'中': '文'}".encode("gbk"), "unparseable", "body is not UTF-8"),
        (b"\x00", "unparseable", "body is not JSON"),
        (b"", "unparseable", "body is not JSON"),
        (b"[]", "unparseable", "body is not an object"),
        ({"id": "u1", "type": "zen:event-type:ticket.tags_changed"}, "unsupported", "ticket.tags_changed"),
        (ticket("502", "no zone", created_at="2026-11-03T09:07:00"), "unparseable", "created_at has no time zone"),
    ],
)
def test_what_is_not_understood_is_taken_and_listed(running: Running, body: Any, kind: str, reason: str) -> None:
    before = len(running.unread())
    answer = running.post(body)
    assert (answer.status_code, answer.content) == (200, b"")
    running.settle()
    (found,) = running.unread()[before:]
    assert found[0] == kind
    assert reason in found[1]


def test_health(running: Running) -> None:
    running.settle()
    state = running.health()
    assert state["status"] == "ok"
    assert (state["inbox"], state["deliveries"]) == (0, 0)
    assert {"drain", "sweep"} <= set(state["jobs"])
    assert state["jobs"]["drain"]["last_error"] == ""
    text = json.dumps(state)
    assert "zach" not in text.lower()


def test_health_when_a_thread_is_gone(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Intake, "healthy", False)
    assert running.health()["status"] == "failing"
    monkeypatch.undo()
    monkeypatch.setattr(Worker, "healthy", False)
    assert running.health()["status"] == "failing"


def test_health_when_the_database_is_gone(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(_: Store) -> Any:
        raise OperationalError("SELECT secret", {}, Exception("connection to secret lost"))

    monkeypatch.setattr(Store, "read", gone)
    answer = httpx.get(f"{running.url}/health")
    assert answer.status_code == 503
    assert answer.json() == {"status": "failing", "error": "the database does not answer"}


@pytest.mark.parametrize("path", ["/docs", "/openapi.json", "/redoc", "/hooks", "/hooks/"])
def test_nothing_else_is_shown(running: Running, path: str) -> None:
    answer = httpx.get(f"{running.url}{path}", follow_redirects=True)
    assert answer.status_code == 404
    assert len(answer.content) < 1500
    assert "password" not in answer.text


def test_ready_and_metrics(running: Running) -> None:
    assert httpx.get(f"{running.url}/ready").json() == {"status": "ok"}
    answer = httpx.get(f"{running.url}/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert "vocbot_inbox_records" in answer.text


def test_the_console_is_closed(running: Running) -> None:
    answer = httpx.get(f"{running.url}/")
    assert 'name="password"' in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_a_server_that_only_listens_loads_no_statistics() -> None:
    """It shares its machine with the senders: what analyses comes when the first page needs it."""
    heavy = ("scipy", "numpy", "jieba", "dbos", "rich")
    code = f"import sys, vocbot.web.app; print([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
