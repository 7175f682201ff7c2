"""The round through the countries."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from connectors.app_store.tour import TELL, Tour
from vocbot.sdk.errors import CursorExpired
from vocbot.sdk.incremental import Reading

NOW = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)
BOTH = ("us", "cn")


def test_a_country_stays_first_until_its_list_is_read() -> None:
    tour = Tour.load(None, BOTH)
    half = tour.took("us", Reading(NOW, (("a", 1),), page="2.0.1"))
    assert (half.left, half.read) == (BOTH, True)
    whole = half.took("us", Reading(NOW, (("a", 1), ("b", 2))))
    assert whole.left == ("cn",)
    assert Tour.load(whole.dump(), BOTH) == whole
    over = whole.took("cn", Reading(NOW))
    assert over.left == ()
    again = Tour.load(over.dump(), BOTH)
    assert (again.left, again.read) == (BOTH, False)
    assert again.readings == {"us": Reading(NOW, (("a", 1), ("b", 2))), "cn": Reading(NOW)}


def test_countries_come_and_go_with_the_settings() -> None:
    tour = Tour.load(None, BOTH).took("us", Reading(NOW)).passed("cn")
    changed = Tour.load(tour.dump(), ("us", "de"))
    assert (changed.left, changed.missed, set(changed.readings)) == (("us", "de"), {}, {"us"})
    assert changed.reading("de", NOW) == Reading(NOW)
    gone = Tour.load(Tour.load(None, BOTH).took("us", Reading(NOW)).dump(), ("us", "de"))
    assert (gone.left, gone.read) == (("us", "de"), False), "what is left is not configured any more: a new round"


def test_silence_is_said_once() -> None:
    tour, said = Tour.load(None, BOTH), []
    for _ in range(TELL + 3):
        tour = Tour.load(tour.passed("us").dump(), BOTH)
        said.append(tour.silent("us"))
    assert said.count(True) == 1
    assert said.index(True) == TELL - 1
    assert not tour.took("us", Reading(NOW)).missed


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "[]",
        "{}",
        '{"left":["us"],"readings":{"us":{}},"missed":{},"read":true}',
        '{"left":["us"],"readings":{"us":{"at":"2026-11-03T09:00:00"}},"missed":{},"read":true}',
        '{"left":"us","readings":{},"missed":{},"read":true}',
        json.dumps({"at": "2026-11-03T09:00:00Z"}),
    ],
)
def test_cursors_of_others(cursor: str) -> None:
    with pytest.raises(CursorExpired):
        Tour.load(cursor, BOTH)
