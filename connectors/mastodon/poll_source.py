"""Fetches posts that mention us and posts with our hashtags: one page of one stream a call, in turn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from connectors.mastodon import statuses, streams
from connectors.mastodon.client import Client, aware_time, is_id
from connectors.mastodon.config import MastodonSettings
from connectors.mastodon.server import read_me, read_server
from vocbot.sdk.events import Event
from vocbot.sdk.ports import Context
from vocbot.sdk.wire import Inbound, Page, Record

NOTIFICATIONS = "/api/v1/notifications"
TAG = "/api/v1/timelines/tag/"
MENTIONS = "@"  # the name of that stream in the cursor; a hashtag's is the tag itself
LOOK_BACK = timedelta(days=30)

# Without include_filtered, what the account's own filters hold back is left out: by default, private messages of
# people whom the account does not follow.
_MENTIONS: Mapping[str, str] = {"types[]": "mention", "include_filtered": "true", "limit": "80"}
_POSTS: Mapping[str, str] = {"limit": "40"}


class MastodonPoll:
    """The poll_source port."""

    def __init__(self, settings: MastodonSettings, context: Context) -> None:
        self._settings = settings
        self._clock = context.clock
        self._client = Client(settings, context)
        self._names = ((MENTIONS,) if settings.read_mentions else ()) + settings.hashtags
        self._who: tuple[str, str] | None = None

    def poll(self, cursor: str | None) -> Page:
        """One page of one stream. Raises Retryable, Rejected, or CursorExpired for what is no cursor of ours."""
        mark = streams.Mark.load(cursor)
        now = self._clock.now()
        name = mark.turn if mark.turn in self._names else self._names[0]
        me, domain = self._who or self._ask_who()
        stream = mark.streams.get(name) or self._fresh(name, now)
        if not stream.low:
            backward = {"max_id": stream.page} if stream.page else {}
            items = [item for item, _, _ in self._list(name, backward, me, domain)]
            found = stream.search([item for item in items if item.id], self._start(now))
            mark, more = mark.moved(name, found, self._names)
            return Page((), mark.dump(), more)
        listed = self._list(name, {"min_id": stream.page or stream.low}, me, domain)
        new, stream = stream.take([item for item, _, _ in listed if item.id], now)
        # What has no id cannot be told from what was read before; it is rather listed twice than not at all.
        taken = [(record, time) for item, record, time in listed if not item.id or item in new]
        mark, more = mark.moved(name, stream, self._names)
        times = [time for _, time in taken if time is not None]
        return Page(tuple(record for record, _ in taken), mark.dump(), more, max(times, default=None))

    def parse(self, inbound: Inbound) -> Sequence[Event]:
        """The meaning of one post. Raises Unparseable."""
        return (statuses.read(inbound.json(), self._settings.hashtags, self._settings.include_bots),)

    def _ask_who(self) -> tuple[str, str]:
        self._who = read_me(self._client), read_server(self._client, self._settings).domain
        return self._who

    def _start(self, now: datetime) -> datetime:
        return min(self._settings.poll_from or now - LOOK_BACK, now)

    def _fresh(self, name: str, now: datetime) -> streams.Stream:
        """A stream that was never read. Notifications are merely counted: when one was made, its id does not say."""
        return streams.Stream() if name == MENTIONS else streams.Stream(streams.first_id(self._start(now)))

    def _list(
        self, name: str, where: Mapping[str, str], me: str, domain: str
    ) -> list[tuple[streams.Item, Record, datetime | None]]:
        """A page, oldest first: items with an empty id where they have none, their records and the posts' times."""
        mentions = name == MENTIONS
        path = NOTIFICATIONS if mentions else TAG + name
        found = []
        for told in reversed(self._client.many(path, {**(_MENTIONS if mentions else _POSTS), **where})):
            item = told if isinstance(told, dict) else {}
            status = item.get("status") if mentions and item else told
            kind = item.get("type") if mentions and item else "mention"
            record = statuses.record(status, me, domain, kind)
            ident = item.get("id")
            inner = status.get("created_at") if isinstance(status, dict) else None
            place = streams.Item(
                ident if isinstance(ident, str) and is_id(ident) else "",
                aware_time(item.get("created_at")),
                record.event_id[-16:],
            )
            found.append((place, record, aware_time(inner)))
        return found
