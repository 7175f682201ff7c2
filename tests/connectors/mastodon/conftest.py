"""One Mastodon server on loopback, and the ports that look at it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from connectors.mastodon import MANIFEST
from connectors.mastodon.config import MastodonSettings
from connectors.mastodon.standin import MastodonStandin
from vocbot.sdk.events import Event
from vocbot.sdk.manifest import resolve
from vocbot.sdk.ports import Context
from vocbot.sdk.testing.clock import HandClock
from vocbot.sdk.wire import Inbound, Record


@pytest.fixture
def mastodon(tmp_path: Path, clock: HandClock) -> Iterator[MastodonStandin]:
    standin = MastodonStandin(tmp_path / "mastodon.jsonl", clock)
    standin.start()
    yield standin
    standin.stop()


@pytest.fixture
def port(mastodon: MastodonStandin, clock: HandClock) -> Callable[..., Any]:
    """Make a port by its name in the manifest, with changed settings where asked."""

    def make(name: str, **changes: Any) -> Any:
        settings = MastodonSettings.model_validate({**mastodon.settings(), **changes})
        return resolve(MANIFEST.ports[name])(settings, Context("mastodon", clock, 3.0))  # type: ignore[index]

    return make


@pytest.fixture
def read(port: Callable[..., Any], clock: HandClock) -> Callable[..., Event]:
    """Read a record, or a body, as the core does after it was kept."""

    def parse(kept: Any, **changes: Any) -> Event:
        body = kept.body if isinstance(kept, Record) else json.dumps(kept).encode()
        events: Sequence[Event] = port("poll_source", **changes).parse(Inbound("poll", "e1", body, {}, clock.now()))
        (event,) = events
        return event

    return parse


@pytest.fixture
def drain() -> Callable[..., tuple[list[Record], str]]:
    """Poll until there is no more, each page with a cursor that was kept."""

    def run(poll: Any, cursor: str | None = None) -> tuple[list[Record], str]:
        records: list[Record] = []
        for _ in range(60):
            page = poll.poll(cursor)
            records += page.records
            cursor = page.cursor
            if not page.more:
                return records, page.cursor
        raise AssertionError("no end")

    return run
