"""Who gets in under each scheme, how a delivery is named, and what its body means."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.webhook.standin import OLD_SECRET, SECRET, WebhookStandin
from vocbot.sdk.errors import BadSignature, Unparseable
from vocbot.sdk.events import Author, Contact, Event, Feedback, Ignored, Unsupported
from vocbot.sdk.schemes import hmac_scheme
from vocbot.sdk.signing import sign
from vocbot.sdk.testing.clock import HandClock
from vocbot.sdk.wire import Request

HOOK = "https://voc.example/hooks/shop"
FORM = "application/x-www-form-urlencoded"
Parse = Callable[..., Sequence[Event]]
Port = Callable[..., Any]


# -- verify


@pytest.mark.parametrize("secret", [SECRET, OLD_SECRET])
def test_each_of_the_secrets_opens(port: Port, system: WebhookStandin, secret: str) -> None:
    request = system.signed({"text": "hi"}, HOOK, secret)
    port("webhook_source").verify(request)
    with pytest.raises(BadSignature):
        port("webhook_source", secrets=[OLD_SECRET if secret == SECRET else SECRET]).verify(request)


def test_a_sender_that_rotates_may_sign_with_both(port: Port, system: WebhookStandin) -> None:
    request = system.signed({"text": "hi"}, HOOK)
    other = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    wrong = sign("standard_webhooks", other, request.body, system.clock.now())["webhook-signature"]
    both = f"{wrong} {request.headers['webhook-signature']}"
    port("webhook_source").verify(replace(request, headers={**request.headers, "webhook-signature": both}))


def test_without_secrets_nothing_gets_in(port: Port, system: WebhookStandin) -> None:
    with pytest.raises(BadSignature, match="no webhook secret is configured"):
        port("webhook_source", secrets=None).verify(system.signed({}, HOOK))


@pytest.mark.parametrize("tolerance", [None, 30])
def test_the_tolerance_is_the_schemes_or_the_configured_one(
    port: Port, system: WebhookStandin, clock: HandClock, tolerance: int | None
) -> None:
    request, source = system.signed({}, HOOK), port("webhook_source", tolerance=tolerance)
    clock.move(timedelta(seconds=tolerance or 300))
    source.verify(request)
    clock.move(timedelta(seconds=1))
    with pytest.raises(BadSignature, match="old"):
        source.verify(request)


@pytest.mark.parametrize("algorithm", ["sha256", "sha1", "sha512"])
@pytest.mark.parametrize("encoding", ["hex", "base64"])
def test_an_hmac_is_described_by_settings(port: Port, clock: HandClock, algorithm: Any, encoding: Any) -> None:
    own = {"header": "X-Sign", "algorithm": algorithm, "encoding": encoding, "prefix": "sig="}
    source = port("webhook_source", scheme="hmac", secrets=["k3y"], **own)
    body = "正文".encode()
    headers = sign(hmac_scheme("X-Sign", digest=algorithm, encoding=encoding, prefix="sig="), "k3y", body, clock.now())
    source.verify(Request("POST", HOOK, headers, body))
    with pytest.raises(BadSignature):
        source.verify(Request("POST", HOOK, headers, body + b" "))
    with pytest.raises(BadSignature, match="X-Sign missing"):
        source.verify(Request("POST", HOOK, {}, body))


def test_an_hmac_with_a_signed_time(port: Port, clock: HandClock) -> None:
    own = {"header": "X-Sign", "message": "v1:{timestamp}:{body}", "timestamp_header": "X-Time", "timestamp_unit": "ms"}
    source = port("webhook_source", scheme="hmac", secrets=["k3y"], tolerance=60, **own)
    request = source.sample(HOOK)
    assert request.headers["x-time"] == str(int(clock.now().timestamp() * 1000))
    source.verify(request)
    clock.move(timedelta(seconds=61))
    with pytest.raises(BadSignature, match="61 s old, 60 allowed"):
        source.verify(request)


def test_a_token_stands_in_a_header_or_in_the_address(port: Port) -> None:
    plain = port("webhook_source", scheme="token", secrets=["t0ken"])
    own = port("webhook_source", scheme="token", secrets=["t0ken"], header="X-Key", prefix="Key ")
    query = port("webhook_source", scheme="token", secrets=["t0ken"], query_parameter="token")
    requests = [
        Request("POST", HOOK, {"x-webhook-token": "t0ken"}, b""),
        Request("POST", HOOK, {"x-key": "Key t0ken"}, b""),
        Request("POST", f"{HOOK}?token=t0ken", {}, b"", {"token": "t0ken"}),
    ]
    for place, source in enumerate((plain, own, query)):
        for number, request in enumerate(requests):
            if place == number:
                source.verify(request)
            else:
                with pytest.raises(BadSignature):
                    source.verify(request)


def test_a_sender_that_vocbot_knows(port: Port, clock: HandClock) -> None:
    source = port("webhook_source", scheme="github", secrets=["k3y"], event_id_header="X-GitHub-Delivery")
    body = b'{"action":"opened"}'
    headers = {**sign("github", "k3y", body, clock.now()), "x-github-delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958"}
    request = Request("POST", HOOK, headers, body)
    source.verify(request)
    assert source.event_id(request) == "id:72d3162e-cc78-11e3-81ab-4c9367dc0958"


# -- event_id


def test_a_delivery_is_named_by_what_is_signed(port: Port, system: WebhookStandin, clock: HandClock) -> None:
    request = system.signed({"text": "hi"}, HOOK)
    assert port("webhook_source").event_id(request) == f"id:{request.headers['webhook-id']}"
    token = port("webhook_source", scheme="token", secrets=["t0ken"])
    again = replace(request, headers={**request.headers, "webhook-id": "another"})
    assert token.event_id(request) == token.event_id(again)  # nobody signed that header
    assert token.event_id(request) != token.event_id(replace(request, body=b"{}"))


def test_a_delivery_is_named_by_its_body_where_the_settings_say_so(port: Port) -> None:
    source = port("webhook_source", event_id="event.id")

    def name(body: Any, kind: str = "application/json") -> str:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        found: str = source.event_id(Request("POST", HOOK, {"content-type": kind}, raw))
        return found

    assert name({"event": {"id": "e-7"}}) == "id:e-7"
    assert name({"event": {"id": 7}}) == "id:7"
    for odd in ({"event": {"id": None}}, {"event": {"id": {"a": 1}}}, {"event": {"id": "x" * 198}}, {}, b"{", b"\xff"):
        assert name(odd).startswith("body:")
        assert len(name(odd)) <= 200


# -- parse


def test_the_neutral_form(parse: Parse, system: WebhookStandin) -> None:
    item = system.words("优惠券用不了", "u-1")
    assert parse(item) == [
        Feedback(
            external_id="fb-1",
            text="优惠券用不了",
            time=datetime(2026, 11, 3, 9, 7, tzinfo=UTC),
            channel="survey",
            author=Author("u-1", "Li Na", (Contact("email", "u-1@customer.example"),)),
            score=2.0,
            attributes={"version": "5.4.0"},
        )
    ]


def test_a_text_alone_is_enough(parse: Parse, clock: HandClock) -> None:
    assert parse({"text": "hello"}) == [Feedback("id:e1", "hello", clock.now(), "webhook")]
    assert parse({"text": "hello"}, channel="kiosk", public=True) == [
        Feedback("id:e1", "hello", clock.now(), "kiosk", public=True)
    ]


def test_a_batch_is_read_item_by_item(parse: Parse) -> None:
    two = [{"text": "one"}, {"text": "two", "id": "b"}]
    for body, changes in ((two, {}), ({"data": {"list": two}}, {"items": "data.list"})):
        found = parse(body, **changes)
        assert [(e.external_id, e.text) for e in found if isinstance(e, Feedback)] == [("id:e1/0", "one"), ("b", "two")]
    assert parse([]) == [Ignored("a batch without items")]


def test_one_odd_item_does_not_hide_the_others(parse: Parse) -> None:
    found = parse([{"text": "one"}, {"no": "text"}, "x", {"text": "four", "time": "secret words"}])
    assert isinstance(found[0], Feedback)
    assert [type(event) for event in found[1:]] == [Unsupported] * 3
    assert "item 2 of a batch: map.text: nothing is there" in repr(found[1])
    assert "secret words" not in repr(found)
    with pytest.raises(Unparseable):
        parse([{"no": "text"}, {"no": "text"}])


@pytest.mark.parametrize("body", ["x", 1, None, True, {"a": {}}])
def test_what_is_no_item_is_unparseable(parse: Parse, body: Any) -> None:
    with pytest.raises(Unparseable):
        parse(body)
    with pytest.raises(Unparseable, match="items: no list is there"):
        parse(body, items="a")


def test_only_what_is_wanted_is_taken(parse: Parse) -> None:
    wanted = {"when": "event == 'review.created' && review.stars < `4`", "map": {"text": "review.body"}}
    good = {"event": "review.created", "review": {"stars": 2, "body": "slow"}}
    assert [e.text for e in parse(good, **wanted) if isinstance(e, Feedback)] == ["slow"]
    for other in ({**good, "event": "review.deleted"}, {**good, "review": {"stars": 5, "body": "fine"}}):
        assert parse(other, **wanted) == [Ignored("`when` is not true of it")]


def test_times_are_read_as_the_settings_say(parse: Parse) -> None:
    found = parse(
        {"t": "x", "at": "03/11/2026 17:07"},
        map={"text": "t", "time": "at"},
        time_format="%d/%m/%Y %H:%M",
        tz="Asia/Shanghai",
    )
    assert isinstance(found[0], Feedback)
    assert found[0].time == datetime(2026, 11, 3, 9, 7, tzinfo=UTC)


def test_forms_are_read_like_objects(parse: Parse) -> None:
    form = urlencode([("comment", "很慢 & 贵"), ("stars", "2"), ("tag", "a"), ("tag", "b"), ("empty", "")]).encode()
    mapped = {"text": "comment", "score": "stars", "attributes": {"tags": "tag", "empty": "empty"}}
    (found,) = parse(form, FORM + "; charset=utf-8", map=mapped)
    assert isinstance(found, Feedback)
    assert (found.text, found.score, found.attributes) == ("很慢 & 贵", 2.0, {"tags": "a, b"})


def test_a_form_of_careless_senders_is_read_and_a_broken_one_told(parse: Parse) -> None:
    (found,) = parse(b"&text=hi&", FORM)
    assert isinstance(found, Feedback)
    assert found.text == "hi"
    for bad in (b"text=%ff", "text=直接".encode(), b"&".join([b"a=1"] * 1001)):
        with pytest.raises(Unparseable, match="not a form in UTF-8"):
            parse(bad, FORM)


def test_json_in_a_field_of_a_form(parse: Parse) -> None:
    form = urlencode({"payload": json.dumps({"text": "好"}), "x": "1"}).encode()
    (found,) = parse(form, FORM, form_json="payload")
    assert isinstance(found, Feedback)
    assert found.text == "好"
    for bad in (b"x=1", b"payload=1&payload=2", b"payload=%7B", b"payload", b"payload=%ff"):
        with pytest.raises(Unparseable):
            parse(bad, FORM, form_json="payload")


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode), st.sampled_from([FORM, "application/json", ""]))
def test_no_body_whatever_raises_anything_else(parse: Parse, body: bytes, kind: str) -> None:
    for changes in ({}, {"form_json": "payload"}, {"items": "a", "when": "length(@) > `1`"}):
        try:
            assert parse(body, kind, **changes)
        except Unparseable as error:
            assert len(str(error)) < 120


def test_a_sample_means_nothing_whatever_the_mapping(parse: Parse, port: Port) -> None:
    for changes in ({}, {"items": "data"}, {"map": {"text": "note"}}, {"form_json": "payload"}):
        body = port("webhook_source", **changes).sample(HOOK).body
        assert parse(body, **changes) == [Ignored("a check of the set-up")]
