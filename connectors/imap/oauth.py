"""Access tokens for mailboxes that take no passwords any more: asked for when they run out, and never written down."""

from __future__ import annotations

import threading
import time
import weakref

from connectors.imap.config import OAuthSettings
from vocbot.sdk import http
from vocbot.sdk.errors import OutcomeUnknown, Rejected, Retryable

LIFE = 1800.0  # seconds that a token lives where the answer does not say


class Tokens:
    """The access tokens of one mailbox. Safe for threads."""

    def __init__(self, settings: OAuthSettings, timeout: float) -> None:
        self._settings = settings
        self._peer = http.client("", timeout=timeout)
        weakref.finalize(self, self._peer.close)
        self._lock = threading.Lock()
        self._token = ""
        self._until = 0.0  # on the physical clock: it is the provider's time that runs out

    def current(self) -> tuple[str, bool]:
        """A token that is good for a while, and whether it was asked for just now. Raises Retryable or Rejected."""
        with self._lock:
            if self._token and time.monotonic() < self._until:
                return self._token, False
            self._token, seconds = self._ask()
            self._until = time.monotonic() + seconds - min(60.0, seconds / 10)
            return self._token, True

    def forget(self) -> None:
        """The token was refused: ask for another one next time."""
        with self._lock:
            self._token = ""

    def _ask(self) -> tuple[str, float]:
        settings = self._settings
        form = {"grant_type": "client_credentials", "client_id": settings.client_id}
        if settings.refresh_token:
            form |= {"grant_type": "refresh_token", "refresh_token": settings.refresh_token.get_secret_value()}
        if settings.client_secret:
            form["client_secret"] = settings.client_secret.get_secret_value()
        if settings.scope:
            form["scope"] = settings.scope
        try:
            response = http.write(self._peer, "POST", settings.token_url, data=form)
        except OutcomeUnknown as error:  # a token more or less changes nothing
            raise Retryable(str(error)) from None
        try:
            answer = response.json()
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict):
            raise Retryable("the token address does not answer with a JSON object")
        token, life = answer.get("access_token"), answer.get("expires_in")
        if not isinstance(token, str) or not token.isprintable() or not token:
            raise Rejected("the token address gives no access_token")
        try:
            return token, max(1.0, float(life or LIFE))  # some providers write the number as text
        except (TypeError, ValueError, OverflowError):
            return token, LIFE
