"""One Bluesky on loopback, and the ports that look at it by a clock that stands still."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from connectors.bluesky import MANIFEST
from connectors.bluesky.config import BlueskySettings
from connectors.bluesky.standin import BlueskyStandin
from vocbot.sdk.events import Event
from vocbot.sdk.manifest import resolve
from vocbot.sdk.ports import Context
from vocbot.sdk.testing.clock import HandClock
from vocbot.sdk.wire import Inbound, Record


@pytest.fixture
def bluesky(tmp_path: Path, clock: HandClock) -> Iterator[BlueskyStandin]:
    standin = BlueskyStandin(tmp_path / "bluesky.jsonl", clock)
    standin.start()
    yield standin
    standin.stop()


@pytest.fixture
def settings(bluesky: BlueskyStandin) -> BlueskySettings:
    return BlueskySettings.model_validate(bluesky.settings())


@pytest.fixture
def port(settings: BlueskySettings, clock: HandClock) -> Callable[..., Any]:
    """Make a port by its name in the manifest, with changed settings where asked."""

    def make(name: str, **changes: Any) -> Any:
        changed = BlueskySettings.model_validate({**settings.model_dump(), **changes})
        return resolve(MANIFEST.ports[name])(changed, Context("bluesky", clock, 3.0))  # type: ignore[index]

    return make


@pytest.fixture
def drain() -> Callable[..., tuple[list[Record], str]]:
    """Poll from a cursor until there is no more: all records, and where to go on."""

    def read(poll: Any, cursor: str | None = None) -> tuple[list[Record], str]:
        records: list[Record] = []
        for _ in range(60):
            page = poll.poll(cursor)
            records += page.records
            cursor = page.cursor
            if not page.more:
                return records, page.cursor
        raise AssertionError("sixty pages and no end")

    return read


@pytest.fixture
def parse(port: Callable[..., Any], clock: HandClock) -> Callable[..., Sequence[Event]]:
    """Read a record, or a body as it was kept."""

    def read(body: Any, **changes: Any) -> Sequence[Event]:
        raw = body.body if isinstance(body, Record) else body if isinstance(body, bytes) else json.dumps(body).encode()
        events: Sequence[Event] = port("poll_source", **changes).parse(Inbound("poll", "e1", raw, {}, clock.now()))
        return events

    return read


@pytest.fixture
def calls(bluesky: BlueskyStandin) -> Callable[..., list[dict[str, Any]]]:
    """What the stand-in was asked with this end of the name."""

    def found(name: str = "") -> list[dict[str, Any]]:
        return [entry for entry in bluesky.log() if entry["direction"] == "in" and entry["path"].endswith(name)]

    return found
