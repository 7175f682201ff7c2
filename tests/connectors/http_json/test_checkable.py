"""What the check of the settings says."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from connectors.http_json.checkable import HttpJsonCheck
from connectors.http_json.standin import HttpJsonStandin
from tests.connectors.http_json.polling import KINDS, changed
from vocbot.sdk.ports import Context, Finding
from vocbot.sdk.testing.clock import HandClock
from vocbot.sdk.testing.standin import Fault


def check(api: HttpJsonStandin, clock: HandClock, kind: str = "cursor", **changes: Any) -> list[Finding]:
    return list(HttpJsonCheck(changed(api.settings_for(kind), **changes), Context("api", clock, 3.0)).check())


def doubts(found: list[Finding]) -> list[tuple[str, str]]:
    assert all(finding.hint for finding in found if finding.level != "ok")
    return [(finding.level, finding.what) for finding in found if finding.level != "ok"]


@pytest.mark.parametrize("kind", KINDS)
def test_good_settings_are_all_ok(api: HttpJsonStandin, clock: HandClock, kind: str) -> None:
    for number in range(25):
        clock.move(timedelta(seconds=1))
        api.speak(f"words {number}", "sam")
    found = check(api, clock, kind)
    assert doubts(found) == []
    count = 25 if kind == "none" else 20
    assert [f.what for f in found] == [
        f"the API answers with {count} items on its first page",
        "the first item is read",
    ]


def test_an_empty_list_is_ok(api: HttpJsonStandin, clock: HandClock) -> None:
    found = check(api, clock)
    assert doubts(found) == []
    assert found[-1].what == "nothing of them was written since 2025-11-03"


@pytest.mark.parametrize(
    ("fault", "what"),
    [
        (Fault("chained", "answer", 401), "refused: GET /v1/chained: HTTP 401"),
        (Fault("chained", "answer", 503), "no usable answer: GET /v1/chained: HTTP 503"),
        (Fault("chained", "drop"), "no usable answer: GET /v1/chained: RemoteProtocolError"),
        (
            Fault("chained", "answer", 200, body={"rows": []}),
            "no usable answer: items (data) finds no list in the answer;",
        ),
        (Fault("chained", "answer", 200, body=b"<html>"), "no usable answer: GET /v1/chained: the answer is not JSON"),
    ],
)
def test_what_the_api_refuses_is_an_error(api: HttpJsonStandin, clock: HandClock, fault: Fault, what: str) -> None:
    api.faults.add(fault)
    ((level, said),) = doubts(check(api, clock))
    assert level == "error" and said.startswith(what)


@pytest.mark.parametrize(
    ("changes", "level", "what"),
    [
        (
            {"map": {"text": "content", "score": None}},
            "error",
            "the first item cannot be read: map.text (content) finds nothing; keys there:",
        ),
        ({"map": {"text": "content"}}, "warning", "text <- content: nothing found; keys there: id, body,"),
        ({"map": {"score": "stars"}}, "warning", "score <- stars: nothing found; keys there: id, body,"),
        ({"map": {"score": "product"}}, "warning", "score <- product: a text, 3 characters, which is no number"),
        ({"map": {"id": None}}, "warning", "map.id is not set"),
        (
            {"map": {"time": None}, "params": {"since": None}, "reading": {"order": "none"}},
            "warning",
            "map.time is not set",
        ),
        ({"params": {"since": None}}, "warning", "every poll reads the whole list"),
        (
            {"params": {"since": None}, "reading": {"order": "descending"}},
            "error",
            "reading.order is descending, and the API lists the oldest first",
        ),
        ({"params": {"order": "desc"}}, "error", "reading.order is ascending, and the API lists the youngest first"),
    ],
)
def test_what_does_not_fit_is_named(
    api: HttpJsonStandin, clock: HandClock, changes: dict[str, Any], level: str, what: str
) -> None:
    for number in range(3):
        clock.move(timedelta(seconds=1))
        api.speak(f"words {number}", "sam")
    found = doubts(check(api, clock, **changes))
    assert [(given, said[: len(what)]) for given, said in found if said.startswith(what)] == [(level, what)], found
    assert not any("words" in said for _, said in found)


def test_a_plain_address_is_warned_of(clock: HandClock, api: HttpJsonStandin) -> None:
    found = check(api, clock, base_url="http://127.0.0.2:1/v1")
    assert ("warning", "base_url is http") in doubts(found)
    assert "base_url is http" not in [finding.what for finding in check(api, clock)]


def test_a_rating_without_words_is_fine(api: HttpJsonStandin, clock: HandClock) -> None:
    api.speak("", "sam")
    assert check(api, clock)[-1].what == "the first item has no words"
