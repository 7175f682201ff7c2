"""A folder, and a poll of it that is read to its end, in one go or with new instances in between."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.file.config import FileSettings
from connectors.file.poll_source import FilePoll
from vocbot.sdk.errors import Unparseable
from vocbot.sdk.events import Feedback
from vocbot.sdk.ports import Context
from vocbot.sdk.testing.clock import HandClock
from vocbot.sdk.wire import Inbound, Record

NOW = datetime(2026, 11, 3, 9, 7, tzinfo=UTC)


@dataclass
class Read:
    """What a poll of a path brought so far."""

    settings: FileSettings
    cursor: str | None = None
    records: list[Record] = field(default_factory=list)
    pages: int = 0
    poll: Any = None

    def on(self, anew: bool = False) -> list[Record]:
        """Read to the end; `anew`: each page by a new instance. Returns what came."""
        came: list[Record] = []
        while True:
            if anew or self.poll is None:
                self.poll = FilePoll(self.settings, Context("file", HandClock()))
            page = self.poll.poll(self.cursor)
            self.pages += 1
            assert self.pages < 500
            came += page.records
            self.records += page.records
            self.cursor = page.cursor
            if not page.more:
                return came

    def anew(self) -> list[Record]:
        return self.on(anew=True)

    def told(self, records: Sequence[Record] | None = None) -> list[Feedback]:
        """The feedback of those records that can be used."""
        return [found for found in map(understood, self.records if records is None else records) if found]

    def texts(self, records: Sequence[Record] | None = None) -> list[str]:
        return [feedback.text for feedback in self.told(records)]

    def told_records(self) -> list[Record]:
        """The records that can be used."""
        return [record for record in self.records if understood(record)]

    def refused(self) -> list[str]:
        return [str(reason) for reason in map(refusal, self.records) if reason]


def parse(record: Record, now: datetime = NOW) -> Feedback:
    """The feedback of a record, by an instance that knows other settings."""
    settings = FileSettings(path="nowhere", map={"text": "x"})
    (feedback,) = FilePoll(settings, Context("file", HandClock())).parse(
        Inbound("poll", record.event_id, record.body, {}, now)
    )
    assert isinstance(feedback, Feedback)
    return feedback


def understood(record: Record) -> Feedback | None:
    try:
        return parse(record)
    except Unparseable:
        return None


def refusal(record: Record) -> Unparseable | None:
    try:
        parse(record)
    except Unparseable as error:
        return error
    return None


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Read]:
    """Write a file of this name and settle how it is read: `read("a.csv", content, text="comment", tz="UTC")`."""

    def make(name: str, content: str | bytes | None = None, /, **given: Any) -> Read:
        path = tmp_path / name
        if content is not None:
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        known = {key: given.pop(key) for key in tuple(given) if key in FileSettings.model_fields}
        known.setdefault("map", {"text": "text", **given})
        return Read(FileSettings.model_validate({"path": str(path), **known}))

    return make
