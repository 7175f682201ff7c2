"""The wire to one Mastodon server: the token, JSON, and waiting as long as the server asks. One attempt a call."""

from __future__ import annotations

import re
import weakref
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from connectors.mastodon.config import MastodonSettings
from vocbot.sdk import http
from vocbot.sdk.errors import OutcomeUnknown, Rejected, Retryable
from vocbot.sdk.ports import Context

_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")


class Client:
    """Calls one server as one account. Safe for threads; the connections close with the object."""

    def __init__(self, settings: MastodonSettings, context: Context) -> None:
        headers = {"Authorization": f"Bearer {settings.access_token.get_secret_value()}"}
        self._peer = http.client(settings.base_url, headers=headers, timeout=context.timeout)
        weakref.finalize(self, self._peer.close)
        clock = context.clock  # not `self`: the hook would keep the object alive
        self._peer.event_hooks = {"response": [lambda response: _say_how_long(response, clock.now())]}

    def one(self, path: str) -> Mapping[str, Any]:
        """One GET of an object. Raises Retryable (also for an answer that is none) or Rejected."""
        value = _json(http.read(self._peer, path))
        if not isinstance(value, dict):
            raise Retryable(f"GET {path}: the answer is not a JSON object")
        return value

    def many(self, path: str, params: Mapping[str, str]) -> Sequence[Any]:
        """One GET of a list. Raises Retryable (also for an answer that is none) or Rejected."""
        value = _json(http.read(self._peer, path, params=params))
        if not isinstance(value, list):
            raise Retryable(f"GET {path}: the answer is not a JSON list")
        return value

    def post(self, path: str, body: Mapping[str, Any], key: str) -> Mapping[str, Any]:
        """One POST that the server does once for each `key` (for an hour).

        Raises Rejected, Retryable (nothing happened), OutcomeUnknown.
        """
        value = _json(http.write(self._peer, "POST", path, json=body, headers={"Idempotency-Key": key}))
        if not isinstance(value, dict):
            raise OutcomeUnknown(f"POST {path}: the answer is not a JSON object")
        return value


def status_id(ref: str) -> str:
    """`ref` where it can be the id of a post; anything else must not become part of an address. Raises Rejected."""
    if not is_id(ref):
        raise Rejected("not the id of a post on Mastodon")
    return ref


def is_id(value: object) -> bool:
    """Whether `value` can be an id: a number for Mastodon, letters and digits for its relatives, text for all."""
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def aware_time(value: object) -> datetime | None:
    """A time of the API; None for what is none or has no zone."""
    try:
        time = datetime.fromisoformat(value) if isinstance(value, str) else None
        return time.astimezone(UTC) if time is not None and time.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def _say_how_long(response: httpx.Response, now: datetime) -> None:
    """Mastodon says when calls are allowed again in a header of its own; said as Retry-After, all understand it.

    Both times are the server's own where it tells the date, so that its clock and ours may differ.
    """
    if response.status_code != 429 or "retry-after" in response.headers:
        return
    reset = aware_time(response.headers.get("x-ratelimit-reset"))
    if reset is None:
        return
    try:
        said = parsedate_to_datetime(response.headers.get("date", ""))
    except ValueError:
        said = now
    said = said if said.tzinfo else said.replace(tzinfo=UTC)
    response.headers["retry-after"] = str(max(0.0, (reset - said).total_seconds()))


def _json(response: httpx.Response) -> Any:
    try:
        return response.json()
    except (ValueError, RecursionError):
        return None
