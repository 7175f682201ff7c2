"""Settings that cannot work are refused with the reason, and no secret is in it."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from connectors.webhook.config import WebhookSettings

WHSEC = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"
HMAC = {"scheme": "hmac", "header": "X-Sign", "secrets": ["k3y-of-ours"]}


def settings(**plain: Any) -> WebhookSettings:
    return WebhookSettings.model_validate(plain)


@pytest.mark.parametrize(
    ("plain", "words"),
    [
        ({}, "give secrets to receive webhooks, or urls and send_secret"),
        ({"scheme": "githab", "secrets": ["k"]}, "write standard, hmac, token, or one of .*github"),
        ({"secrets": ["not-base-64!"]}, r"secrets.0: has not the form .*whsec_"),
        ({"secrets": [WHSEC, ""]}, "secrets.1: is empty"),
        ({"scheme": "token", "secrets": ["schlüssel"]}, "ASCII"),
        ({"scheme": "token", "secrets": ["two\nlines"]}, "on one line"),
        ({"scheme": "hmac", "secrets": ["k"]}, "scheme hmac needs header"),
        ({**HMAC, "message": "{timestamp}.{body}"}, "go together"),
        ({**HMAC, "timestamp_header": "X-Time"}, "go together"),
        ({**HMAC, "message": "{nonce}{body}"}, "no other brackets"),
        ({**HMAC, "query_parameter": "t"}, "query_parameter: not used by scheme hmac"),
        ({**HMAC, "header": "X Sign"}, "header"),
        ({"secrets": [WHSEC], "header": "X-Sign", "encoding": "hex"}, "encoding, header: not used by scheme standard"),
        ({"scheme": "token", "secrets": ["k"], "query_parameter": "t", "header": "X"}, "either in a header or"),
        ({"secrets": [WHSEC], "event_id": "id", "event_id_header": "X-Id"}, "event_id or event_id_header"),
        ({"secrets": [WHSEC], "map": {"text": "a.["}}, "column 4"),
        ({"secrets": [WHSEC], "map": {"id": "a"}}, "text"),
        ({"secrets": [WHSEC], "when": "nope(@)"}, "no function nope"),
        ({"secrets": [WHSEC], "time_format": "%H:%M"}, "no whole date"),
        ({"secrets": [WHSEC], "tz": "Peking"}, "not a time zone"),
        ({"secrets": [WHSEC], "urls": {"a": "https://a.example/"}}, "urls and send_secret go together"),
        ({"secrets": [WHSEC], "send_secret": WHSEC}, "urls and send_secret go together"),
        ({"urls": {"a": "https://a.example/"}, "send_secret": "s3cret"}, "send_secret: has not the form"),
        ({"urls": {"a": "https://a.example/"}, "send_secret": WHSEC, "send_header": "X"}, "not used by send_scheme"),
    ],
)
def test_what_cannot_work_is_refused(plain: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words) as caught:
        settings(**plain)
    said = str(caught.value)
    assert not [key for key in ("k3y-of-ours", "not-base-64", "s3cret", "schlüssel", WHSEC) if key in said]


@pytest.mark.parametrize(
    "url",
    [
        "http://a.example/in",
        "http://127.0.0.1.a.example/",
        "ftp://a.example/",
        "https://me:pw@a.example/",
        "https://a.example/#x",
        "https://a.example/a b",
        "https:///in",
        "https://[::1",
        "https://a.example:port/",
        "a.example",
        "",
    ],
)
def test_messages_go_over_https_only(url: str) -> None:
    with pytest.raises(ValidationError, match="https address"):
        settings(urls={"ops": url}, send_secret=WHSEC)


@pytest.mark.parametrize(
    "url", ["https://a.example/in?k=1", "http://127.0.0.1:9/in", "http://localhost/", "http://[::1]/"]
)
def test_https_and_this_machine_are_fine(url: str) -> None:
    assert settings(urls={"ops": url}, send_secret=WHSEC).urls["ops"] == url


def test_every_scheme_of_the_table_can_be_named() -> None:
    assert settings(scheme="github", secrets=["k"]).rule.signature == "X-Hub-Signature-256"
    assert settings(scheme="gitlab", secrets=[WHSEC]).rule is settings(secrets=[WHSEC]).rule
