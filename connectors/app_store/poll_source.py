"""Fetches reviews: one page of one country a call, through all countries in turn.

A country that cannot be read is passed over for this round, so that it does not hold up the others. Two in a row
without an answer mean that it is the peer that has trouble, and so does a round in which nothing could be read.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from connectors.app_store import reviews, window
from connectors.app_store.client import Beyond, Client, Unreadable
from connectors.app_store.config import AppStoreSettings
from connectors.app_store.tour import Tour
from vocbot.sdk.errors import Rejected, Retryable
from vocbot.sdk.events import Event
from vocbot.sdk.incremental import Item
from vocbot.sdk.ports import Context
from vocbot.sdk.wire import Inbound, Page

LOOK_BACK = timedelta(days=30)


class AppStorePoll:
    """The poll_source port."""

    def __init__(self, settings: AppStoreSettings, context: Context) -> None:
        self._settings = settings
        self._clock = context.clock
        self._client = Client(settings, context.timeout)

    def poll(self, cursor: str | None) -> Page:
        """One page. Raises Retryable, Rejected or CursorExpired."""
        tour = Tour.load(cursor, self._settings.countries)
        trouble: list[Retryable | Rejected] = []
        unanswered, said = 0, []
        for country in tour.left:
            try:
                page = self._page(tour, country)
            except (Retryable, Rejected) as error:
                trouble.append(error)
                unanswered = 0 if isinstance(error, Unreadable | Rejected) else unanswered + 1
                if unanswered == 2:
                    break
                tour = tour.passed(country)
                if tour.silent(country):
                    said.append(f"reviews of {country} cannot be read for a while now ({error})")
            else:
                return Page(
                    page.records, page.cursor, page.more, page.newest, "; ".join(filter(None, [*said, page.gap]))
                )
        others = tour.read and len(self._settings.countries) > 1
        if trouble and (unanswered == 2 or not others):
            raise next((error for error in trouble if isinstance(error, Retryable)), trouble[0])
        return Page((), tour.dump(), False, gap="; ".join(said))

    def parse(self, inbound: Inbound) -> Sequence[Event]:
        """The review in a record. Raises Unparseable."""
        return [reviews.read_record(inbound.json())]

    def _page(self, tour: Tour, country: str) -> Page:
        now = self._clock.now()
        reading = tour.reading(country, self._settings.poll_from or now - LOOK_BACK)
        place = window.Place.of(reading)
        ended = False
        try:
            entries = self._client.entries(country, place.page)
        except Beyond:
            entries, ended = [], True
        if not entries and place.page == 1 and reading.seen:
            raise Unreadable(f"the feed of {country} is empty and had reviews before")
        # By name, because a page may list the same review twice.
        listed = {
            (made := reviews.record(country, entry)).event_id: (made, reviews.written(entry)) for entry in entries
        }
        records = [record for record, _ in listed.values()]
        times = [time for _, time in listed.values()]
        # One without a time is as good as one of now: its name decides whether it is new.
        items = [Item(time or now, name) for name, (_, time) in listed.items()]
        step = window.take(reading, items, now, ended)
        after = tour.took(country, step.reading)
        return Page(
            records=tuple(records[n] for n in step.new),
            cursor=after.dump(),
            more=bool(after.left),
            newest=max((time for time in times if time is not None and time <= now), default=None),
            gap=f"reviews of {country} {_between(*step.gap)} may be lost: the feed ends there" if step.gap else "",
        )


def _between(begin: datetime, end: datetime) -> str:
    return f"between {begin:%Y-%m-%d %H:%M} and {end:%Y-%m-%d %H:%M} UTC"
