"""A sample proves the way in for every scheme that can be signed from our side, and is known for what it is."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

import pytest

from vocbot.sdk.errors import BadSignature, VocbotError
from vocbot.sdk.schemes import SCHEMES, token_scheme
from vocbot.sdk.selftest import is_sample, signed
from vocbot.sdk.signing import verify

NOW = datetime(2026, 11, 3, 9, 7, tzinfo=UTC)
URL = "https://voc.example/hooks/x?team=a%2Cb"
SECRET = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"
# WeCom signs an encrypted element that a sample has not; Discord keeps the signing key to itself.
UNSIGNED = {"wecom", "discord"}


@pytest.mark.parametrize("name", sorted(set(SCHEMES) - UNSIGNED))
def test_a_sample_is_genuine_and_a_changed_one_is_not(name: str) -> None:
    request = signed(name, SECRET, URL, NOW)
    verify(name, SECRET, request, NOW)
    assert is_sample(json.loads(request.body))
    assert "自检".encode() in request.body
    if SCHEMES[name].signs_body:
        with pytest.raises(BadSignature):
            verify(name, SECRET, replace(request, body=request.body.replace("检".encode(), b"x")), NOW)


def test_a_token_in_the_address_is_added_to_it() -> None:
    request = signed(token_scheme("token", in_query=True), "a b&c", URL, NOW)
    assert dict(parse_qsl(urlsplit(request.url).query)) == {"team": "a,b", "token": "a b&c"} == dict(request.query)
    assert signed(token_scheme("t", in_query=True), "x", "http://h/p", NOW).url == "http://h/p?t=x"


def test_a_secret_of_another_form_is_told() -> None:
    with pytest.raises(VocbotError, match="has not the form"):
        signed("standard_webhooks", "not base64!", URL, NOW)


def test_what_customers_send_is_no_sample() -> None:
    for body in (None, [], "vocbot.self_test", {}, {"type": "review"}, {"text": "vocbot.self_test"}):
        assert not is_sample(body)
