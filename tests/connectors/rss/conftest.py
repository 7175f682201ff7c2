"""One site with feeds on loopback, a clock that stands still, and the ports that read it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.rss import MANIFEST
from connectors.rss.config import RssSettings
from connectors.rss.standin import RssStandin
from vocbot.sdk.manifest import resolve
from vocbot.sdk.ports import Context
from vocbot.sdk.testing.clock import HandClock
from vocbot.sdk.wire import Page

Port = Callable[..., Any]


@pytest.fixture
def site(tmp_path: Path, clock: HandClock) -> Iterator[RssStandin]:
    standin = RssStandin(tmp_path / "rss.jsonl", clock)
    standin.start()
    yield standin
    standin.stop()


@pytest.fixture
def port(site: RssStandin, clock: HandClock) -> Port:
    """Make a port that reads the named feeds, with changed settings where asked."""

    def make(*boards: str, name: str = "poll_source", timeout: float = 2.0, **changes: Any) -> Any:
        settings = RssSettings.model_validate({**site.settings_of(*(boards or ("forum",))), **changes})
        return resolve(MANIFEST.ports[name])(settings, Context("feeds", clock, timeout))  # type: ignore[index]

    return make


@pytest.fixture
def drain() -> Callable[..., list[Page]]:
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
