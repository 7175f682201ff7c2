"""Tokens by OAuth's client_credentials: asked for when they are needed, kept while they are good."""

from __future__ import annotations

import threading
import time
import weakref
from urllib.parse import urlsplit

from connectors.http_json.sections import OAuthSettings
from vocbot.sdk import http
from vocbot.sdk.errors import OutcomeUnknown, Rejected, Retryable

LIFE = 600.0  # seconds that a token lives where the answer does not say


class Tokens:
    """The token of one client. Safe for threads; the connections close with the object."""

    def __init__(self, settings: OAuthSettings, timeout: float) -> None:
        self._settings = settings
        parts = urlsplit(settings.token_url)
        self._path = parts.path
        secret = settings.client_secret.get_secret_value()
        # A client of its own: the other one's credentials are not for this host.
        basic = (settings.client_id, secret) if settings.send == "basic" else None
        self._peer = http.client(f"{parts.scheme}://{parts.netloc}", auth=basic, timeout=timeout)
        weakref.finalize(self, self._peer.close)
        self._lock = threading.Lock()
        self._token = ""
        self._until = 0.0  # on the physical clock: it is the peer's time that runs out

    def get(self, stale: str | None = None) -> str:
        """A token that is good for a while; a new one where ours is `stale`, the one that was just refused.

        Raises Retryable or Rejected.
        """
        with self._lock:
            if self._token and self._token != stale and time.monotonic() < self._until:
                return self._token
            asked = {"grant_type": "client_credentials"}
            if self._settings.send == "body":
                asked["client_id"] = self._settings.client_id
                asked["client_secret"] = self._settings.client_secret.get_secret_value()
            if self._settings.scope:
                asked["scope"] = self._settings.scope
            try:
                answer = http.write(self._peer, "POST", self._path, data=asked)
            except OutcomeUnknown as error:
                # A token more or less at the peer changes nothing.
                raise Retryable(str(error)) from None
            try:
                found = answer.json()
            except (ValueError, RecursionError):
                raise Retryable(f"POST {self._path}: the answer is not JSON") from None
            token = found.get("access_token") if isinstance(found, dict) else None
            if not isinstance(token, str) or not token.isascii() or not token.isprintable() or not token:
                raise Rejected(f"POST {self._path}: no access_token in the answer")
            life = found.get("expires_in")
            seconds = float(life) if isinstance(life, int | float) and 0 < life < 1e9 else LIFE
            self._token, self._until = token, time.monotonic() + seconds - min(60.0, seconds / 10)
            return token
