"""What senders get for an answer: 2xx for what is on disk, and for nothing else."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from fastapi import FastAPI
from sqlmodel import Session, col, select

from connectors.zendesk import MANIFEST
from vocbot.listen.intake import Intake
from vocbot.listen.raw import unpack
from vocbot.registry import Configured
from vocbot.sdk.errors import BadSignature, Unparseable
from vocbot.sdk.events import Event
from vocbot.sdk.manifest import resolve
from vocbot.sdk.ports import Context
from vocbot.sdk.testing.clock import HandClock
from vocbot.sdk.testing.standin import Standin
from vocbot.sdk.wire import Inbound, Request, Response
from vocbot.store import tables
from vocbot.store.crypt import Crypt
from vocbot.store.db import Store
from vocbot.web.hooks import Hooks

URL = "https://voc.example.com"
LIMIT = 200_000
TELLTALE = b"Traceback", b'File "', b"Error", b"secret"
Signed = Callable[..., Request]


class Greeter:
    """A sender with handshakes, and with faults that no connector should have."""

    def handshake(self, request: Request) -> Response | None:
        if request.method == "GET" and "echo" in request.query:
            return Response(200, request.query["echo"].encode(), "text/html")
        if request.body == b"hello":
            return Response(201, b'{"ok":1}', "application/json")
        if request.body == b"bad hello":
            raise BadSignature("not you")
        return None

    def verify(self, request: Request) -> None:
        if request.body == b"bug":
            raise KeyError("secret of a customer")
        if request.headers.get("x-proof") != "right" or not request.url.startswith(f"{URL}/hooks/greeter"):
            raise BadSignature("no proof")

    def event_id(self, request: Request) -> str:
        if request.body == b"unnamed":
            raise Unparseable("no name")
        return request.query.get("name") or request.body.decode()

    def parse(self, inbound: Inbound) -> Sequence[Event]:
        raise AssertionError("nothing is parsed while the sender waits")


@pytest.fixture
def app(store: Store, crypt: Crypt, clock: HandClock, zendesk: Standin) -> Iterator[Callable[..., FastAPI]]:
    """The hooks in an application, with an intake; `capacity` 0 is one that is always full."""
    made: list[Intake] = []

    def build(**options: Any) -> FastAPI:
        intake = Intake(store, crypt, lambda: None, **options)
        intake.start()
        made.append(intake)
        settings = resolve(MANIFEST.settings).model_validate(zendesk.settings())
        port = Configured(MANIFEST, settings, Context("zendesk", clock), 0.0).port("webhook_source")
        found = FastAPI(openapi_url=None)
        found.mount("/hooks", Hooks({"zendesk": port, "greeter": Greeter()}, intake, clock, f"{URL}/", LIMIT))
        return found

    yield build
    for intake in made:
        intake.stop()


Client = Callable[..., httpx.Response]


@pytest.fixture
def call(app: Callable[..., FastAPI]) -> Client:
    """Send one request (a Request, or method and path) to the application; the answer never says too much."""
    application = app()

    def send(what: Request | str, path: str = "", application: Any = application, **options: Any) -> httpx.Response:
        async def sent() -> httpx.Response:
            transport = httpx.ASGITransport(application, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url=URL) as client:
                if isinstance(what, Request):
                    headers = dict(what.headers)
                    return await client.request(what.method, what.url, headers=headers, content=what.body, **options)
                return await client.request(what, path, **options)

        answer = asyncio.run(sent())
        assert len(answer.content) < 100
        assert not any(word in answer.content for word in TELLTALE)
        return answer

    return send


def rows(store: Store) -> list[tables.Inbound]:
    with Session(store.inbox) as session:
        return list(session.exec(select(tables.Inbound).order_by(col(tables.Inbound.id))))


# --- taken ---------------------------------------------------------------------------------------------------


def test_all_that_zendesk_sends_is_taken_as_it_came(
    call: Client, zendesk: Standin, store: Store, crypt: Crypt, clock: HandClock
) -> None:
    sent = zendesk.samples(f"{URL}/hooks/zendesk")
    for request in sent:
        answer = call(request)
        assert (answer.status_code, answer.content) == (200, b"")
    kept = rows(store)
    assert [unpack(crypt.open(row.body))[1] for row in kept] == [request.body for request in sent]
    assert {(row.source, row.kind, row.received_at) for row in kept} == {("zendesk", "webhook", clock.now())}
    headers, _ = unpack(crypt.open(kept[0].body))
    assert headers["content-type"].startswith("application/json")
    assert "x-zendesk-webhook-signature" in headers


def test_a_duplicate_is_answered_like_the_first_and_kept_once(call: Client, signed: Signed, store: Store) -> None:
    request = signed({"id": "e1", "type": "x"})
    assert [call(request).status_code for _ in range(3)] == [200] * 3
    assert [row.event_id for row in rows(store)] == ["e1"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"not json",
        b"\xff\xfe{\x00}\x00",
        "{'中': '文'}".encode("gbk"),
        b"\x00" * 100,
        b"[" * 50_000,
        b'{"id": "a\x00b"}',
        b'{"id": "\\ud800"}',
        b'{"id": "\\u0000"}',
        b'{"id": "' + b"x" * 9_000 + b'"}',
        json.dumps({"id": "e", "text": "😀" * 50}).encode(),
    ],
)
def test_what_is_authentic_is_taken_whatever_it_says(
    call: Client, signed: Signed, store: Store, crypt: Crypt, body: bytes
) -> None:
    assert call(signed(body)).status_code == 200
    assert [unpack(crypt.open(row.body))[1] for row in rows(store)] == [body]
    assert call(signed(body)).status_code == 200
    assert len(rows(store)) == 1


def test_a_request_without_a_name_is_named_by_its_content(call: Client, store: Store) -> None:
    for _ in range(2):
        assert call("POST", "/hooks/greeter", headers={"x-proof": "right"}, content=b"unnamed").status_code == 200
    assert [row.event_id[:5] for row in rows(store)] == ["body:"]


@pytest.mark.parametrize(
    "path", ["/hooks/greeter", "/hooks/greeter/", "/hooks/greeter?name=a%20b&x", "/hooks//greeter"]
)
def test_the_address_that_is_verified_is_the_public_one(call: Client, path: str) -> None:
    """Not the one behind the proxy: `Greeter.verify` looks at it."""
    answer = call("POST", path, headers={"x-proof": "right", "host": "10.0.0.1"}, content=b"e1")
    assert answer.status_code == 200


# --- handshakes ----------------------------------------------------------------------------------------------


def test_handshakes_are_answered_and_not_kept(call: Client, store: Store) -> None:
    hello = call("GET", "/hooks/greeter?echo=a%20%E4%B8%AD")
    assert (hello.status_code, hello.text, hello.headers["content-type"]) == (200, "a 中", "text/html")
    hello = call("POST", "/hooks/greeter", content=b"hello")
    assert (hello.status_code, hello.json(), hello.headers["content-type"]) == (201, {"ok": 1}, "application/json")
    assert call("POST", "/hooks/greeter", content=b"bad hello").status_code == 401
    assert rows(store) == []


# --- refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/hooks/nobody", 404),
        ("POST", "/hooks/", 404),
        ("POST", "/hooks/x/greeter", 404),
        ("POST", "/hooks/greeter/x", 404),
        ("POST", "/hooks/%2e%2e/greeter", 404),
        ("POST", "/hooks/Greeter", 404),
        ("GET", "/hooks/nobody", 404),
        ("POST", "/elsewhere", 404),
        ("GET", "/hooks/zendesk", 405),
        ("HEAD", "/hooks/zendesk", 405),
        ("PUT", "/hooks/zendesk", 405),
        ("DELETE", "/hooks/zendesk", 405),
        ("OPTIONS", "/hooks/zendesk", 405),
        ("BREW", "/hooks/zendesk", 405),
        ("POST", "/hooks/zendesk", 401),
        ("POST", "/hooks/greeter", 401),
    ],
)
def test_refused_before_anything_is_read(call: Client, store: Store, method: str, path: str, status: int) -> None:
    answer = call(method, path)
    assert answer.status_code == status
    assert answer.headers.get("allow") == ("POST" if status == 405 else None)
    assert rows(store) == []


def test_what_is_not_authentic_is_refused(call: Client, signed: Signed, store: Store, clock: HandClock) -> None:
    good = signed({"id": "e1"})
    name = "x-zendesk-webhook-signature"
    bad = [
        replace(good, body=good.body + b" "),
        replace(good, headers={k: v for k, v in good.headers.items() if k != name}),
        replace(good, headers={**good.headers, name: "AAAA"}),
        replace(good, headers={**good.headers, name: "\xff\xfe"}),
        replace(good, headers={**good.headers, f"{name}-timestamp": "yesterday"}),
    ]
    for request in bad:
        headers = {k: v.encode("latin-1") for k, v in request.headers.items()}
        answer = call("POST", "/hooks/zendesk", headers=headers, content=request.body)
        assert (answer.status_code, answer.content) == (401, b"signature refused")
    for minutes in (-10, 20):  # stale, then from the future
        clock.move(timedelta(minutes=minutes))
        assert call(good).status_code == 401
    clock.move(timedelta(minutes=-10))
    assert call(good).status_code == 200
    assert [row.event_id for row in rows(store)] == ["e1"]


def test_a_body_that_is_too_large_is_refused(call: Client, signed: Signed, store: Store) -> None:
    body = json.dumps({"id": "e1", "text": "x" * LIMIT}).encode()
    fits = body[: LIMIT - 2] + b'"}'
    assert len(fits) == LIMIT
    assert call(signed(fits)).status_code == 200
    assert call(signed(fits + b" ")).status_code == 413
    assert len(rows(store)) == 1


def test_an_intake_that_is_full_says_when_to_come_again(
    call: Client, app: Callable[..., FastAPI], signed: Signed, store: Store
) -> None:
    answer = call(signed({"id": "e1"}), application=app(capacity=0))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert rows(store) == []
    assert "retry-after" not in call(signed({"id": "e1"})).headers


def test_a_disk_that_refuses_says_so_and_never_200(
    call: Client, signed: Signed, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with store.inbox.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER full BEFORE INSERT ON inbound BEGIN SELECT RAISE(ABORT, 'disk is full'); END"
        )
    assert call(signed({"id": "e1"})).status_code == 503
    with store.inbox.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER full")
    assert call(signed({"id": "e1"})).status_code == 200
    assert len(rows(store)) == 1


def test_a_fault_of_a_connector_is_no_ones_business(call: Client, caplog: pytest.LogCaptureFixture) -> None:
    answer = call("POST", "/hooks/greeter", content=b"bug")
    assert (answer.status_code, answer.content) == (500, b"internal error")
    assert "KeyError at test_hooks.py" in caplog.text
    assert "secret" not in caplog.text


# --- on the wire ---------------------------------------------------------------------------------------------


def test_on_the_wire(app: Callable[..., FastAPI], serve: Callable[[Any], Any], signed: Signed, store: Store) -> None:
    """Through a real server: parallel requests, chunks, large bodies, senders that hang up or talk nonsense."""
    with serve(app()) as url, httpx.Client(base_url=url, timeout=10) as client:

        def post(request: Request, content: Any = None) -> httpx.Response:
            body = request.body if content is None else content
            return client.post("/hooks/zendesk", headers=dict(request.headers), content=body)

        assert post(signed({"id": "plain"})).status_code == 200
        chunked = signed({"id": "chunked", "text": "x" * 50_000})
        assert post(chunked, (chunked.body[n : n + 999] for n in range(0, len(chunked.body), 999))).status_code == 200
        large = signed(b" " * (3 * LIMIT))
        assert post(large).status_code == 413
        assert post(large, (large.body[n : n + 9999] for n in range(0, len(large.body), 9999))).status_code == 413
        _hang_up(url, signed({"id": "gone"}), 5)
        _hang_up(url, signed({"id": "gone too"}), 0)
        assert b"400" in _talk(url, b"POST /hooks/zendesk HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n")
        assert post(signed({"id": "after"})).status_code == 200
        asyncio.run(_many(url, [signed({"id": f"many-{n}"}) for n in range(100)]))
    names = [row.event_id for row in rows(store)]
    assert names[:3] == ["plain", "chunked", "after"]
    assert sorted(names[3:]) == sorted(f"many-{n}" for n in range(100))


async def _many(url: str, requests: list[Request]) -> None:
    async with httpx.AsyncClient(base_url=url, timeout=10) as client:
        sent = (client.post("/hooks/zendesk", headers=dict(r.headers), content=r.body) for r in requests)
        assert {answer.status_code for answer in await asyncio.gather(*sent)} == {200}


def _hang_up(url: str, request: Request, after: int) -> None:
    """Promise the whole body, send `after` bytes of it, and go."""
    head = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
    length = f"Content-Length: {len(request.body)}\r\n"
    _talk(url, f"POST /hooks/zendesk HTTP/1.1\r\nHost: x\r\n{head}{length}\r\n".encode() + request.body[:after], 0)


def _talk(url: str, raw: bytes, listen: int = 4096) -> bytes:
    where = urlsplit(url)
    with socket.create_connection((where.hostname, where.port), timeout=5) as wire:
        wire.sendall(raw)
        if listen:
            return wire.recv(listen)
        time.sleep(0.05)
        return b""


def test_who_hangs_up_gets_no_answer(app: Callable[..., FastAPI], store: Store) -> None:
    """As the server tells it: the connection is gone in the middle of the body."""
    told = iter([{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}])
    answers: list[Any] = []

    async def receive() -> Any:
        return next(told)

    async def send(message: Any) -> None:
        answers.append(message)

    scope = {"type": "http", "method": "POST", "path": "/hooks/zendesk", "root_path": "", "query_string": b""}
    asyncio.run(app()({**scope, "headers": [], "scheme": "http", "server": ("x", 80)}, receive, send))
    assert answers == []
    assert rows(store) == []


def test_web_sockets_are_closed(app: Callable[..., FastAPI]) -> None:
    answers: list[Any] = []

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        answers.append(message["type"])

    scope = {"type": "websocket", "path": "/hooks/zendesk", "root_path": "", "query_string": b"", "headers": []}
    asyncio.run(app()({**scope, "scheme": "ws", "server": ("x", 80)}, receive, send))
    assert answers == ["websocket.close"]
