"""Asks the API for its first page and says whether the settings fit what comes. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from urllib.parse import urlsplit

from connectors.http_json.config import HttpJsonSettings
from connectors.http_json.paging import Position
from connectors.http_json.poll_source import HttpJsonPoll
from vocbot.sdk.errors import Rejected, Retryable, Unparseable
from vocbot.sdk.events import Ignored
from vocbot.sdk.incremental import Reading
from vocbot.sdk.ports import Context, Finding
from vocbot.sdk.wire import Inbound, Record

_DOUBTS = ("nothing found", "cannot be read", "no number", "fails", "nothing can be read")


class HttpJsonCheck:
    """The checkable port."""

    def __init__(self, settings: HttpJsonSettings, context: Context) -> None:
        self._settings = settings
        self._clock = context.clock
        self._poll = HttpJsonPoll(settings, context)

    def check(self) -> Sequence[Finding]:
        """The address, the mapping, the first page and its first item."""
        return [*self._written(), *self._asked()]

    def _written(self) -> Iterator[Finding]:
        settings = self._settings
        parts = urlsplit(settings.base_url)
        if parts.scheme == "http" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
            yield Finding(
                "warning", "base_url is http", "credentials and customers' words can be read on the way: https"
            )
        if settings.map.id is None:
            yield Finding("warning", "map.id is not set", "an item comes again when anything in it changes: map its id")
        if settings.listed_by is None:
            yield Finding("warning", "map.time is not set", "the whole list is read each time: map its time")
        elif "since" not in settings.sent and settings.reading.order != "descending":
            hint = (
                "put '{since}' into params where the API takes it, or set reading.order if it lists the youngest first"
            )
            yield Finding("warning", "every poll reads the whole list", hint)

    def _asked(self) -> Iterator[Finding]:
        now = self._clock.now()
        reading = Reading(self._settings.reading.beginning(now))
        try:
            listed = self._poll.look(reading, Position(self._settings.paging.kind), now)
            page = self._poll.poll(None)
        except Rejected as error:
            yield Finding("error", f"refused: {error}", "check the credentials, path and params")
            return
        except Retryable as error:
            yield Finding("error", f"no usable answer: {error}", "check base_url, path, items and paging")
            return
        yield Finding("ok", f"the API answers with {len(listed.raw)} items on its first page")
        if not page.records:
            hint = "if there should be some, look at reading.poll_from, reading.order, tz and the params"
            yield Finding("ok", f"nothing of them was written since {reading.at:%Y-%m-%d}", hint)
        yield from self._order([time for time in listed.times if time is not None])
        if listed.records:
            yield from self._first(listed.records[0])

    def _order(self, times: Sequence[datetime]) -> Iterator[Finding]:
        """Whether the list runs the other way than it is said to, which would end reading too early."""
        told = self._settings.reading.order
        rising = all(a <= b for a, b in pairwise(times))
        falling = all(a >= b for a, b in pairwise(times))
        if len(set(times)) >= 3 and ((told == "descending" and rising) or (told == "ascending" and falling)):
            what = "oldest" if rising else "youngest"
            hint = "set reading.order as the API lists, or ask for the order by params"
            yield Finding("error", f"reading.order is {told}, and the API lists the {what} first", hint)

    def _first(self, record: Record) -> Iterator[Finding]:
        try:
            (event,) = self._poll.parse(Inbound("poll", record.event_id, record.body, {}, self._clock.now()))
        except Unparseable as error:
            yield Finding("error", f"the first item cannot be read: {error}", "correct map")
            return
        yield Finding("ok", "the first item has no words" if isinstance(event, Ignored) else "the first item is read")
        for line in self._poll.explain(record):
            if any(sign in line for sign in _DOUBTS):
                yield Finding("warning", line, "right if only some items have it")
