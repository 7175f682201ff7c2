"""The wire to one Bluesky account: XRPC calls, and the errors it answers with. One attempt a call.

The only thing done twice is a call that was refused because the session had ended: nothing happened then.
"""

from __future__ import annotations

import re
import threading
import time
import weakref
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from connectors.bluesky.config import BlueskySettings
from connectors.bluesky.session import SESSION_ENDED, Session, session_of
from vocbot.sdk import http
from vocbot.sdk.errors import OutcomeUnknown, Rejected, Retryable

HINTS = {
    "AuthenticationRequired": "the identifier or the app password is wrong",
    "AuthFactorTokenRequired": "this is the account's own password: make an app password",
    "AccountTakedown": "Bluesky has taken the account down",
    "AccountDeactivated": "the account is deactivated",
}
Params = Mapping[str, str | list[str]]
_NAME = re.compile(r"[A-Za-z]{1,60}")
_COUNT = re.compile(r"[0-9]{1,12}")


class Refused(Rejected):
    """The server said no; `name` is the error's name in the lexicons, "" where it gave none."""

    def __init__(self, message: str, status: int, name: str) -> None:
        super().__init__(message, status)
        self.name = name


class Limits:
    """The scarcest limit that answers told of: `left` is how much is left, of how much. Safe for threads."""

    def __init__(self) -> None:
        self.left: tuple[int, int] | None = None
        self._lock = threading.Lock()

    def note(self, response: httpx.Response) -> None:
        """Take in the headers of an answer."""
        most, left = (response.headers.get(f"ratelimit-{name}", "") for name in ("limit", "remaining"))
        if not (_COUNT.fullmatch(most) and _COUNT.fullmatch(left) and int(most)):
            return
        with self._lock:
            if self.left is None or int(left) / int(most) < self.left[0] / self.left[1]:
                self.left = int(left), int(most)


class Client:
    """Calls one account. Safe for threads; the connections close with the object. `timeout` in seconds."""

    def __init__(self, settings: BlueskySettings, timeout: float = http.TIMEOUT) -> None:
        self.limits = Limits()
        self._peer = http.client(settings.url, timeout=timeout)
        # Not a method of ours: the connections would keep the client alive, and the client them.
        self._peer.event_hooks = {"response": [self.limits.note, _refuse]}
        weakref.finalize(self, self._peer.close)
        self._session: Session = session_of(settings)

    def read(self, name: str, params: Params | None = None) -> Mapping[str, Any]:
        """One query. Raises Retryable (also for an answer that is no JSON object) or Refused."""

        def once(headers: Mapping[str, str]) -> httpx.Response:
            return http.read(self._peer, _path(name), params=params, headers=headers)

        answer = json_object(self._authorised(once))
        if answer is None:
            raise Retryable(f"{name}: the answer is not a JSON object")
        return answer

    def write(self, name: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """One procedure. Raises Refused, Retryable, OutcomeUnknown (also for an answer that is no JSON object)."""

        def once(headers: Mapping[str, str]) -> httpx.Response:
            return http.write(self._peer, "POST", _path(name), json=body, headers=headers)

        answer = json_object(self._authorised(once))
        if answer is None:
            raise OutcomeUnknown(f"{name}: the answer is not a JSON object")
        return answer

    def did(self) -> str:
        """The account's own DID; signs in where nobody has yet. Raises Retryable or Rejected."""
        return self._session.tokens(self._start).did

    def scope(self) -> str:
        """What the access token says it may do, such as com.atproto.appPass; "" where it does not tell."""
        return self._session.tokens(self._start).scope

    def _authorised(self, call: Callable[[Mapping[str, str]], httpx.Response]) -> httpx.Response:
        tokens = self._session.tokens(self._start)
        try:
            return call({"Authorization": f"Bearer {tokens.access}"})
        except Refused as refusal:
            if refusal.name not in SESSION_ENDED:
                raise
        tokens = self._session.tokens(self._start, stale=tokens.access)
        return call({"Authorization": f"Bearer {tokens.access}"})

    def _start(self, name: str, body: Mapping[str, str] | None, bearer: str | None) -> Mapping[str, Any]:
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        try:
            answer = json_object(http.write(self._peer, "POST", _path(name), json=body, headers=headers))
        except OutcomeUnknown as error:
            # A session more or less at the peer changes nothing: the act itself has not been tried.
            raise Retryable(str(error)) from None
        if answer is None:
            raise Retryable(f"{name}: the answer is not a JSON object")
        return answer


def _refuse(response: httpx.Response) -> None:
    """Raise what a refusal means: here its body is at hand, which `http.read` and `http.write` do not look into."""
    status = response.status_code
    if not 400 <= status < 500 or status in (408, 425):
        return
    response.read()
    found = (json_object(response) or {}).get("error")
    name = found if isinstance(found, str) and _NAME.fullmatch(found) else ""
    what = f"{response.request.url.path.removeprefix('/xrpc/')}: {name or f'HTTP {status}'}"
    if status == 429 or name == "RateLimitExceeded":
        raise Retryable(what, _pause(response.headers))
    hint = HINTS.get(name)
    raise Refused(f"{what}, {hint}" if hint else what, status, name)


def _pause(headers: httpx.Headers) -> float | None:
    """Seconds to wait: Retry-After, else until the limit is counted anew, by the server's own clock."""
    found = http.retry_after(headers.get("retry-after"))
    reset = headers.get("ratelimit-reset", "")
    if found is not None or not _COUNT.fullmatch(reset):
        return found
    try:
        now = parsedate_to_datetime(headers.get("date", "")).timestamp()
    except (ValueError, OverflowError, OSError):
        now = time.time()  # its reset is a moment of the physical world, whatever our clock shows
    return min(http.LONGEST_WAIT, max(0.0, int(reset) - now))


def json_object(response: httpx.Response) -> Mapping[str, Any] | None:
    """The JSON object of an answer, None where it is none."""
    try:
        value = response.json()
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _path(name: str) -> str:
    return f"/xrpc/{name}"
