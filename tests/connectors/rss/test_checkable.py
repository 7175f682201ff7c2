"""What a check says of feeds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from connectors.rss.standin import RssStandin
from vocbot.sdk.testing.standin import Fault

Port = Callable[..., Any]
PLAIN = "headers are sent without encryption"


def findings(check: Any) -> dict[str, str]:
    return {finding.what.partition("/")[2]: finding.level for finding in check.check()}


def test_what_it_says(site: RssStandin, port: Port) -> None:
    site.post("one", "sam")
    site.post("undated", "sam", board="news", dated=False)
    assert findings(port("forum", "blog", "news", name="checkable")) == {
        "forum/feed.xml: 1 entries, the newest of 2026-11-03": "ok",
        "blog/feed.xml: no entries": "warning",
        "news/feed.xml: 1 entries": "ok",
        "news/feed.xml: entries without a time": "warning",
        **{f"{board}/feed.xml: {PLAIN}": "warning" for board in ("forum", "blog", "news")},
    }


def test_a_feed_that_moved(site: RssStandin, port: Port) -> None:
    site.guarded = False
    site.post("one", "sam", board="blog")
    site.boards["forum"].moved = (301, "/blog/feed.xml")
    place = site.address("blog").removeprefix("http://")
    assert findings(port(name="checkable", headers={})) == {
        "forum/feed.xml: 1 entries, the newest of 2026-11-03": "ok",
        f"forum/feed.xml has moved to {place}": "warning",
    }


@pytest.mark.parametrize(
    ("status", "body", "says"),
    [
        (404, b"", "HTTP 404"),
        (401, b"", "HTTP 401"),
        (200, b"<html>", "what came is no feed"),
        (200, b"", "what came is empty"),
    ],
)
def test_trouble(site: RssStandin, port: Port, status: int, body: bytes, says: str) -> None:
    site.faults.add(Fault("forum", "answer", status, body=body))
    assert findings(port(name="checkable")) == {f"forum/feed.xml: {says}": "error"}


def test_entries_without_a_name(site: RssStandin, port: Port) -> None:
    body = b"<rss version='2.0'><channel><item><title>x</title></item></channel></rss>"
    site.faults.add(Fault("forum", "answer", 200, body=body))
    assert findings(port(name="checkable"))["forum/feed.xml: entries without a name or link"] == "warning"
