"""The wire to one Zendesk account: authorisation and JSON. One attempt a call; who calls decides what comes next.

The only thing done twice is a call that was refused with 401: nothing happened then, and a new token is asked for once.
"""

from __future__ import annotations

import re
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import httpx

from connectors.zendesk.config import ZendeskSettings
from vocbot.sdk import http
from vocbot.sdk.errors import OutcomeUnknown, Rejected, Retryable

SCOPE = "read write"  # ticket audits need the global read scope, "tickets:read" is refused
LIFE = 1800.0  # seconds that a token lives where the answer does not say (30 minutes for new clients since 2026-02)
PAGES = 100
_ID = re.compile(r"[0-9]{1,20}")


class Client:
    """Calls one account. Safe for threads; the connections close with the object. `timeout` in seconds."""

    def __init__(self, settings: ZendeskSettings, timeout: float = http.TIMEOUT) -> None:
        self.url = settings.url
        self._settings = settings
        basic = None
        if settings.email and settings.api_token:
            basic = (f"{settings.email}/token", settings.api_token.get_secret_value())
        self._peer = http.client(settings.url, auth=basic, timeout=timeout)
        weakref.finalize(self, self._peer.close)
        self._lock = threading.Lock()
        self._token = ""
        self._until = 0.0  # on the physical clock: it is the vendor's time that runs out

    def read(self, path: str, params: Mapping[str, str] | None = None) -> Mapping[str, Any]:
        """One GET. Raises Retryable (also for an answer that is no JSON object, such as a proxy's page) or Rejected."""

        def once(headers: Mapping[str, str]) -> httpx.Response:
            return http.read(self._peer, path, params=params, headers=headers)

        answer = _object(self._authorised(once))
        if answer is None:
            raise Retryable(f"GET {path}: the answer is not a JSON object")
        return answer

    def write(self, method: str, path: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """One write. Raises Rejected, Retryable (409 too: somebody was faster, nothing changed), OutcomeUnknown."""

        def once(headers: Mapping[str, str]) -> httpx.Response:
            return http.write(self._peer, method, path, json=body, headers=headers)

        try:
            answer = _object(self._authorised(once))
        except Rejected as refusal:
            if refusal.status == 409:
                raise Retryable(str(refusal)) from None
            raise
        if answer is None:
            raise OutcomeUnknown(f"{method} {path}: the answer is not a JSON object")
        if "error" in answer:
            raise Rejected(f"{method} {path}: an error in the answer")
        return answer

    def pages(self, path: str, params: Mapping[str, str], name: str) -> Iterator[Mapping[str, Any]]:
        """The objects under `name` on every page of a list, up to the 100 pages that Zendesk serves."""
        for page in range(1, PAGES + 1):
            answer = self.read(path, {**params, "per_page": "100", "page": str(page)})
            found = answer.get(name)
            if not isinstance(found, list):
                # Never "nothing there": who looks for a key would then send a second time.
                raise Retryable(f"GET {path}: no {name} in the answer")
            yield from (item for item in found if isinstance(item, dict))
            if not answer.get("next_page"):
                return

    def _authorised(self, call: Callable[[Mapping[str, str]], httpx.Response]) -> httpx.Response:
        if self._settings.client_id is None:
            return call({})
        token = self._bearer(stale=None)
        try:
            return call({"Authorization": f"Bearer {token}"})
        except Rejected as refusal:
            if refusal.status != 401:
                raise
        return call({"Authorization": f"Bearer {self._bearer(stale=token)}"})

    def _bearer(self, stale: str | None) -> str:
        """A token that is good for a while; a new one where ours is `stale`, the one that was just refused."""
        with self._lock:
            if self._token and self._token != stale and time.monotonic() < self._until:
                return self._token
            secret = self._settings.client_secret
            assert secret is not None and self._settings.client_id is not None
            body = {
                "grant_type": "client_credentials",
                "client_id": self._settings.client_id,
                "client_secret": secret.get_secret_value(),
                "scope": SCOPE,
            }
            try:
                answer = _object(http.write(self._peer, "POST", "/oauth/tokens", json=body)) or {}
            except OutcomeUnknown as error:
                # A token more or less at the peer changes nothing: the act itself has not been tried.
                raise Retryable(str(error)) from None
            token, life = answer.get("access_token"), answer.get("expires_in")
            if not isinstance(token, str) or not token:
                raise Rejected("POST /oauth/tokens: no token in the answer")
            seconds = float(life) if isinstance(life, int | float) and life > 0 else LIFE
            self._token, self._until = token, time.monotonic() + seconds - min(60.0, seconds / 10)
            return token


def number(ref: str, what: str) -> str:
    """`ref` where it is an id of Zendesk's; anything else must not become part of an address. Raises Rejected."""
    if not _ID.fullmatch(ref):
        raise Rejected(f"not the id of a Zendesk {what}")
    return ref


def _object(response: httpx.Response) -> Mapping[str, Any] | None:
    try:
        value = response.json()
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
