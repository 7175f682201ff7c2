"""What a ticket says, in each of the ways it comes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.zendesk import tickets
from connectors.zendesk.standin import ZendeskStandin
from vocbot.sdk.events import Author, Contact, ConversationChanged, Event, Feedback, Ignored

Parse = Callable[..., Sequence[Event]]
WHEN = datetime(2026, 11, 20, 10, 12, 7, tzinfo=UTC)


def record(user: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """A record as the poll stores it."""
    ticket = {
        "id": 35436,
        "subject": "Help, my printer is on fire!",
        "description": "The fire is very colorful.",
        "status": "pending",
        "requester_id": 77,
        "created_at": "2026-11-20T10:12:07Z",
        "updated_at": "2026-11-21T00:00:00Z",
        "via": {"channel": "web"},
        "tags": ["enterprise", "other_tag"],
        "custom_fields": [{"id": 360001, "value": "printer"}, {"id": 27648, "value": "kept out"}],
        "satisfaction_rating": {"score": "good", "id": 1234},
        **changes,
    }
    return {"ticket": ticket, "users": [user] if user else []}


def feedback(events: Sequence[Event]) -> Feedback:
    (found,) = (event for event in events if isinstance(event, Feedback))
    return found


def test_a_record_brings_everything(parse: Parse) -> None:
    user = {"id": 77, "name": " Sam ", "email": "sam@example.com", "phone": "+4930123", "locale": "de"}
    assert parse(record(user)) == [
        Feedback(
            external_id="ticket:35436",
            text="Help, my printer is on fire!\n\nThe fire is very colorful.",
            time=WHEN,
            channel="web",
            author=Author("77", "Sam", (Contact("email", "sam@example.com"), Contact("phone", "+4930123"))),
            conversation="35436",
            score=5.0,
            attributes={"product": "printer", "tags": "enterprise other_tag", "locale": "de"},
        ),
        ConversationChanged("35436", "open", datetime(2026, 11, 21, tzinfo=UTC)),
    ]


def test_a_trigger_and_the_poll_mean_the_same(zendesk: ZendeskStandin, parse: Parse) -> None:
    author = Author("customer-1", "Sam", (Contact("email", "sam@example.com"),))
    zendesk.open_ticket("刷新就闪退\n“!”", author, "email", WHEN, {"version": "5.2.1"}, "zh", "闪退")
    ticket = next(iter(zendesk._tickets.values()))
    pushed = feedback(parse(ticket.record()))
    polled = feedback(parse({"ticket": ticket.show(), "users": [ticket.requester.show()]}))
    assert pushed == polled
    assert pushed.author is not None and pushed.author.contacts == author.contacts
    assert pushed.attributes == {"version": "5.2.1", "tags": "5.2.1", "locale": "zh-CN"}
    # A subscribed event knows less of the same Feedback.
    (event,) = parse({"type": "zen:event-type:ticket.created", "detail": ticket.detail(ticket.requester.id)})
    assert event == replace(pushed, author=Author(pushed.author.handle), attributes={"tags": "5.2.1"})


@pytest.mark.parametrize(
    ("subject", "description", "said"),
    [
        ("Fire", "It burns", "Fire\n\nIt burns"),
        ("It burns", "It burns. Badly.", "It burns. Badly."),
        ("It burns...", "it  burns\nbadly", "it  burns\nbadly"),  # cut by Zendesk, line breaks flattened
        ("闪退…", "闪退了三次", "闪退了三次"),
        ("", "It burns", "It burns"),
        (None, "It burns", "It burns"),
        ("Fire", None, "Fire"),
        ("...", "x", "x"),
    ],
)
def test_words(subject: str | None, description: str | None, said: str) -> None:
    assert tickets.words({"subject": subject, "description": description}) == said


@pytest.mark.parametrize(
    ("via", "channel"),
    [
        ({"channel": "email"}, "email"),
        ({"channel": "Mail"}, "email"),
        ({"channel": "Web form"}, "web"),
        ({"channel": "web_service"}, "api"),
        ({"channel": "Web service (API)"}, "api"),
        ({"channel": "whatsapp"}, "whatsapp"),
        ({"channel": None}, "unknown"),
        (None, "unknown"),
    ],
)
def test_one_channel_has_one_name(via: object, channel: str) -> None:
    assert tickets.channel({"via": via}) == channel


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("5.2", "5.2"),
        (["a", "", "b"], "a, b"),
        (True, "true"),
        (False, "false"),
        (7, "7"),
        (None, None),
        ("", None),
        ([], None),
        ({}, None),
    ],
)
def test_custom_fields(parse: Parse, value: object, kept: str | None) -> None:
    read = feedback(parse(record(custom_fields=[{"id": 360002, "value": value}, "odd"], tags=[])))
    assert read.attributes == ({"version": kept} if kept else {})


@pytest.mark.parametrize(
    ("rating", "score"),
    [({"score": "good"}, 5.0), ({"score": "bad"}, 1.0), ({"score": "offered"}, None), (None, None), ("good", None)],
)
def test_satisfaction(rating: object, score: float | None) -> None:
    assert tickets.score({"satisfaction_rating": rating}) == score


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"is_public": False}, [Ignored, ConversationChanged]),
        ({"subject": "", "description": " "}, [Ignored, ConversationChanged]),
        ({"status": "deleted"}, [ConversationChanged]),
        ({"status": "Gelöst"}, [Feedback]),  # a trigger in a German account
        ({"updated_at": None}, [Feedback]),
        ({"requester_id": None}, [Feedback, ConversationChanged]),
    ],
)
def test_what_is_left_out(parse: Parse, changes: dict[str, Any], expected: list[type]) -> None:
    assert [type(event) for event in parse(record({"id": 77, "name": "Sam"}, **changes))] == expected


def test_a_user_is_not_mistaken_for_another(parse: Parse) -> None:
    assert feedback(parse(record({"id": 78, "email": "other@example.com"}))).author == Author("77")
    assert feedback(parse(record({"email": "other@example.com"}, requester_id=None))).author is None


def test_minutes_are_enough_for_a_trigger(parse: Parse) -> None:
    read = feedback(parse(record(created_at="2026-11-20T10:12Z")))
    assert read.time == datetime(2026, 11, 20, 10, 12, tzinfo=UTC)
