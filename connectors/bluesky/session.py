"""Sessions, kept: signing in is limited to 30 in five minutes and 300 in a day, so all ports of an account share one.

An access token lives about two hours and is renewed with its refresh token; only where that has ended, too, is the
password sent again. Nothing here talks to anybody by itself: who asks for tokens brings the way to start a session.
"""

from __future__ import annotations

import base64
import hashlib
import threading
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from connectors.bluesky.config import BlueskySettings
from vocbot.sdk.errors import Rejected, Retryable

CREATE, REFRESH = "com.atproto.server.createSession", "com.atproto.server.refreshSession"
SESSION_ENDED = frozenset({"ExpiredToken", "InvalidToken"})

# Called with a procedure's name, its body and the token to show; raises Retryable or Rejected.
Start = Callable[[str, Mapping[str, str] | None, str | None], Mapping[str, Any]]


@dataclass(frozen=True)
class Tokens:
    """What signing in brought."""

    did: str
    access: str = field(repr=False)
    refresh: str = field(repr=False)

    @property
    def scope(self) -> str:
        """The scope that stands in the access token; "" where it is not readable, as it may be anything."""
        try:
            part = self.access.split(".")[1]
            found = msgspec.json.decode(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        except (IndexError, ValueError):
            return ""
        scope = found.get("scope") if isinstance(found, dict) else None
        return scope if isinstance(scope, str) else ""


class Session:
    """The one session of an account in this process. Safe for threads."""

    def __init__(self, settings: BlueskySettings) -> None:
        self._login = {
            "identifier": settings.identifier,
            "password": settings.app_password.get_secret_value(),
        }
        self._lock = threading.Lock()
        self._tokens: Tokens | None = None

    def tokens(self, start: Start, stale: str | None = None) -> Tokens:
        """Tokens to call with; new ones where the access token is `stale`, the one that was just refused."""
        with self._lock:
            if self._tokens is None or self._tokens.access == stale:
                self._tokens = self._renewed(start) or _read(start(CREATE, self._login, None), CREATE)
            return self._tokens

    def _renewed(self, start: Start) -> Tokens | None:
        if self._tokens is None:
            return None
        try:
            return _read(start(REFRESH, None, self._tokens.refresh), REFRESH)
        except Rejected as refusal:
            if getattr(refusal, "name", "") not in SESSION_ENDED:
                raise
        return None


_SESSIONS: weakref.WeakValueDictionary[str, Session] = weakref.WeakValueDictionary()
_SESSIONS_LOCK = threading.Lock()


def session_of(settings: BlueskySettings) -> Session:
    """The session for these settings, shared as long as a port holds it."""
    login = "\0".join((settings.url, settings.identifier, settings.app_password.get_secret_value()))
    key = hashlib.sha256(login.encode("utf-8", "surrogatepass")).hexdigest()
    with _SESSIONS_LOCK:
        found = _SESSIONS.get(key)
        if found is None:
            found = _SESSIONS[key] = Session(settings)
        return found


def _read(answer: Mapping[str, Any], name: str) -> Tokens:
    did, access, refresh = (answer.get(part) for part in ("did", "accessJwt", "refreshJwt"))
    if not (isinstance(did, str) and did.startswith("did:") and isinstance(access, str) and isinstance(refresh, str)):
        raise Retryable(f"{name}: no session in the answer")
    # A header takes nothing else, and an odd character would break every call that follows.
    if not all(token and token.isascii() and token.isprintable() for token in (access, refresh)):
        raise Retryable(f"{name}: no session in the answer")
    return Tokens(did, access, refresh)
