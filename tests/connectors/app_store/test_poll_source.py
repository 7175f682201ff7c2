"""Polling the stand-in: pages, countries, edits, and what is made of the feed's bad days."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from connectors.app_store.standin import AppStoreStandin, feed
from connectors.app_store.tour import TELL
from vocbot.sdk.errors import CursorExpired, Rejected, Retryable
from vocbot.sdk.testing.clock import HandClock
from vocbot.sdk.testing.standin import Fault
from vocbot.sdk.wire import Inbound, Page

Port = Callable[..., Any]
Drain = Callable[..., list[Page]]
HOUR = timedelta(hours=1)


def texts(poll: Any, pages: list[Page], clock: HandClock) -> list[str]:
    return [
        event.text
        for page in pages
        for record in page.records
        for event in poll.parse(Inbound("poll", record.event_id, record.body, {}, clock.now()))
    ]


def fault(status: int, country: str = "us", page: int = 1, body: Any = None, times: int = 1, **headers: str) -> Fault:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Fault(f"GET /{country}/rss/customerreviews/page={page}/", "answer", status, named, body, times=times)


def test_every_review_comes_once(store: AppStoreStandin, port: Port, drain: Drain, clock: HandClock) -> None:
    for n in range(45):
        store.speak(f"review {n}", f"customer {n}")
    poll = port()
    pages = drain(poll)
    assert [len(page.records) for page in pages] == [20, 20, 5, 0]
    assert sorted(texts(poll, pages, clock)) == sorted(f"review {n}" for n in range(45))
    assert pages[0].newest == clock.now()
    store.speak("the same second", "late")
    again = drain(port(), pages[-1].cursor)
    assert texts(poll, again, clock) == ["the same second"]
    assert not any(page.records for page in drain(port(), again[-1].cursor))
    assert not any(page.gap for page in pages + again)


def test_an_edited_review_comes_again(store: AppStoreStandin, port: Port, drain: Drain, clock: HandClock) -> None:
    review = store.review("It crashes", "sam", score=1)
    poll = port()
    pages = drain(poll)
    clock.move(50 * 24 * HOUR)
    store.edit(review, "It works", score=5)
    changed = drain(poll, pages[-1].cursor)
    (before,) = poll.parse(Inbound("poll", "x", pages[0].records[0].body, {}, clock.now()))
    (after,) = poll.parse(Inbound("poll", "x", changed[0].records[0].body, {}, clock.now()))
    assert after.external_id == before.external_id
    assert after.revision > before.revision
    assert (after.text, after.score) == ("It crashes\n\nIt works", 5.0)


def test_the_first_poll_looks_back(store: AppStoreStandin, port: Port, drain: Drain, clock: HandClock) -> None:
    for days in (5, 29, 40, 60):
        store.review(f"{days} days old", "sam", time=clock.now() - timedelta(days=days))
    assert texts(port(), drain(port(poll_from=None)), clock) == ["5 days old", "29 days old"]
    begin = (clock.now() - timedelta(days=45)).isoformat()
    assert len(texts(port(), drain(port(poll_from=begin)), clock)) == 3
    ahead = (clock.now() + timedelta(days=45)).isoformat()
    assert texts(port(), drain(port(poll_from=ahead)), clock) == []


def test_a_review_that_apple_shows_late(store: AppStoreStandin, port: Port, drain: Drain, clock: HandClock) -> None:
    store.review("young", "a")
    store.review("late", "b", time=clock.now() - HOUR, late=20 * HOUR)
    poll = port()
    first = drain(poll)
    clock.move(24 * HOUR)
    store.review("next", "c")
    assert sorted(texts(poll, drain(poll, first[-1].cursor), clock)) == ["late", "next"]
    assert texts(poll, first, clock) == ["young"]


def test_what_the_feed_does_not_show_any_more_is_said(
    store: AppStoreStandin, port: Port, drain: Drain, clock: HandClock
) -> None:
    store.page_size = 2
    store.speak("first", "sam")
    poll = port()
    cursor = drain(poll)[-1].cursor
    for n in range(21):
        clock.move(HOUR)
        store.speak(f"r{n}", "sam")
    pages = drain(poll, cursor)
    assert len(pages) == 10
    assert [page.gap for page in pages if page.gap] == [
        "reviews of us between 2026-11-03 09:07 and 2026-11-03 11:07 UTC may be lost: the feed ends there"
    ]
    assert "r0" not in texts(poll, pages, clock)
    assert {entry["path"].split("page=")[1].split("/")[0] for entry in store.log()} <= {str(n) for n in range(1, 11)}


def test_countries_are_read_in_turn(store: AppStoreStandin, port: Port, drain: Drain, clock: HandClock) -> None:
    store.countries = ["us", "cn"]
    for n in range(25):
        store.review(f"us {n}", "sam")
    store.review("优惠券", "李", country="cn")
    poll = port()
    pages = drain(poll)
    assert [len(page.records) for page in pages] == [20, 5, 0, 1, 0]
    assert [page.more for page in pages] == [True, True, True, True, False]
    store.review("还是不行", "李", country="cn")
    assert texts(poll, drain(poll, pages[-1].cursor), clock) == ["还是不行"]


def test_a_sweep_that_was_cut_short_goes_on(store: AppStoreStandin, port: Port, drain: Drain, clock: HandClock) -> None:
    for n in range(45):
        store.speak(f"review {n}", "sam")
    first = port().poll(None)
    store.faults.add(fault(500, page=2))
    with pytest.raises(Retryable):
        port().poll(first.cursor)
    clock.move(HOUR)
    store.speak("meanwhile", "sam")
    rest = drain(port(), first.cursor)
    last = drain(port(), rest[-1].cursor)
    read = texts(port(), [first, *rest, *last], clock)
    assert len(read) == len(set(read)) == 46


@pytest.mark.parametrize(
    ("wrong", "raised", "after"),
    [
        (fault(429, Retry_After="33"), Retryable, 33.0),
        (fault(403), Retryable, None),
        (fault(503, Retry_After="5"), Retryable, 5.0),
        (fault(404), Rejected, None),
        (fault(200, body=b"<html>"), Retryable, None),
        (fault(200, body={}), Retryable, None),
    ],
)
def test_refusals_of_the_only_country(
    store: AppStoreStandin, port: Port, drain: Drain, wrong: Fault, raised: type[Exception], after: float | None
) -> None:
    store.speak("here", "sam")
    store.faults.add(wrong)
    with pytest.raises(raised) as error:
        port().poll(None)
    assert getattr(error.value, "after", None) == after
    assert len(store.log()) == 1, "one attempt"
    assert len(drain(port())[0].records) == 1


def test_an_empty_feed_that_had_reviews_is_not_believed(
    store: AppStoreStandin, port: Port, drain: Drain, clock: HandClock
) -> None:
    poll = port()
    assert not drain(poll)[0].records, "where there was none, empty is a fine answer"
    store.speak("first", "sam")
    cursor = drain(poll)[-1].cursor
    store.speak("second", "sam")
    store.faults.add(fault(200, body=feed([])))
    with pytest.raises(Retryable, match="empty and had reviews"):
        poll.poll(cursor)
    assert texts(poll, drain(poll, cursor), clock) == ["second"]


def test_an_empty_page_in_the_middle_is_asked_for_again(
    store: AppStoreStandin, port: Port, drain: Drain, clock: HandClock
) -> None:
    store.page_size = 50
    for n in range(60):
        store.speak(f"review {n}", "sam")
    store.faults.add(fault(200, page=2, body=feed([])))
    assert len(texts(port(), drain(port()), clock)) == 60


def test_a_feed_that_ends_with_an_error(store: AppStoreStandin, port: Port, drain: Drain, clock: HandClock) -> None:
    for n in range(25):
        store.speak(f"review {n}", "sam")
    store.faults.add(fault(400, page=2, body=b"CustomerReviews RSS page depth is limited to 1"))
    pages = drain(port())
    assert len(texts(port(), pages, clock)) == 20
    assert "may be lost" in pages[-1].gap


@pytest.mark.parametrize("wrong", [fault(500, "us"), fault(404, "us"), fault(200, "us", body=b"<html>")])
def test_one_country_does_not_hold_up_the_others(
    store: AppStoreStandin, port: Port, drain: Drain, clock: HandClock, wrong: Fault
) -> None:
    store.countries = ["us", "cn"]
    store.review("us", "sam")
    store.review("cn", "li", country="cn")
    store.faults.add(wrong)
    poll = port()
    pages = drain(poll)
    assert texts(poll, pages, clock) == ["cn"]
    assert texts(poll, drain(poll, pages[-1].cursor), clock) == ["us"], "its turn comes again"
    store.countries = ["cn", "us"]
    wrong.times = 1
    store.faults.add(wrong)
    poll = port()
    pages = drain(poll)
    assert texts(poll, pages, clock) == ["cn"], "the last one of a round, too"
    assert texts(poll, drain(poll, pages[-1].cursor), clock) == ["us"]


def test_two_in_a_row_are_the_peers_trouble(store: AppStoreStandin, port: Port) -> None:
    store.countries = ["us", "cn", "jp"]
    store.faults.add(fault(429, "us", Retry_After="7"), fault(503, "cn"))
    with pytest.raises(Retryable) as error:
        port().poll(None)
    assert error.value.after == 7.0
    assert len(store.log()) == 2, "the third was not bothered"


@pytest.mark.parametrize(
    ("wrong", "raised"),
    [
        ((fault(404, "us"), fault(400, "cn")), Rejected),
        ((fault(404, "us"), fault(200, "cn", body={})), Retryable),
    ],
)
def test_a_round_in_which_nothing_was_read(
    store: AppStoreStandin, port: Port, wrong: tuple[Fault, ...], raised: type[Exception]
) -> None:
    store.countries = ["us", "cn"]
    store.faults.add(*wrong)
    with pytest.raises(raised):
        port().poll(None)


def test_refusals_are_of_a_country_alone(store: AppStoreStandin, port: Port, drain: Drain, clock: HandClock) -> None:
    store.countries = ["us", "cn", "jp"]
    store.review("jp", "k", country="jp")
    store.faults.add(fault(404, "us"), fault(404, "cn"))
    assert texts(port(), drain(port()), clock) == ["jp"]


def test_a_country_that_is_silent_for_long_is_named_once(store: AppStoreStandin, port: Port, drain: Drain) -> None:
    store.countries = ["us", "cn"]
    store.faults.add(fault(500, "us", times=TELL + 3))
    poll, cursor, gaps = port(), None, []
    for _ in range(TELL + 3):
        pages = drain(poll, cursor)
        cursor = pages[-1].cursor
        gaps += [page.gap for page in pages if page.gap]
    (gap,) = gaps
    assert gap.startswith("reviews of us cannot be read for a while now (GET /us/rss/")


def test_odd_entries_are_kept_and_do_not_stop_the_list(store: AppStoreStandin, port: Port, drain: Drain) -> None:
    for n in range(3):
        store.speak(f"review {n}", "sam")
    good = [review.show() for review in store.reviews]
    store.faults.add(fault(200, body=feed([*good, "odd", {"im:rating": 3}, good[0]])))
    pages = drain(port())
    assert [len(page.records) for page in pages] == [5, 0]
    assert pages[0].records[3].event_id.startswith("us:odd:")


def test_the_app_itself_is_no_review(store: AppStoreStandin, port: Port, drain: Drain, clock: HandClock) -> None:
    store.app_first = True
    store.speak("one", "sam")
    assert texts(port(), drain(port()), clock) == ["one"]


def test_a_time_in_the_future_hides_nothing(store: AppStoreStandin, port: Port, drain: Drain, clock: HandClock) -> None:
    store.review("from tomorrow", "sam", time=clock.now() + 24 * HOUR, late=-24 * HOUR)
    poll = port()
    pages = drain(poll)
    assert texts(poll, pages, clock) == ["from tomorrow"]
    assert pages[0].newest is None
    clock.move(HOUR)
    store.speak("now", "sam")
    assert texts(poll, drain(poll, pages[-1].cursor), clock) == ["now"]


def test_a_cursor_of_somebody_else(port: Port) -> None:
    with pytest.raises(CursorExpired):
        port().poll("{}")


def test_a_broken_character_is_kept(store: AppStoreStandin, port: Port, drain: Drain, clock: HandClock) -> None:
    store.speak("half \ud83d", "sam")
    assert texts(port(), drain(port()), clock) == ["half \ud83d"]
