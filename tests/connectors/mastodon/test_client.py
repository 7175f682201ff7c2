"""What the wire makes of answers: how long to wait, what is no answer, what is an id or a time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from connectors.mastodon.client import Client, aware_time, is_id, status_id
from connectors.mastodon.config import MastodonSettings
from connectors.mastodon.server import ME, read_me, read_server
from connectors.mastodon.standin import MastodonStandin
from vocbot.sdk.errors import OutcomeUnknown, Rejected, Retryable
from vocbot.sdk.ports import Context
from vocbot.sdk.testing.clock import HandClock
from vocbot.sdk.testing.standin import Fault

DATE = "Tue, 03 Nov 2026 09:00:00 GMT"


@pytest.fixture
def settings(mastodon: MastodonStandin) -> MastodonSettings:
    return MastodonSettings.model_validate(mastodon.settings())


@pytest.fixture
def client(settings: MastodonSettings, clock: HandClock) -> Client:
    return Client(settings, Context("mastodon", clock, 3.0))


@pytest.mark.parametrize(
    ("headers", "after"),
    [
        ({"X-RateLimit-Reset": "2026-11-03T09:04:30.250000Z", "Date": DATE}, 270.25),
        ({"X-RateLimit-Reset": "2026-11-03T11:04:30+02:00", "Date": DATE}, 270.0),
        ({"X-RateLimit-Reset": "2026-11-03T09:10:00Z"}, 180.0),  # by our clock, which shows 9:07
        ({"X-RateLimit-Reset": "2026-11-03T09:10:00Z", "Date": "some day"}, 180.0),
        ({"X-RateLimit-Reset": "2026-11-03T08:00:00Z", "Date": DATE}, 0.0),
        ({"X-RateLimit-Reset": "2036-11-03T08:00:00Z", "Date": DATE}, 86_400.0),
        ({"X-RateLimit-Reset": "soon", "Date": DATE}, None),
        ({"X-RateLimit-Reset": "2026-11-03T09:10:00", "Date": DATE}, None),
        ({"X-RateLimit-Reset": "2026-11-03T09:04:30Z", "Date": DATE, "Retry-After": "7"}, 7.0),
        ({}, None),
    ],
)
def test_the_servers_own_word_of_how_long_to_wait(
    settings: MastodonSettings, clock: HandClock, respx_mock: Any, headers: dict[str, str], after: float | None
) -> None:
    respx_mock.get(settings.base_url + ME).mock(return_value=httpx.Response(429, headers=headers, json={"error": "x"}))
    with pytest.raises(Retryable) as error:
        Client(settings, Context("mastodon", clock)).one(ME)
    assert error.value.after == after


def test_the_limit_of_the_stand_in_is_waited_for(client: Client, mastodon: MastodonStandin) -> None:
    mastodon.allowed = 0
    with pytest.raises(Retryable) as error:
        client.one(ME)
    assert error.value.after is not None and 0.0 <= error.value.after <= 301.0


@pytest.mark.parametrize("body", [b"<html>", b"", b"null", b"[]", b'"text"', b"7", b'{"a":', b"[" * 100_000])
def test_what_is_no_object_is_no_answer(client: Client, mastodon: MastodonStandin, body: bytes) -> None:
    mastodon.faults.add(Fault("GET", "answer", 200, body=body), Fault("POST", "answer", 200, body=body))
    with pytest.raises(Retryable):
        client.one(ME)
    with pytest.raises(OutcomeUnknown):
        client.post("/api/v1/statuses", {}, "k")


@pytest.mark.parametrize("body", [b"<html>", b"", b"null", b"{}", b'[{"id":'])
def test_what_is_no_list_is_no_page(client: Client, mastodon: MastodonStandin, body: bytes) -> None:
    mastodon.faults.add(Fault("GET", "answer", 200, body=body))
    with pytest.raises(Retryable):
        client.many("/api/v1/notifications", {})


def test_ids() -> None:
    assert is_id("103254962155278888") and is_id("01H9ZZXQ") and is_id("9x-_")
    assert not any(map(is_id, ["", "1/2", "..", "1?x", "x" * 65, "１２", None, 7, "1\n"]))
    for ref in ("", "../x", "1/context"):
        with pytest.raises(Rejected):
            status_id(ref)


def test_times() -> None:
    assert aware_time("2026-11-03T09:07:00.123Z") == datetime(2026, 11, 3, 9, 7, 0, 123_000, tzinfo=UTC)
    assert aware_time("2026-11-03T17:07:00+08:00") == datetime(2026, 11, 3, 9, 7, tzinfo=UTC)
    assert aware_time("0001-01-01T00:00:00+14:00") is None
    assert [aware_time(odd) for odd in (None, 7, "", "2026-11-03T09:07:00", "yesterday")] == [None] * 5


def test_who_we_are_and_where(client: Client, settings: MastodonSettings, mastodon: MastodonStandin) -> None:
    server = read_server(client, settings)
    assert (server.domain, server.characters, server.per_url) == ("social.example", 500, 23)
    assert read_me(client) == mastodon.us.id


def test_servers_that_say_less(client: Client, settings: MastodonSettings, mastodon: MastodonStandin) -> None:
    mastodon.faults.add(Fault("instance", "answer", 404, body={"error": "Not found"}))
    assert read_server(client, settings).domain == settings.base_url.removeprefix("http://")
    for odd in ("many", 0, -1, True, None):
        mastodon.instance = {"domain": "m.example", "configuration": {"statuses": {"max_characters": odd}}}
        assert read_server(client, settings).characters == 500
    mastodon.instance = {"domain": "m.example", "configuration": {"statuses": {"max_characters": 5000}}}
    assert read_server(client, settings).characters == 5000
    mastodon.instance = {"title": "no domain"}
    with pytest.raises(Retryable):
        read_server(client, settings)
    mastodon.faults.add(Fault("verify_credentials", "answer", 200, body={"id": 7}))
    with pytest.raises(Retryable):
        read_me(client)


def test_a_client_closes_with_its_last_user(settings: MastodonSettings, clock: HandClock) -> None:
    client = Client(settings, Context("mastodon", clock))
    peer = client._peer
    del client
    assert peer.is_closed
