"""Reads what is said to the account (mentions, answers, quotes) and what searches find, the youngest first.

Each list is a stream with a mark of its own in the cursor; a call reads one page of one stream.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec

from connectors.bluesky import posts
from connectors.bluesky.client import Client, Refused
from connectors.bluesky.config import BlueskySettings
from vocbot.sdk.errors import CursorExpired, Rejected, Retryable
from vocbot.sdk.events import Event
from vocbot.sdk.incremental import Item, Reading
from vocbot.sdk.ports import Context
from vocbot.sdk.wire import Inbound, Page, Record

NOTIFICATIONS, SEARCH = "app.bsky.notification.listNotifications", "app.bsky.feed.searchPosts"
LIMIT = "100"
LOOK_BACK = timedelta(days=7)
# Posts may be listed late, at the time that their author gave them: a queue of an app, a server that was cut off.
LAG = timedelta(hours=3)


@dataclass(frozen=True)
class Stream:
    """One list that is read: `name` keeps its mark in the cursor, `what` is what people call it."""

    name: str
    what: str
    call: str
    items: str
    params: Mapping[str, str | list[str]]
    since: bool = False  # whether the server takes a lower bound


def streams(settings: BlueskySettings) -> tuple[Stream, ...]:
    """Everything that these settings ask to read. Searches are called by their number: logs need not show them."""
    found = []
    if settings.read_mentions:
        # Without priority the account's own choice counts, which may show nothing but people it follows.
        params: dict[str, str | list[str]] = {"reasons": list(posts.REASONS), "priority": "false"}
        found.append(Stream("mentions", "notifications", NOTIFICATIONS, "notifications", params))
    for number, query in enumerate(settings.queries, 1):
        for lang in settings.langs or ("",):
            params = {"q": query, "sort": "latest", **({"lang": lang} if lang else {})}
            what = f"search {number}" + (f" in {lang}" if lang else "")
            found.append(Stream(f"search:{lang}:{query}", what, SEARCH, "posts", params, since=True))
    return tuple(found)


class _Kept(msgspec.Struct):
    turn: str
    marks: dict[str, str]


class BlueskyPoll:
    """The poll_source port."""

    def __init__(self, settings: BlueskySettings, context: Context) -> None:
        self._settings = settings
        self._clock = context.clock
        self._client = Client(settings, context.timeout)
        self._streams = streams(settings)
        self._failed: str | None = None  # passed over once, so that a broken search does not hold up the others

    def poll(self, cursor: str | None) -> Page:
        """One page of the stream whose turn it is. Raises Retryable, Rejected, CursorExpired."""
        kept = _load(cursor)
        names = [stream.name for stream in self._streams]
        place = names.index(kept.turn) if kept.turn in names else 0
        passed = names[place] == self._failed
        if passed:
            place = (place + 1) % len(names)
        stream, self._failed = self._streams[place], names[place]
        records, newest, reading = self._read(stream, Reading.load(kept.marks.get(stream.name), self._beginning()))
        self._failed = None
        unread = reading.page is not None
        turn = names[place if unread else (place + 1) % len(names)]
        marks = {name: mark for name, mark in kept.marks.items() if name in names} | {stream.name: reading.dump()}
        after = msgspec.json.encode(_Kept(turn, marks)).decode()
        more = unread or place + 1 < len(names)
        # Who was passed over is asked again, at once only where that cannot go round in circles.
        return Page(records, after, more or (passed and after != cursor), newest)

    def parse(self, inbound: Inbound) -> Sequence[Event]:
        """The meaning of a record. Raises Unparseable."""
        return [posts.meaning(inbound.json(), self._settings.hidden_labels)]

    def _read(self, stream: Stream, reading: Reading) -> tuple[tuple[Record, ...], datetime | None, Reading]:
        now, us = self._clock.now(), self._client.did()
        answer, reading = self._ask(stream, reading)
        found = answer.get(stream.items)
        if not isinstance(found, list):
            raise Retryable(f"{stream.what}: no {stream.items} in the answer")
        since = reading.since(LAG)
        records = [posts.record_of(post, us) for post in found]
        times = [posts.listed(post, since) for post in found]
        items = [Item(time, record.event_id) for time, record in zip(times, records, strict=True)]
        token = answer.get("cursor") or None
        if token is not None and not isinstance(token, str):
            raise Retryable(f"{stream.what}: the page token is none")
        more = token not in (None, reading.page) and not reading.reaches(items, LAG)
        new, reading = reading.step(items, token if more else None, now, LAG)
        newest = max((times[n] for n in new if times[n] <= now), default=None)
        return tuple(records[n] for n in new), newest, reading

    def _ask(self, stream: Stream, reading: Reading) -> tuple[Mapping[str, Any], Reading]:
        """A page, and the reading that it belongs to: one that begins anew where the page token has expired."""
        try:
            return self._page(stream, reading), reading
        except Refused as refusal:
            if refusal.status != 400 or reading.page is None:
                raise _named(stream, refusal) from None
        begun = reading.restarted()
        try:
            answer = self._page(stream, begun)
        except Refused as refusal:
            raise _named(stream, refusal) from None
        if answer.get("cursor") == reading.page:
            raise Retryable(f"{stream.what}: the server does not take the page token that it gives")
        return answer, begun

    def _page(self, stream: Stream, reading: Reading) -> Mapping[str, Any]:
        params = {**stream.params, "limit": LIMIT}
        if stream.since:
            # Whole times only: the server does not take the bare dates that its description allows.
            params["since"] = posts.stamp(reading.since(LAG))
        if reading.page is not None:
            params["cursor"] = reading.page
        return self._client.read(stream.call, params)

    def _beginning(self) -> datetime:
        now = self._clock.now()
        return min(self._settings.poll_from or now - LOOK_BACK, now)


def _named(stream: Stream, refusal: Refused) -> Rejected:
    return Rejected(f"{stream.what}: {refusal}", refusal.status)


def _load(cursor: str | None) -> _Kept:
    if cursor is None:
        return _Kept("", {})
    try:
        return msgspec.json.decode(cursor, type=_Kept)
    except ValueError:  # also msgspec's own errors
        raise CursorExpired("the cursor is none of this connector's") from None
