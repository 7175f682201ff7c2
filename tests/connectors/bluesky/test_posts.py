"""What a post means, and what is kept of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.bluesky import posts
from connectors.bluesky.standin import BlueskyStandin
from connectors.bluesky.standin_world import note
from vocbot.sdk.errors import Unparseable
from vocbot.sdk.events import Author, CustomerReply, Event, Feedback, Ignored, Unsupported
from vocbot.sdk.testing.clock import HandClock

Parse = Callable[..., Sequence[Event]]
US, SAM = "did:plc:us", "did:plc:sam"
URI = f"at://{SAM}/app.bsky.feed.post/3lbq2hvf6xk2a"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from([US, URI, "mention"]),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from([*posts.POST, *posts.AUTHOR, *posts.WORDS]), inner),
    max_leaves=12,
)


def body(record: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """A record as it is kept."""
    words = {"$type": posts.COLLECTION, "text": "It stops.", "createdAt": "2026-11-03T09:00:00.000Z", **(record or {})}
    author = {"did": SAM, "handle": "sam.example", "displayName": " Sam "}
    post = {"uri": URI, "cid": "bafy", "author": author, "record": words, "indexedAt": "2026-11-03T09:00:01.000Z"}
    return {"us": US, "post": {**post, **more}}


def reply(root: str, parent: str) -> dict[str, Any]:
    return {"reply": {"root": {"uri": root, "cid": "b"}, "parent": {"uri": parent, "cid": "b"}}}


def test_a_post_is_public_feedback(parse: Parse) -> None:
    assert parse(body()) == [
        Feedback(
            external_id=URI,
            text="It stops.",
            time=datetime(2026, 11, 3, 9, 0, tzinfo=UTC),
            channel="bluesky",
            author=Author(SAM, "Sam"),
            conversation=URI,
            public=True,
        )
    ]


def test_only_what_is_read_is_kept(bluesky: BlueskyStandin, parse: Parse) -> None:
    post = bluesky.mention("It stops", "sam", name="Sam", embed={"images": [{"alt": "my address"}]})
    record = posts.record_of({**post.show(bluesky.us), "embed": {"alt": "x"}}, bluesky.us.did)
    kept = json.loads(record.body)["post"]
    assert set(kept) == {"uri", "cid", "author", "record", "indexedAt", "labels"}
    assert set(kept["author"]) == {"did", "displayName", "labels"}
    assert set(kept["record"]) == {"$type", "text", "createdAt"}
    (feedback,) = parse(record)
    assert isinstance(feedback, Feedback) and feedback.author == Author(post.author.did, "Sam")
    assert "sam.example" not in repr(feedback)


def test_notification_and_search_say_the_same(bluesky: BlueskyStandin, parse: Parse) -> None:
    post = bluesky.mention("It stops", "sam", created="2026-11-03T08:59:00.000Z")
    told = posts.record_of(note("mention", post, bluesky.us), bluesky.us.did)
    found = posts.record_of(post.show(bluesky.us), bluesky.us.did)
    assert told.event_id == found.event_id and parse(told) == parse(found)
    assert len(told.event_id) <= 200


def test_names_tell_posts_apart() -> None:
    def name(**more: Any) -> str:
        return posts.record_of(body(**more)["post"], US).event_id

    assert name() == name(likeCount=7, indexedAt="2026-11-03T09:00:09.000Z")
    assert len({name(), name(cid="other"), name(uri=URI + "x"), name(uri=None), name(uri=None, cid="y")}) == 5


def test_an_answer_to_us_is_a_reply_in_its_thread(parse: Parse) -> None:
    first, ours = f"at://{SAM}/app.bsky.feed.post/3aaaaaaaaaaaa", f"at://{US}/app.bsky.feed.post/3bbbbbbbbbbbb"
    (event,) = parse(body(reply(first, ours)))
    assert isinstance(event, CustomerReply)
    assert event.conversation == first and event.feedback.conversation == event.feedback.external_id == URI
    (event,) = parse(body(reply(ours, first)))  # below a post of ours, but said to somebody else
    assert isinstance(event, Feedback)
    for odd in ({"reply": 7}, {"reply": {"parent": {"uri": ours}}}, reply("x", ours), reply(first, f"{ours}/x")):
        (event,) = parse(body(odd))
        assert isinstance(event, Feedback)


@pytest.mark.parametrize(
    ("created", "time"),
    [
        ("2026-11-03T08:00:00.123456789Z", "2026-11-03T08:00:00.123456+00:00"),
        ("2026-11-03T17:00:00+08:00", "2026-11-03T09:00:00+00:00"),
        ("2026-11-04T00:00:00Z", "2026-11-03T09:00:01+00:00"),  # the future
        ("1985-04-12T23:20:50.123Z", "2026-11-03T09:00:01+00:00"),  # before Bluesky
        ("2023-01-01T00:00:00Z", "2023-01-01T00:00:00+00:00"),
        ("0001-01-01T00:00:00+14:00", "2026-11-03T09:00:01+00:00"),
        ("2026-11-03T08:00:00", "2026-11-03T09:00:01+00:00"),  # no zone
        ("yesterday", "2026-11-03T09:00:01+00:00"),
        (7, "2026-11-03T09:00:01+00:00"),
    ],
)
def test_when_it_was_said(parse: Parse, created: Any, time: str) -> None:
    (event,) = parse(body({"createdAt": created}))
    assert isinstance(event, Feedback) and event.time == datetime.fromisoformat(time) and event.time.tzinfo is UTC


@pytest.mark.parametrize(
    "more",
    [
        {"author": {"did": US}},
        {"reason": "like"},
        {"reason": "subscribed-post"},
        {"reason": ["mention"]},
        {"notFound": True},
        {"blocked": True},
        {"record": {"text": " \n", "createdAt": "x"}},
        {"labels": [{"val": "spam"}]},
        {"author": {"did": SAM, "labels": [{"val": "other"}, {"val": "!hide"}]}},
        {
            "record": {
                "text": "x",
                "labels": {"$type": "com.atproto.label.defs#selfLabels", "values": [{"val": "spam"}]},
            }
        },
    ],
)
def test_what_is_ignored(parse: Parse, more: dict[str, Any]) -> None:
    (event,) = parse(body(**more))
    assert isinstance(event, Ignored)


@pytest.mark.parametrize(
    "labels", [None, 7, [], [7], [{"val": 7}], [{"val": "porn"}], [{"val": "spam", "neg": True}], {"values": 7}]
)
def test_other_labels_hide_nothing(parse: Parse, labels: Any) -> None:
    (event,) = parse(body(labels=labels))
    assert isinstance(event, Feedback)


def test_the_labels_that_hide_are_a_setting(parse: Parse) -> None:
    post = body(labels=[{"val": "spam"}])
    assert isinstance(parse(post, hidden_labels=[])[0], Feedback)
    assert isinstance(parse(body(labels=[{"val": "rude"}]), hidden_labels=["rude"])[0], Ignored)


def test_another_kind_of_record_is_listed(parse: Parse) -> None:
    assert parse(body({"$type": "app.bsky.feed.poll"})) == [Unsupported("app.bsky.feed.poll")]


@pytest.mark.parametrize(
    "broken",
    [
        [],
        {},
        {"us": US},
        {"us": US, "post": []},
        {"post": body()["post"]},
        body(record={"text": None}),
        body(record={"$type": 7}),
        body(uri=7),
        body(uri="https://bsky.app/profile/x"),
        body(uri=f"at://{SAM}/app.bsky.feed.like/3aaaaaaaaaaaa"),
        body(author=None),
        body(author={"did": ""}),
        body(indexedAt=None),
        body(indexedAt="soon"),
        b"\xff",
    ],
)
def test_what_cannot_be_read(parse: Parse, broken: Any) -> None:
    with pytest.raises(Unparseable):
        parse(broken)


@given(JSON, JSON)
def test_nothing_breaks_it(item: Any, record: Any) -> None:
    posts.listed(item, datetime(2026, 11, 3, tzinfo=UTC))
    for odd in (item, {**body()["post"], "record": record}, {**body()["post"], "author": record, "labels": item}):
        kept = posts.record_of(odd, US)
        try:
            posts.meaning(json.loads(kept.body), ("spam",))
        except Unparseable as error:
            assert len(str(error)) < 60


SINCE = datetime(2026, 11, 3, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("indexed", "created", "hours"),
    [
        ("2026-11-03T09:00:00Z", "2026-11-03T08:00:00Z", 2),
        ("2026-11-03T09:00:00Z", "2026-11-03T10:00:00Z", 3),
        ("2026-11-03T09:00:00Z", "2020-01-01T00:00:00Z", 0),  # indexed after `since`: its claim hides it from nobody
        ("2026-11-03T05:00:00Z", "2020-01-01T00:00:00Z", -1),
        ("2026-11-03T09:00:00Z", None, 3),
        (None, "2026-11-03T08:00:00Z", 0),
    ],
)
def test_the_time_that_lists_go_by(indexed: Any, created: Any, hours: int) -> None:
    post = {"indexedAt": indexed, "record": {"createdAt": created}}
    assert posts.listed(post, SINCE) == SINCE + timedelta(hours=hours)


def test_stamps_are_of_the_lexicons(clock: HandClock) -> None:
    assert posts.stamp(clock.now()) == "2026-11-03T09:07:00.000Z"
    assert posts.stamp(datetime.fromisoformat("2026-11-03T17:07:00.1239+08:00")) == "2026-11-03T09:07:00.123Z"
