"""A Zendesk that signs what it sends, and a web server on loopback."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from connectors.zendesk import MANIFEST
from tests.world import build_fixture, warm_store_fixture, world_fixture  # noqa: F401
from vocbot.sdk.clock import Clock
from vocbot.sdk.manifest import resolve
from vocbot.sdk.signing import sign
from vocbot.sdk.testing.standin import Standin
from vocbot.sdk.wire import Request

URL = "https://voc.example.com"  # as senders know us
HOOK = f"{URL}/hooks/zendesk"
Sign = Callable[..., Request]


@pytest.fixture
def zendesk(tmp_path: Path, clock: Clock) -> Iterator[Standin]:
    standin: Standin = resolve(MANIFEST.standin)(tmp_path / "zendesk.jsonl", clock)
    standin.start()
    yield standin
    standin.stop()


@pytest.fixture
def signed(zendesk: Standin, clock: Clock) -> Sign:
    """A request as Zendesk would sign it: a JSON value or bytes."""

    def make(body: Any, clock: Clock = clock) -> Request:
        raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        secret = zendesk.settings()["webhook_secrets"][0]
        headers = {"content-type": "application/json", **sign("zendesk", secret, raw, clock.now(), url=HOOK)}
        return Request("POST", HOOK, headers, raw)

    return make


@contextmanager
def serving(app: Any) -> Iterator[str]:
    """The application on a free port of loopback; gives its address."""
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", lifespan="off", access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    end = time.monotonic() + 10
    while not server.started:
        assert time.monotonic() < end, "the server does not start"
        time.sleep(0.005)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)


@pytest.fixture(scope="session")
def serve() -> Callable[[Any], Any]:
    return serving
