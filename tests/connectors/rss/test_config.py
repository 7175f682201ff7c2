"""Which settings name feeds."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from connectors.rss.config import RssSettings, origin, where

URL = "https://forum.example/latest.rss"


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"urls": []}, "urls"),
        ({"urls": [URL, URL]}, "stands there twice"),
        ({"urls": ["forum.example/latest.rss"]}, "begins with https://"),
        ({"urls": ["ftp://forum.example/x"]}, "begins with https://"),
        ({"urls": ["file:///etc/passwd"]}, "begins with https://"),
        ({"urls": ["https://forum.example/a b"]}, "begins with https://"),
        ({"urls": ["https://[::1/x"]}, "malformed"),
        ({"urls": ["https://forum.example:99999/x"]}, "malformed"),
        ({"urls": ["https://sam:hunter2@forum.example/x"]}, "no names or passwords in addresses"),
        ({"urls": ["https://forum.example/x#top"]}, "what follows the #"),
        ({"channel": "A Forum"}, "channel"),
        ({"headers": {"Bad Name": "x"}}, "no header that can be set"),
        ({"headers": {"Host": "x"}}, "no header that can be set"),
        ({"headers": {"X-Key": "a\nb"}}, "the value of X-Key"),
        ({"headers": {"X-Key": " a"}}, "the value of X-Key"),
        ({"urls": [URL, "https://other.example/x"], "headers": {"X-Key": "a"}}, "a connector for each host"),
        ({"urls": [URL, "http://forum.example/x"], "headers": {"X-Key": "a"}}, "a connector for each host"),
        ({"poll_from": "2026-01-01"}, "poll_from"),
        ({"url": URL}, "url"),
    ],
)
def test_what_is_refused(given: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        RssSettings.model_validate({"urls": [URL], **given})


def test_secrets_are_not_shown() -> None:
    settings = RssSettings.model_validate({"urls": [URL], "headers": {"Authorization": "Bearer hunter2"}})
    assert "hunter2" not in repr(settings)
    with pytest.raises(ValidationError) as error:
        RssSettings.model_validate({"urls": [URL], "headers": {"X-Key": "hunter2\n"}})
    assert "the value of X-Key" in str(error.value.errors()[0]["msg"])
    assert "hunter2" not in error.value.errors()[0]["msg"]


def test_where_and_origin() -> None:
    assert where("https://forum.example:8443/a/b.rss?token=secret") == "forum.example:8443/a/b.rss"
    assert (
        origin("https://Forum.example/x") == origin("https://forum.example:443/y") != origin("http://forum.example/x")
    )
