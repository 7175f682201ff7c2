"""Asks every feed whether entries will come, and says what makes reading it harder. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from connectors.rss import coding, feed
from connectors.rss.client import Client
from connectors.rss.config import RssSettings, where
from vocbot.sdk.errors import Rejected, Retryable
from vocbot.sdk.ports import Context, Finding


class RssCheck:
    """The checkable port."""

    def __init__(self, settings: RssSettings, context: Context) -> None:
        self._settings = settings
        self._client = Client(settings, context.timeout)

    def check(self) -> Sequence[Finding]:
        """For each feed: whether it answers, how young its entries are, where it moved, what it lacks."""
        return [finding for url in self._settings.urls for finding in self._feed(url)]

    def _feed(self, url: str) -> Iterator[Finding]:
        place = where(url)
        try:
            answer = self._client.fetch(url)
            listed = feed.read(coding.decode(answer.body or b"", answer.content_type), answer.url)
        except feed.NoFeed as error:
            yield Finding(
                "error", f"{place}: {error}", "find the address of the feed itself, often under /feed or /rss"
            )
            return
        except (Rejected, Retryable) as error:
            yield Finding("error", str(error), "take the feed out if it is gone; set headers if it wants credentials")
            return
        newest = max((entry.latest for entry in listed if entry.latest), default=None)
        if not listed:
            yield Finding("warning", f"{place}: no entries", "fine for a feed where nothing was posted yet")
        else:
            yield Finding(
                "ok", f"{place}: {len(listed)} entries" + (f", the newest of {newest:%Y-%m-%d}" if newest else "")
            )
        if answer.moved is not None:
            yield Finding("warning", f"{place} has moved to {where(answer.moved)}", "set the new address")
        if any(entry.published is None for entry in listed):
            yield Finding("warning", f"{place}: entries without a time", "they count on the day when they are read")
        if not all(entry.id or entry.link for entry in listed):
            hint = "one that is edited comes as a new entry, not as a change of the old one"
            yield Finding("warning", f"{place}: entries without a name or link", hint)
        if self._settings.headers and url.startswith("http:"):
            yield Finding("warning", f"{place}: headers are sent without encryption", "use https")
