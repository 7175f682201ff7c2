"""The wire to one API: credentials, bounded answers, statuses as errors. One attempt a call; it repeats nothing.

Credentials go to the host of the settings and nowhere else: the address of a next page is kept as a path alone, and a
redirect to another host is refused. Answers are read piece by piece, so that a huge one ends before memory does.
"""

from __future__ import annotations

import json
import re
import time
import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import unquote_plus, urlencode, urljoin, urlsplit

import httpx

from connectors.http_json.config import HttpJsonSettings
from connectors.http_json.template import flat
from connectors.http_json.tokens import Tokens
from vocbot.sdk import http
from vocbot.sdk.errors import Rejected, Retryable

REDIRECTS = 3
_ERROR = 65_536  # bytes of an error's page that are read, which leaves the connection fit for the next request
_PORTS = {"http": 80, "https": 443}
_RESETS = ("x-ratelimit-reset", "x-rate-limit-reset", "ratelimit-reset")
_LEFT = ("x-ratelimit-remaining", "x-rate-limit-remaining", "ratelimit-remaining")
_LINK = re.compile(r"<([^<>]*)>([^<]*)")
_REL = re.compile(r';\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))', re.IGNORECASE)


@dataclass(frozen=True)
class Answer:
    """A decoded answer. `link` is the address of the next page in the Link header, "" without one."""

    value: Any
    link: str
    status: int


class Client:
    """Calls one API. Safe for threads; the connections close with the object. `timeout` in seconds, for one answer."""

    def __init__(self, settings: HttpJsonSettings, timeout: float = http.TIMEOUT) -> None:
        self._settings = settings
        self._timeout = timeout
        parts = urlsplit(settings.base_url)
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._place = parts.path.rstrip("/") + settings.path or "/"
        self._secrets = {name: value.get_secret_value() for name, value in settings.secret_params.items()}
        headers = {"Accept": "application/json", **settings.headers}
        headers |= {name: value.get_secret_value() for name, value in settings.secret_headers.items()}
        if settings.bearer:
            headers["Authorization"] = f"Bearer {settings.bearer.get_secret_value()}"
        basic = None
        if settings.username is not None and settings.password:
            basic = (settings.username, settings.password.get_secret_value())
        self._peer = http.client(self._origin, headers=headers, auth=basic, timeout=timeout)
        weakref.finalize(self, self._peer.close)
        self._tokens = Tokens(settings.oauth, timeout) if settings.oauth else None
        self._what = f"{settings.method} {self._place}"

    def ask(self, params: Mapping[str, Any], body: Any) -> Answer:
        """One request for the list. Raises Retryable, Rejected, and Unsendable for a cursor that cannot be sent."""
        pairs = [
            (name, flat(item))
            for name, given in params.items()
            for item in (given if isinstance(given, list) else [given])
        ]
        return self._authorised(self._place, urlencode(pairs), body)

    def follow(self, target: str) -> Answer:
        """One request for the next page, whose path and query `target` is. Raises Retryable or Rejected."""
        place, _, query = target.partition("?")
        return self._authorised(place, query, None)

    def target(self, link: str, what: str = "the next page") -> str:
        """Path and query of an address that the API named, without secrets. Raises Rejected for another host.

        Only these are kept: wherever a cursor comes from, it cannot send credentials elsewhere.
        """
        here = urlsplit(self._origin)
        try:
            parts = urlsplit(urljoin(f"{self._origin}{self._place}", link))
            port = parts.port
        except ValueError:
            raise Retryable(f"{self._what}: the address of {what} cannot be read") from None
        # An API behind a proxy that does TLS for it often calls itself http: asked for is https all the same.
        plain = parts.scheme == "http" and here.scheme == "https" and port in (None, 80)
        port = (here.port or 443) if plain else (port or _PORTS.get(parts.scheme))
        scheme = here.scheme if plain else parts.scheme
        if (scheme, parts.hostname, port) != (here.scheme, here.hostname, here.port or _PORTS[here.scheme]):
            raise Rejected(
                f"{self._what}: {what} lies at another host than base_url; it is not asked for, because the "
                "credentials would go there"
            )
        # as it came: what is decoded and encoded again may be another address
        query = [part for part in parts.query.split("&") if unquote_plus(part.partition("=")[0]) not in self._secrets]
        return (parts.path or "/") + ("?" + "&".join(query) if any(query) else "")

    def _authorised(self, place: str, query: str, body: Any) -> Answer:
        if self._tokens is None:
            return self._once(place, query, body, {})
        token = self._tokens.get()
        try:
            return self._once(place, query, body, {"Authorization": f"Bearer {token}"})
        except Rejected as refusal:
            if refusal.status != 401:
                raise
        return self._once(place, query, body, {"Authorization": f"Bearer {self._tokens.get(stale=token)}"})

    def _once(self, place: str, query: str, body: Any, headers: Mapping[str, str]) -> Answer:
        for _ in range(REDIRECTS + 1):
            whole = "&".join(part for part in (query, urlencode(self._secrets)) if part)
            url = f"{self._origin}{place}" + (f"?{whole}" if whole else "")
            response, raw = self._read(url, body, headers)
            if response.status_code == 204:
                return Answer(None, "", 204)
            if not response.has_redirect_location:
                return Answer(self._decoded(response, raw), _next_link(response), response.status_code)
            if self._settings.method == "POST":
                raise Rejected(f"{self._what}: HTTP {response.status_code} sends us elsewhere", response.status_code)
            place, _, query = self.target(urljoin(url, response.headers["location"]), "a redirect").partition("?")
        raise Rejected(f"{self._what}: more than {REDIRECTS} redirects", response.status_code)

    def _read(self, url: str, body: Any, headers: Mapping[str, str]) -> tuple[httpx.Response, bytes]:
        """The response and its body. Raises Retryable or Rejected for what is neither good nor a redirect."""
        sent: dict[str, Any] = {}
        if body is not None:
            sent = {"data": body} if self._settings.body_type == "form" else {"json": body}
        end = time.monotonic() + self._timeout
        raw = bytearray()
        try:
            with self._peer.stream(self._settings.method, url, headers=headers, **sent) as response:
                for piece in response.iter_bytes():
                    raw += piece
                    if len(raw) > (self._settings.max_bytes if response.is_success else _ERROR):
                        if not response.is_success:
                            break
                        raise Retryable(f"{self._what}: the answer is larger than max_bytes: ask for smaller pages")
                    if time.monotonic() > end:
                        raise Retryable(f"{self._what}: no whole answer in {self._timeout:g} seconds")
        except (httpx.RequestError, httpx.InvalidURL) as error:
            raise Retryable(f"{self._what}: {type(error).__name__}") from None
        if not response.is_success and not response.has_redirect_location:
            self._refuse(response)
        return response, bytes(raw)

    def _refuse(self, response: httpx.Response) -> None:
        status, headers = response.status_code, response.headers
        what = f"{self._what}: HTTP {status}"
        spent = status == 403 and any(headers.get(name, "").strip() == "0" for name in _LEFT)
        if status in (408, 425, 429) or status >= 500 or spent:
            after = http.retry_after(headers.get("retry-after"))
            raise Retryable(what, _reset(headers) if after is None else after)
        raise Rejected(what, status)

    def _decoded(self, response: httpx.Response, raw: bytes) -> Any:
        try:
            return json.loads(_text(raw, response.charset_encoding))
        except (ValueError, LookupError, RecursionError):
            named = response.headers.get("content-type", "").partition(";")[0].strip().lower()
            shown = f" but {named}" if re.fullmatch(r"[a-z]+/[a-z0-9.+-]{1,40}", named) and "json" not in named else ""
            raise Retryable(f"{self._what}: the answer is not JSON{shown}") from None


def _text(raw: bytes, charset: str | None) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        named = (charset or "utf-8").lower()
        return raw.decode("gb18030" if named in ("gbk", "gb2312") else named)


def _next_link(response: httpx.Response) -> str:
    for address, rest in _LINK.findall(response.headers.get("link", "")):
        # the parameters of this link alone: those of the next begin after its own <address>
        named = _REL.search(rest)
        if named and "next" in (named[1] or named[2]).lower().split():
            return str(address).strip()
    return ""


def _reset(headers: httpx.Headers) -> float | None:
    """Seconds until the peer's limit is set back, where a header says when: by seconds, by a point in time."""
    value = next((headers[name].strip() for name in _RESETS if name in headers), "")
    try:
        number = float(value)
    except ValueError:
        try:
            number = datetime.fromisoformat(value).timestamp()
        except (ValueError, OverflowError, OSError):
            return None
    if not 0 <= number < 1e14:
        return None
    number = number / 1000 if number > 1e11 else number
    if number > 1e9:  # a point in time, of the peer's clock: its own Date says what that shows now
        number -= _date(headers)
    return min(http.LONGEST_WAIT, max(0.0, number))


def _date(headers: httpx.Headers) -> float:
    try:
        return parsedate_to_datetime(headers["date"]).timestamp()
    except (KeyError, ValueError, OverflowError):
        return time.time()
