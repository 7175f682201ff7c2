"""What a source would bring is shown as it would be kept: no personal data, nothing kept, what was not understood."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from vocbot.sdk import events
from vocbot.sdk.errors import Retryable, Unparseable, VocbotError
from vocbot.sdk.events import Author, Contact
from vocbot.sdk.ports import Context
from vocbot.sdk.testing.clock import HandClock
from vocbot.sdk.wire import Inbound, Page, Record
from vocbot.trial import SHOWN, try_source

AT = datetime(2026, 11, 3, 9, 7, tzinfo=UTC)
ANN = Author("u1", "Ann Example", (Contact("email", "ann@example.com"),))
SAID = events.Feedback("f1", "Ann Example here, call 13800138000", AT, "app", ANN, attributes={"phone": "13800138000"})
MET = events.CustomerEvent("e1", "order by 13800138000", AT, ANN, {"campaign": "618"})


class Source:
    """Pages of one record each; a record stands for what it means."""

    def __init__(self, *found: Any) -> None:
        self.found = found

    def poll(self, cursor: str | None) -> Page:
        place = int(cursor or 0)
        if place >= len(self.found):
            raise Retryable("it does not answer")
        return Page((Record(str(place), b""),), str(place + 1), more=place + 1 < len(self.found))

    def parse(self, inbound: Inbound) -> Sequence[events.Event]:
        event = self.found[int(inbound.event_id)]
        if isinstance(event, Exception):
            raise event
        return [event]

    def explain(self, record: Record) -> list[str]:
        return [f"text: of record {record.event_id}"]


class Fake:
    """A configured connector, as far as it is asked."""

    manifest = type("Manifest", (), {"id": "fake"})()

    def __init__(self, source: Source | None) -> None:
        self._source = source

    def has(self, port: str) -> bool:
        return port == "poll_source" and self._source is not None

    def port(self, _: str) -> Source | None:
        return self._source


def tried(*found: Any, pages: int = 9) -> Any:
    connector: Any = Fake(Source(*found))
    return try_source("shop", connector, Context("shop", HandClock(), 5.0), pages)


def test_what_is_understood_is_shown_without_personal_data() -> None:
    trial = tried(SAID, MET, events.Ignored("a bot"))
    assert (trial.records, trial.pages, trial.more) == (3, 3, False)
    assert trial.kinds == {"Feedback": 1, "CustomerEvent": 1, "Ignored": 1}
    said, met = trial.shown
    assert said["text"] == "[NAME] here, call [PHONE]" and said["attributes"] == {"phone": "[PHONE]"}
    assert said["author"] is True and said["contacts"] == met["contacts"] == ["email"]
    assert met["event"] == "order by [PHONE]" and met["attributes"] == {"campaign": "618"}
    assert "Ann" not in str(trial) and trial.explained == ["text: of record 0"]


def test_few_are_shown_and_as_many_pages_as_wanted_are_asked_for() -> None:
    trial = tried(*[SAID] * 8, pages=5)
    assert (len(trial.shown), trial.pages, trial.more) == (SHOWN, 5, True)


def test_what_is_not_understood_is_listed() -> None:
    trial = tried(Unparseable("map.text: nothing is there"), events.Unsupported("odd"))
    assert trial.unread == ["map.text: nothing is there", "event type odd is not known"]


def test_a_source_that_cannot_be_read_is_a_clear_error() -> None:
    with pytest.raises(VocbotError, match=r"^shop: it does not answer$"):
        tried()
    nobody: Any = Fake(None)
    with pytest.raises(VocbotError, match="is not polled"):
        try_source("shop", nobody, Context("shop", HandClock(), 5.0), 1)
