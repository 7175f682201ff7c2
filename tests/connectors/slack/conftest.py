"""A workspace on loopback, the connector's settings for it, and a clock that a test moves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.slack.config import SlackSettings
from connectors.slack.standin import SlackStandin
from vocbot.sdk.document import Button, Buttons, Document, Quote, paragraph
from vocbot.sdk.ports import Context


@dataclass
class Clock:
    time: datetime = datetime(2026, 3, 2, 9, 7, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    def after_real(self, seconds: float) -> datetime:
        return self.time + timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def context(clock: Clock) -> Context:
    return Context("slack", clock)


@pytest.fixture
def slack(tmp_path: Path, clock: Clock) -> Iterator[SlackStandin]:
    standin = SlackStandin(tmp_path / "slack.jsonl", clock, channels=("C0TEAM", "C0OTHER"))
    standin.start()
    yield standin
    standin.stop()


@pytest.fixture
def settings(slack: SlackStandin) -> SlackSettings:
    return SlackSettings.model_validate(slack.settings())


@pytest.fixture
def question() -> Document:
    return Document(
        "zh",
        "是否开工单：蓝牙断连 <!channel> & *全部*",
        (
            paragraph("过去 7 天 31 人提到，", "平时 4 人。"),
            Quote("又断了😡 <!here> *烦* \u202eabc", "App 评论, 3 月 1 日"),
            Buttons((Button("同意", "approve", "approval:7", primary=True), Button("驳回", "reject", "approval:7"))),
        ),
    )
