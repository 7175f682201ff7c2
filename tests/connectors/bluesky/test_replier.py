"""Replies: in the right thread, written once, found by their key, and never where somebody does not want them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from connectors.bluesky.record_key import record_key
from connectors.bluesky.standin import BlueskyStandin
from connectors.bluesky.standin_world import Post
from vocbot.sdk.document import Document, Link, Text, paragraph
from vocbot.sdk.errors import OutcomeUnknown, Rejected, Retryable, Unreachable
from vocbot.sdk.ports import ReplyTo
from vocbot.sdk.testing.clock import HandClock
from vocbot.sdk.testing.standin import Fault

Port = Callable[..., Any]
Calls = Callable[..., list[dict[str, Any]]]
KEY = "notice:p12:VOC-42"
NOTE = Document("en", "Fixed", (paragraph("It works again in ", Text("5.4.1", bold=True), "."),))


@pytest.fixture
def post(bluesky: BlueskyStandin) -> Post:
    return bluesky.mention("It stops", "sam")


@pytest.fixture
def to(post: Post) -> ReplyTo:
    return ReplyTo(post.uri)


def test_a_reply_to_a_first_post(
    bluesky: BlueskyStandin, port: Port, post: Post, to: ReplyTo, clock: HandClock, calls: Calls
) -> None:
    receipt = port("replier").reply(KEY, to, NOTE)
    (sent,) = bluesky.effects("reply_sent")
    assert sent["record"] == {
        "$type": "app.bsky.feed.post",
        "text": "It works again in 5.4.1.",
        "createdAt": "2026-11-03T09:07:00.000Z",
        "langs": ["en"],
        "reply": {"root": post.reference, "parent": post.reference},
    }
    assert receipt.status == "sent" and receipt.ref == sent["uri"]
    assert receipt.url == f"https://bsky.app/profile/{bluesky.us.did}/post/{record_key(KEY)}"
    assert "p12" not in json.dumps(calls("createRecord")[0]["body"])  # everybody can read what is written


def test_a_reply_within_a_thread_names_its_first_post(bluesky: BlueskyStandin, port: Port, post: Post) -> None:
    inner = bluesky.answer_to(post, "For me, too", "kim")
    port("replier").reply(KEY, ReplyTo(inner.uri), NOTE)
    (sent,) = bluesky.effects("reply_sent")
    assert sent["record"]["reply"] == {"root": post.reference, "parent": inner.reference}


@pytest.mark.parametrize("reply", [7, {}, {"root": 7}, {"root": {"uri": "at://x"}}, {"root": {"uri": 1, "cid": 2}}])
def test_a_post_with_an_odd_thread_is_answered_itself(
    bluesky: BlueskyStandin, port: Port, post: Post, to: ReplyTo, reply: Any
) -> None:
    post.record["reply"] = reply
    port("replier").reply(KEY, to, NOTE)
    assert bluesky.effects("reply_sent")[0]["record"]["reply"] == {"root": post.reference, "parent": post.reference}


def test_links_are_live(bluesky: BlueskyStandin, port: Port, to: ReplyTo) -> None:
    port("replier").reply(KEY, to, Document("zh", "t", (paragraph("修好了", Link("看", "https://voc.example/1")),)))
    (sent,) = bluesky.effects("reply_sent")
    (facet,) = sent["record"]["facets"]
    assert facet["features"][0]["uri"] == "https://voc.example/1" and sent["record"]["langs"] == ["zh"]


def test_find_sees_the_key_and_only_the_key(port: Port, to: ReplyTo) -> None:
    replier = port("replier")
    assert replier.find(KEY, to) is None
    sent = replier.reply(KEY, to, NOTE)
    found = port("replier").find(KEY, to)
    assert (found.status, found.ref, found.url) == ("already", sent.ref, sent.url)
    assert replier.find(KEY + "0", to) is None and replier.find(KEY[:-1], to) is None


@pytest.mark.parametrize("conflict", [None, (409, "RecordAlreadyExists"), (400, "InvalidRequest")])
def test_the_same_key_twice_is_one_reply(
    bluesky: BlueskyStandin, port: Port, to: ReplyTo, conflict: tuple[int, str] | None
) -> None:
    replier = port("replier")
    sent = replier.reply(KEY, to, NOTE)
    if conflict:
        bluesky.faults.add(Fault("createRecord", "answer", conflict[0], body={"error": conflict[1]}))
        assert replier.reply(KEY, to, NOTE).status == "already"
    else:  # which the server answers with 500
        with pytest.raises(OutcomeUnknown):
            replier.reply(KEY, to, NOTE)
    assert replier.find(KEY, to).ref == sent.ref
    assert len(bluesky.effects("reply_sent")) == 1


@pytest.mark.parametrize(
    ("fault", "raised", "after", "done"),
    [
        (Fault("createRecord", "answer", 429, {"Retry-After": "11"}), Retryable, 11.0, False),
        (Fault("createRecord", "answer", 503), Retryable, None, False),
        (Fault("createRecord", "answer", 500), OutcomeUnknown, None, False),
        (Fault("createRecord", "error_after", 502), OutcomeUnknown, None, True),
        (Fault("createRecord", "drop"), OutcomeUnknown, None, True),
        (Fault("createRecord", "answer", 200, body={"uri": "at://x/y/z", "cid": "b"}), OutcomeUnknown, None, False),
        (Fault("getPosts", "answer", 500), Retryable, None, False),
        (Fault("getPosts", "answer", 200, body={}), Retryable, None, False),
        (Fault("getPosts", "answer", 200, body={"posts": [{"uri": "at://x/y/z"}]}), Retryable, None, False),
        (Fault("getPosts", "answer", 400, body={"error": "InvalidRequest"}), Rejected, None, False),
    ],
)
def test_one_attempt_whatever_happens(
    bluesky: BlueskyStandin,
    port: Port,
    to: ReplyTo,
    calls: Calls,
    fault: Fault,
    raised: type[Exception],
    after: float | None,
    done: bool,
) -> None:
    fault.times = 1
    bluesky.faults.add(fault)
    with pytest.raises(raised) as error:
        port("replier").reply(KEY, to, NOTE)
    assert isinstance(error.value, raised) and getattr(error.value, "after", None) == after
    assert "works again" not in str(error.value)
    assert len(calls("createRecord")) <= 1
    assert (port("replier").find(KEY, to) is not None) == done == bool(bluesky.effects("reply_sent"))


def test_a_limit_waits_until_it_is_counted_anew(bluesky: BlueskyStandin, port: Port, to: ReplyTo) -> None:
    bluesky.most_points = 5
    replier = port("replier")
    replier.reply("k:1", to, NOTE)
    with pytest.raises(Retryable) as error:
        replier.reply("k:2", to, NOTE)
    assert error.value.after is not None and 3500 < error.value.after <= 3602


@pytest.mark.parametrize("body", [{}, {"uri": "at://other", "value": {}}, [], b"<html>"])
def test_an_unreadable_record_is_not_a_missing_one(bluesky: BlueskyStandin, port: Port, to: ReplyTo, body: Any) -> None:
    port("replier").reply(KEY, to, NOTE)
    bluesky.faults.add(Fault("getRecord", "answer", 200, body=body))
    with pytest.raises(Retryable):
        port("replier").find(KEY, to)


def test_another_refusal_is_not_a_missing_record(bluesky: BlueskyStandin, port: Port, to: ReplyTo) -> None:
    bluesky.faults.add(Fault("getRecord", "answer", 400, body={"error": "InvalidRequest"}))
    with pytest.raises(Rejected):
        port("replier").find(KEY, to)


def _delete(bluesky: BlueskyStandin, post: Post) -> None:
    post.deleted = True


def _gate(bluesky: BlueskyStandin, post: Post) -> None:
    post.gated = True


def _is_blocked(bluesky: BlueskyStandin, post: Post) -> None:
    post.author.blocks.add(bluesky.us.did)


def _block(bluesky: BlueskyStandin, post: Post) -> None:
    bluesky.us.blocks.add(post.author.did)


@pytest.mark.parametrize("shut", [_delete, _gate, _is_blocked, _block])
def test_a_way_that_is_shut(
    bluesky: BlueskyStandin, port: Port, post: Post, to: ReplyTo, calls: Calls, shut: Callable[..., None]
) -> None:
    shut(bluesky, post)
    with pytest.raises(Unreachable):
        port("replier").reply(KEY, to, NOTE)
    assert not calls("createRecord")


@pytest.mark.parametrize("viewer", [{"blockedBy": True}, {"blocking": "at://x"}, {"blockingByList": {"uri": "at://x"}}])
def test_a_block_that_the_server_shows(
    bluesky: BlueskyStandin, port: Port, post: Post, to: ReplyTo, viewer: dict[str, Any]
) -> None:
    shown = post.show(bluesky.us)
    shown["author"]["viewer"] = viewer
    bluesky.faults.add(Fault("getPosts", "answer", 200, body={"posts": [shown]}))
    with pytest.raises(Unreachable):
        port("replier").reply(KEY, to, NOTE)


@pytest.mark.parametrize(
    "ref", ["", "x", "https://bsky.app/x", "at://sam.example/app.bsky.feed.post/3k", "at://did:plc:x/y/z"]
)
def test_what_is_no_post_is_rejected(port: Port, calls: Calls, ref: str) -> None:
    with pytest.raises(Rejected, match="not the address"):
        port("replier").reply(KEY, ReplyTo(ref), NOTE)
    assert not calls()


def test_nothing_to_say(port: Port, to: ReplyTo) -> None:
    with pytest.raises(Rejected, match="no text"):
        port("replier").reply(KEY, to, Document("en", "", ()))


def test_a_deactivated_account(bluesky: BlueskyStandin, port: Port, to: ReplyTo) -> None:
    bluesky.active = False
    with pytest.raises(Rejected, match="deactivated"):
        port("replier").reply(KEY, to, NOTE)


def test_our_own_reply_is_not_read_back(
    bluesky: BlueskyStandin, port: Port, to: ReplyTo, drain: Any, parse: Any
) -> None:
    port("replier").reply(KEY, to, Document("en", "t", (paragraph("Fixed #acmeapp"),)))
    records, _ = drain(port("poll_source"))
    kinds = [type(parse(record)[0]).__name__ for record in records]
    assert sorted(kinds) == ["Feedback", "Ignored"]
