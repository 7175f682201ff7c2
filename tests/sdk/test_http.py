"""The table that decides what an answer means: did it happen, may it be tried again, is it over."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx
import pytest
import respx

from vocbot.sdk.errors import OutcomeUnknown, Rejected, Retryable
from vocbot.sdk.http import client, read, retry_after, write

BASE = "https://peer.example"
SECRET = "s3cret-in-query"

SUCCESS = [200, 201, 202, 204]
REFUSED = [301, 302, 303, 307, 308, 400, 401, 403, 404, 405, 409, 410, 413, 415, 422, 451]
LATER = [408, 425, 429, 503]
UNSURE = [500, 501, 502, 504, 520, 599]

NOT_SENT = [httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol]
LOST = [
    httpx.ReadTimeout,
    httpx.WriteTimeout,
    httpx.ReadError,
    httpx.WriteError,
    httpx.CloseError,
    httpx.RemoteProtocolError,
    httpx.LocalProtocolError,
    httpx.ProxyError,
]


@pytest.fixture
def peer() -> httpx.Client:
    return client(BASE, headers={"authorization": "Bearer token-of-ours"})


def answered(status: int | Exception, headers: dict[str, str] | None = None) -> respx.Route:
    route = respx.route(host="peer.example")
    if isinstance(status, Exception):
        return route.mock(side_effect=status)
    return route.mock(return_value=httpx.Response(status, headers=headers, text=SECRET))


@pytest.mark.parametrize("status", SUCCESS)
@respx.mock
def test_success_is_handed_back(peer: httpx.Client, status: int) -> None:
    answered(status)
    assert write(peer, "POST", "/a", json={}).status_code == status
    assert read(peer, "/a").status_code == status


@pytest.mark.parametrize("status", REFUSED)
@respx.mock
def test_no_means_no(peer: httpx.Client, status: int) -> None:
    route = answered(status, {"location": "https://peer.example/elsewhere"})
    for act in (lambda: write(peer, "PUT", f"/a?q={SECRET}"), lambda: read(peer, f"/a?q={SECRET}")):
        with pytest.raises(Rejected) as caught:
            act()
        assert caught.value.status == status
        assert SECRET not in str(caught.value)
        assert f"/a: HTTP {status}" in str(caught.value)
    assert route.call_count == 2  # one attempt each, no redirect followed


@pytest.mark.parametrize("status", LATER)
@respx.mock
def test_later_means_that_nothing_happened(peer: httpx.Client, status: int) -> None:
    route = answered(status, {"retry-after": "17"})
    for act in (lambda: write(peer, "POST", "/a"), lambda: read(peer, "/a")):
        with pytest.raises(Retryable) as caught:
            act()
        assert caught.value.after == 17.0
    assert route.call_count == 2


@pytest.mark.parametrize("status", UNSURE)
@respx.mock
def test_a_broken_server_may_have_worked(peer: httpx.Client, status: int) -> None:
    answered(status)
    with pytest.raises(OutcomeUnknown, match=f"POST /a: HTTP {status}"):
        write(peer, "POST", f"/a?{SECRET}")
    with pytest.raises(Retryable) as caught:
        read(peer, "/a")
    assert caught.value.after is None


@pytest.mark.parametrize("kind", NOT_SENT)
@respx.mock
def test_what_never_left_may_be_tried_again(peer: httpx.Client, kind: type[httpx.TransportError]) -> None:
    answered(kind(SECRET))
    for act in (lambda: write(peer, "POST", "/a"), lambda: read(peer, "/a")):
        with pytest.raises(Retryable) as caught:
            act()
        assert kind.__name__ in str(caught.value)
        assert SECRET not in str(caught.value)
        assert caught.value.__suppress_context__


@pytest.mark.parametrize("kind", LOST)
@respx.mock
def test_what_left_without_an_answer_stays_open(peer: httpx.Client, kind: type[httpx.TransportError]) -> None:
    answered(kind(SECRET))
    with pytest.raises(OutcomeUnknown) as caught:
        write(peer, "POST", f"/a?q={SECRET}")
    assert str(caught.value) == f"POST /a: no answer ({kind.__name__})"
    with pytest.raises(Retryable):
        read(peer, "/a")


def test_the_table_covers_every_transport_error_of_httpx() -> None:
    def leaves(kind: type[Exception]) -> set[type[Exception]]:
        below = kind.__subclasses__()
        return {kind} if not below else set().union(*map(leaves, below))

    assert leaves(httpx.TransportError) <= {*NOT_SENT, *LOST}


NOW = datetime(2026, 11, 3, 9, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        ("0", 0.0),
        ("1.5", 1.5),
        ("-3", 0.0),
        ("Tue, 03 Nov 2026 09:08:30 GMT", 90.0),
        ("Tue, 03 Nov 2026 17:08:30 +0800", 90.0),
        ("Tue, 03 Nov 2026 09:08:30 -0000", 90.0),
        ("Tue, 03 Nov 2026 09:00:00 GMT", 0.0),
        ("", None),
        (None, None),
        ("soon", None),
        ("2026-11-03", None),
    ],
)
def test_retry_after_in_both_forms(value: str | None, seconds: float | None) -> None:
    assert retry_after(value, NOW) == seconds


def test_a_client_has_bounded_timeouts_and_follows_nothing() -> None:
    peer = client(BASE, timeout=3)
    assert (peer.timeout.connect, peer.timeout.read, peer.timeout.write, peer.timeout.pool) == (3, 3, 3, 3)
    assert client(BASE).timeout.connect == 5.0
    assert not peer.follow_redirects
    assert peer.headers["user-agent"] == "vocbot"


@pytest.mark.parametrize("value", ["x" * 100_000, "half \ud83d"])
def test_what_cannot_be_part_of_an_address_is_refused_here(peer: httpx.Client, value: str) -> None:
    for act in (lambda: read(peer, "/a", params={"q": value}), lambda: write(peer, "POST", "/a", params={"q": value})):
        with pytest.raises(Rejected, match="not an address") as caught:
            act()
        assert value not in str(caught.value)


def test_clients_share_what_takes_long_to_read() -> None:
    one, other = client(BASE), client(BASE)
    assert one._transport._pool._ssl_context is other._transport._pool._ssl_context  # type: ignore[attr-defined]
