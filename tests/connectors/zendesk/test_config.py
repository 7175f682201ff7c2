"""Which settings make an account."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from connectors.zendesk.config import ZendeskSettings

OAUTH = {"client_id": "c", "client_secret": "s"}
TOKEN = {"email": "a@example.com", "api_token": "t"}
GUIDE = {"sections": {"en": 1}, "permission_group_id": 2}


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({**OAUTH}, "either subdomain or base_url"),
        ({"subdomain": "acme", "base_url": "https://x.example", **OAUTH}, "either subdomain or base_url"),
        ({"subdomain": "acme"}, "either client_id and client_secret, or email and api_token"),
        ({"subdomain": "acme", **OAUTH, **TOKEN}, "either client_id and client_secret, or email and api_token"),
        ({"subdomain": "acme", "client_id": "c"}, "client_id and client_secret go together"),
        ({"subdomain": "acme", "email": "a@example.com"}, "email and api_token go together"),
        ({"subdomain": "acme.zendesk.com/", **OAUTH}, "subdomain"),
        ({"base_url": "https://user:pw@x.example", **OAUTH}, "base_url"),
        ({"base_url": "ftp://x.example", **OAUTH}, "base_url"),
        ({"subdomain": "acme", **OAUTH, "poll_from": "2026-01-01T00:00:00"}, "poll_from"),
        ({"subdomain": "acme", **OAUTH, "subdomian": "x"}, "subdomian"),
        ({"subdomain": "acme", **OAUTH, "guide": {**GUIDE, "sections": {}}}, "sections"),
        ({"subdomain": "acme", **OAUTH, "guide": {**GUIDE, "sections": {"fr": 1}}}, "sections"),
        ({"subdomain": "acme", **OAUTH, "guide": {**GUIDE, "locales": {"zh": "zh-cn"}}}, "no name for en"),
    ],
)
def test_what_is_refused(given: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        ZendeskSettings.model_validate(given)


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ({"subdomain": "acme", **OAUTH}, "https://acme.zendesk.com"),
        ({"base_url": "http://127.0.0.1:8080/desk/", **TOKEN}, "http://127.0.0.1:8080/desk"),
    ],
)
def test_the_address(given: dict[str, Any], url: str) -> None:
    assert ZendeskSettings.model_validate(given).url == url


def test_where_an_article_goes() -> None:
    guide = ZendeskSettings.model_validate({"subdomain": "acme", **OAUTH, "guide": GUIDE}).guide
    assert guide is not None
    assert (guide.place("en"), guide.place("zh")) == ((1, "en-us"), None)
