"""An entry as a record, and what the record means. Nothing here talks to anybody.

A *record* is {"feed": host and path, "changed": time or null, "entry": {...}} with the parts of `feed.Entry`.
"""

from __future__ import annotations

import hashlib
import html
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from connectors.rss.feed import Entry
from connectors.rss.window import content
from vocbot.sdk.errors import Unparseable
from vocbot.sdk.events import Author, Event, Feedback, Ignored
from vocbot.sdk.wire import Record

LAST_REVISION = 2**31 - 1  # what the store of revisions holds
LONGEST_NAME = 150
_WORLDWIDE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+$")
_TAG = re.compile(r"<[^<>]{0,2000}>")


def named(listed: Sequence[Entry], feed: str) -> dict[str, Entry]:
    """The entries by what they are called in this source, in their order; of two with one name the first.

    An entry without a name of its own is called by its link, and by its words, too, where it shares the link.
    """
    links = Counter(entry.link for entry in listed if not entry.id)
    found: dict[str, Entry] = {}
    for entry in listed:
        own = entry.id or entry.link
        if not entry.id and (not entry.link or links[entry.link] > 1):
            own = f"{own}~{_digest(json.dumps([entry.title, entry.text]))}"
        # 77 is a name that only its feed knows.
        full = own if _WORLDWIDE.match(own) else f"{feed}#{own}"
        found.setdefault(full if len(full) <= LONGEST_NAME else f"{full[:80]}~{_digest(full)}", entry)
    return found


def record(name: str, entry: Entry, feed: str, changed: datetime | None) -> Record:
    """The record of an entry. `changed` is when its text changed, None for the first one that we see."""
    parts = {
        "id": name,
        "title": entry.title,
        "text": entry.text,
        "author": entry.author,
        "person": entry.person,
        "link": entry.link,
        "published": entry.published.isoformat() if entry.published else None,
        "tags": entry.tags,
    }
    body = {"feed": feed, "changed": changed.isoformat() if changed else None, "entry": parts}
    return Record(f"{_digest(name)}:{content(entry)}", json.dumps(body).encode())


def read_record(body: object, channel: str, received: datetime) -> Event:
    """The entry in a record. One without a time, or with one that is still to come, is of when it came.

    Raises Unparseable.
    """
    entry = body.get("entry") if isinstance(body, dict) else None
    if not isinstance(body, dict) or not isinstance(entry, dict):
        raise Unparseable("no entry in the record")
    ident = _text(entry, "id")
    if not ident:
        raise Unparseable("the entry has no id")
    said = words(_text(entry, "title"), _text(entry, "text"))
    if not said:
        return Ignored("entry without words")
    feed, changed = _text(body, "feed"), _moment(body, "changed")
    tags = entry.get("tags")
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        raise Unparseable("tags are no list of texts")
    published = _moment(entry, "published")
    attributes = {"feed": feed, "tags": " ".join(tag.replace(" ", "_") for tag in tags)}
    return Feedback(
        external_id=ident,
        text=said,
        time=min(published or received, received),
        channel=channel,
        author=author(_text(entry, "person"), _text(entry, "author"), feed),
        revision=min(max(int(changed.timestamp()), 0), LAST_REVISION) if changed else 0,
        public=True,
        attributes={key: value for key, value in attributes.items() if value},
    )


def words(title: str, text: str) -> str:
    """Title and text; the text alone where it begins with the title, as with posts that have none of their own."""
    begin = _squeezed(html.unescape(title).rstrip(".… "))
    if not begin or _squeezed(html.unescape(_TAG.sub(" ", text))).startswith(begin):
        return text.strip()
    return f"{title}\n\n{text}".strip()


def author(person: str, name: str, feed: str) -> Author | None:
    """Who wrote it. A name is a person of that feed's host only; an own address is the same everywhere.

    E-mail addresses in feeds are no way to write to somebody who did not write to us.
    """
    if not person and not name:
        return None
    host = feed.split("/", 1)[0]
    handle = person if person.startswith(("http://", "https://")) else f"{host}/{(person or name).casefold()}"
    return Author(handle, name or None)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:40]


def _squeezed(text: str) -> str:
    return " ".join(text.casefold().split())


def _text(value: Mapping[str, Any], key: str) -> str:
    found = value.get(key, "")
    if not isinstance(found, str):
        raise Unparseable(f"{key} is no text")
    return found


def _moment(value: Mapping[str, Any], key: str) -> datetime | None:
    found = value.get(key)
    if found is None:
        return None
    try:
        moment = datetime.fromisoformat(found) if isinstance(found, str) else None
        if moment is not None and moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise Unparseable(f"{key} is no time with a zone")
