"""The wire to Apple's public feeds: one page of one country's reviews, or why it could not be had.

There is no contract, and answers are of many shapes: what cannot be understood is a reason to come back, never a reason
to believe that there is nothing.
"""

from __future__ import annotations

import json
import weakref
from collections.abc import Mapping
from typing import Any

from connectors.app_store.config import AppStoreSettings
from vocbot.sdk import http
from vocbot.sdk.errors import Rejected, Retryable


class Unreadable(Retryable):
    """This country's list cannot be read now, which says nothing of the others."""


class Beyond(Rejected):
    """The feed does not go as far as this page."""


class Client:
    """Reads the feeds of one app. Safe for threads; the connections close with the object. `timeout` in seconds."""

    def __init__(self, settings: AppStoreSettings, timeout: float = http.TIMEOUT) -> None:
        self._app = settings.app_id
        self._peer = http.client(settings.url, timeout=timeout)
        weakref.finalize(self, self._peer.close)

    def entries(self, country: str, page: int) -> list[Any]:
        """What the feed lists on a page, youngest first; [] at its end, and now and then where there is something.

        Raises Retryable, Unreadable, Rejected, Beyond.
        """
        path = f"/{country}/rss/customerreviews/page={page}/id={self._app}/sortby=mostrecent/json"
        try:
            answer = self._read(path)
        except Rejected as refusal:
            if refusal.status == 400 and page > 1:  # as it answers page 11
                raise Beyond(str(refusal), refusal.status) from None
            raise
        feed = answer.get("feed")
        if not isinstance(feed, dict):
            raise Unreadable(f"GET {path}: no feed in the answer")
        found = feed.get("entry")
        if isinstance(found, dict):  # one review alone is not in a list
            found = [found]
        if found is not None and not isinstance(found, list):
            raise Unreadable(f"GET {path}: entry is no list")
        return [entry for entry in found or () if not _is_app(entry)]

    def sold(self, country: str) -> bool:
        """Whether the store of `country` knows the app."""
        answer = self._read("/lookup", {"id": str(self._app), "country": country})
        count = answer.get("resultCount")
        if not isinstance(count, int):
            raise Unreadable("GET /lookup: no count in the answer")
        return count > 0

    def _read(self, path: str, params: Mapping[str, str] | None = None) -> Mapping[str, Any]:
        try:
            response = http.read(self._peer, path, params=params)
        except Rejected as refusal:
            if refusal.status == 403:  # there are no credentials that could be wrong: it is about how often we ask
                raise Retryable(str(refusal)) from None
            raise
        try:
            answer = json.loads(response.content)
        except (ValueError, RecursionError):
            raise Unreadable(f"GET {path}: the answer is not JSON") from None
        if not isinstance(answer, dict):
            raise Unreadable(f"GET {path}: the answer is not a JSON object")
        return answer


def _is_app(entry: object) -> bool:
    """Whether an entry is the app itself, which once stood before its reviews."""
    return isinstance(entry, dict) and "im:rating" not in entry and ("im:name" in entry or "im:artist" in entry)
