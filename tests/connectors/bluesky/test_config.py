"""What is refused before anything is sent, and that the refusal says what to do."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from connectors.bluesky.config import BlueskySettings

PLAIN = {"identifier": "acme.bsky.social", "app_password": "aaaa-bbbb-cccc-dddd"}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"identifier": "@acme.bsky.social"}, "without the @"),
        ({"identifier": "acme"}, "whole handle"),
        ({"identifier": "acme.bsky.social "}, "whole handle"),
        ({"app_password": " "}, "empty"),
        ({"service": "bsky.social"}, "service"),
        ({"service": "https://user:pw@bsky.social"}, "service"),
        ({"service": "https://bsky.social/xrpc"}, "service"),
        ({"queries": ["acme", " "]}, "empty"),
        ({"queries": ["acme", "acme "]}, "twice"),
        ({"langs": ["English"]}, "write en"),
        ({"langs": ["en", "en"]}, "twice"),
        ({"read_mentions": False}, "nothing would be read"),
        ({"poll_from": "2026-11-01T00:00:00"}, "poll_from"),
        ({"pol_from": "2026-11-01T00:00:00+08:00"}, "pol_from"),
    ],
)
def test_what_cannot_work_is_refused(change: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError) as error:
        BlueskySettings.model_validate({**PLAIN, **change})
    assert told in str(error.value)
    assert "aaaa-bbbb" not in str(error.value)


@pytest.mark.parametrize("identifier", ["acme.bsky.social", "Acme.Example", "did:plc:abc234", "did:web:acme.example"])
def test_what_names_an_account(identifier: str) -> None:
    assert BlueskySettings.model_validate({**PLAIN, "identifier": identifier}).identifier == identifier


def test_the_plain_settings() -> None:
    settings = BlueskySettings.model_validate(PLAIN)
    assert settings.url == "https://bsky.social" and settings.read_mentions and settings.queries == ()
    assert BlueskySettings.model_validate({**PLAIN, "service": "https://pds.acme.example/"}).url[-1] != "/"
    assert "aaaa" not in repr(settings)
    with pytest.raises(ValidationError):
        settings.identifier = "other.example"  # type: ignore[misc]


def test_every_setting_is_described() -> None:
    assert all(field.description for field in BlueskySettings.model_fields.values())
