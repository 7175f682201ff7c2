"""One Zendesk on loopback, a clock that stands still, and the ports that look at both."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.zendesk import MANIFEST
from connectors.zendesk.config import ZendeskSettings
from connectors.zendesk.standin import ZendeskStandin
from vocbot.sdk.events import Event
from vocbot.sdk.manifest import resolve
from vocbot.sdk.ports import Context
from vocbot.sdk.wire import Inbound

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


class StillClock:
    """Shows `time` until somebody moves it."""

    def __init__(self) -> None:
        self.time = NOW

    def now(self) -> datetime:
        return self.time

    def after_real(self, seconds: float) -> datetime:
        return self.time + timedelta(seconds=seconds)


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def zendesk(tmp_path: Path, clock: StillClock) -> Iterator[ZendeskStandin]:
    standin = ZendeskStandin(tmp_path / "zendesk.jsonl", clock)
    standin.start()
    yield standin
    standin.stop()


@pytest.fixture
def settings(zendesk: ZendeskStandin) -> ZendeskSettings:
    return ZendeskSettings.model_validate(zendesk.settings())


@pytest.fixture
def port(settings: ZendeskSettings, clock: StillClock) -> Callable[..., Any]:
    """Make a port by its name in the manifest, with changed settings where asked."""

    def make(name: str, **changes: Any) -> Any:
        changed = ZendeskSettings.model_validate({**settings.model_dump(), **changes})
        return resolve(MANIFEST.ports[name])(changed, Context("zendesk", clock))  # type: ignore[index]

    return make


@pytest.fixture
def parse(port: Callable[..., Any]) -> Callable[..., Sequence[Event]]:
    """Read a body (JSON value or bytes) as the core does after it was kept."""

    def read(body: Any, **changes: Any) -> Sequence[Event]:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        events: Sequence[Event] = port("webhook_source", **changes).parse(Inbound("webhook", "e1", raw, {}, NOW))
        return events

    return read
