"""What a post means: whose it is, whether it is public, what it answers, and that one post is one record."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.mastodon import statuses
from vocbot.sdk.errors import Unparseable
from vocbot.sdk.events import Author, CustomerReply, Event, Feedback, Ignored, Unsupported

Read = Callable[..., Event]
STATUS: dict[str, Any] = {
    "id": "115484",
    "created_at": "2026-11-03T08:00:00.000Z",
    "edited_at": None,
    "in_reply_to_id": None,
    "in_reply_to_account_id": None,
    "visibility": "public",
    "spoiler_text": "",
    "content": "<p>@acme it crashes</p>",
    "reblog": None,
    "account": {"id": "8", "acct": "sam@people.example", "display_name": "Sam", "bot": False},
    "tags": [{"name": "AcmeApp", "url": "x"}, {"name": "other", "url": "x"}],
    "favourites_count": 3,
}


def kept(**changes: Any) -> Any:
    return json.loads(statuses.record({**STATUS, **changes}, "1", "social.example").body)


def account(**changes: Any) -> dict[str, Any]:
    return {**STATUS["account"], **changes}


def test_a_post_is_feedback(read: Read) -> None:
    assert read(kept()) == Feedback(
        external_id="status:115484",
        text="@acme it crashes",
        time=datetime(2026, 11, 3, 8, tzinfo=UTC),
        channel="mastodon",
        author=Author("sam@people.example", "Sam"),
        conversation="115484",
        public=True,
        attributes={"hashtags": "acmeapp"},
    )


@pytest.mark.parametrize(
    ("visibility", "public"),
    [("public", True), ("unlisted", True), ("private", False), ("direct", False), ("limited", False), (None, False)],
)
def test_only_what_all_can_see_is_public(read: Read, visibility: Any, public: bool) -> None:
    event = read(kept(visibility=visibility))
    assert isinstance(event, Feedback) and event.public is public


def test_an_answer_to_us_is_a_reply_of_a_customer(read: Read) -> None:
    event = read(kept(in_reply_to_id="99", in_reply_to_account_id="1"))
    assert isinstance(event, CustomerReply)
    assert (event.conversation, event.feedback.conversation) == ("99", "115484")
    for somebody in ({"in_reply_to_account_id": "8"}, {"in_reply_to_account_id": None}):
        assert isinstance(read(kept(in_reply_to_id="99", **somebody)), Feedback)
    assert isinstance(read(kept(in_reply_to_id=None, in_reply_to_account_id="1")), Feedback)


def test_an_edited_post_supersedes(read: Read) -> None:
    edited = read(kept(edited_at="2026-11-03T08:05:00.000Z"))
    assert isinstance(edited, Feedback)
    assert edited.revision == datetime(2026, 11, 3, 8, 5, tzinfo=UTC).timestamp()
    late = read(kept(edited_at="2199-01-01T00:00:00Z"))
    assert isinstance(late, Feedback) and late.revision == 2**31 - 1
    early = read(kept(edited_at="1969-01-01T00:00:00Z"))
    assert isinstance(early, Feedback) and early.revision == 1


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"account": account(id="1")}, "our own post"),
        ({"reblog": STATUS}, "a boost of somebody's post"),
        ({"account": account(bot=True)}, "the post of a bot"),
        ({"content": "<p>@acme @sam</p>"}, "a post without words"),
        ({"content": ""}, "a post without words"),
    ],
)
def test_what_is_left_alone(read: Read, changes: dict[str, Any], reason: str) -> None:
    assert read(kept(**changes)) == Ignored(reason)


def test_bots_are_read_where_that_is_wanted(read: Read) -> None:
    assert isinstance(read(kept(account=account(bot=True)), include_bots=True), Feedback)


def test_a_warning_stands_before_the_text(read: Read) -> None:
    event = read(kept(spoiler_text=" rant ", content="<p>a</p><p>b</p>"))
    assert isinstance(event, Feedback) and event.text == "rant\n\na\n\nb"
    alone = read(kept(spoiler_text="rant", content=""))
    assert isinstance(alone, Feedback) and alone.text == "rant"


@pytest.mark.parametrize(
    ("changes", "author"),
    [
        ({"acct": "ann"}, Author("ann@social.example", "Sam")),
        ({"display_name": ""}, Author("sam@people.example")),
        ({"display_name": "  "}, Author("sam@people.example")),
        ({"display_name": None}, Author("sam@people.example")),
        ({"display_name": " Li Na :cat: "}, Author("sam@people.example", "Li Na :cat:")),
    ],
)
def test_who_spoke(read: Read, changes: dict[str, Any], author: Author) -> None:
    event = read(kept(account=account(**changes)))
    assert isinstance(event, Feedback) and event.author == author


def test_tags_that_nobody_follows_are_no_attributes(read: Read) -> None:
    for tags in ([], None, ["acmeapp"], [{"name": 7}], [{"name": "other"}]):
        event = read(kept(tags=tags))
        assert isinstance(event, Feedback) and event.attributes == {}


def test_one_post_has_one_name_until_its_author_changes_it() -> None:
    first = statuses.record(STATUS, "1", "social.example")
    same = {**STATUS, "favourites_count": 4, "account": account(display_name="Samuel"), "tags": []}
    assert statuses.record(same, "1", "social.example").event_id == first.event_id
    names = {first.event_id}
    for change in ({"content": "<p>b</p>"}, {"edited_at": "2026-11-03T08:05:00Z"}, {"spoiler_text": "x"}, {"id": "8"}):
        names.add(statuses.record({**STATUS, **change}, "1", "social.example").event_id)
    assert len(names) == 5 and all(len(name) <= 200 for name in names)


def test_only_what_is_read_is_kept() -> None:
    body = json.loads(statuses.record({**STATUS, "account": account(note="bio")}, "1", "social.example").body)
    assert "favourites_count" not in body["status"] and set(body["status"]["account"]) == set(statuses.AUTHOR)


@pytest.mark.parametrize(
    "changes",
    [
        {"id": None},
        {"id": "../1"},
        {"id": 7},
        {"account": None},
        {"account": []},
        {"account": account(acct="")},
        {"account": account(id=None)},
        {"content": None},
        {"created_at": "yesterday"},
        {"created_at": "2026-11-03T08:00:00"},
        {"edited_at": "later"},
        {"edited_at": 5},
    ],
)
def test_what_is_misshapen_is_unparseable(read: Read, changes: dict[str, Any]) -> None:
    record = statuses.record({**STATUS, **changes}, "1", "social.example")
    with pytest.raises(Unparseable):
        read(record)


@pytest.mark.parametrize("body", [None, [], "x", {}, {"me": "1", "domain": "d", "type": "mention", "status": None}])
def test_what_is_no_record_is_unparseable(read: Read, body: Any) -> None:
    with pytest.raises(Unparseable):
        read(body)


def test_other_notifications_are_listed_as_such(read: Read) -> None:
    record = statuses.record(STATUS, "1", "social.example", "favourite")
    assert isinstance(read(record), Unsupported)
    assert record.event_id.startswith("other:")
    with pytest.raises(Unparseable):
        read(statuses.record(["odd", "\ud83d"], "1", "social.example"))
