"""Everything comes once, from every list, whatever is cut short, late, backdated or broken."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from connectors.bluesky import posts
from connectors.bluesky.standin import BlueskyStandin
from vocbot.sdk.errors import CursorExpired, Rejected, Retryable
from vocbot.sdk.events import CustomerReply, Feedback
from vocbot.sdk.testing.clock import HandClock
from vocbot.sdk.testing.standin import Fault
from vocbot.sdk.wire import Record

Port = Callable[..., Any]
Drain = Callable[..., tuple[list[Record], str]]
Calls = Callable[..., list[dict[str, Any]]]


SURROGATE = b'{"notifications": [], "cursor": "\\ud800"}'


def texts(records: list[Record]) -> list[str]:
    return [json.loads(record.body)["post"]["record"]["text"].removeprefix("@acme.example ") for record in records]


def test_mentions_replies_quotes_and_finds_come_once(
    bluesky: BlueskyStandin, port: Port, drain: Drain, parse: Callable[..., Any], clock: HandClock
) -> None:
    ours = bluesky.ours("New: 5.4")
    bluesky.mention("a mention", "sam")
    bluesky.answer_to(ours, "a reply", "sam")
    bluesky.quote(ours, "a quote", "kim")
    bluesky.like(ours, "kim")
    bluesky.post("a find #acmeapp", "kim")
    bluesky.post("something else", "kim")
    poll = port("poll_source")
    records, cursor = drain(poll)
    assert sorted(texts(records)) == ["a find #acmeapp", "a mention", "a quote", "a reply"]
    kinds = {text: type(parse(record)[0]) for text, record in zip(texts(records), records, strict=True)}
    assert kinds.pop("a reply") is CustomerReply and set(kinds.values()) == {Feedback}
    assert drain(poll, cursor)[0] == []
    bluesky.mention("the same second", "sam")
    clock.move(timedelta(hours=5))
    bluesky.mention("later", "sam")
    again, cursor = drain(port("poll_source"), cursor)
    assert sorted(texts(again)) == ["later", "the same second"]
    clock.move(timedelta(days=3))
    assert drain(poll, cursor)[0] == []


def test_a_call_reads_one_page_of_one_list(
    bluesky: BlueskyStandin, port: Port, drain: Drain, calls: Calls, clock: HandClock
) -> None:
    for n in range(45):
        bluesky.mention(f"m{n}", "sam")
        bluesky.post(f"f{n} #acmeapp", "kim")
    poll = port("poll_source")
    first = poll.poll(None)
    assert texts(list(first.records)) == [f"m{n}" for n in range(44, 24, -1)] and first.more
    assert first.newest == clock.now()
    assert len(calls("listNotifications")) == 1 and not calls("searchPosts")
    rest, _ = drain(port("poll_source"), first.cursor)  # another instance goes on
    assert len(rest) == 70 and len(calls("listNotifications")) == len(calls("searchPosts")) == 3


def test_what_is_asked_for(bluesky: BlueskyStandin, port: Port, drain: Drain, calls: Calls, clock: HandClock) -> None:
    poll = port("poll_source", queries=["acme app", "#acmeapp"], langs=["en", "zh"])
    asked: list[Any] = []
    poll._client._peer.event_hooks["request"] = [lambda request: asked.append(request.url.params.multi_items())]
    drain(poll)
    (told,) = [params for params in asked if ("priority", "false") in params]
    assert [value for name, value in told if name == "reasons"] == ["mention", "reply", "quote"]
    searched = [entry["query"] for entry in calls("searchPosts")]
    assert [(s["q"], s["lang"]) for s in searched] == [
        ("acme app", "en"),
        ("acme app", "zh"),
        ("#acmeapp", "en"),
        ("#acmeapp", "zh"),
    ]
    since = posts.stamp(clock.now() - timedelta(days=7, hours=3))
    assert all((s["sort"], s["since"], s["limit"]) == ("latest", since, "100") for s in searched)


def test_the_accounts_own_filter_is_passed_over(bluesky: BlueskyStandin, port: Port, drain: Drain) -> None:
    bluesky.follows_only = True
    bluesky.mention("by a stranger", "sam")
    assert texts(drain(port("poll_source"))[0]) == ["by a stranger"]


@pytest.mark.parametrize(("poll_from", "found"), [("2026-11-02T09:07:00Z", 2), ("2027-01-01T00:00:00Z", 1)])
def test_where_the_first_poll_begins(
    bluesky: BlueskyStandin, port: Port, drain: Drain, clock: HandClock, poll_from: str, found: int
) -> None:
    clock.move(timedelta(days=-3))
    bluesky.mention("long ago", "sam")
    clock.move(timedelta(days=2, hours=5))
    bluesky.mention("yesterday", "sam")
    clock.move(timedelta(hours=19))
    bluesky.mention("now", "sam")
    assert len(drain(port("poll_source", poll_from=poll_from, queries=[]))[0]) == found


def test_what_the_search_shows_late_is_found(
    bluesky: BlueskyStandin, port: Port, drain: Drain, clock: HandClock
) -> None:
    bluesky.search_lag = timedelta(minutes=40)
    poll = port("poll_source", read_mentions=False)
    bluesky.post("#acmeapp early", "sam")
    records, cursor = drain(poll)
    assert records == []
    clock.move(timedelta(minutes=30))
    bluesky.post("#acmeapp late", "sam")
    clock.move(timedelta(minutes=15))
    records, cursor = drain(poll, cursor)
    assert texts(records) == ["#acmeapp early"]
    clock.move(timedelta(minutes=30))
    records, cursor = drain(poll, cursor)
    assert texts(records) == ["#acmeapp late"]
    assert drain(poll, cursor)[0] == []


def test_a_wrong_time_hides_nothing(bluesky: BlueskyStandin, port: Port, drain: Drain, clock: HandClock) -> None:
    poll = port("poll_source")
    bluesky.mention("from tomorrow", "sam", created=posts.stamp(clock.now() + timedelta(days=400)))
    bluesky.mention("from an hour ago", "kim", created=posts.stamp(clock.now() - timedelta(hours=1)))
    records, cursor = drain(poll)
    assert sorted(texts(records)) == ["from an hour ago", "from tomorrow"]
    clock.move(timedelta(minutes=1))
    bluesky.mention("now", "sam")
    bluesky.mention("queued for two hours", "kim", created=posts.stamp(clock.now() - timedelta(hours=2)))
    assert sorted(texts(drain(poll, cursor)[0])) == ["now", "queued for two hours"]


def test_an_expired_page_token_begins_anew_and_loses_nothing(
    bluesky: BlueskyStandin, port: Port, drain: Drain, clock: HandClock
) -> None:
    for n in range(45):
        bluesky.mention(f"m{n}", "sam")
    poll = port("poll_source", queries=[])
    page = poll.poll(None)
    bluesky.expire()
    bluesky.mention("meanwhile", "sam")
    rest, _ = drain(poll, page.cursor)
    assert sorted(texts([*page.records, *rest])) == sorted([*(f"m{n}" for n in range(45)), "meanwhile"])


def test_a_server_that_refuses_its_own_tokens_is_no_loop(bluesky: BlueskyStandin, port: Port, calls: Calls) -> None:
    for n in range(30):
        bluesky.mention(f"m{n}", "sam")
    poll = port("poll_source")
    page = poll.poll(None)
    bluesky.faults.add(Fault("listNotifications", "answer", 400, body={"error": "InvalidRequest"}))
    with pytest.raises(Retryable, match="page token"):
        poll.poll(page.cursor)
    assert len(calls("listNotifications")) == 3


@pytest.mark.parametrize("token", ["same", ""])
def test_a_token_that_stands_still_ends_the_list(bluesky: BlueskyStandin, port: Port, token: str) -> None:
    poll = port("poll_source", queries=[])
    stuck = {"notifications": [], "cursor": token}
    bluesky.faults.add(Fault("listNotifications", "answer", 200, body=stuck, times=2))
    page = poll.poll(None)
    if page.more:
        page = poll.poll(page.cursor)
    assert (page.records, page.more) == ((), False)


def test_an_empty_page_with_a_token_goes_on(bluesky: BlueskyStandin, port: Port) -> None:
    bluesky.faults.add(Fault("listNotifications", "answer", 200, body={"notifications": [], "cursor": "next"}))
    assert port("poll_source", queries=[]).poll(None).more


def test_old_items_end_the_sweep(
    bluesky: BlueskyStandin, port: Port, drain: Drain, calls: Calls, clock: HandClock
) -> None:
    for n in range(100):
        bluesky.mention(f"m{n}", "sam")
    poll = port("poll_source", queries=[])
    _, cursor = drain(poll)
    for words in ("new", "newer"):
        clock.move(timedelta(days=1))
        bluesky.mention(words, "sam")
        asked = len(calls("listNotifications"))
        records, cursor = drain(poll, cursor)
        assert texts(records) == [words]
    assert len(calls("listNotifications")) == asked + 1


@pytest.mark.parametrize(
    ("fault", "raised", "after"),
    [
        (Fault("listNotifications", "answer", 429, {"Retry-After": "33"}), Retryable, 33.0),
        (Fault("listNotifications", "answer", 502, body={"error": "UpstreamFailure"}), Retryable, None),
        (Fault("listNotifications", "answer", 400, body={"error": "InvalidRequest"}), Rejected, None),
        (Fault("listNotifications", "answer", 403), Rejected, None),
        (Fault("listNotifications", "drop"), Retryable, None),
        (Fault("listNotifications", "answer", 200, body=b"<html>"), Retryable, None),
        (Fault("listNotifications", "answer", 200, body={}), Retryable, None),
        (Fault("listNotifications", "answer", 200, body={"notifications": {}}), Retryable, None),
        (Fault("listNotifications", "answer", 200, body={"notifications": [], "cursor": 7}), Retryable, None),
        (
            Fault("listNotifications", "answer", 200, body=SURROGATE),
            Retryable,
            None,
        ),
    ],
)
def test_refusals(
    bluesky: BlueskyStandin, port: Port, drain: Drain, calls: Calls, fault: Fault, raised: type[Exception], after: Any
) -> None:
    bluesky.mention("It stops", "sam")
    fault.times = 1
    bluesky.faults.add(fault)
    poll = port("poll_source")
    with pytest.raises(raised) as error:
        poll.poll(None)
    assert type(error.value) is raised and getattr(error.value, "after", None) == after
    assert len(calls("listNotifications")) == 1
    assert texts(drain(poll)[0]) == ["It stops"]


def test_a_broken_search_does_not_hold_up_the_others(bluesky: BlueskyStandin, port: Port, clock: HandClock) -> None:
    poll, cursor, found = port("poll_source", queries=['"broken', "#acmeapp"]), None, []
    for n in range(9):
        bluesky.mention(f"m{n}", "sam")
        bluesky.post(f"f{n} #acmeapp", "kim")
        clock.move(timedelta(minutes=10))
        try:
            while True:
                page = poll.poll(cursor)
                found += page.records
                cursor = page.cursor
                if not page.more:
                    break
        except Rejected as error:
            assert "search 1" in str(error) and "BadQueryString" in str(error) and "broken" not in str(error)
    assert {f"m{n}" for n in range(8)} | {f"f{n} #acmeapp" for n in range(8)} <= set(texts(found))
    assert len(found) == len({record.event_id for record in found})


def test_who_was_passed_over_is_asked_again_in_the_same_round(
    bluesky: BlueskyStandin, port: Port, drain: Drain
) -> None:
    bluesky.mention("It stops", "sam")
    poll = port("poll_source")
    bluesky.faults.add(Fault("listNotifications", "answer", 502, times=3))
    cursor = None
    for more in (True, False):  # the second time nothing has moved: the next round goes on
        with pytest.raises(Retryable):
            poll.poll(cursor)
        page = poll.poll(cursor)
        assert (page.records, page.more) == ((), more)
        cursor = page.cursor
    with pytest.raises(Retryable):
        poll.poll(cursor)
    assert texts(drain(port("poll_source"), cursor)[0]) == ["It stops"]


@pytest.mark.parametrize("odd", [None, 7, "x", [], {}, {"uri": "at://x"}, {"indexedAt": "2026-11-03T09:00:00Z"}])
def test_an_odd_item_is_listed_and_ends_nothing(bluesky: BlueskyStandin, port: Port, drain: Drain, odd: Any) -> None:
    bluesky.mention("It stops", "sam")
    poll = port("poll_source", queries=[])
    (good,) = poll.poll(None).records
    item = {**json.loads(good.body)["post"], "reason": "mention"}
    body = json.dumps({"notifications": [odd, item], "cursor": "next"}).encode()
    bluesky.faults.add(Fault("listNotifications", "answer", 200, body=body))
    page = poll.poll(None)
    assert len(page.records) == 2 and page.more


@pytest.mark.parametrize(
    "cursor", ["", "x", "{}", "[]", '{"turn": 1}', '{"turn": "mentions", "marks": {"mentions": "x"}}']
)
def test_a_strange_cursor_has_expired(port: Port, cursor: str) -> None:
    with pytest.raises(CursorExpired):
        port("poll_source").poll(cursor)


def test_searches_may_change(bluesky: BlueskyStandin, port: Port, drain: Drain) -> None:
    bluesky.mention("It stops", "sam")
    bluesky.post("acme rocks #acmeapp", "kim")
    _, cursor = drain(port("poll_source"))
    changed = port("poll_source", queries=["rocks"])
    records, cursor = drain(changed, cursor)
    assert texts(records) == ["acme rocks #acmeapp"]  # known to the inbox by its name
    assert set(json.loads(cursor)["marks"]) == {"mentions", "search::rocks"}
    assert drain(changed, cursor)[0] == []
