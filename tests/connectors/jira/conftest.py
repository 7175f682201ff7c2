"""A Jira of each flavour on loopback, a clock that stands still, and the ports that look at both."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.jira import MANIFEST
from connectors.jira.config import JiraSettings
from connectors.jira.standin import JiraStandin
from vocbot.sdk.document import Document, Quote, paragraph
from vocbot.sdk.manifest import resolve
from vocbot.sdk.ports import Context, TicketDraft
from vocbot.sdk.wire import Inbound, Request

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


@pytest.fixture(params=["cloud", "datacenter"])
def flavour(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def jira(tmp_path: Path, clock: StillClock, flavour: Any) -> Iterator[JiraStandin]:
    standin = JiraStandin(tmp_path / "jira.jsonl", clock, flavour)
    standin.start()
    yield standin
    standin.stop()


@pytest.fixture
def port(jira: JiraStandin, clock: StillClock) -> Callable[..., Any]:
    """Make a port by its name in the manifest, with changed settings where asked."""

    def make(name: str, **changes: Any) -> Any:
        settings = JiraSettings.model_validate({**jira.settings(), **changes})
        return resolve(MANIFEST.ports[name])(settings, Context("jira", clock))  # type: ignore[index]

    return make


@pytest.fixture
def tracker(port: Callable[..., Any]) -> Any:
    return port("ticket_tracker")


@pytest.fixture
def document() -> Callable[..., Document]:
    """Make a document of plain paragraphs."""
    return lambda *texts: Document("zh", "优惠券", tuple(paragraph(text) for text in texts or ("优惠券不抵扣",)))


@pytest.fixture
def draft() -> Callable[..., TicketDraft]:
    """Make a draft that has everything, with changes where asked."""
    values: dict[str, Any] = {
        "key": "ticket:VOC-42:1",
        "issue": "VOC-42",
        "summary": "[VOC-42] 优惠券显示可用但不抵扣 · 312次/周 ↑38%",
        "document": Document("zh", "优惠券", (paragraph("结算页"), Quote("明明写着可用", "在线客服"))),
        "priority": "P1",
        "labels": ("src-qiyu",),
        "due": date(2026, 12, 1),
        "properties": {"evidence": "3f9c", "rules": "17"},
    }
    return lambda **changes: TicketDraft(**{**values, **changes})


@pytest.fixture
def inbound() -> Callable[[Request], Inbound]:
    """The record that a delivery becomes."""
    return lambda request: Inbound("webhook", "1", request.body, request.headers, NOW)


@pytest.fixture
def calls(jira: JiraStandin) -> Callable[..., list[dict[str, Any]]]:
    """What the stand-in received, by method and the end of the path."""
    return lambda method, path="": [
        entry for entry in jira.log() if entry.get("method") == method and entry["path"].endswith(path)
    ]
