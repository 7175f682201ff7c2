"""The stand-in behaves like the vendor where vocbot relies on it, and its people set the right webhooks off."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import httpx
import pytest

from connectors.zendesk.standin import ZendeskStandin
from vocbot.sdk.events import (
    AgentAnswer,
    Author,
    Contact,
    ConversationChanged,
    CustomerReply,
    Event,
    Feedback,
    Ignored,
    Unsupported,
)
from vocbot.sdk.wire import Inbound, Request

SAM = Author("sam", "Sam", (Contact("email", "sam@example.com"),))
Port = Callable[..., Any]


class Hook:
    """Receives webhooks as the core does: verify, name, parse. `refuse` answers 503 that many times first."""

    def __init__(self, port: Any, clock: Any) -> None:
        self.port, self.clock = port, clock
        self.events: list[Event] = []
        self.names: list[str] = []
        self.refuse = 0

    def take(self, request: Request) -> int:
        self.port.verify(request)
        if self.refuse:
            self.refuse -= 1
            self.clock.time += timedelta(minutes=10)  # a retry has to be signed anew
            return 503
        self.names.append(self.port.event_id(request))
        self.events += self.port.parse(Inbound("webhook", self.names[-1], request.body, {}, self.clock.now()))
        return 200


@pytest.fixture
def hook(zendesk: ZendeskStandin, port: Port, clock: Any) -> Iterator[Hook]:
    received = Hook(port("webhook_source"), clock)

    class Wire(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            self.send_response(received.take(Request("POST", zendesk.hook or "", headers, body)))
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Wire)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    zendesk.hook = f"http://127.0.0.1:{server.server_address[1]}/hooks/desk"
    yield received
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_life_of_a_ticket(zendesk: ZendeskStandin, hook: Hook, clock: Any) -> None:
    t0 = clock.now() - timedelta(days=3)
    fields = {"version": "5.2.1", "region": "eu"}
    ident = zendesk.open_ticket("It crashes", SAM, "email", t0, fields, "en")
    zendesk.agent_answer(ident, "Looks like the cache", t0 + timedelta(hours=1), public=False)
    zendesk.agent_answer(ident, "Please update", t0 + timedelta(hours=2))
    zendesk.solve(ident, t0 + timedelta(hours=3))
    assert zendesk.customer_writes(ident, "Still broken", t0 + timedelta(hours=4)) == ident
    zendesk.solve(ident)
    zendesk.close(ident)
    other = zendesk.customer_writes(ident, "And again", clock.now())
    assert other != ident
    opened, note, answer, reply, second = (e for e in hook.events if not isinstance(e, ConversationChanged))
    assert isinstance(opened, Feedback) and isinstance(opened.author, Author)
    assert (opened.text, opened.time, opened.channel, opened.conversation) == ("It crashes", t0, "email", ident)
    assert (opened.author.name, opened.author.contacts) == ("Sam", SAM.contacts)
    assert {k: opened.attributes[k] for k in fields} == fields and opened.attributes["locale"] == "en-US"
    assert isinstance(note, Ignored)
    assert isinstance(answer, AgentAnswer) and answer.conversation == ident
    assert isinstance(reply, CustomerReply) and reply.conversation == ident
    assert reply.feedback.author is not None and reply.feedback.author.handle == opened.author.handle
    moves = [event.status for event in hook.events if isinstance(event, ConversationChanged)]
    assert moves == ["open", "open", "solved", "open", "solved", "closed", "open"]
    assert isinstance(second, Feedback) and second.conversation == other
    assert [effect["requester"] for effect in zendesk.effects("ticket_opened")] == ["sam", "sam"]


def test_duplicates_have_one_name_and_order_can_be_turned(zendesk: ZendeskStandin, hook: Hook, clock: Any) -> None:
    zendesk.open_ticket("Twice", SAM, "email", clock.now(), duplicate=True)
    assert len(hook.names) == 2 and len(set(hook.names)) == 1
    hook.events.clear()
    zendesk.hold()
    ident = zendesk.open_ticket("Held", SAM, "email", clock.now())
    zendesk.customer_writes(ident, "Hello?", clock.now())
    assert hook.events == []
    zendesk.release(reverse=True)
    assert [type(event) for event in hook.events] == [ConversationChanged, CustomerReply, Feedback, ConversationChanged]


def test_a_refused_webhook_comes_again_with_a_fresh_signature(zendesk: ZendeskStandin, hook: Hook, clock: Any) -> None:
    hook.refuse = 2
    zendesk.open_ticket("Try", SAM, "email", clock.now())
    assert [entry["status"] for entry in zendesk.log() if entry["direction"] == "out"] == [503, 503, 200]
    assert len(hook.names) == 1


def test_samples_are_one_of_each(zendesk: ZendeskStandin, hook: Hook) -> None:
    for request in zendesk.samples(zendesk.hook or ""):
        assert hook.take(request) == 200
    kinds = [type(event) for event in hook.events]
    assert kinds == [
        Feedback,
        ConversationChanged,
        Feedback,
        CustomerReply,
        AgentAnswer,
        Ignored,
        ConversationChanged,
        Unsupported,
    ]


def test_only_known_fields_and_no_stranger(zendesk: ZendeskStandin, clock: Any) -> None:
    with pytest.raises(ValueError, match="colour"):
        zendesk.open_ticket("x", SAM, "email", clock.now(), {"colour": "red"})
    for headers in ({}, {"Authorization": "Bearer x"}, {"Authorization": "Basic eDp5"}):
        assert httpx.get(f"{zendesk.url}/api/v2/users/me", headers=headers).status_code == 401
    asked = {"grant_type": "client_credentials", "client_id": "vocbot", "client_secret": "x", "scope": "read"}
    assert httpx.post(f"{zendesk.url}/oauth/tokens", json=asked).status_code == 401
    assert httpx.post(f"{zendesk.url}/oauth/tokens", json={}).status_code == 422


@pytest.fixture
def api(zendesk: ZendeskStandin) -> Iterator[httpx.Client]:
    kept = zendesk.token_settings()
    with httpx.Client(base_url=zendesk.url, auth=(f"{kept['email']}/token", kept["api_token"])) as client:
        yield client


@pytest.mark.parametrize(
    ("update", "status"),
    [
        ({"comment": {"body": "x"}}, 200),
        ({"comment": {"body": ""}}, 422),
        ({"comment": {"body": "x" * 65_536}}, 422),
        ({}, 422),
        ({"comment": "x"}, 422),
        ({"comment": {"body": "x"}, "safe_update": True, "updated_stamp": "2020-01-01T00:00:00Z"}, 409),
    ],
)
def test_updates(zendesk: ZendeskStandin, api: httpx.Client, clock: Any, update: Any, status: int) -> None:
    ident = zendesk.open_ticket("x", SAM, "email", clock.now())
    assert api.put(f"/api/v2/tickets/{ident}", json={"ticket": update}).status_code == status
    zendesk.close(ident)
    closed = api.put(f"/api/v2/tickets/{ident}", json={"ticket": {"comment": {"body": "x"}}})
    assert closed.status_code == 422 and "closed prevents ticket update" in json.dumps(closed.json())


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/api/v2/incremental/tickets/cursor", None, 422),
        ("GET", "/api/v2/incremental/tickets/cursor?start_time=4000000000", None, 422),
        ("GET", "/api/v2/help_center/sections/1/articles.json", None, 404),
        ("POST", "/api/v2/help_center/sections/4002/articles.json", {"article": {"title": "x"}}, 422),
        (
            "POST",
            "/api/v2/help_center/sections/4002/articles.json",
            {"article": {"title": "x", "locale": "fr", "permission_group_id": 5001}},
            400,
        ),
        ("PUT", "/api/v2/help_center/articles/1/translations/en-us.json", {"translation": {}}, 404),
        ("PUT", "/api/v2/users/9002/tags", {"tags": ["two words"]}, 422),
    ],
)
def test_refusals(api: httpx.Client, method: str, path: str, body: Any, status: int) -> None:
    assert api.request(method, path, json=body).status_code == status
