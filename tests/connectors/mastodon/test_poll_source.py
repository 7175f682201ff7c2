"""Both streams against the server: where they begin, that nothing is lost between pages, and what is asked for."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from connectors.mastodon.standin import MastodonStandin
from vocbot.sdk.errors import CursorExpired, Rejected, Retryable
from vocbot.sdk.events import CustomerReply, Feedback, Ignored, Unsupported
from vocbot.sdk.testing.clock import HandClock
from vocbot.sdk.testing.standin import Fault
from vocbot.sdk.wire import Record

Port = Callable[..., Any]
Drain = Callable[..., tuple[list[Record], str]]
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def texts(records: list[Record]) -> list[str]:
    return [json.loads(record.body)["status"]["content"] for record in records]


def asked(mastodon: MastodonStandin, path: str) -> list[dict[str, str]]:
    return [entry["query"] for entry in mastodon.log() if entry["path"].startswith(path)]


def test_every_mention_comes_once(mastodon: MastodonStandin, port: Port, drain: Drain, read: Any) -> None:
    for number in range(45):
        mastodon.speak(f"problem {number}", f"ann{number % 3}")
    records, cursor = drain(port("poll_source"))
    got = [read(record) for record in records]
    assert [event.text for event in got] == [f"@acme problem {number}" for number in range(45)]
    assert {event.author.handle for event in got} == {f"ann{number}@social.example" for number in range(3)}
    assert drain(port("poll_source"), cursor)[0] == []
    mastodon.speak("in the same second", "ann0")
    (record,), _ = drain(port("poll_source"), cursor)
    assert read(record).text == "@acme in the same second"


def test_a_round_that_is_cut_goes_on(mastodon: MastodonStandin, port: Port) -> None:
    for number in range(45):
        mastodon.speak(f"problem {number}", "ann")
    names, cursor, more = [], None, True
    while more:
        page = port("poll_source").poll(cursor)  # a new one each time, as after a restart
        names += [record.event_id for record in page.records]
        cursor, more = page.cursor, page.more
    assert len(names) == len(set(names)) == 45


def test_nothing_old_is_read(mastodon: MastodonStandin, port: Port, drain: Drain, clock: HandClock, read: Any) -> None:
    """Notifications are counted, not dated: an id made of a time would lie beyond all of them."""
    for number in range(30):
        mastodon.post(f"@acme #acmeapp old {number}", "ann")
    clock.move(31 * DAY)
    for number in range(30):
        mastodon.speak(f"new {number}", "ann")
    mastodon.post("#acmeapp tagged", "ann")
    records, _ = drain(port("poll_source", poll_from=None))
    assert [read(r).text for r in records] == [*(f"@acme new {n}" for n in range(30)), "#acmeapp tagged"]
    first = (clock.now() - DAY).isoformat()
    assert len(drain(port("poll_source", poll_from=first))[0]) == 31
    clock.move(MINUTE)
    ahead = (clock.now() + DAY).isoformat()
    records, cursor = drain(port("poll_source", poll_from=ahead))
    assert records == []
    clock.move(MINUTE)
    mastodon.post("#acmeapp soon", "ann")
    assert len(drain(port("poll_source", poll_from=ahead), cursor)[0]) == 1


def test_an_account_that_was_never_mentioned(mastodon: MastodonStandin, port: Port, drain: Drain) -> None:
    records, cursor = drain(port("poll_source", hashtags=[]))
    assert records == []
    mastodon.speak("the first ever", "ann")
    assert len(drain(port("poll_source", hashtags=[]), cursor)[0]) == 1


def test_one_page_of_one_stream_a_call(mastodon: MastodonStandin, port: Port) -> None:
    for number in range(25):
        mastodon.speak(f"problem {number}", "ann")
        mastodon.post(f"#acmeapp broken {number}", "bob")
    poll, cursor = port("poll_source"), None
    poll.poll(None)
    for _ in range(6):
        before = len(mastodon.log())
        page = poll.poll(cursor)
        assert len(mastodon.log()) == before + 1
        assert len(page.records) <= 20
        cursor = page.cursor


def test_what_the_servers_are_asked(mastodon: MastodonStandin, port: Port, drain: Drain) -> None:
    mastodon.speak("hello", "ann")
    drain(port("poll_source", hashtags=["acmeapp", "客服"]))
    mentions = asked(mastodon, "/api/v1/notifications")
    assert all(q["types[]"] == "mention" and q["include_filtered"] == "true" for q in mentions)
    assert all(q["limit"] == "80" for q in mentions)
    assert [set(q) & {"min_id", "max_id"} for q in mentions] == [set(), {"max_id"}, {"min_id"}, {"min_id"}]
    (tagged, chinese) = asked(mastodon, "/api/v1/timelines/tag/")
    assert set(tagged) == set(chinese) == {"min_id", "limit"} and tagged["limit"] == "40"
    assert mastodon.log()[-1]["path"] == "/api/v1/timelines/tag/%E5%AE%A2%E6%9C%8D"


def test_mentions_alone_and_hashtags_alone(mastodon: MastodonStandin, port: Port, drain: Drain) -> None:
    mastodon.speak("to us", "ann")
    mastodon.post("about #AcmeApp", "bob")
    assert len(drain(port("poll_source", hashtags=[]))[0]) == 1
    only, _ = drain(port("poll_source", read_mentions=False))
    assert "about" in texts(only)[0] and len(only) == 1


def test_a_mention_with_a_hashtag_is_one_post(mastodon: MastodonStandin, port: Port, drain: Drain) -> None:
    mastodon.speak("both #acmeapp", "ann")
    mention, tagged = drain(port("poll_source"))[0]
    assert mention == tagged


def test_private_words_of_strangers_are_not_held_back(
    mastodon: MastodonStandin, port: Port, drain: Drain, read: Any
) -> None:
    mastodon.post("@acme between us", "ann@people.example", visibility="direct")
    (record,), _ = drain(port("poll_source"))
    event = read(record)
    assert (event.public, event.author.handle) == (False, "ann@people.example")


def test_what_else_the_account_is_told_is_not_asked_for(mastodon: MastodonStandin, port: Port, drain: Drain) -> None:
    post = mastodon.post("ours #acmeapp", "acme")
    mastodon.notify("favourite", post, mastodon.person("ann"))
    (record,), _ = drain(port("poll_source"))
    assert record.event_id.startswith("status:")


def test_a_conversation_with_us(mastodon: MastodonStandin, port: Port, drain: Drain, read: Any) -> None:
    first = mastodon.post("@acme it crashes", "ann")
    ours = mastodon.post("@ann fixed", "acme", answers=first.id)
    again = mastodon.post("@acme still broken", "ann", answers=ours.id)
    boost = mastodon.post("#acmeapp", "bob", boosts=first)
    robot = mastodon.post("#acmeapp news", "feed", bot=True)
    mine = mastodon.post("#acmeapp is great", "acme")
    events = [read(record) for record in drain(port("poll_source"))[0]]
    feedback, reply, *rest = events
    assert isinstance(feedback, Feedback) and feedback.conversation == first.id
    assert isinstance(reply, CustomerReply)
    assert (reply.conversation, reply.feedback.conversation) == (ours.id, again.id)
    assert [event.reason for event in rest if isinstance(event, Ignored)] == [
        "a boost of somebody's post",
        "the post of a bot",
        "our own post",
    ]
    assert {boost.id, robot.id, mine.id}.isdisjoint({feedback.conversation, reply.conversation})


def test_a_post_that_comes_late_from_another_server(
    mastodon: MastodonStandin, port: Port, drain: Drain, clock: HandClock
) -> None:
    mastodon.post("#acmeapp first", "ann")
    _, cursor = drain(port("poll_source"))
    clock.move(10 * MINUTE)
    mastodon.post("#acmeapp second", "ann")
    _, cursor = drain(port("poll_source"), cursor)
    clock.move(30 * MINUTE)
    mastodon.post("#acmeapp late", "bob@people.example", clock.now() - 35 * MINUTE)
    records, cursor = drain(port("poll_source"), cursor)
    assert len(records) == 1 and "late" in texts(records)[0]
    assert drain(port("poll_source"), cursor)[0] == []


def test_an_edit_is_seen_for_a_while(
    mastodon: MastodonStandin, port: Port, drain: Drain, clock: HandClock, read: Any
) -> None:
    post = mastodon.post("@acme it crashs", "ann")
    (first,), cursor = drain(port("poll_source"))
    clock.move(5 * MINUTE)
    mastodon.edit(post.id, "@acme it crashes")
    (second,), cursor = drain(port("poll_source"), cursor)
    before, after = read(first), read(second)
    assert (after.external_id, after.text) == (before.external_id, "@acme it crashes")
    assert after.revision == int(clock.now().timestamp()) > before.revision == 0
    post.likes += 1
    assert drain(port("poll_source"), cursor)[0] == []


def test_a_deleted_post_is_just_gone(mastodon: MastodonStandin, port: Port, drain: Drain, clock: HandClock) -> None:
    post = mastodon.post("@acme oops", "ann")
    _, cursor = drain(port("poll_source"))
    mastodon.delete(post.id)
    assert drain(port("poll_source"), cursor)[0] == []
    clock.move(DAY)
    mastodon.speak("later", "ann")
    assert len(drain(port("poll_source"), cursor)[0]) == 1


def test_a_hashtag_that_is_added_later_and_one_that_is_dropped(
    mastodon: MastodonStandin, port: Port, drain: Drain, clock: HandClock
) -> None:
    mastodon.post("#other old", "ann")
    _, cursor = drain(port("poll_source"))
    clock.move(DAY)
    records, cursor = drain(port("poll_source", hashtags=["other"]), cursor)
    assert len(records) == 1
    assert set(json.loads(cursor)["streams"]) == {"@", "other"}
    turned = json.dumps({**json.loads(cursor), "turn": "gone"})
    assert drain(port("poll_source"), turned)[0] == []


def test_the_age_of_the_youngest(mastodon: MastodonStandin, port: Port, clock: HandClock) -> None:
    begun = clock.now()
    mastodon.speak("one", "ann")
    clock.move(MINUTE)
    mastodon.speak("two", "ann")
    poll = port("poll_source", hashtags=[])
    page = poll.poll(None)
    while not page.records:
        assert page.newest is None
        page = poll.poll(page.cursor)
    assert page.newest == begun + MINUTE


@pytest.mark.parametrize(
    ("fault", "raised"),
    [
        (Fault("notifications", "answer", 503), Retryable),
        (Fault("notifications", "drop"), Retryable),
        (Fault("notifications", "answer", 200, body={"error": "no"}), Retryable),
        (Fault("notifications", "answer", 200, body=b"<html>"), Retryable),
        (Fault("notifications", "answer", 403, body={"error": "x"}), Rejected),
        (Fault("instance", "answer", 500), Retryable),
        (Fault("verify_credentials", "answer", 200, body={}), Retryable),
        (Fault("verify_credentials", "answer", 401, body={"error": "x"}), Rejected),
    ],
)
def test_refusals_lose_nothing(
    mastodon: MastodonStandin, port: Port, drain: Drain, fault: Fault, raised: type[Exception]
) -> None:
    mastodon.speak("hello", "ann")
    mastodon.faults.add(fault)
    poll = port("poll_source")
    with pytest.raises(raised):
        poll.poll(None)
    assert len(drain(poll)[0]) == 1


def test_odd_items_are_listed_and_stop_nothing(
    mastodon: MastodonStandin, port: Port, read: Any, clock: HandClock
) -> None:
    good = mastodon.post("@acme good", "ann")
    _, cursor = None, port("poll_source").poll(None).cursor
    cursor = port("poll_source").poll(cursor).cursor
    shown = good.show(mastodon.url)
    strange = [
        {"id": "9", "type": "mention", "created_at": "x", "status": None},
        {"id": 10, "type": "mention", "status": shown},
        {"id": "8", "type": "follow", "created_at": "2026-11-03T09:00:00Z"},
        "nonsense",
        {"id": "7", "type": "mention", "created_at": "2026-11-03T09:00:00Z", "status": shown},
    ]
    mastodon.faults.add(Fault("notifications", "answer", 200, body=json.dumps(strange).encode()))
    page = port("poll_source").poll(cursor)
    assert len(page.records) == 5 and page.more
    kinds = []
    for record in page.records:
        try:
            kinds.append(type(read(record)))
        except Exception as error:
            kinds.append(type(error))
    assert [kind.__name__ for kind in kinds] == ["Feedback", "Unparseable", "Unsupported", "Feedback", "Unparseable"]
    assert Unsupported in kinds


def test_a_cursor_of_somebody_else(port: Port) -> None:
    with pytest.raises(CursorExpired):
        port("poll_source").poll("1234")


def test_the_token_of_an_application_reads_nothing(mastodon: MastodonStandin, port: Port) -> None:
    with pytest.raises(Rejected) as error:
        port("poll_source", access_token=mastodon.app_token).poll(None)
    assert error.value.status == 422
