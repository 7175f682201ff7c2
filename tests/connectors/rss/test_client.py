"""One GET that is bounded, conditional, and led nowhere it should not go."""

from __future__ import annotations

import gzip
import time
from typing import Any

import httpx
import pytest
import respx

from connectors.rss.client import LARGEST, Client, TooLarge, Validators
from connectors.rss.config import RssSettings
from connectors.rss.standin import RssStandin
from vocbot.sdk.errors import Rejected, Retryable
from vocbot.sdk.testing.standin import Fault

URL = "https://forum.example/feed.xml"


def client(*urls: str, timeout: float = 2.0, **more: Any) -> Client:
    return Client(RssSettings.model_validate({"urls": urls or [URL], **more}), timeout)


@pytest.fixture
def forum(site: RssStandin) -> tuple[Client, str]:
    return Client(RssSettings.model_validate(site.settings()), 2.0), site.address("forum")


def answers(site: RssStandin, status: int, body: Any = b"", **headers: str) -> None:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    site.faults.add(Fault("feed.xml", "answer", status, named, body))


def test_an_unchanged_feed_is_not_sent_again(site: RssStandin, forum: tuple[Client, str]) -> None:
    fetch, url = forum[0].fetch, forum[1]
    site.speak("one", "sam")
    first = fetch(url)
    assert first.body and first.content_type.startswith("application/rss+xml")
    assert first.validators.etag and first.validators.modified
    again = fetch(url, first.validators)
    assert (again.body, again.validators) == (None, first.validators)
    site.speak("two", "sam")
    changed = fetch(url, first.validators)
    assert changed.body and b"two" in changed.body and changed.validators.etag != first.validators.etag


def test_what_is_asked(forum: tuple[Client, str]) -> None:
    with respx.mock(assert_all_called=False) as router:
        asked = router.get(URL).respond(304)
        client().fetch(URL, Validators('"a"', "Tue, 03 Nov 2026 09:00:00 GMT"))
        sent = asked.calls.last.request.headers
        assert (sent["if-none-match"], sent["if-modified-since"]) == ('"a"', "Tue, 03 Nov 2026 09:00:00 GMT")
        with pytest.raises(Retryable, match="HTTP 304"):  # nobody asked whether it changed
            client().fetch(URL)
        assert "if-none-match" not in asked.calls.last.request.headers


@pytest.mark.parametrize("etag", ["x" * 300, '"caf\xe9"'])
def test_validators_that_cannot_be_sent_back_are_not_kept(etag: str) -> None:
    with respx.mock() as router:
        router.get(URL).respond(200, headers=[(b"ETag", etag.encode("latin-1"))], content=b"x")  # type: ignore[arg-type]
        assert client().fetch(URL).validators.etag == ""


@pytest.mark.parametrize(
    ("status", "raised", "after"),
    [
        (404, Rejected, None),
        (410, Rejected, None),
        (401, Rejected, None),
        (403, Rejected, None),
        (429, Retryable, 9.0),
        (503, Retryable, 9.0),
        (500, Retryable, 9.0),
        (204, Retryable, 9.0),
        (206, Retryable, 9.0),
    ],
)
def test_refusals(
    site: RssStandin, forum: tuple[Client, str], status: int, raised: type[Exception], after: float | None
) -> None:
    answers(site, status, b"no", Retry_After="9")
    with pytest.raises(raised, match=f"127.0.0.1:[0-9]+/forum/feed.xml: HTTP {status}") as error:
        forum[0].fetch(forum[1] + "?token=hidden")
    assert type(error.value) is raised
    assert getattr(error.value, "after", None) == after
    assert len(site.log()) == 1


def test_a_broken_connection_and_a_dead_peer(site: RssStandin, forum: tuple[Client, str]) -> None:
    site.faults.add(Fault("feed.xml", "drop"))
    with pytest.raises(Retryable, match="no answer"):
        forum[0].fetch(forum[1])
    site.stop()
    with pytest.raises(Retryable, match="no answer"):
        forum[0].fetch(forum[1] + "?token=hidden")


def test_who_drips_is_left(site: RssStandin) -> None:
    site.speak("x" * 2000, "sam")
    site.faults.add(Fault("feed.xml", "drip", seconds=60))
    begun = time.monotonic()
    with pytest.raises(Retryable, match="takes too long"):
        Client(RssSettings.model_validate(site.settings()), 0.3).fetch(site.address("forum"))
    assert time.monotonic() - begun < 3


def test_large_feeds(site: RssStandin, forum: tuple[Client, str]) -> None:
    answers(site, 200, b"x" * LARGEST)
    assert len(forum[0].fetch(forum[1]).body or b"") == LARGEST
    answers(site, 200, b"x" * (LARGEST + 1))
    with pytest.raises(TooLarge, match="larger than 4 MB"):
        forum[0].fetch(forum[1])
    answers(site, 200, gzip.compress(b"x" * (LARGEST + 1)), Content_Encoding="gzip")
    with pytest.raises(TooLarge):
        forum[0].fetch(forum[1])
    answers(site, 200, gzip.compress(b"<rss/>"), Content_Encoding="gzip")
    assert forum[0].fetch(forum[1]).body == b"<rss/>"
    answers(site, 200, b"no gzip", Content_Encoding="gzip")
    with pytest.raises(Retryable, match="DecodingError"):
        forum[0].fetch(forum[1])


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects(site: RssStandin, forum: tuple[Client, str], status: int) -> None:
    site.post("here now", "sam", board="blog")
    site.boards["forum"].moved = (status, "/blog/feed.xml")
    answer = forum[0].fetch(forum[1])
    assert answer.url == site.address("blog")
    assert answer.body and b"here now" in answer.body
    assert answer.moved == (site.address("blog") if status in (301, 308) else None)


def test_a_redirect_for_ever_behind_one_for_now_is_for_now(site: RssStandin, forum: tuple[Client, str]) -> None:
    site.boards["forum"].moved = (301, "/blog/feed.xml")
    site.boards["blog"].moved = (302, "/news/feed.xml")
    assert forum[0].fetch(forum[1]).moved == site.address("blog")
    site.boards["forum"].moved, site.boards["blog"].moved = (302, "/blog/feed.xml"), (301, "/news/feed.xml")
    assert forum[0].fetch(forum[1]).moved is None


def test_a_circle(site: RssStandin, forum: tuple[Client, str]) -> None:
    site.boards["forum"].moved = (301, "/forum/feed.xml")
    with pytest.raises(Rejected, match="more than 3 redirects"):
        forum[0].fetch(forum[1])
    assert len(site.log()) == 4


@pytest.mark.parametrize(
    ("place", "says"),
    [
        ("", "more than 3"),  # to itself
        ("http://forum.example/feed.xml", "from https to http"),
        ("https://10.0.0.7/feed.xml", "private network"),
        ("https://[::1]/feed.xml", "private network"),
        ("https://169.254.169.254/latest", "private network"),
        ("https://localhost/feed.xml", "private network"),
        ("https://intranet/feed.xml", "private network"),
        ("https://db.internal/feed.xml", "private network"),
        ("file:///etc/passwd", "no address of a feed"),
        ("javascript:alert(1)", "no address of a feed"),
        ("https://sam:pw@other.example/", "no address of a feed"),
        ("https://[bad/", "no address"),
        ("https://other.example:99999/", "no address"),
    ],
)
def test_where_we_are_not_led(place: str, says: str) -> None:
    with respx.mock() as router:
        router.get(URL).respond(301, headers={"Location": place})
        with pytest.raises(Rejected, match=says) as error:
            client().fetch(URL)
    assert "sam" not in str(error.value) and "passwd" not in str(error.value)


def test_secrets_stay_at_home() -> None:
    with respx.mock() as router:
        router.get("http://forum.example/feed.xml").respond(302, headers={"Location": "https://forum.example/2"})
        router.get("https://forum.example/2").respond(302, headers={"Location": "http://forum.example/3"})
        first = client("http://forum.example/feed.xml", headers={"Authorization": "Bearer hunter2"})
        with pytest.raises(Rejected, match="from https to http"):
            first.fetch("http://forum.example/feed.xml")
        sent = [call.request.headers.get("authorization") for call in router.calls]
        assert sent == ["Bearer hunter2", None], "another scheme is another place"


def test_secrets_come_along_where_they_belong(site: RssStandin, forum: tuple[Client, str]) -> None:
    site.boards["forum"].moved = (301, "/blog/feed.xml")
    assert forum[0].fetch(forum[1]).body, "the same host wants the token again"
    assert httpx.get(site.address("blog")).status_code == 401
