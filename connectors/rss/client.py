"""The wire to feeds: one GET, asked so that an unchanged feed costs nothing, followed to where it moved, bounded.

Redirects are followed by hand: a header that is secret goes to the configured address only, nothing leads from https
back to http, and nothing leads into a private network.
"""

from __future__ import annotations

import ipaddress
import time
import weakref
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

import httpx

from connectors.rss.config import RssSettings, origin, where
from vocbot.sdk import http
from vocbot.sdk.errors import Rejected, Retryable

LARGEST = 4 << 20  # bytes of a feed, after unpacking
REDIRECTS = 3
PERMANENT = (301, 308)
TEMPORARY = (302, 303, 307)
ACCEPT = "application/atom+xml, application/rss+xml, application/rdf+xml, application/xml;q=0.9, */*;q=0.1"


class TooLarge(Rejected):
    """The feed is larger than we read."""


@dataclass(frozen=True)
class Validators:
    """What a feed said last of its version; empty strings where it said nothing."""

    etag: str = ""
    modified: str = ""


@dataclass(frozen=True)
class Answer:
    """A feed's bytes, None where it is unchanged. `url` is where it was found; `moved`, where it says it lives now."""

    url: str
    body: bytes | None = None
    content_type: str = ""
    validators: Validators = Validators()
    moved: str | None = None


class Client:
    """Fetches feeds. Safe for threads; the connections close with the object. `timeout` in seconds."""

    def __init__(self, settings: RssSettings, timeout: float = http.TIMEOUT) -> None:
        self._headers = {name: secret.get_secret_value() for name, secret in settings.headers.items()}
        self._peer = http.client("", headers={"Accept": ACCEPT, "Accept-Encoding": "gzip"}, timeout=timeout)
        self._longest = 2 * timeout  # of one answer: who sends a byte now and then would keep us for hours
        weakref.finalize(self, self._peer.close)

    def fetch(self, url: str, last: Validators = Validators()) -> Answer:
        """The feed at `url`. Raises Retryable or Rejected (404 and 410 with their status)."""
        at, permanent, moved = url, True, None
        for _ in range(REDIRECTS + 1):
            answer, target = self._get(url, at, last)
            if answer is not None:
                return Answer(at, answer.body, answer.content_type, answer.validators, moved)
            assert target is not None
            place, forever = target
            permanent = permanent and forever
            at = _followed(url, at, place)
            moved = at if permanent else moved
        raise Rejected(f"{where(url)}: more than {REDIRECTS} redirects")

    def _get(self, url: str, at: str, last: Validators) -> tuple[Answer | None, tuple[str, bool] | None]:
        """An answer, or where it is said to be and whether for ever."""
        headers = {"If-None-Match": last.etag, "If-Modified-Since": last.modified}
        headers = {name: value for name, value in headers.items() if value}
        if origin(at) == origin(url):
            headers.update(self._headers)
        until = time.monotonic() + self._longest
        try:
            with self._peer.stream("GET", at, headers=headers) as response:
                if response.status_code in (*PERMANENT, *TEMPORARY):
                    return None, (response.headers.get("location", ""), response.status_code in PERMANENT)
                if response.status_code == 304 and (last.etag or last.modified):
                    return Answer(at, None, validators=last), None
                if response.status_code != 200:
                    raise _refused(at, response)
                return _answer(at, response, _body(at, response, until)), None
        except httpx.RequestError as error:
            raise Retryable(f"{where(at)}: no answer ({type(error).__name__})") from None
        except httpx.InvalidURL:  # httpx looks where a redirect leads even if it does not follow
            raise Rejected(f"{where(at)}: redirects to no address of a feed") from None


def _body(at: str, response: httpx.Response, until: float) -> bytes:
    parts, size = [], 0
    for part in response.iter_bytes():
        size += len(part)
        if size > LARGEST:
            raise TooLarge(f"{where(at)}: the feed is larger than {LARGEST >> 20} MB")
        if time.monotonic() > until:
            raise Retryable(f"{where(at)}: the answer takes too long")
        parts.append(part)
    return b"".join(parts)


def _answer(at: str, response: httpx.Response, body: bytes) -> Answer:
    validators = Validators(_plain(response.headers.get("etag")), _plain(response.headers.get("last-modified")))
    return Answer(at, body, response.headers.get("content-type", ""), validators)


def _plain(value: str | None) -> str:
    """A header that can be sent back as it came; "" for any other."""
    return value if value and len(value) <= 200 and value.isascii() and value.isprintable() else ""


def _refused(at: str, response: httpx.Response) -> Retryable | Rejected:
    what, status = f"{where(at)}: HTTP {response.status_code}", response.status_code
    # Below 400 it is a success without a feed in it, or a 304 that nobody asked for.
    if status < 400 or status in (408, 425, 429) or status >= 500:
        return Retryable(what, http.retry_after(response.headers.get("retry-after")))
    return Rejected(what, status)


def _followed(url: str, at: str, place: str) -> str:
    """Where a redirect leads. Raises Rejected for where we do not follow."""
    try:
        target = urljoin(at, place)
        parts = urlsplit(target)
        httpx.URL(target)
        known = origin(target)
    except (ValueError, httpx.InvalidURL):
        raise Rejected(f"{where(at)}: redirects to no address") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
        raise Rejected(f"{where(at)}: redirects to no address of a feed")
    if urlsplit(at).scheme == "https" and parts.scheme == "http":
        raise Rejected(f"{where(at)}: redirects from https to http")
    if known != origin(url) and _private(parts.hostname):
        raise Rejected(f"{where(at)}: redirects into a private network")
    return target


def _private(host: str) -> bool:
    """Whether a host is named as a place inside; names that only resolve to one are not looked up."""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return host == "localhost" or host.endswith((".localhost", ".local", ".internal")) or "." not in host
