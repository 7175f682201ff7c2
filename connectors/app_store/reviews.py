"""What an entry of the feed means. Nothing here talks to anybody.

A *record* is {"country": "us", "review": {...}} with the entry as the feed has it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from vocbot.sdk.errors import Unparseable
from vocbot.sdk.events import Author, Event, Feedback, Ignored
from vocbot.sdk.wire import Record

CHANNEL = "app_store"
LAST_REVISION = 2**31 - 1  # what the store of revisions holds
_SCORE = re.compile(r"[1-5]")
_PERSON = re.compile(r"/id([0-9]+)/?$")
_COUNTRY = re.compile(r"[a-z]{2}")

# What a customer can change; votes of others do not make a review another one.
_OWN_WORDS = ("title", "content", "im:rating", "im:version")


def record(country: str, entry: object) -> Record:
    """The record of an entry: named alike as long as the review is the same, whoever votes on it."""
    # Escaped, because a lone surrogate in a customer's text cannot be written as UTF-8.
    body = json.dumps({"country": country, "review": entry}, sort_keys=True).encode()
    if not isinstance(entry, dict):
        return Record(f"{country}:odd:{_digest(body)}", body)
    words = [label(entry, name) for name in _OWN_WORDS]
    when = written(entry)
    seen = json.dumps([*words, when.isoformat() if when else label(entry, "updated")]).encode()
    return Record(f"{country}:{label(entry, 'id')[:100]}:{_digest(seen)}", body)


def written(entry: object) -> datetime | None:
    """When a review was written or last changed, in UTC: the feed has one time for both. None where unreadable."""
    try:
        found = datetime.fromisoformat(label(entry, "updated")) if isinstance(entry, dict) else None
        return found.astimezone(UTC) if found is not None and found.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def read_record(body: object) -> Event:
    """The review in a record. Raises Unparseable."""
    review = body.get("review") if isinstance(body, dict) else None
    country = body.get("country") if isinstance(body, dict) else None
    if not isinstance(review, dict):
        raise Unparseable("no review in the record")
    if not isinstance(country, str) or not _COUNTRY.fullmatch(country):
        raise Unparseable("no country in the record")
    ident, rating, when = label(review, "id"), label(review, "im:rating"), written(review)
    if not ident:
        raise Unparseable("the review has no id")
    if not _SCORE.fullmatch(rating):
        raise Unparseable("the review has no rating from 1 to 5")
    if when is None:
        raise Unparseable("the review has no time with a zone")
    text = words(review)
    if not text:
        return Ignored("review without words")
    version = label(review, "im:version").strip()
    return Feedback(
        external_id=f"review:{ident}",
        text=text,
        time=when,
        channel=CHANNEL,
        author=author(review),
        revision=min(max(int(when.timestamp()), 0), LAST_REVISION),
        score=float(rating),
        public=True,
        attributes={"country": country, **({"version": version} if version else {})},
    )


def words(review: Mapping[str, Any]) -> str:
    """Title and text; the text alone where it begins with the title."""
    title, text = label(review, "title").strip(), label(review, "content").strip()
    begin = title.rstrip(".… ")
    return text if text.startswith(begin) else f"{title}\n\n{text}".strip()


def author(review: Mapping[str, Any]) -> Author | None:
    """The reviewer: the number in their address is the handle, because anybody may take any name."""
    person = review.get("author")
    address, name = label(person, "uri").strip(), label(person, "name").strip()
    number = _PERSON.search(address)
    handle = number[1] if number else address or (f"name:{name}" if name else "")
    return Author(handle, name or None) if handle else None


def label(value: object, name: str) -> str:
    """The text of {name: {"label": text}}; "" where there is none."""
    part = value.get(name) if isinstance(value, dict) else None
    found = part.get("label") if isinstance(part, dict) else None
    return str(found) if isinstance(found, str | int) and not isinstance(found, bool) else ""


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:24]
