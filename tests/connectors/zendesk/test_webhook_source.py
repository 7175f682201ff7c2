"""Who may push, how an event is named, and what it means."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from connectors.zendesk.standin import ZendeskStandin
from vocbot.sdk.errors import BadSignature, Unparseable
from vocbot.sdk.events import (
    AgentAnswer,
    Author,
    ConversationChanged,
    CustomerReply,
    Event,
    Feedback,
    Ignored,
    Unsupported,
)
from vocbot.sdk.wire import Request

HOOK = "http://127.0.0.1:9/hooks/desk"
Parse = Callable[..., Sequence[Event]]
Port = Callable[..., Any]

TICKET = {
    "id": "5158",
    "created_at": "2026-11-20T10:12:07Z",
    "updated_at": "2026-11-20T10:12:07Z",
    "subject": "Cannot log in",
    "description": "The app says 403 😡\u0000",
    "requester_id": "77",
    "status": "OPEN",
    "tags": ["mobile", "login"],
    "via": {"channel": "web_service"},
    "is_public": True,
}


def event(kind: str, what: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """An event as Zendesk documents it."""
    return {
        "account_id": 1,
        "detail": {**TICKET, **changes},
        "event": what or {},
        "id": "cbe4028c-7239-495d-b020-f22348516046",
        "subject": "zen:ticket:5158",
        "time": "2026-11-21T10:12:07.672717030Z",
        "type": f"zen:event-type:ticket.{kind}",
        "zendesk_event_version": "2022-11-06",
    }


def comment(**changes: Any) -> dict[str, Any]:
    author = {"id": "77", "is_staff": False, "name": "Sam"}
    return {"comment": {"id": "9", "body": "Still broken", "is_public": True, "author": author, **changes}}


STAFF = {"id": "8", "is_staff": True, "name": "Robin"}


# -- authenticity


def test_genuine_requests_pass_and_changed_ones_do_not(zendesk: ZendeskStandin, port: Port, clock: Any) -> None:
    hooks = port("webhook_source")
    header = "x-zendesk-webhook-signature"
    for request in zendesk.samples(HOOK):
        hooks.verify(request)
        later = {**request.headers, f"{header}-timestamp": "2026-11-24T08:00:01Z"}
        without = {name: value for name, value in request.headers.items() if name != header}
        for broken in (
            replace(request, body=request.body + b" "),
            replace(request, headers=later),
            replace(request, headers=without),
            replace(request, headers={**request.headers, header: "AAAA"}),
        ):
            with pytest.raises(BadSignature):
                hooks.verify(broken)
        for offset in (301, -301):
            clock.time += timedelta(seconds=offset)
            with pytest.raises(BadSignature, match="timestamp"):
                hooks.verify(request)
            clock.time -= timedelta(seconds=offset)


def test_every_webhook_has_its_own_secret(zendesk: ZendeskStandin, port: Port) -> None:
    request = zendesk.samples(HOOK)[0]
    (right,) = zendesk.settings()["webhook_secrets"]
    for secrets in (["other", right], [right, "other"]):
        port("webhook_source", webhook_secrets=secrets).verify(request)
    for wrong in ([], ["other"], ["other", "third"]):
        with pytest.raises(BadSignature) as error:
            port("webhook_source", webhook_secrets=wrong).verify(request)
        assert right not in str(error.value) and "other" not in str(error.value)


# -- names of events


def test_the_same_event_keeps_its_name(zendesk: ZendeskStandin, port: Port, clock: Any) -> None:
    hooks = port("webhook_source")
    first = zendesk.samples(HOOK)
    names = [hooks.event_id(request) for request in first]
    assert len(set(names)) == len(names)
    clock.time += timedelta(hours=1)
    for request, name in zip(first, names, strict=True):
        again = replace(request, headers={"x-zendesk-webhook-invocation-id": "another"})
        assert hooks.event_id(again) == name


@pytest.mark.parametrize("body", [b"", b"\xff", b"[1]", b'{"id": 7}', b'{"id": ""}', b"[" * 100_000])
def test_a_body_without_id_is_named_by_its_bytes(port: Port, body: bytes) -> None:
    hooks = port("webhook_source")
    assert hooks.event_id(Request("POST", HOOK, {}, body)) == hooks.event_id(Request("POST", HOOK, {}, body))
    assert hooks.event_id(Request("POST", HOOK, {}, body)) != hooks.event_id(Request("POST", HOOK, {}, body + b" "))


def test_there_is_no_handshake(port: Port) -> None:
    assert port("webhook_source").handshake(Request("GET", HOOK, {}, b"")) is None


# -- meaning


def test_a_new_ticket_is_feedback(parse: Parse) -> None:
    assert parse(event("created")) == [
        Feedback(
            external_id="ticket:5158",
            text="Cannot log in\n\nThe app says 403 😡\u0000",
            time=datetime(2026, 11, 20, 10, 12, 7, tzinfo=UTC),
            channel="api",
            author=Author("77"),
            conversation="5158",
            attributes={"tags": "mobile login"},
        )
    ]


def test_a_customers_comment_is_a_reply(parse: Parse) -> None:
    (reply,) = parse(event("comment_added", comment()))
    assert reply == CustomerReply(
        Feedback(
            external_id="comment:9",
            text="Still broken",
            time=datetime(2026, 11, 21, 10, 12, 7, 672717, tzinfo=UTC),
            channel="api",
            author=Author("77", "Sam"),
            conversation="5158",
            attributes={"tags": "mobile login"},
        ),
        "5158",
    )


@pytest.mark.parametrize(
    ("said", "detail", "expected"),
    [
        (comment(author=STAFF), {}, AgentAnswer),
        (comment(author={"id": "8"}), {}, AgentAnswer),  # not the requester
        (comment(author={"id": "77"}), {}, CustomerReply),
        (comment(author={"id": "78", "is_staff": False}), {}, CustomerReply),  # somebody in copy
        (comment(author=STAFF, is_public=False), {}, Ignored),
        (comment(author={"id": "9001", "is_staff": True}), {}, Ignored),  # our own
        (comment(body=" \n"), {}, Ignored),
        (comment(body="Help"), {"description": "Help", "created_at": "2026-11-21T10:12:00Z"}, Ignored),
        # The same words again later are a reply.
        (comment(body="Help"), {"description": "Help", "created_at": "2026-11-21T10:11:00Z"}, CustomerReply),
    ],
)
def test_whose_comment_it_is(parse: Parse, said: dict[str, Any], detail: dict[str, Any], expected: type) -> None:
    (read,) = parse(event("comment_added", said, **detail))
    assert isinstance(read, expected)


def test_an_agents_answer_is_kept_whole(parse: Parse) -> None:
    when = datetime(2026, 11, 21, 10, 12, 7, 672717, tzinfo=UTC)
    (answer,) = parse(event("comment_added", comment(author=STAFF)))
    assert answer == AgentAnswer("comment:9", "5158", "Still broken", when)


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("NEW", "open"),
        ("PENDING", "open"),
        ("HOLD", "open"),
        ("SOLVED", "solved"),
        ("CLOSED", "closed"),
        ("ARCHIVED", "closed"),
        ("DELETED", "closed"),
    ],
)
def test_states(parse: Parse, state: str, status: Any) -> None:
    when = datetime(2026, 11, 21, 10, 12, 7, 672717, tzinfo=UTC)
    read = parse(event("status_changed", {"current": state, "previous": "OPEN"}))
    assert read == [ConversationChanged("5158", status, when)]


def test_unknown_types_are_named(parse: Parse) -> None:
    for kind in ("ticket.tags_changed", "user.created", "ticket.createdd"):
        body = {**event("x"), "type": f"zen:event-type:{kind}"}
        assert parse(body) == [Unsupported(f"zen:event-type:{kind}")]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        "{}".encode("utf-16"),
        b'{"type": "zen:event-type:ticket.created", "detail": {"description": "gesch\xfctzt"}}',
        b"null",
        [],
        {},
        {"type": "zen:event-type:ticket.created"},
        {"ticket": None},
        {"ticket": {"description": "secret words"}},
        event("created", id=None),
        event("created", created_at="yesterday"),
        event("created", created_at="2026-11-20T10:12:07"),
        event("created", created_at="0001-01-01T00:00:00+14:00"),
        event("comment_added"),
        event("comment_added", {"comment": []}),
        event("comment_added", comment(id=None)),
        event("comment_added", comment(author=None)),
        {**event("comment_added", comment()), "time": None},
        event("status_changed", {"current": "MELTED"}),
        event("status_changed", {"current": None}),
    ],
)
def test_what_cannot_be_read_says_so_without_quoting(parse: Parse, body: Any) -> None:
    with pytest.raises(Unparseable) as error:
        parse(body)
    assert "secret words" not in str(error.value) and "MELTED" not in str(error.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.data())
@hypothesis_settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_value_anywhere_is_read_or_refused(parse: Parse, data: st.DataObject) -> None:
    """Put any JSON in the place of any part of a good body: events or Unparseable, nothing else."""
    body = data.draw(
        st.sampled_from(
            [
                event("created"),
                event("comment_added", comment()),
                event("status_changed", {"current": "OPEN"}),
                {"ticket": dict(TICKET), "users": [{"id": 77, "name": "Sam", "email": "s@example.com"}]},
            ]
        )
    )
    body = json.loads(json.dumps(body))
    spot: Any = body
    while True:
        keys = list(spot) if isinstance(spot, dict) else list(range(len(spot)))
        key = data.draw(st.sampled_from(keys))
        if isinstance(spot[key], dict | list) and spot[key] and data.draw(st.booleans()):
            spot = spot[key]
            continue
        spot[key] = data.draw(JSON)
        break
    try:
        events = parse(body)
    except Unparseable:
        return
    assert all(isinstance(item, Event) for item in events)
