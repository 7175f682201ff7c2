"""Fetches the list page by page, and reads on where the last poll was.

The cursor is a `Reading` whose page token is a `Position`. A sweep ends at the end of the list, or where a list with
the youngest first reaches what is known.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from connectors.http_json import explain, template
from connectors.http_json.client import Answer, Client
from connectors.http_json.config import HttpJsonSettings
from connectors.http_json.expression import lack, there
from connectors.http_json.items import Items
from connectors.http_json.paging import Paging, Position
from connectors.http_json.times import EARLIEST, write_time
from vocbot.sdk import mapping
from vocbot.sdk.errors import CursorExpired, Rejected, Retryable, Unparseable
from vocbot.sdk.events import Event
from vocbot.sdk.incremental import Item, Reading
from vocbot.sdk.ports import Context
from vocbot.sdk.wire import Inbound, Page, Record

_LOST = (400, 404, 410, 422)  # how peers say that they do not know a cursor any more
_RESTARTS = 3  # in an hour, for one sweep
_HOUR = 3600.0
_CODE = re.compile(r"[A-Za-z0-9_.:-]{1,40}")


class CursorLost(Exception):
    """The peer does not know the cursor that we sent; `error` is how it said so."""

    def __init__(self, error: Rejected | Retryable) -> None:
        super().__init__(str(error))
        self.error = error


@dataclass(frozen=True)
class Listed:
    """A page as it came: the answer, its items as records, and the times by which they are listed."""

    answer: Answer
    raw: Sequence[Any]
    records: Sequence[Record]
    times: Sequence[datetime | None]


class HttpJsonPoll:
    """The poll_source port."""

    def __init__(self, settings: HttpJsonSettings, context: Context) -> None:
        self._settings = settings
        self._clock = context.clock
        self._client = Client(settings, context.timeout)
        self._items = Items(settings)
        self._paging = Paging(settings.paging)

    def poll(self, cursor: str | None) -> Page:
        """One page. Raises Retryable, Rejected, or CursorExpired for a cursor that is none of ours."""
        now = self._clock.now()
        reading = Reading.load(cursor, self._settings.reading.beginning(now))
        if not all(EARLIEST.year <= time.year < 2200 for time in (reading.at, reading.begun, reading.ahead) if time):
            raise CursorExpired("the cursor is none of this connector's")
        position = Position.load(reading.page, self._settings.paging.kind)
        try:
            listed = self.look(reading, position, now)
        except CursorLost as lost:
            return self._begin_anew(reading, position, lost, now)
        return self._page(reading, position, listed, now)

    def parse(self, inbound: Inbound) -> Sequence[Event]:
        """The Feedback of an item. Raises Unparseable."""
        return [self._items.read(inbound.json(), inbound.received_at)]

    def explain(self, record: Record) -> Sequence[str]:
        """What each mapping found in the item of a record: a line for each, without any value.

        For `vocbot connectors try`; not a part of the port. Raises Unparseable.
        """
        item = Inbound("poll", record.event_id, record.body, {}, self._clock.now()).json()
        return tuple(explain.lines(self._items, item))

    def look(self, reading: Reading, position: Position, now: datetime) -> Listed:
        """The page at `position`, before anything is left out. Raises Retryable, Rejected or CursorLost."""
        answer = self._ask(reading, position, now)
        found = [] if self._is_over(answer) else self._found(answer.value)
        return Listed(answer, found, [*map(self._items.record, found)], [*map(self._items.listed, found)])

    def _ask(self, reading: Reading, position: Position, now: datetime) -> Answer:
        settings = self._settings
        here = self._paging.here(position)
        kind = settings.paging.kind
        try:
            if kind == "link" and position.number:
                answer = self._client.follow(here)
            else:
                since = max(EARLIEST, min(reading.since(settings.reading.late), now))
                form = settings.reading.since_format
                values = {
                    "since": write_time(since, form, settings.zone),
                    "now": write_time(now, form, settings.zone),
                    "limit": settings.paging.size,
                    kind: here,
                }
                params, body = template.fill(settings.params, values), template.fill(settings.body, values)
                answer = self._client.ask(params, body)
        except template.Unsendable as misfit:
            raise Retryable(f"the next page's {kind} has no form in which it could be sent: {misfit}") from None
        except Rejected as refusal:
            if position.number and kind in ("page", "offset") and refusal.status in settings.paging.end_statuses:
                return Answer(None, "", refusal.status or 404)
            if position.number and kind in ("cursor", "link") and refusal.status in _LOST:
                raise CursorLost(refusal) from None
            raise
        self._refuse(answer, position)
        return answer

    def _refuse(self, answer: Answer, position: Position) -> None:
        """Raise what an error in a good answer means; its text stays out, only a code is named."""
        error = self._settings.error
        if error is None or self._is_over(answer):
            return
        try:
            if not mapping.holds(error.when, answer.value, f"error.when ({error.when})"):
                return
            code = mapping.find(error.code or error.when, answer.value, f"error.code ({error.code})")
        except Unparseable as misfit:
            raise Retryable(str(misfit)) from None
        plain = isinstance(code, str | int) and not isinstance(code, bool) and _CODE.fullmatch(str(code))
        said = f"the API answers with an error{f', code {code}' if plain else ''} (error.when: {error.when})"
        if str(code) in map(str, error.lost_cursor) and position.number:
            raise CursorLost(Retryable(said))
        raise Rejected(said) if str(code) in map(str, error.rejected) else Retryable(said)

    def _found(self, value: Any) -> list[Any]:
        expression = self._settings.items
        try:
            found = mapping.find(expression, value, f"items ({expression})")
        except Unparseable as misfit:
            raise Retryable(str(misfit)) from None
        if not isinstance(found, list):
            instead = lack(expression, value) if found is None else there(found)
            raise Retryable(f"items ({expression}) finds no list in the answer; {instead}")
        return found

    def _page(self, reading: Reading, position: Position, listed: Listed, now: datetime) -> Page:
        settings, lag = self._settings.reading, self._settings.reading.late
        # One without a time moves nothing: its name alone decides whether it is new.
        items = [Item(time or reading.at, r.event_id) for r, time in zip(listed.records, listed.times, strict=True)]
        after = None if self._is_over(listed.answer) else self._after(position, listed)
        if settings.order == "descending" and reading.reaches(items, lag):
            after = None
        more, gap = after is not None, ""
        new, moved = reading.step(items, after.dump() if after else None, now, lag)
        if after is not None and after.number >= settings.max_pages:
            if self._can_jump(moved):
                _, moved = moved.step((), None, now, lag)
            elif not self._jumps:
                after, more = None, False
                new, moved = reading.step(items, None, now, lag)
                gap = f"the list has more than reading.max_pages ({settings.max_pages}) pages: the rest was not read"
        newest = max((time for time in listed.times if time is not None and time <= now), default=None)
        taken = tuple(listed.records[n] for n in new if self._items.wanted(listed.raw[n]))
        return Page(taken, moved.dump(), more, newest, gap)

    def _after(self, position: Position, listed: Listed) -> Position | None:
        after = self._paging.after(
            position, listed.answer.value, listed.answer.link, [record.event_id for record in listed.records]
        )
        if after is not None and after.kind == "link":
            after = after.pointing(self._client.target(after.get()))
        return after

    def _is_over(self, answer: Answer) -> bool:
        """Whether the status alone says that there is nothing: no content, or a page beyond the last."""
        return answer.status in (204, *self._settings.paging.end_statuses)

    @property
    def _jumps(self) -> bool:
        """Whether a sweep may end early, because the next can ask for what follows."""
        return self._settings.reading.order == "ascending" and "since" in self._settings.sent

    def _can_jump(self, reading: Reading) -> bool:
        return self._jumps and reading.ahead is not None and reading.ahead > reading.at

    def _begin_anew(self, reading: Reading, position: Position, lost: CursorLost, now: datetime) -> Page:
        """The sweep from its first page, with what it found so far kept as known; or, in an ascending list, from there.

        Raises what the peer said where it forgets cursors again and again: then something else is wrong.
        """
        if self._can_jump(reading):
            _, moved = reading.step((), None, now, self._settings.reading.late)
            return Page((), moved.dump(), True)
        long_ago = now.timestamp() - position.lost_at > _HOUR
        if position.lost >= _RESTARTS and not long_ago:
            raise lost.error
        count = 1 if long_ago else position.lost + 1
        first = Position(position.kind, lost=count, lost_at=now.timestamp())
        return Page((), replace(reading, page=first.dump()).dump(), True)
