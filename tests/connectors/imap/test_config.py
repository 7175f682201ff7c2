"""Settings: what fits together, and what a person is told otherwise."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from connectors.imap.config import ImapSettings

PLAIN: dict[str, Any] = {
    "host": "imap.acme.example",
    "username": "help@acme.example",
    "password": "the-password",
    "own_addresses": ["Help@Acme.example"],
}
OAUTH = {"token_url": "https://login.example/token", "client_id": "app", "client_secret": "the-client-secret"}


def test_the_least_there_is_to_say() -> None:
    settings = ImapSettings.model_validate(PLAIN)
    assert (settings.port, settings.security, settings.folders) == (993, "tls", ("INBOX",))
    assert settings.own_addresses == ("help@acme.example",)
    assert settings.own_domains == {"acme.example"}
    assert "the-password" not in repr(settings)


def test_notice_domains_take_the_place_of_the_addresses_domains() -> None:
    settings = ImapSettings.model_validate(PLAIN | {"notice_domains": ["Mail.acme.example"], "sent_folder": "Sent"})
    assert settings.own_domains == {"mail.acme.example"}
    assert settings.folders == ("INBOX", "Sent")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"security": "none"}, "on this machine only"),
        ({"password": None}, "one of password, oauth_token and oauth"),
        ({"oauth_token": "x"}, "one of password, oauth_token and oauth"),
        ({"oauth": OAUTH}, "one of password, oauth_token and oauth"),
        ({"password": None, "oauth": OAUTH | {"client_secret": None}}, "refresh_token"),
        ({"password": None, "oauth": OAUTH | {"token_url": "http://login.example/token"}}, "https"),
        ({"own_addresses": []}, "at least 1"),
        ({"own_addresses": ["acme.example"]}, "not the address"),
        ({"own_addresses": ["a@b.example, c@d.example"]}, "not the address"),
        ({"sent_folder": "INBOX"}, "another folder"),
        ({"folder": " "}, "name of a folder"),
        ({"folder": "a\r\nb"}, "name of a folder"),
        ({"host": "imap.acme.example/x"}, "pattern"),
        ({"password": "two\r\nlines"}, "in one line"),
        ({"since": "2026-11-03T00:00:00"}, "timezone"),
        ({"since": "1969-01-01T00:00:00Z"}, "before 1971"),
        ({"size_limit": 10}, "greater than"),
        ({"notice_domains": ["a b"]}, "pattern"),
        ({"tpyo": 1}, "not permitted"),
    ],
)
def test_what_does_not_fit(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        ImapSettings.model_validate(PLAIN | changes)
    assert said in str(caught.value)
    assert "the-password" not in str(caught.value)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1"])
def test_this_machine_needs_no_encryption(host: str) -> None:
    assert ImapSettings.model_validate(PLAIN | {"host": host, "security": "none"}).security == "none"


def test_each_field_is_described() -> None:
    assert all(field.description for field in ImapSettings.model_fields.values())
