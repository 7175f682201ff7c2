"""Fetches the tickets that changed, with their requesters: what webhooks lost, and what they do not carry.

The cursor-based incremental export: 10 requests a minute, admins only, the last minute is never in it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from connectors.zendesk import tickets
from connectors.zendesk.client import Client
from connectors.zendesk.config import ZendeskSettings
from connectors.zendesk.webhook_source import ZendeskWebhooks
from vocbot.sdk.errors import CursorExpired, Rejected, Retryable, Unparseable
from vocbot.sdk.events import Event
from vocbot.sdk.ports import Context
from vocbot.sdk.wire import Inbound, Page, Record

PATH = "/api/v2/incremental/tickets/cursor"
LOOK_BACK = timedelta(days=30)
YOUNGEST = timedelta(seconds=61)  # start_time must lie more than a minute back
UNKNOWN = (400, 404, 410, 422)  # what a cursor that Zendesk cannot read is answered with
START = "start:"  # our own cursor while Zendesk has not given one

# A user record also tells of logins and more: only this is kept, so that a login makes no new record.
USER = ("id", "name", "email", "phone", "locale", "role")


class ZendeskPoll:
    """The poll_source port."""

    def __init__(self, settings: ZendeskSettings, context: Context) -> None:
        self._settings = settings
        self._clock = context.clock
        self._client = Client(settings, context.timeout)
        self._reader = ZendeskWebhooks(settings, context)

    def poll(self, cursor: str | None) -> Page:
        """One page. Raises Retryable (`after` is told at the tenth call in a minute), Rejected, CursorExpired."""
        at = cursor or f"{START}{self._beginning()}"
        where = {"start_time": at.removeprefix(START)} if at.startswith(START) else {"cursor": at}
        try:
            answer = self._client.read(PATH, {**where, "include": "users"})
        except Rejected as refusal:
            if "cursor" in where and refusal.status in UNKNOWN:
                raise CursorExpired(f"GET {PATH}: the cursor is not known there") from None
            raise
        found = answer.get("tickets")
        if not isinstance(found, list):
            raise Retryable(f"GET {PATH}: no tickets in the answer")
        listed = answer.get("users")
        users = {
            tickets.text(user, "id"): {name: user.get(name) for name in USER}
            for user in (listed if isinstance(listed, list) else ())
            if isinstance(user, dict)
        }
        records = tuple(_record(ticket, users) for ticket in found if isinstance(ticket, dict))
        after = tickets.text(answer, "after_cursor") or at
        # Without a cursor that moved there is nothing to go on with, whatever end_of_stream says.
        more = answer.get("end_of_stream") is False and after != at
        return Page(records, after, more, _newest(found, self._clock.now()))

    def parse(self, inbound: Inbound) -> Sequence[Event]:
        """A polled ticket reads like one that a trigger sends. Raises Unparseable."""
        return self._reader.parse(inbound)

    def _beginning(self) -> int:
        now = self._clock.now()
        return int(min(self._settings.poll_from or now - LOOK_BACK, now - YOUNGEST).timestamp())


def _record(ticket: Mapping[str, Any], users: Mapping[str, Mapping[str, Any]]) -> Record:
    user = users.get(tickets.text(ticket, "requester_id"))
    # Escaped, because a lone surrogate in a customer's text cannot be written as UTF-8.
    body = json.dumps({"ticket": ticket, "users": [user] if user else []}, sort_keys=True).encode()
    # generated_timestamp moves with every touch of the system; what we read has not changed then.
    seen = json.dumps({**ticket, "generated_timestamp": None, "user": user}, sort_keys=True).encode()
    return Record(f"ticket:{tickets.text(ticket, 'id')}:{hashlib.sha256(seen).hexdigest()[:24]}", body)


def _newest(found: Sequence[Any], now: datetime) -> datetime | None:
    times = []
    for ticket in found:
        if isinstance(ticket, dict):
            with suppress(Unparseable):  # parse will say so of this one
                times.append(tickets.moment(ticket, "updated_at"))
    return min(now, max(times)) if times else None
