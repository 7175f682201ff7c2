"""What an answer of the server means."""

from __future__ import annotations

import gc
import time
import weakref
from email.utils import formatdate
from typing import Any

import httpx
import pytest

from connectors.bluesky.client import Client, Refused
from connectors.bluesky.config import BlueskySettings
from connectors.bluesky.standin import BlueskyStandin
from vocbot.sdk.errors import OutcomeUnknown, Rejected, Retryable
from vocbot.sdk.testing.standin import Fault

NAME = "com.atproto.server.getSession"


@pytest.fixture
def client(settings: BlueskySettings) -> Client:
    return Client(settings, 3.0)


@pytest.mark.parametrize(
    ("fault", "raised", "told"),
    [
        (Fault("getSession", "answer", 400, body={"error": "InvalidRequest", "message": "words"}), Refused, "Invalid"),
        (Fault("getSession", "answer", 404, body=b"<html>words</html>"), Refused, "HTTP 404"),
        (Fault("getSession", "answer", 403, body={"error": "no name words"}), Refused, "HTTP 403"),
        (Fault("getSession", "answer", 401, body={"error": ["words"]}), Refused, "HTTP 401"),
        (Fault("getSession", "answer", 302, {"Location": "/words"}), Rejected, "HTTP 302"),
        (Fault("getSession", "answer", 502, body={"error": "UpstreamFailure"}), Retryable, "HTTP 502"),
        (Fault("getSession", "answer", 408), Retryable, "HTTP 408"),
        (Fault("getSession", "drop"), Retryable, "getSession"),
        (Fault("getSession", "answer", 200, body=b"{"), Retryable, "not a JSON"),
        (Fault("getSession", "answer", 200, body=[]), Retryable, "not a JSON"),
    ],
)
def test_a_read(bluesky: BlueskyStandin, client: Client, fault: Fault, raised: type[Exception], told: str) -> None:
    bluesky.faults.add(fault)
    with pytest.raises(raised, match=told) as error:
        client.read(NAME)
    assert type(error.value) is raised and "words" not in str(error.value)
    assert client.read(NAME)["active"] is True


@pytest.mark.parametrize(
    ("status", "body", "raised"),
    [
        (400, {"error": "InvalidRequest"}, Refused),
        (429, {"error": "RateLimitExceeded"}, Retryable),
        (400, {"error": "RateLimitExceeded"}, Retryable),
        (503, {"error": "NotEnoughResources"}, Retryable),
        (500, {"error": "InternalServerError"}, OutcomeUnknown),
        (200, b"<html>", OutcomeUnknown),
    ],
)
def test_a_write(bluesky: BlueskyStandin, client: Client, status: int, body: Any, raised: type[Exception]) -> None:
    bluesky.faults.add(Fault("createRecord", "answer", status, body=body))
    with pytest.raises(raised) as error:
        client.write("com.atproto.repo.createRecord", {"repo": client.did()})
    assert type(error.value) is raised


@pytest.mark.parametrize(
    ("headers", "after"),
    [
        ({"Retry-After": "7", "RateLimit-Reset": "9999999999"}, 7.0),
        ({"RateLimit-Reset": "1000000060", "Date": formatdate(1_000_000_000, usegmt=True)}, 60.0),
        ({"RateLimit-Reset": "999", "Date": formatdate(1_000_000_000, usegmt=True)}, 0.0),
        ({"RateLimit-Reset": "999999999999", "Date": formatdate(1_000_000_000, usegmt=True)}, 86_400.0),
        ({"RateLimit-Reset": "soon"}, None),
        ({"RateLimit-Reset": "1e9"}, None),
        ({}, None),
    ],
)
def test_how_long_to_wait(client: Client, headers: dict[str, str], after: float | None) -> None:
    request = httpx.Request("GET", "http://127.0.0.1/xrpc/x?q=words")
    response = httpx.Response(429, headers=headers, json={"error": "RateLimitExceeded"}, request=request)
    with pytest.raises(Retryable) as error:
        client._peer.event_hooks["response"][1](response)
    assert error.value.after == after
    assert "words" not in str(error.value)


def test_without_a_date_the_own_clock_counts(client: Client) -> None:
    headers = {"RateLimit-Reset": str(int(time.time()) + 50), "Date": "yesterday"}
    response = httpx.Response(429, headers=headers, request=httpx.Request("GET", "http://127.0.0.1/xrpc/x"))
    with pytest.raises(Retryable) as error:
        client._peer.event_hooks["response"][1](response)
    assert error.value.after is not None and 45 < error.value.after <= 50


def test_the_scarcest_limit_is_remembered(client: Client) -> None:
    def note(**headers: str) -> tuple[int, int] | None:
        client.limits.note(httpx.Response(200, headers={f"RateLimit-{k}": v for k, v in headers.items()}))
        return client.limits.left

    assert note() is None
    assert note(Limit="0", Remaining="0") is None
    assert note(Limit="3000", Remaining="2999") == (2999, 3000)
    assert note(Limit="30", Remaining="12") == (12, 30)
    assert note(Limit="3000", Remaining="2000") == (12, 30)
    assert note(Limit="x", Remaining="-1") == (12, 30)


def test_a_client_closes_its_connections(settings: BlueskySettings) -> None:
    client = Client(settings)
    peer, gone = client._peer, weakref.ref(client)
    del client
    gc.collect()
    assert gone() is None and peer.is_closed
