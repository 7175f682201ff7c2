"""The round through the feeds."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from connectors.rss.tour import Tour
from connectors.rss.window import Known
from vocbot.sdk.errors import CursorExpired

NOW = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)
URLS = ("https://forum.example/a?token=hidden", "https://forum.example/b")
KNOWN = Known(NOW, {"a": "b"}, NOW, '"etag"', "then")


def test_a_round() -> None:
    tour = Tour.load(None, URLS)
    assert (tour.left, tour.read, tour.known(URLS[0], NOW)) == (URLS, False, Known(NOW))
    half = tour.took(URLS[0], KNOWN, more=True)
    assert (half.left, half.read) == (URLS, True)
    whole = half.took(URLS[0], KNOWN, more=False)
    assert whole.left == URLS[1:]
    assert Tour.load(whole.dump(), URLS) == whole
    over = whole.took(URLS[1], KNOWN, more=False)
    again = Tour.load(over.dump(), URLS)
    assert (over.left, again.left, again.read) == ((), URLS, False)
    assert again.known(URLS[1], NOW) == KNOWN
    assert "hidden" not in over.dump()


def test_a_feed_that_was_passed_over_keeps_what_is_known() -> None:
    tour = Tour.load(None, URLS).took(URLS[0], KNOWN, more=False)
    passed = tour.passed(URLS[0], KNOWN, NOW)
    known = Tour.load(passed.dump(), URLS).known(URLS[0], NOW)
    assert (known.entries, known.missed, known.rest) == ({"a": "b"}, 1, NOW)
    healed = passed.took(URLS[0], known, more=False).known(URLS[0], NOW)
    assert (healed.missed, healed.rest) == (0, None)
    assert tour.skipped(URLS[1]).left == ()


def test_feeds_come_and_go_with_the_settings() -> None:
    tour = Tour.load(None, URLS).took(URLS[0], KNOWN, more=False)
    new = ("https://forum.example/c", URLS[0])
    changed = Tour.load(tour.dump(), new)
    assert changed.left == new, "what is left is not configured any more: a new round"
    assert set(changed.feeds) == {URLS[0]}


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "[]",
        "{}",
        '{"left":[],"feeds":{"a":{}},"read":true}',
        '{"left":[],"feeds":{"a":{"since":"2026-11-03T09:00:00"}},"read":true}',  # no zone
        '{"left":[],"feeds":{"a":{"since":"2026-11-03T09:00:00Z","entries":[]}},"read":true}',
        '{"left":[1],"feeds":{},"read":true}',
        '{"left":[],"feeds":{},"read":1}',
    ],
)
def test_cursors_of_others(cursor: str) -> None:
    with pytest.raises(CursorExpired):
        Tour.load(cursor, URLS)
