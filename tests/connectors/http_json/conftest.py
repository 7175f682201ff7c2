"""One API on loopback, a clock that stands still, and the poll source that looks at both."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.http_json.poll_source import HttpJsonPoll
from connectors.http_json.standin import HttpJsonStandin
from tests.connectors.http_json.polling import changed
from vocbot.sdk.ports import Context
from vocbot.sdk.testing.clock import HandClock


@pytest.fixture
def api(tmp_path: Path, clock: HandClock) -> Iterator[HttpJsonStandin]:
    standin = HttpJsonStandin(tmp_path / "api.jsonl", clock)
    standin.start()
    yield standin
    standin.stop()


@pytest.fixture
def poller(api: HttpJsonStandin, clock: HandClock) -> Callable[..., HttpJsonPoll]:
    """A poll source on the stand-in's settings for a kind of paging, with changed settings where asked."""

    def make(kind: str = "cursor", **changes: Any) -> HttpJsonPoll:
        return HttpJsonPoll(changed(api.settings_for(kind), **changes), Context("api", clock, 3.0))

    return make
