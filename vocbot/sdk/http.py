"""Talking HTTP to a peer: one client factory, and one place that decides what an answer means for an outward act.

No retries here: the Delivery owns them.
"""

from __future__ import annotations

import functools
import math
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from vocbot.sdk.errors import OutcomeUnknown, Rejected, Retryable

TIMEOUT = 15.0  # seconds until a request counts as lost
LONGEST_WAIT = 86_400.0  # seconds

# The request never reached the peer's application.
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
# Nothing was sent and never will be: a parameter is far too long, or holds half a character.
_NO_ADDRESS = (httpx.InvalidURL, UnicodeError)


def client(
    base_url: str,
    *,
    headers: Mapping[str, str] | None = None,
    auth: httpx.Auth | tuple[str, str] | None = None,
    timeout: float = TIMEOUT,
) -> httpx.Client:
    """A client for one peer: bounded timeouts, no redirects (a redirected POST turns into a GET)."""
    return httpx.Client(
        base_url=base_url,
        headers={"User-Agent": "vocbot", **(headers or {})},
        auth=auth,
        verify=_trusted(),
        timeout=httpx.Timeout(timeout, connect=min(timeout, 5.0)),
        follow_redirects=False,
    )


@functools.cache
def _trusted() -> ssl.SSLContext:
    """Whom we trust, read once: it takes longer than a request, and every port has a client."""
    return httpx.create_ssl_context()


def retry_after(value: str | None, now: datetime | None = None) -> float | None:
    """Seconds to wait from a Retry-After header, in either of its forms (RFC 9110, 10.2.3); None if unreadable.

    Never more than `LONGEST_WAIT`: a peer that says "in a year" is asked again tomorrow.
    """
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        pass
    else:
        return None if math.isnan(seconds) else min(LONGEST_WAIT, max(0.0, seconds))
    try:
        when = parsedate_to_datetime(value)
    except ValueError:
        return None
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return min(LONGEST_WAIT, max(0.0, (when - (now or datetime.now(UTC))).total_seconds()))


def write(peer: httpx.Client, method: str, url: str, **kwargs: Any) -> httpx.Response:
    """One attempt at a call that changes something.

    Raises Retryable (nothing happened: no connection, 429, 503), Rejected (4xx, redirect), OutcomeUnknown (the
    request left and no usable answer came: timeout, broken connection, other 5xx).
    """
    try:
        response = peer.request(method, url, **kwargs)
    except _NOT_SENT as error:
        raise Retryable(f"{method} {_where(url)}: no connection ({type(error).__name__})") from None
    except httpx.RequestError as error:  # DecodingError, too: an answer nobody can read is none
        raise OutcomeUnknown(f"{method} {_where(url)}: no answer ({type(error).__name__})") from None
    except _NO_ADDRESS as error:
        raise Rejected(f"{method} {_where(url)}: not an address ({type(error).__name__})") from None
    if response.is_success:
        return response
    if response.status_code >= 500 and response.status_code != 503:
        raise OutcomeUnknown(f"{method} {_where(url)}: HTTP {response.status_code}")
    _refuse(method, url, response)
    return response


def read(peer: httpx.Client, url: str, **kwargs: Any) -> httpx.Response:
    """One attempt at a GET. Raises Retryable (network, 429, 5xx) or Rejected (other 4xx; 404 too)."""
    try:
        response = peer.get(url, **kwargs)
    except httpx.RequestError as error:
        raise Retryable(f"GET {_where(url)}: {type(error).__name__}") from None
    except _NO_ADDRESS as error:
        raise Rejected(f"GET {_where(url)}: not an address ({type(error).__name__})") from None
    if not response.is_success:
        _refuse("GET", url, response)
    return response


def _refuse(method: str, url: str, response: httpx.Response) -> None:
    what = f"{method} {_where(url)}: HTTP {response.status_code}"
    if response.status_code in (408, 425, 429) or response.status_code >= 500:
        raise Retryable(what, retry_after(response.headers.get("retry-after")))
    raise Rejected(what, response.status_code)


def _where(url: str) -> str:
    """The address without its query, which may hold personal data."""
    return url.split("?", 1)[0]
