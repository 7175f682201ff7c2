"""What a receiver gets: one signed request a message, whole, within its size, and told twice by the same name."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
import respx
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.webhook import payload
from connectors.webhook.standin import SEND_SECRET, WebhookStandin
from vocbot.sdk.document import Bullets, Document, Heading, Link, Quote, Text, paragraph
from vocbot.sdk.errors import OutcomeUnknown, Rejected
from vocbot.sdk.signing import verify
from vocbot.sdk.testing.clock import HandClock
from vocbot.sdk.testing.contract_acts import PLAIN
from vocbot.sdk.testing.documents import long_document, nasty_document
from vocbot.sdk.wire import Request

Port = Callable[..., Any]
URL = "https://in.example/hook?sig=abc"


@pytest.fixture
def wire() -> Iterator[respx.Router]:
    with respx.mock() as router:
        yield router


def sent(wire: respx.Router) -> httpx.Request:
    request: httpx.Request = wire.calls.last.request
    return request


def test_a_message_has_three_forms(port: Port, system: WebhookStandin) -> None:
    receipt = port("channel").post("digest:1", "ops", PLAIN)
    message = system.received[receipt.ref]
    assert {name: message[name] for name in ("type", "key", "target", "language", "title")} == {
        "type": "vocbot.message",
        "key": "digest:1",
        "target": "ops",
        "language": "zh",
        "title": PLAIN.title,
    }
    assert "自 5.4.0 起，按原价扣款。" in message["text"]
    assert "**按原价扣款**" in message["markdown"]
    assert message["blocks"][0] == {"kind": "heading", "level": 2, "text": "问题描述"}
    assert message["blocks"][1]["runs"][1:] == [
        {"text": "按原价扣款", "bold": True},
        {"text": "。"},
        {"text": "查看证据", "url": "https://voc.example/i/42"},
    ]
    assert "token-1" not in json.dumps(message), "a button would let anybody decide"


def test_twice_the_same_message_has_the_same_name_and_is_dropped(port: Port, system: WebhookStandin) -> None:
    first, second = (port("channel").post("digest:1", "ops", PLAIN) for _ in range(2))
    assert first.ref == second.ref
    assert len(system.effects("message_received")) == 1
    assert port("channel").post("digest:2", "ops", PLAIN).ref != first.ref
    both = port("channel", urls={"ops": f"{system.url}/in/ops", "sales": f"{system.url}/in/ops"})
    assert both.post("digest:1", "sales", PLAIN).ref != first.ref, "a receiver behind two names gets both"
    assert port("channel").find("digest:1", "ops") is None


def test_an_unknown_target_is_refused(port: Port, system: WebhookStandin) -> None:
    with pytest.raises(Rejected, match="urls has no 'sales'"):
        port("channel").post("k", "sales", PLAIN)
    assert system.log() == []


def test_the_signature_is_that_of_standard_webhooks(port: Port, wire: respx.Router, clock: HandClock) -> None:
    wire.post(URL).respond(204)
    receipt = port("channel", urls={"ops": URL}, expect=None).post("k", "ops", PLAIN)
    request = sent(wire)
    assert request.headers["webhook-id"] == receipt.ref
    assert request.headers["content-type"] == "application/json"
    verify("standard_webhooks", SEND_SECRET, Request("POST", URL, dict(request.headers), request.content), clock.now())


@pytest.mark.parametrize("header", [None, "X-Ours"])
def test_an_hmac_or_a_token_proves_us_too(port: Port, wire: respx.Router, header: str | None) -> None:
    wire.post(URL).respond(200)
    own = {"urls": {"ops": URL}, "expect": None, "send_secret": "k3y", "send_header": header}
    port("channel", send_scheme="hmac", **own).post("k", "ops", PLAIN)
    request = sent(wire)
    proof = "sha256=" + hmac.new(b"k3y", request.content, hashlib.sha256).hexdigest()
    assert request.headers[header or "x-hub-signature-256"] == proof
    port("channel", send_scheme="token", **own).post("k", "ops", PLAIN)
    assert sent(wire).headers[header or "authorization"] == ("k3y" if header else "Bearer k3y")
    assert sent(wire).headers["webhook-id"] == request.headers["webhook-id"]


@pytest.mark.parametrize(
    ("expect", "answer", "error"),
    [
        (None, "<html>ok</html>", None),
        (None, "", None),
        ("code == `0`", '{"code": 0}', None),
        ("code == `0`", '{"code": 9}', Rejected),
        ("ok", '{"ok": false}', Rejected),
        ("ok", "{}", OutcomeUnknown),
        ("ok", "<html>ok</html>", OutcomeUnknown),
        ("contains(code, 'x')", '{"code": 1}', OutcomeUnknown),
    ],
)
def test_what_counts_as_a_yes(port: Port, wire: respx.Router, expect: Any, answer: str, error: Any) -> None:
    wire.post(URL).respond(200, text=answer)
    channel = port("channel", urls={"ops": URL}, expect=expect)
    if error is None:
        assert channel.post("k", "ops", PLAIN).status == "sent"
    else:
        with pytest.raises(error) as caught:
            channel.post("k", "ops", PLAIN)
        assert "sig=" not in str(caught.value)
    assert len(wire.calls) == 1


def test_a_redirect_is_not_followed(port: Port, wire: respx.Router) -> None:
    wire.post(URL).respond(307, headers={"location": "https://elsewhere.example/"})
    with pytest.raises(Rejected, match="HTTP 307") as caught:
        port("channel", urls={"ops": URL}, expect=None).post("k", "ops", PLAIN)
    assert "sig=" not in str(caught.value)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("most", [4096, 9_999, 262_144])
def test_a_message_is_cut_to_its_size_on_a_character(language: str, most: int) -> None:
    body = payload.body("k", "ops", long_document(language), most)
    assert most * 0.8 < len(body) <= most
    message = json.loads(body)
    assert "…" in message["text"]
    assert "…" in message["markdown"]


@settings(max_examples=20, deadline=None)
@given(st.sampled_from(["zh", "en"]), st.integers(2_000, 30_000))
def test_no_message_is_larger_than_it_may_be(language: str, most: int) -> None:
    body = payload.body("k", "ops", nasty_document(language), most)
    assert len(body) <= most
    assert json.loads(body)["blocks"]


def test_what_does_not_fit_at_all_is_refused(port: Port) -> None:
    with pytest.raises(Rejected, match="does not fit into max_bytes"):
        port("channel", max_bytes=4096).post("k" * 5000, "ops", PLAIN)


def test_markup_and_odd_characters_stay_text() -> None:
    document = Document(
        "en",
        "a\nb\x00" + "x" * 600,
        (
            Heading("h\n1"),
            paragraph(Link("press", "javascript:alert(1)"), Text("\ud800\u202e<b>", italic=True)),
            Bullets(((Text("one"),),), ordered=True),
            Quote("<script>", "chat\x07"),
        ),
    )
    message = json.loads(payload.body("k", "t", document, 10_000))
    assert message["title"].startswith("a bx")
    assert len(message["title"]) == 500
    assert message["blocks"] == [
        {"kind": "heading", "level": 2, "text": "h 1"},
        {"kind": "paragraph", "runs": [{"text": "press"}, {"text": "<b>", "italic": True}]},
        {"kind": "list", "ordered": True, "items": [[{"text": "one"}]]},
        {"kind": "quote", "text": "<script>", "source": "chat"},
    ]
