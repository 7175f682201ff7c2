"""One store on loopback, a clock that stands still, and the ports that look at it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.app_store import MANIFEST
from connectors.app_store.config import AppStoreSettings
from connectors.app_store.standin import AppStoreStandin
from vocbot.sdk.manifest import resolve
from vocbot.sdk.ports import Context
from vocbot.sdk.testing.clock import HandClock
from vocbot.sdk.wire import Page

Port = Callable[..., Any]


@pytest.fixture
def store(tmp_path: Path, clock: HandClock) -> Iterator[AppStoreStandin]:
    standin = AppStoreStandin(tmp_path / "app_store.jsonl", clock)
    standin.start()
    yield standin
    standin.stop()


@pytest.fixture
def port(store: AppStoreStandin, clock: HandClock) -> Port:
    """Make a port by its name in the manifest, with changed settings where asked."""

    def make(name: str = "poll_source", **changes: Any) -> Any:
        settings = AppStoreSettings.model_validate({**store.settings(), **changes})
        return resolve(MANIFEST.ports[name])(settings, Context("reviews", clock, timeout=2.0))  # type: ignore[index]

    return make


@pytest.fixture
def drain() -> Callable[[Any, str | None], list[Page]]:
    """All pages from a cursor to the end of the round."""

    def read(poll: Any, cursor: str | None = None) -> list[Page]:
        pages: list[Page] = []
        for _ in range(60):
            pages.append(poll.poll(cursor))
            cursor = pages[-1].cursor
            if not pages[-1].more:
                return pages
        raise AssertionError("sixty pages and no end")

    return read
