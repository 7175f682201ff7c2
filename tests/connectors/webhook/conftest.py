"""One in-house system on loopback, ports that look at it, and the real hooks for what is sent with curl."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from connectors.webhook import MANIFEST
from connectors.webhook.config import WebhookSettings
from connectors.webhook.standin import WebhookStandin
from vocbot.listen.intake import Intake
from vocbot.sdk.events import Event
from vocbot.sdk.manifest import resolve
from vocbot.sdk.ports import Context
from vocbot.sdk.testing.clock import HandClock
from vocbot.sdk.wire import Inbound
from vocbot.store.crypt import Crypt
from vocbot.store.db import Store
from vocbot.web.hooks import Hooks

HOOK = "https://voc.example/hooks/shop"
FORM = "application/x-www-form-urlencoded"
Port = Callable[..., Any]


@pytest.fixture
def system(tmp_path: Path, clock: HandClock) -> Iterator[WebhookStandin]:
    standin = WebhookStandin(tmp_path / "webhook.jsonl", clock)
    standin.start()
    yield standin
    standin.stop()


@pytest.fixture
def port(system: WebhookStandin, clock: HandClock) -> Port:
    """Make a port by its name in the manifest, with changed settings; None takes one away."""

    def make(name: str, clock: Any = clock, **changes: Any) -> Any:
        plain = {key: value for key, value in {**system.settings(), **changes}.items() if value is not None}
        settings = WebhookSettings.model_validate(plain)
        return resolve(MANIFEST.ports[name])(settings, Context("shop", clock, 3.0))  # type: ignore[index]

    return make


@pytest.fixture
def parse(port: Port, clock: HandClock) -> Callable[..., Sequence[Event]]:
    """Read a body (JSON value or bytes) as the core does after it was kept."""

    def read(body: Any, kind: str = "application/json", **changes: Any) -> Sequence[Event]:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        inbound = Inbound("webhook", "id:e1", raw, {"content-type": kind}, clock.now())
        events: Sequence[Event] = port("webhook_source", **changes).parse(inbound)
        return events

    return read


@pytest.fixture
def serve(store: Store, crypt: Crypt) -> Callable[..., Any]:
    """The real hooks with one source, called shop, on a free port of loopback; gives the address."""

    @contextmanager
    def serving(source: Any, clock: Any) -> Iterator[str]:
        intake = Intake(store, crypt, lambda: None)
        intake.start()
        hooks = Hooks({"shop": source}, intake, clock, "http://127.0.0.1", 100_000)
        config = uvicorn.Config(hooks, host="127.0.0.1", port=0, log_level="critical", lifespan="off", access_log=False)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        end = time.monotonic() + 10
        while not server.started:
            assert time.monotonic() < end, "the server does not start"
            time.sleep(0.005)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        server.should_exit = True
        thread.join(10)
        intake.stop()

    return serving
