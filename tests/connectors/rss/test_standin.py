"""The site's feeds are well-formed, ask for the token, and know ETags."""

from __future__ import annotations

from xml.etree import ElementTree

import httpx
import pytest

from connectors.rss.standin import RssStandin
from vocbot.sdk.testing.documents import NASTY


@pytest.mark.parametrize("board", ["forum", "blog", "news"])
def test_feeds_are_well_formed(site: RssStandin, board: str) -> None:
    for text in NASTY:
        site.post(text, text, board=board, title=text)
    body = httpx.get(site.address(board), headers=site.settings()["headers"]).content
    assert len([e for e in ElementTree.fromstring(body).iter() if e.tag.endswith(("item", "entry"))]) == len(NASTY)


def test_the_window_and_its_tag(site: RssStandin) -> None:
    headers = site.settings()["headers"]
    site.boards["forum"].window = 2
    posts = [site.post(f"post {n}", "sam") for n in range(3)]
    answer = httpx.get(site.address("forum"), headers=headers)
    assert "post 0" not in answer.text and answer.text.index("post 2") < answer.text.index("post 1")
    assert answer.headers["last-modified"] == "Tue, 03 Nov 2026 09:07:00 GMT"
    again = {**headers, "If-None-Match": answer.headers["etag"]}
    assert httpx.get(site.address("forum"), headers=again).status_code == 304
    site.edit(posts[2], "edited")
    changed = httpx.get(site.address("forum"), headers=again)
    assert changed.status_code == 200 and "edited" in changed.text


def test_refusals(site: RssStandin) -> None:
    assert httpx.get(site.address("forum")).status_code == 401
    assert httpx.get(site.address("nothing"), headers=site.settings()["headers"]).status_code == 404
    site.guarded = False
    assert httpx.get(site.address("forum")).status_code == 200
    site.boards["forum"].moved = (308, "/blog/feed.xml")
    moved = httpx.get(site.address("forum"))
    assert (moved.status_code, moved.headers["location"]) == (308, "/blog/feed.xml")
