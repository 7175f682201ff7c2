"""Fetches feeds: one feed a call, all of them in turn.

A feed that cannot be read is passed over for this round, and named in `Page.gap`: at once where it is gone or refused,
after some rounds where it does not answer. A round in which nothing could be read is an error of the whole source, and
so is any trouble of an only feed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from connectors.rss import coding, entries, feed, window
from connectors.rss.client import Client
from connectors.rss.config import RssSettings, where
from connectors.rss.tour import TELL, Tour
from connectors.rss.window import Known
from vocbot.sdk.errors import Rejected, Retryable
from vocbot.sdk.events import Event
from vocbot.sdk.ports import Context
from vocbot.sdk.wire import Inbound, Page

LOOK_BACK = timedelta(days=30)


class RssPoll:
    """The poll_source port."""

    def __init__(self, settings: RssSettings, context: Context) -> None:
        self._settings = settings
        self._clock = context.clock
        self._client = Client(settings, context.timeout)

    def poll(self, cursor: str | None) -> Page:
        """One feed. Raises Retryable, Rejected or CursorExpired.

        It may take as many time-outs as there are feeds that do not answer.
        """
        now = self._clock.now()
        tour = Tour.load(cursor, self._settings.urls)
        trouble: list[Retryable | Rejected] = []
        said: list[str] = []
        for url in tour.left:
            known = tour.known(url, self._settings.poll_from or now - LOOK_BACK)
            if known.rest is not None and now < known.rest:
                tour = tour.skipped(url)
                continue
            try:
                page = self._page(tour, url, known, now)
            except (Retryable, Rejected) as error:
                trouble.append(error)
                after = error.after if isinstance(error, Retryable) else None
                tour = tour.passed(url, known, self._clock.after_real(after) if after else None)
                if known.missed + 1 == (TELL if isinstance(error, Retryable) else 1):
                    said.append(f"what is new there cannot be read: {error}")
            else:
                return replace(page, gap="; ".join(filter(None, [*said, page.gap])))
        if trouble and (not tour.read or len(self._settings.urls) == 1):
            raise next((error for error in trouble if isinstance(error, Retryable)), trouble[0])
        return Page((), tour.dump(), False, gap="; ".join(said))

    def parse(self, inbound: Inbound) -> Sequence[Event]:
        """The entry in a record. Raises Unparseable."""
        return [entries.read_record(inbound.json(), self._settings.channel, inbound.received_at)]

    def _page(self, tour: Tour, url: str, known: Known, now: datetime) -> Page:
        place = where(url)
        answer = self._client.fetch(url, known.validators)
        if answer.body is None:
            after = tour.took(url, known, more=False)
            return Page((), after.dump(), bool(after.left), known.newest)
        try:
            listed = feed.read(coding.decode(answer.body, answer.content_type), answer.url)
        except feed.NoFeed as error:
            raise Retryable(f"{place}: {error}") from None
        found = window.take(known, entries.named(listed, place), now, answer.validators)
        after = tour.took(url, found.known, found.more)
        return Page(
            records=tuple(
                entries.record(name, entry, place, now if edited else _past(entry.updated, now))
                for name, entry, edited in found.entries
            ),
            cursor=after.dump(),
            more=bool(after.left),
            newest=found.known.newest,
            gap=_lost(place, *found.gap) if found.gap else "",
        )


def _past(time: datetime | None, now: datetime) -> datetime | None:
    return time if time is not None and time <= now else None


def _lost(place: str, begin: datetime | None, end: datetime | None) -> str:
    if begin is None or end is None:
        return f"entries of {place} may be lost: it shows none that was read before"
    between = f"between {begin:%Y-%m-%d %H:%M} and {end:%Y-%m-%d %H:%M} UTC"
    return f"entries of {place} {between} may be lost: it does not show older ones"
