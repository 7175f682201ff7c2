"""The stand-in itself: it must refuse what Slack refuses, else tests against it prove nothing."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest

from connectors.slack import standin_blocks
from connectors.slack.approver import SlackApprover
from connectors.slack.config import SlackSettings
from connectors.slack.standin import TOKEN, SlackStandin
from connectors.slack.webhook_source import SlackWebhookSource
from vocbot.sdk.document import Document
from vocbot.sdk.events import Decision, Question
from vocbot.sdk.ports import Context
from vocbot.sdk.testing.standin import Fault
from vocbot.sdk.wire import Inbound, Request


def text(words: str, kind: str = "plain_text") -> dict[str, Any]:
    return {"type": kind, "text": words}


def button(**changes: Any) -> dict[str, Any]:
    return {"type": "button", "text": text("Yes"), "action_id": "approve", "value": "t", **changes}


def rich(kind: str, *elements: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "rich_text", "elements": [{"type": kind, "elements": list(elements), **more}]}


GOOD: list[dict[str, Any]] = [
    {"type": "header", "text": text("h" * 150)},
    {"type": "section", "text": text("s" * 3000, "mrkdwn")},
    {"type": "section", "fields": [text("f" * 2000)] * 10},
    {"type": "context", "elements": [text("c")] * 10},
    {"type": "actions", "elements": [button(), button(action_id="reject", style="danger")]},
    {"type": "divider", "block_id": "d"},
    rich("rich_text_list", {"type": "rich_text_section", "elements": [{"type": "text", "text": "x"}]}, style="bullet"),
    {"type": "markdown", "text": "**m**"},
]
BAD: list[Any] = [
    "blocks",
    GOOD[:1] * 51,
    [7],
    [{"type": "hero"}],
    [{"type": "header", "text": text("h" * 151)}],
    [{"type": "header", "text": text("h", "mrkdwn")}],
    [{"type": "section"}],
    [{"type": "section", "text": text("")}],
    [{"type": "section", "text": text("s" * 3001)}],
    [{"type": "section", "fields": [text("f")] * 11}],
    [{"type": "section", "fields": [text("f" * 2001)]}],
    [{"type": "context", "elements": []}],
    [{"type": "actions", "elements": [button(action_id=str(n)) for n in range(26)]}],
    [{"type": "actions", "elements": [button(), button()]}],
    [{"type": "actions", "elements": [button(text=text("x" * 76))]}],
    [{"type": "actions", "elements": [button(value="v" * 2001)]}],
    [{"type": "actions", "elements": [button(action_id="a" * 256)]}],
    [{"type": "actions", "elements": [button(style="blue")]}],
    [{"type": "actions", "elements": [{"type": "knob", "action_id": "k"}]}],
    [{"type": "divider", "block_id": "d"}, {"type": "divider", "block_id": "d"}],
    [{"type": "markdown", "text": "m" * 7000}] * 2,
    [rich("rich_text_section", {"type": "text", "text": ""})],
    [rich("rich_text_section", {"type": "link", "url": "javascript:alert(1)"})],
    [rich("rich_text_verse", {"type": "text", "text": "x"})],
    [{"type": "rich_text", "elements": []}],
]


def call(slack: SlackStandin, method: str, token: str = TOKEN, **body: Any) -> dict[str, Any]:
    answer = httpx.post(f"{slack.url}/api/{method}", json=body, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200
    found = answer.json()
    assert isinstance(found, dict)
    return found


def test_blocks_within_the_limits_are_taken() -> None:
    assert standin_blocks.problems(GOOD) == []
    assert standin_blocks.texts([*GOOD[6:7], {"type": "section", "text": text("a &lt; b")}]) == ["x", "a < b"]


@pytest.mark.parametrize("blocks", BAD)
def test_blocks_beyond_the_limits_are_refused(blocks: Any) -> None:
    assert standin_blocks.problems(blocks) != []


@pytest.mark.parametrize(
    ("method", "body", "error"),
    [
        ("chat.postMessage", {"channel": "C0TEAM"}, "no_text"),
        ("chat.postMessage", {"channel": "C0NOWHERE", "text": "x"}, "channel_not_found"),
        ("chat.postMessage", {"text": "x"}, "invalid_arguments"),
        ("chat.postMessage", {"channel": "C0TEAM", "text": "x" * 40_001}, "msg_too_long"),
        ("chat.postMessage", {"channel": "C0TEAM", "text": "x", "blocks": BAD[1]}, "invalid_blocks"),
        ("chat.postMessage", {"channel": "C0TEAM", "text": "x", "metadata": {"a": 1}}, "invalid_metadata_format"),
        ("chat.postMessage", {"channel": "C0TEAM", "text": "x", "token_": 1, "blocks": "[]"}, "invalid_arguments"),
        ("chat.update", {"channel": "C0TEAM", "ts": "1.1", "text": "x"}, "message_not_found"),
        ("chat.update", {"channel": "C0TEAM", "text": "x"}, "invalid_arguments"),
        ("conversations.history", {"channel": "C0TEAM", "limit": 1000}, "invalid_limit"),
    ],
)
def test_refusals(method: str, body: dict[str, Any], error: str, slack: SlackStandin) -> None:
    assert (found := call(slack, method, **body))["ok"] is False
    assert found["error"] == error
    assert call(slack, method, token="xoxb-wrong", **body)["error"] == "invalid_auth"
    assert slack.messages("C0TEAM") == []


def test_update_keeps_what_is_not_given(slack: SlackStandin) -> None:
    metadata = {"event_type": "vocbot", "event_payload": {"key": "k"}}
    actions = [{"type": "actions", "elements": [button()]}]
    ts = call(slack, "chat.postMessage", channel="C0TEAM", text="?", blocks=actions, metadata=metadata)["ts"]
    call(slack, "chat.update", channel="C0TEAM", ts=ts, text="!")
    (message,) = slack.messages("C0TEAM")
    assert (message["key"], message["text"], len(message["buttons"]), message["edited"]) == ("k", "!", 1, True)
    bare = call(slack, "conversations.history", channel="C0TEAM")["messages"][0]
    assert "metadata" not in bare


def test_messages_of_one_moment_have_different_ids(slack: SlackStandin) -> None:
    answers = [call(slack, "chat.postMessage", channel="C0TEAM", text="x")["ts"] for _ in range(3)]
    assert answers == sorted(set(answers))


@pytest.fixture
def hook(slack: SlackStandin, settings: SlackSettings, context: Context) -> Iterator[list[object]]:
    """A request URL that verifies, parses and keeps what comes."""
    source = SlackWebhookSource(settings, context)
    events: list[object] = []

    class Wire(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = Request("POST", slack.hook or "", headers, body)
            source.verify(request)
            inbound = Inbound("webhook", source.event_id(request), body, headers, context.clock.now())
            events.extend(source.parse(inbound))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Wire)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    slack.hook = f"http://127.0.0.1:{server.server_port}/hooks/slack"
    yield events
    server.shutdown()
    server.server_close()


def test_people_act(
    slack: SlackStandin, settings: SlackSettings, context: Context, hook: list[object], question: Document
) -> None:
    approver = SlackApprover(settings, context)
    ref = approver.ask("approval:7", "C0TEAM", question).ref
    assert slack.press("approval:7") == 200
    assert slack.press(ref.partition(":")[2], "reject", "U0OTHER") == 200
    assert slack.slash("how is VOC-42 & <rest>?") == 200
    decision, stranger, asked = hook
    assert isinstance(decision, Decision) and str(decision.reply_to).startswith(slack.url)
    assert replace(decision, reply_to=None) == Decision("approval:7", True, "U0LEAD01", "Lead", context.clock.now())
    assert isinstance(stranger, Decision) and (stranger.by, stranger.role) == ("U0OTHER", "")
    assert isinstance(asked, Question)
    assert asked.text == "how is VOC-42 & <rest>?"
    assert asked.reply_to.startswith(slack.url)
    approver.settle(ref, "C0TEAM", question)
    for message, action in (("approval:7", "approve"), ("approval:8", "approve"), ("approval:7", "snooze")):
        with pytest.raises(ValueError, match="no message"):
            slack.press(message, action)


def test_faults_are_acted_out_and_logged(slack: SlackStandin) -> None:
    slack.faults.add(Fault(on="POST /api/chat", kind="answer", status=429, headers={"Retry-After": "1"}))
    answer = httpx.post(f"{slack.url}/api/chat.postMessage", json={"channel": "C0TEAM", "text": "x"})
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")
    assert (slack.log()[-1]["fault"], slack.messages("C0TEAM")) == ("answer", [])


def test_press_has_the_fields_of_the_vendors_sample(slack: SlackStandin) -> None:
    """Field names of Slack's own sample are checked in test_contract; here, that both forms are what parsers expect."""
    forms = [dict(parse_qsl(sample.body.decode(), keep_blank_values=True)) for sample in slack.samples("http://h")]
    assert set(forms[0]) == {"payload"}
    assert json.loads(forms[0]["payload"])["actions"][0]["action_id"] == "approve"
    assert forms[2]["command"] == "/voc"
