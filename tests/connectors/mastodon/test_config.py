"""What the settings accept, and what they say of what they do not."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from connectors.mastodon.config import MastodonSettings, tag_name

GOOD: dict[str, Any] = {"base_url": "https://mastodon.example", "access_token": "abc-DEF_123"}


def test_little_is_enough() -> None:
    settings = MastodonSettings.model_validate(GOOD)
    assert (settings.read_mentions, settings.hashtags, settings.visibility) == (True, (), "unlisted")
    assert not settings.include_bots and settings.poll_from is None
    assert "abc-DEF" not in repr(settings)


@pytest.mark.parametrize(
    "url", ["https://mastodon.example/", "http://127.0.0.1:3000", "http://localhost", "https://m:8443"]
)
def test_addresses_that_will_do(url: str) -> None:
    assert MastodonSettings.model_validate({**GOOD, "base_url": url}).base_url == url.rstrip("/")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"base_url": "http://mastodon.example"}, "use https"),
        ({"base_url": "http://127.0.0.1.evil.example"}, "use https"),
        ({"base_url": "mastodon.example"}, "address alone"),
        ({"base_url": "ftp://mastodon.example"}, "address alone"),
        ({"base_url": "https://mastodon.example/@acme"}, "address alone"),
        ({"base_url": "https://me:pw@mastodon.example"}, "without user"),
        ({"base_url": "https://mastodon.example?x=1"}, "without user"),
        ({"base_url": "https://mastodon.example:99999"}, "base_url"),
        ({"access_token": ""}, "access_token"),
        ({"access_token": "two words"}, "copy it again"),
        ({"access_token": "tab\n"}, "copy it again"),
        ({"hashtags": ["acme app"]}, "letters, digits"),
        ({"hashtags": ["2026"]}, "letters, digits"),
        ({"hashtags": ["a/b"]}, "letters, digits"),
        ({"hashtags": [""]}, "letters, digits"),
        ({"hashtags": ["Acme", "#acme"]}, "stands twice"),
        ({"hashtags": ["x" * 101]}, "letters, digits"),
        ({"read_mentions": False}, "nothing would be read"),
        ({"visibility": "everybody"}, "visibility"),
        ({"poll_from": "2026-11-01T00:00:00"}, "timezone"),
    ],
)
def test_what_is_wrong_is_said(change: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError) as error:
        MastodonSettings.model_validate({**GOOD, **change})
    assert words in str(error.value)
    assert "two words" not in str(error.value) and "me:pw" not in str(error.value)


@pytest.mark.parametrize(
    ("written", "name"),
    [("#Acme", "acme"), ("ＡＣＭＥ", "acme"), ("＃客服", "客服"), (" acme_app2 ", "acme_app2"), ("Straße", "straße")],
)
def test_hashtags_are_compared_as_the_server_does(written: str, name: str) -> None:
    assert tag_name(written) == name
    assert MastodonSettings.model_validate({**GOOD, "hashtags": [written]}).hashtags == (name,)
