from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest

from connectors.jira.standin import JiraStandin
from vocbot.sdk.errors import BadSignature, Unparseable
from vocbot.sdk.events import Ignored, TicketChanged, Unsupported
from vocbot.sdk.ports import WebhookSource
from vocbot.sdk.wire import Inbound, Request

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
HOOK = "http://127.0.0.1/hooks/jira"


@pytest.fixture
def source(port: Callable[..., Any]) -> Any:
    return port("webhook_source")


def test_genuine_samples_are_accepted_and_understood(
    source: Any, jira: JiraStandin, inbound: Callable[..., Any]
) -> None:
    assert isinstance(source, WebhookSource)
    events: list[Any] = []
    for request in jira.samples(HOOK):
        assert source.handshake(request) is None
        source.verify(request)
        events += source.parse(inbound(request))
    created, updated, deleted, comment = events
    assert (created.status, updated.status, deleted.status) == ("done", "done", "deleted")
    assert (updated.outcome, updated.time) == ("fixed", NOW)
    assert comment == Ignored("a comment")


def test_forged_deliveries_are_refused(source: Any, port: Callable[..., Any], jira: JiraStandin) -> None:
    genuine = jira.samples(HOOK)[1]
    signature = genuine.headers["x-hub-signature"]
    for headers in ({}, {"x-hub-signature": ""}, {"x-hub-signature": "sha256=00"}, {"x-hub-signature": signature[7:]}):
        with pytest.raises(BadSignature):
            source.verify(replace(genuine, headers=headers))
    with pytest.raises(BadSignature):
        source.verify(replace(genuine, body=genuine.body + b" "))
    for secret in ("another", None):
        with pytest.raises(BadSignature) as caught:
            port("webhook_source", webhook_secret=secret).verify(genuine)
        assert signature[10:20] not in str(caught.value)


def test_event_ids_survive_retries(source: Any, jira: JiraStandin, flavour: str) -> None:
    first, second, *_ = jira.samples(HOOK)
    retried = replace(first, headers={**first.headers, "x-atlassian-webhook-retry": "1"})
    assert source.event_id(first) == source.event_id(retried) != source.event_id(second)
    if flavour == "cloud":
        assert source.event_id(first) == first.headers["x-atlassian-webhook-identifier"]


class Hook:
    """A receiver that keeps what is delivered; `answers` are its next statuses."""

    def __init__(self) -> None:
        self.received: list[Request] = []
        self.answers: list[int] = []
        hook = self

        class Wire(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                hook.received.append(Request("POST", self.path, headers, body))
                self.send_response(hook.answers.pop(0) if hook.answers else 200)
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None: ...

        self.server = HTTPServer(("127.0.0.1", 0), Wire)
        Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/"


def test_a_tickets_life_as_the_hook_sees_it(
    source: Any, tracker: Any, jira: JiraStandin, flavour: str, draft: Callable[..., Any], inbound: Callable[..., Any]
) -> None:
    hook = Hook()
    jira.hook = hook.url
    ref = tracker.create(draft()).ref
    then = datetime(2026, 11, 25, 9, 30, 0, 123000, tzinfo=UTC)
    hook.answers = [503, 200]
    assert jira.move(ref, "In Progress", time=then) == 200
    assert jira.move("APP-1", "Done", "Cannot Reproduce", version="5.4.1", time=then + timedelta(days=1)) == 200
    jira.move(ref, "Cancelled", None)
    jira.move(ref, "To Do")
    jira.transfer(ref, "OPS")
    jira.delete(ref)
    hook.server.shutdown()
    hook.server.server_close()

    events = []
    for request in hook.received:
        source.verify(request)
        events += source.parse(inbound(request))
    key = events[-1].key
    assert events == [
        TicketChanged(ref, "APP-1", "in_progress", None, then),
        TicketChanged(ref, "APP-1", "in_progress", None, then),
        TicketChanged(ref, "APP-1", "done", "wont_do", then + timedelta(days=1), "5.4.1"),
        TicketChanged(ref, "APP-1", "done", "cancelled", NOW, "5.4.1"),
        TicketChanged(ref, "APP-1", "open", None, NOW, "5.4.1"),
        TicketChanged(ref, key, "open", None, NOW, "5.4.1"),
        TicketChanged(ref, key, "deleted", None, NOW),
    ]
    assert key.startswith("OPS-")
    assert source.event_id(hook.received[0]) == source.event_id(hook.received[1])
    assert len({source.event_id(request) for request in hook.received}) == 6


ISSUE: dict[str, Any] = {
    "id": "1",
    "key": "APP-1",
    "fields": {"status": {"id": "1", "name": "X", "statusCategory": {"key": "done"}}, "labels": []},
}
STATUS = {"items": [{"field": "status", "fieldId": "status"}]}


def parsed(source: Any, body: Any) -> Any:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    (event,) = source.parse(Inbound("webhook", "1", raw, {}, NOW))
    return event


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"webhookEvent": "comment_updated"}, Ignored),
        ({"webhookEvent": "jira:version_released"}, Unsupported("jira:version_released")),
        ({"webhookEvent": "sprint_started"}, Unsupported("sprint_started")),
        (
            {"webhookEvent": "jira:issue_updated", "issue": ISSUE, "changelog": {"items": [{"field": "summary"}]}},
            Ignored,
        ),
        ({"webhookEvent": "jira:issue_updated", "issue": ISSUE, "changelog": {"items": []}}, Ignored),
        ({"webhookEvent": "jira:issue_updated", "issue": ISSUE, "changelog": STATUS}, TicketChanged),
        ({"webhookEvent": "jira:issue_updated", "issue": ISSUE}, TicketChanged),
        (
            {"webhookEvent": "jira:issue_updated", "issue": ISSUE, "changelog": {"items": [{"field": "Fix Version"}]}},
            TicketChanged("1", "APP-1", "done", "fixed", NOW),
        ),
        ({"webhookEvent": "jira:issue_created", "issue": ISSUE}, TicketChanged),
        (
            {
                "webhookEvent": "jira:issue_created",
                "issue": {**ISSUE, "fields": {**ISSUE["fields"], "labels": ["a", "vocbot-ticket.VOC-1.1"]}},
            },
            Ignored("our own ticket"),
        ),
    ],
)
def test_kinds_of_events(source: Any, body: Any, expected: Any) -> None:
    event = parsed(source, body)
    assert event == expected if not isinstance(expected, type) else isinstance(event, expected)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"\xff\xfe{}",
        b"",
        [],
        "text",
        {},
        {"webhookEvent": 7},
        {"webhookEvent": "jira:issue_deleted"},
        {"webhookEvent": "jira:issue_deleted", "issue": []},
        {"webhookEvent": "jira:issue_deleted", "issue": ISSUE, "timestamp": "soon"},
        {"webhookEvent": "jira:issue_deleted", "issue": ISSUE, "timestamp": 1e30},
        b'{"webhookEvent": "jira:issue_deleted", "issue": {"id": 1, "key": "A"}, "timestamp": NaN}',
        {"webhookEvent": "jira:issue_created", "issue": {"id": "1", "key": "A", "fields": None}},
        {"webhookEvent": "jira:issue_created", "issue": {**ISSUE, "fields": {"labels": [1]}}},
        {"webhookEvent": "jira:issue_updated", "issue": {**ISSUE, "fields": {"status": None}}, "changelog": STATUS},
        {"webhookEvent": "jira:issue_updated", "issue": ISSUE, "changelog": {"items": [7]}},
    ],
)
def test_what_is_not_understood_is_said_so(source: Any, body: Any) -> None:
    with pytest.raises(Unparseable):
        parsed(source, body)


def test_nul_and_emoji_do_no_harm(source: Any) -> None:
    issue = {**ISSUE, "fields": {**ISSUE["fields"], "summary": "\x00😀\ud83d"}}
    assert parsed(source, {"webhookEvent": "jira:issue_created", "issue": issue}).ref == "1"
