"""The printed curl lines, run by a shell against the real hooks: the first gets in, the second does not."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
import yaml
from sqlmodel import func, select

from vocbot.config import selftest
from vocbot.config.check import check_all
from vocbot.config.model import WebSettings
from vocbot.listen.intake import Intake
from vocbot.listen.parse import Drain, Taken
from vocbot.registry import GROUP, Configured, Registry, find_connectors
from vocbot.sdk.clock import RealClock
from vocbot.sdk.errors import VocbotError
from vocbot.sdk.events import Ignored
from vocbot.sdk.manifest import resolve
from vocbot.sdk.ports import Context, Finding
from vocbot.sdk.testing.clock import HandClock
from vocbot.store.crypt import Crypt
from vocbot.store.db import Store
from vocbot.store.tables import Unread
from vocbot.web.hooks import Hooks

WHSEC = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"
WORD = "s3cr3t'word$HOME-of-ours"  # what a careless line would let the shell change
NAMES = ("zendesk", "jira", "slack", "webhook")

# Every way of proof that a connector of ours has: its settings, and where the secret stands among them.
CASES: Mapping[str, tuple[str, dict[str, Any], str]] = {
    "standard": ("webhook", {"secrets": [WHSEC, "whsec_AAAA"]}, WHSEC),
    "github": ("webhook", {"scheme": "github", "secrets": [WORD]}, WORD),
    "linear, time in the body": ("webhook", {"scheme": "linear", "secrets": [WORD]}, WORD),
    "hmac": (
        "webhook",
        {
            "scheme": "hmac",
            "header": "X-Sign",
            "message": "{timestamp}.{body}",
            "timestamp_header": "X-Time",
            "secrets": [WORD],
        },
        WORD,
    ),
    "token": ("webhook", {"scheme": "token", "secrets": [WORD]}, WORD),
    "bearer": ("webhook", {"scheme": "bearer", "secrets": [WORD]}, WORD),
    "basic": ("webhook", {"scheme": "basic", "secrets": [f"us:{WORD}"]}, f"us:{WORD}"),
    "token in the address": ("webhook", {"scheme": "token", "query_parameter": "t", "secrets": ["abc-123"]}, "abc-123"),
    "token that must be encoded": (
        "webhook",
        {"scheme": "token", "query_parameter": "t", "secrets": ["a b&c=%41"]},
        "a b&c=%41",
    ),
    "dingtalk, body not signed": ("webhook", {"scheme": "dingtalk", "secrets": [WORD]}, WORD),
    "zendesk": (
        "zendesk",
        {"subdomain": "acme", "client_id": "v", "client_secret": "x" * 20, "webhook_secrets": [WORD]},
        WORD,
    ),
    "jira": (
        "jira",
        {
            "site": "https://acme.atlassian.net",
            "email": "v@acme.example",
            "api_token": "x" * 20,
            "project": "APP",
            "webhook_secret": WORD,
        },
        WORD,
    ),
    "slack": ("slack", {"bot_token": "xoxb-1", "signing_secret": WORD}, WORD),
}


@pytest.fixture(scope="module")
def ours() -> Registry:
    """The connectors of the package that take webhooks."""
    return find_connectors([EntryPoint(name, f"connectors.{name}:MANIFEST", GROUP) for name in NAMES])


@pytest.fixture
def shell(tmp_path: Path) -> Callable[..., str]:
    """Run a line in a POSIX shell and return what it prints, with curl or, where there is none, with a small one."""
    path = os.environ["PATH"]
    if shutil.which("curl") is None:
        small = tmp_path / "bin" / "curl"
        small.parent.mkdir()
        small.write_text(f"#!{sys.executable}\n{SMALL_CURL}", encoding="utf-8")
        small.chmod(0o755)
        path = f"{small.parent}:{path}"

    def run(line: str, **variables: str) -> str:
        env = {"PATH": path, "HOME": "/nowhere", "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1", **variables}
        done = subprocess.run(["sh", "-c", line], env=env, capture_output=True, text=True, timeout=30, check=False)
        return (done.stdout + done.stderr).strip()

    return run


SMALL_CURL = """
import sys, httpx
words, url, headers, body, query = sys.argv[1:], "", {}, b"", {}
while words:
    word = words.pop(0)
    if word in ("-o", "-w"):
        words.pop(0)
    elif word == "-H":
        name, _, value = words.pop(0).partition(": ")
        headers[name] = value
    elif word == "--data-raw":
        body = words.pop(0).encode()
    elif word == "--url-query":
        name, _, value = words.pop(0).partition("=")
        query[name] = value
    elif not word.startswith("-"):
        url = word
where = httpx.URL(url)
print(httpx.post(where.copy_merge_params(query) if query else where, headers=headers, content=body).status_code)
"""


@contextmanager
def office(sources: Mapping[str, Any], store: Store, crypt: Crypt, public: str = "") -> Iterator[int]:
    """The real hooks with an intake on a free port."""
    intake = Intake(store, crypt, lambda: None)
    intake.start()
    app = Hooks(sources, intake, RealClock(), public or "http://127.0.0.1", 100_000)
    server = uvicorn.Server(
        uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", lifespan="off", access_log=False)
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    end = time.monotonic() + 10
    while not server.started:
        assert time.monotonic() < end, "the server does not start"
        time.sleep(0.005)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(10)
        intake.stop()


def built(ours: Registry, kind: str, plain: dict[str, Any], clock: Any = None) -> Configured:
    manifest = ours.manifests[kind]
    settings = resolve(manifest.settings).model_validate(plain)
    return Configured(manifest, settings, Context("x", clock or RealClock()), 0.0)


def referenced(value: Any, secret: str) -> Any:
    """The settings as a file has them: the secret by the name of a variable."""
    if isinstance(value, dict):
        return {name: referenced(item, secret) for name, item in value.items()}
    if isinstance(value, list):
        return [referenced(item, secret) for item in value]
    return "env:HOOK_KEY" if value == secret else value


@pytest.mark.parametrize("case", CASES)
def test_the_lines_do_what_they_say(
    case: str, ours: Registry, store: Store, crypt: Crypt, shell: Callable[..., str]
) -> None:
    kind, plain, secret = CASES[case]
    connector = built(ours, kind, plain)
    source = connector.port("webhook_source")
    hidden = selftest.references(connector.settings, referenced(plain, secret))
    with office({"x": source}, store, crypt) as port:
        both = selftest.pair(source, f"http://127.0.0.1:{port}/hooks/x")
        lines = [selftest.curl(request, hidden) for request in (both.genuine, both.forged)]
        assert [shell(line, HOOK_KEY=secret) for line in lines] == ["200", "401"]
        assert not [line for line in lines if secret in line or base64.b64encode(secret.encode()).decode() in line]
        protected = case.split(",")[0] not in ("token", "bearer", "basic", "dingtalk") and "token" not in case
        assert (both.changed == "one character of the body changed") is protected
        assert ("$HOOK_KEY" in lines[0]) is (case in ("token", "bearer", "basic") or case.startswith("token "))
    taken: list[Taken] = []
    drain = Drain(store, crypt, RealClock(), {("x", "webhook"): source.parse}, lambda _, events: taken.extend(events))
    assert drain() == 1
    assert [event.event for event in taken] == [Ignored("a check of the set-up")]
    with store.read() as session:
        assert session.exec(select(func.count()).select_from(Unread)).one() == 0


def test_secrets_in_files_and_unknown_places_are_not_printed_either(ours: Registry, shell: Callable[..., str]) -> None:
    connector = built(ours, "webhook", {"scheme": "token", "secrets": [WORD]})
    request = connector.port("webhook_source").sample("http://h/hooks/x")
    in_file = selftest.curl(request, selftest.references(connector.settings, {"secrets": ["file:my keys/one"]}))
    assert "$(cat 'my keys/one')" in in_file
    for raw in (None, {}, {"secrets": "x"}, {"secrets": []}, {"secrets": ["env:not a name"]}):
        line = selftest.curl(request, selftest.references(connector.settings, raw))
        assert '"$SECRET"' in line
        assert WORD not in line


def test_a_sample_that_only_the_sender_could_sign_is_told(ours: Registry) -> None:
    for plain, what in (
        ({"scheme": "discord", "secrets": ["ab" * 32]}, "only the sender can sign"),
        ({"scheme": "wecom", "secrets": ["token"]}, "only the sender can sign"),
        ({"urls": {"a": "https://a.example/"}, "send_secret": WHSEC}, "no webhook secret is configured"),
    ):
        with pytest.raises(VocbotError, match=what):
            selftest.pair(built(ours, "webhook", plain).port("webhook_source"), "http://h/hooks/x")


def test_a_source_that_lets_everything_in_is_told(ours: Registry) -> None:
    source = built(ours, "webhook", {"scheme": "github", "secrets": [WORD]}).port("webhook_source")
    source.verify = lambda request: None
    with pytest.raises(VocbotError, match="whatever is changed"):
        selftest.pair(source, "http://h/hooks/x")


# -- asked of a running server


def asked(source: Any, port: int, public: str = "") -> list[Finding]:
    web = WebSettings.model_validate({"port": port, "public_url": public or f"http://127.0.0.1:{port}"})
    return list(selftest.ask("x", source, web, RealClock()))


@contextmanager
def stub(answer: Callable[[bytes, Mapping[str, str], str], tuple[int, dict[str, str]]]) -> Iterator[int]:
    """A server that is not ours: `answer` makes status and headers of body, headers and path."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            status, headers = answer(body, dict(self.headers.items()), self.path)
            self.send_response_only(status)
            for name, value in {"Content-Length": "0", **headers}.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


@pytest.fixture
def source(ours: Registry) -> Any:
    return built(ours, "webhook", {"secrets": [WHSEC]}).port("webhook_source")


def test_a_server_that_is_set_up_well(source: Any, store: Store, crypt: Crypt) -> None:
    with office({"x": source}, store, crypt) as port:
        near, far = asked(source, port, f"http://localhost:{port}/")
        assert near == Finding("ok", f"127.0.0.1:{port}: accepts a genuine request, refuses a changed one")
        assert far == Finding("ok", f"localhost:{port}: accepts a genuine request, refuses a changed one")
        assert asked(source, port) == [near]


def test_our_own_proxy_is_not_the_way_that_senders_come(
    source: Any, store: Store, crypt: Crypt, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with office({"x": source}, store, crypt) as port:
        assert asked(source, port)[0].level == "ok"


def test_the_address_that_senders_know_is_what_is_signed(ours: Registry, store: Store, crypt: Crypt) -> None:
    trello = built(ours, "webhook", {"scheme": "trello", "secrets": [WORD]}).port("webhook_source")
    with office({"x": trello}, store, crypt, "https://voc.invalid") as port:
        near, far = asked(trello, port, "https://voc.invalid")
        assert near.level == "ok"
        assert (far.level, far.what) == ("warning", "voc.invalid: nobody answers")
        assert "--curl" in far.hint


def test_a_server_with_another_secret(ours: Registry, source: Any, store: Store, crypt: Crypt) -> None:
    other = built(ours, "webhook", {"secrets": ["whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"]}).port("webhook_source")
    with office({"x": other}, store, crypt) as port:
        (found,) = asked(source, port)
    assert (found.level, "another secret" in found.hint) == ("error", True)
    assert found.what.endswith("a genuine request got HTTP 401, a changed one 401")


@pytest.mark.parametrize(("minutes", "side"), [(-7, "behind"), (7, "ahead")])
def test_a_server_whose_clock_is_off(source: Any, minutes: int, side: str) -> None:
    date = format_datetime(RealClock().now() + timedelta(minutes=minutes), usegmt=True)
    with stub(lambda *_: (401, {"Date": date})) as port:
        (found,) = asked(source, port)
    assert found.level == "error"
    seconds = int(found.hint.removeprefix("the clock there is ").partition(" s ")[0])
    assert abs(seconds - 420) < 5
    assert f" s {side} of the one here" in found.hint


@pytest.mark.parametrize(
    ("status", "headers", "level", "words"),
    [
        (200, {}, "error", "accepts a changed request"),
        (401, {}, "error", "another secret"),
        (401, {"Date": "yesterday"}, "error", "another secret"),
        (404, {}, "error", "does not know x"),
        (308, {"Location": "https://elsewhere.example/"}, "error", "redirects"),
        (413, {}, "error", "smaller bodies"),
        (502, {}, "error", "is `vocbot serve` running?"),
        (418, {}, "error", "is it vocbot"),
    ],
)
def test_the_likely_cause_is_named(source: Any, status: int, headers: dict[str, str], level: str, words: str) -> None:
    with stub(lambda *_: (status, headers)) as port:
        (found,) = asked(source, port)
    assert found.level == level
    assert words in f"{found.what} {found.hint}"
    assert WHSEC not in repr(found)


def test_nobody_there(source: Any) -> None:
    with stub(lambda *_: (200, {})) as port:
        pass
    assert asked(source, port) == [
        Finding("warning", f"127.0.0.1:{port}: nobody answers", "is `vocbot serve` running?")
    ]


def test_a_proxy_that_changes_the_body_is_found(source: Any, store: Store, crypt: Crypt) -> None:
    with office({"x": source}, store, crypt) as port:

        def rewrite(body: bytes, headers: Mapping[str, str], path: str) -> tuple[int, dict[str, str]]:
            kept = {name: value for name, value in headers.items() if name.lower() != "content-length"}
            tidy = json.dumps(json.loads(body)).encode()  # the Chinese becomes escapes
            url = f"http://127.0.0.1:{port}{path}"
            return httpx.post(url, content=tidy, headers=kept, trust_env=False).status_code, {}

        with stub(rewrite) as proxy:
            near, far = asked(source, port, f"http://127.0.0.1:{proxy}")
    assert (near.level, far.level) == ("ok", "error")
    assert "a proxy may change the body" in far.hint


# -- `vocbot check`


def test_check_prints_the_lines_and_asks_the_server(
    ours: Registry,
    store: Store,
    crypt: Crypt,
    tmp_path: Path,
    shell: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("vocbot.config.check.find_connectors", lambda: ours)
    monkeypatch.setenv("HOOK_KEY", WORD)
    hook = built(ours, "webhook", {"scheme": "token", "secrets": [WORD]}).port("webhook_source")
    with office({"shop": hook}, store, crypt) as port:
        config = {
            "web": {"port": port, "public_url": f"http://127.0.0.1:{port}"},
            "connectors": {
                "shop": {"type": "webhook", "scheme": "token", "secrets": ["env:HOOK_KEY"]},
                "out": {"type": "webhook", "urls": {"a": "http://127.0.0.1:9/"}, "send_secret": "env:HOOK_KEY"},
            },
        }
        config["connectors"]["out"]["send_scheme"] = "hmac"
        path = tmp_path / "vocbot.yaml"
        path.write_text(yaml.safe_dump(config), encoding="utf-8")
        assert check_all(path, online=False) == 0
        assert "curl" not in capsys.readouterr().out
        assert check_all(path, online=False, curl=True) == 0
        said = capsys.readouterr().out
        lines = [line.strip() for line in said.splitlines() if line.strip().startswith("curl ")]
        assert [shell(line, HOOK_KEY=WORD) for line in lines] == ["200", "401"]
        assert "no line to try it with: no webhook secret is configured" in said
        assert WORD not in said

        assert check_all(path, online=True) == 1  # nobody listens at the address of `out`
        said = capsys.readouterr().out
        assert f"shop webhook: ok: 127.0.0.1:{port}: accepts a genuine request, refuses a changed one" in said
        assert "out webhook: warning: no sample can be signed: no webhook secret is configured" in said
        assert WORD not in said


def test_check_signs_by_the_clock_of_the_server(
    ours: Registry,
    store: Store,
    crypt: Crypt,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A demo's clock runs ahead; where its file is gone, the wall clock will do."""
    clock = HandClock(RealClock().now() + timedelta(days=9))
    monkeypatch.setattr("vocbot.config.check.find_connectors", lambda: ours)
    monkeypatch.setenv("HOOK_KEY", WHSEC)

    def gone(settings: Any) -> Any:
        raise VocbotError("clock.fast: is not there")

    for found, served in ((lambda _: clock, clock), (gone, RealClock())):
        monkeypatch.setattr("vocbot.config.check.open_clock", found)
        hook = built(ours, "webhook", {"secrets": [WHSEC]}, served).port("webhook_source")
        with office({"shop": hook}, store, crypt) as port:
            web = {"port": port, "public_url": f"http://127.0.0.1:{port}"}
            config = {"web": web, "connectors": {"shop": {"type": "webhook", "secrets": ["env:HOOK_KEY"]}}}
            path = tmp_path / "vocbot.yaml"
            path.write_text(yaml.safe_dump(config), encoding="utf-8")
            assert check_all(path, online=True) == 0
        assert "accepts a genuine request, refuses a changed one" in capsys.readouterr().out
