"""Polling a site's feeds: once, cheaply, and one broken feed not at the cost of the others."""

from __future__ import annotations

import html
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from connectors.rss.standin import RssStandin
from connectors.rss.tour import TELL
from connectors.rss.window import PAGE
from vocbot.sdk.errors import CursorExpired, Rejected, Retryable
from vocbot.sdk.events import Author
from vocbot.sdk.testing.clock import HandClock
from vocbot.sdk.testing.standin import Fault
from vocbot.sdk.wire import Inbound, Page

Port = Callable[..., Any]
Drain = Callable[..., list[Page]]
ALL = ("forum", "blog", "news")
HOUR = timedelta(hours=1)


def events(poll: Any, pages: list[Page], clock: HandClock) -> list[Any]:
    return [
        event
        for page in pages
        for record in page.records
        for event in poll.parse(Inbound("poll", record.event_id, record.body, {}, clock.now()))
    ]


def texts(poll: Any, pages: list[Page], clock: HandClock) -> list[str]:
    return [event.text for event in events(poll, pages, clock)]


def fault(status: int, board: str = "forum", body: Any = b"no", times: int = 1, **headers: str) -> Fault:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Fault(f"^GET /{board}/feed.xml$", "answer", status, named, body, times=times)


def test_every_post_comes_once(site: RssStandin, port: Port, drain: Drain, clock: HandClock) -> None:
    for n in range(45):
        site.speak(f"post {n}", "sam")
    poll = port()
    pages = drain(poll)
    assert [len(page.records) for page in pages] == [PAGE, 5]
    assert texts(poll, pages, clock) == [f"post {n}" for n in range(45)]
    assert pages[-1].newest == clock.now()
    site.speak("the same second", "ann")
    again = drain(port(), pages[-1].cursor)
    assert texts(poll, again, clock) == ["the same second"]
    assert not any(page.records or page.gap for page in drain(port(), again[-1].cursor))


def test_an_unchanged_feed_costs_nothing(site: RssStandin, port: Port, drain: Drain, clock: HandClock) -> None:
    site.speak("one", "sam")
    cursor = drain(port())[-1].cursor
    (page,) = drain(port(), cursor)
    assert (page.records, page.newest) == ((), clock.now())
    assert [entry["status"] for entry in site.log()] == [200, 304]
    site.tagged = False
    site.speak("two", "sam")
    pages = drain(port(), page.cursor)
    assert texts(port(), pages, clock) == ["two"]
    assert not drain(port(), pages[-1].cursor)[0].records, "without tags, what is known tells"


@pytest.mark.parametrize("board", ALL)
def test_three_kinds_of_feeds(site: RssStandin, port: Port, drain: Drain, clock: HandClock, board: str) -> None:
    post = site.post("优惠券 <b>不能</b> 用 & more", "李", board=board, title="坏了", time=clock.now() - HOUR)
    poll = port(board, channel="reviews")
    (event,) = events(poll, drain(poll), clock)
    typed = "优惠券 <b>不能</b> 用 & more"
    assert event.text == "坏了\n\n" + (typed if board == "forum" else html.escape(typed)), "HTML stays HTML"
    assert (event.time, event.channel, event.public) == (clock.now() - HOUR, "reviews", True)
    assert event.author is not None and event.author.name == "李"
    place = site.address(board).removeprefix("http://")
    assert event.external_id == (f"{place}#{post.id.rpartition('/')[2]}" if board == "forum" else post.id)
    assert event.attributes == {"feed": place, **({"tags": "forum"} if board == "forum" else {})}
    if board == "blog":
        assert event.author == Author(f"{site.url}/people/李", "李")


@pytest.mark.parametrize("board", ALL)
@pytest.mark.parametrize("stamped", [True, False])
def test_an_edited_post_supersedes(
    site: RssStandin, port: Port, drain: Drain, clock: HandClock, board: str, stamped: bool
) -> None:
    post = site.post("It crashes", "sam", board=board)
    poll = port(board)
    pages = drain(poll)
    (before,) = events(poll, pages, clock)
    clock.move(HOUR)
    post = site.edit(post, "It works", stamped)
    pages = drain(poll, pages[-1].cursor)
    (after,) = events(poll, pages, clock)
    assert (after.external_id, after.text, after.time) == (before.external_id, "It works", before.time)
    assert (before.revision, after.revision) == (0, int(clock.now().timestamp()))
    clock.move(HOUR)
    site.edit(post, "It crashes", stamped)
    (last,) = events(poll, drain(poll, pages[-1].cursor), clock)
    assert last.revision > after.revision


def test_a_post_that_was_edited_before_we_saw_it(site: RssStandin, port: Port, drain: Drain, clock: HandClock) -> None:
    post = site.post("first", "sam", board="blog")
    clock.move(HOUR)
    site.edit(post, "second")
    poll = port("blog")
    (event,) = events(poll, drain(poll), clock)
    assert event.revision == int(clock.now().timestamp())
    clock.move(-HOUR)
    (event,) = events(poll, drain(poll), clock)
    assert event.revision == 0, "a change that is still to come is none"


def test_where_reading_begins(site: RssStandin, port: Port, drain: Drain, clock: HandClock) -> None:
    for days in (40, 29):
        site.post(f"{days} days old", "sam", time=clock.now() - timedelta(days=days))
    site.post("undated", "sam", dated=False)
    poll = port(poll_from=None)
    pages = drain(poll)
    assert texts(poll, pages, clock) == ["29 days old", "undated"]
    clock.move(timedelta(days=20))
    site.post("35 days old, found today", "sam", time=clock.now() - timedelta(days=35))
    assert texts(poll, drain(poll, pages[-1].cursor), clock) == ["35 days old, found today"], "30 days before the first"
    assert len(texts(poll, drain(port(poll_from=(clock.now() - timedelta(days=99)).isoformat())), clock)) == 4


def test_what_fell_out_is_said(site: RssStandin, port: Port, drain: Drain, clock: HandClock) -> None:
    site.boards["forum"].window = 3
    site.speak("first", "sam")
    cursor = drain(port())[-1].cursor
    for n in range(5):
        clock.move(HOUR)
        site.speak(f"post {n}", "sam")
    (page,) = drain(port(), cursor)
    place = site.address("forum").removeprefix("http://")
    between = "between 2026-11-03 09:07 and 2026-11-03 12:07 UTC"
    assert page.gap == f"entries of {place} {between} may be lost: it does not show older ones"
    assert texts(port(), [page], clock) == ["post 2", "post 3", "post 4"]
    site.boards["news"].window = 1
    site.post("undated", "sam", board="news", dated=False)
    cursor = drain(port("news"))[-1].cursor
    site.post("undated, too", "sam", board="news", dated=False)
    assert drain(port("news"), cursor)[0].gap.endswith("may be lost: it shows none that was read before")


@pytest.mark.parametrize(
    ("wrong", "raised", "after"),
    [
        (fault(429, Retry_After="33"), Retryable, 33.0),
        (fault(503), Retryable, None),
        (fault(404), Rejected, None),
        (fault(410), Rejected, None),
        (fault(401), Rejected, None),
        (fault(200, body=b"<html>soon</html>"), Retryable, None),
        (fault(200, body=b""), Retryable, None),
        (fault(200, body={}), Retryable, None),
        (fault(200, body=b"<rss version='2.0'><channel><item><title>half"), Retryable, None),
        (Fault("feed.xml", "drop"), Retryable, None),
    ],
)
def test_trouble_of_an_only_feed(
    site: RssStandin, port: Port, drain: Drain, clock: HandClock, wrong: Fault, raised: type[Exception], after: Any
) -> None:
    site.speak("one", "sam")
    poll = port()
    cursor = drain(poll)[-1].cursor
    site.speak("two", "sam")
    for at in (None, cursor):
        wrong.times = 1
        site.faults.add(wrong)
        before = len(site.log())
        with pytest.raises(raised) as error:
            poll.poll(at)
        assert getattr(error.value, "after", None) == after
        assert "/forum/feed.xml: " in str(error.value)
        assert len(site.log()) == before + 1, "one attempt"
    assert texts(poll, drain(poll, cursor), clock) == ["two"]


def test_trouble_of_an_only_feed_in_the_middle(site: RssStandin, port: Port, drain: Drain, clock: HandClock) -> None:
    for n in range(PAGE + 5):
        site.speak(f"post {n}", "sam")
    poll = port()
    first = poll.poll(None)
    site.faults.add(fault(500))
    with pytest.raises(Retryable):
        poll.poll(first.cursor)
    assert len(texts(poll, [first, *drain(poll, first.cursor)], clock)) == PAGE + 5


@pytest.mark.parametrize("place", range(3))
@pytest.mark.parametrize("wrong", [404, 410, 403, 500, 429, "html", "cut", "large"])
def test_one_feed_does_not_hold_up_the_others(
    site: RssStandin, port: Port, drain: Drain, clock: HandClock, place: int, wrong: Any
) -> None:
    for board in ALL:
        site.post(f"in the {board}", "sam", board=board)
    bodies = {"html": b"<html>", "cut": b"<rss version='2.0'><channel>", "large": b"x" * (5 << 20)}
    site.faults.add(fault(wrong if isinstance(wrong, int) else 200, ALL[place], bodies.get(wrong, b"no")))
    poll = port(*ALL)
    pages = drain(poll)
    others = [f"in the {board}" for board in ALL if board != ALL[place]]
    assert texts(poll, pages, clock) == others
    gaps = [page.gap for page in pages if page.gap]
    if wrong in (404, 410, 403, "large"):
        assert len(gaps) == 1 and f"/{ALL[place]}/feed.xml: " in gaps[0], "gone: said at once"
    else:
        assert gaps == [], "trouble that may pass is not said yet"
    assert texts(poll, drain(poll, pages[-1].cursor), clock) == [f"in the {ALL[place]}"], "its turn comes again"


def test_trouble_that_stays_is_said_once(site: RssStandin, port: Port, drain: Drain) -> None:
    poll, cursor, gaps = port(*ALL), None, []
    site.faults.add(fault(500, "blog", times=TELL + 3), fault(404, "news", times=TELL + 3))
    for _ in range(TELL + 3):
        pages = drain(poll, cursor)
        cursor = pages[-1].cursor
        gaps += ["; ".join(page.gap for page in pages if page.gap)]
    assert [("news" in gap, "blog" in gap) for gap in gaps] == [(n == 0, n == TELL - 1) for n in range(TELL + 3)]
    assert "HTTP 500" in gaps[TELL - 1] and "HTTP 404" in gaps[0]


def test_when_nothing_can_be_read_the_source_has_trouble(site: RssStandin, port: Port, drain: Drain) -> None:
    site.faults.add(fault(404, "forum"), fault(503, "blog", Retry_After="40"), fault(410, "news"))
    with pytest.raises(Retryable, match="HTTP 503") as error:
        port(*ALL).poll(None)
    assert error.value.after == 40.0
    site.faults.add(fault(404, "forum"), fault(404, "blog"), fault(410, "news"))
    with pytest.raises(Rejected, match=r"forum/feed\.xml: HTTP 404"):
        port(*ALL).poll(None)


def test_who_asks_for_a_rest_gets_it(site: RssStandin, port: Port, drain: Drain, clock: HandClock) -> None:
    site.faults.add(fault(429, "blog", Retry_After="3600"))
    poll = port("forum", "blog")
    cursor = drain(poll)[-1].cursor
    site.post("in the blog", "sam", board="blog")
    pages = drain(poll, cursor)
    assert [entry["path"] for entry in site.log()].count("/blog/feed.xml") == 1, "not asked before"
    clock.move(HOUR)
    assert texts(poll, drain(poll, pages[-1].cursor), clock) == ["in the blog"]


def test_the_same_post_in_two_feeds_is_one(site: RssStandin, port: Port, drain: Drain, clock: HandClock) -> None:
    post = site.post("in both", "sam", board="blog")
    site.boards["news"].posts.append(post)
    poll = port("blog", "news")
    first, second = events(poll, drain(poll), clock)
    assert first.external_id == second.external_id


def test_numbers_of_two_feeds_are_told_apart(site: RssStandin, port: Port, drain: Drain, clock: HandClock) -> None:
    site.boards = {**site.boards, "faults": site.boards["forum"].__class__(site.boards["forum"].write, "text/xml")}
    site.speak("one", "sam")
    site.boards["faults"].posts.append(site.boards["forum"].posts[0])
    poll = port("forum", "faults")
    first, second = events(poll, drain(poll), clock)
    assert first.external_id != second.external_id


def test_a_time_to_come(site: RssStandin, port: Port, drain: Drain, clock: HandClock) -> None:
    site.post("from tomorrow", "sam", time=clock.now() + 24 * HOUR)
    poll = port()
    pages = drain(poll)
    (event,) = events(poll, pages, clock)
    assert (event.time, pages[0].newest) == (clock.now(), None)
    site.speak("from today", "sam")
    assert texts(poll, drain(poll, pages[-1].cursor), clock) == ["from today"]


def test_an_encoding_that_is_declared_wrongly(site: RssStandin, port: Port, drain: Drain, clock: HandClock) -> None:
    body = """<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><item><guid>1</guid>
    <title>优惠券显示可用，但是付款时没有抵扣</title></item></channel></rss>""".encode("gbk")
    site.faults.add(fault(200, body=body, Content_Type="text/xml; charset=utf-8"))
    assert texts(port(), drain(port()), clock) == ["优惠券显示可用，但是付款时没有抵扣"]


def test_a_feed_that_moved_is_read(site: RssStandin, port: Port, drain: Drain, clock: HandClock) -> None:
    site.post("here now", "sam", board="blog")
    site.boards["forum"].moved = (301, "/blog/feed.xml")
    poll = port()
    pages = drain(poll)
    assert texts(poll, pages, clock) == ["here now"]
    assert not drain(poll, pages[-1].cursor)[0].records
    assert [entry["status"] for entry in site.log()] == [301, 200, 301, 304]


def test_a_cursor_of_somebody_else(port: Port) -> None:
    with pytest.raises(CursorExpired):
        port().poll("{}")
