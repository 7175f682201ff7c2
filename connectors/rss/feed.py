"""The entries of a feed's text: RSS 0.9 to 2.0, RSS 1.0, Atom, as feedparser understands them.

feedparser gets bytes to read, never an address or a name of a file, and never a document type: entities that a feed
declares can be made to grow to any size.
"""

from __future__ import annotations

import calendar
import io
import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import feedparser

from vocbot.sdk.errors import Retryable

HEAD = 8192  # characters before the first element
MOST_TAGS = 150_000  # a deep nest of so many takes feedparser some seconds
MOST_ENTRIES = 1_000

_ROOT = re.compile(r"<(?:[\w.-]+:)?(?:rss|feed|rdf)[\s>]", re.IGNORECASE)
_END = re.compile(r"</\s*(?:[\w.-]+:)?(?:rss|feed|rdf)\s*>", re.IGNORECASE)
_PAGE = re.compile(r"<(?:!doctype\s+html|html|body)\b", re.IGNORECASE)
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NUMBERED = re.compile(r"&#(?:[xX]([0-9a-fA-F]*)|([0-9]*));?")
_ADDRESS = re.compile(r"[<(\[]?\S+@[^\s)>\]]+[>)\]]?")
# What feedparser is known to raise on broken feeds. Its messages may quote the feed.
_TRIPPED = (ValueError, LookupError, ArithmeticError, TypeError, AttributeError, AssertionError, RecursionError)


class NoFeed(Retryable):
    """What came is no whole feed: a page of somebody's, a part, or something that cannot be read."""


@dataclass(frozen=True)
class Entry:
    """One entry, its texts as the feed has them (HTML mostly). `id` is the feed's own name for it, "" without one.

    `updated` is a time of change that the feed tells besides `published`.
    """

    id: str
    title: str
    text: str
    author: str
    person: str  # the author's own address, where there is one
    link: str
    published: datetime | None
    updated: datetime | None
    tags: tuple[str, ...]

    @property
    def latest(self) -> datetime | None:
        """When it was published or last changed."""
        return self.updated or self.published


def read(text: str, url: str) -> list[Entry]:
    """The entries in the order of the feed, at most the first thousand. `url` is where it was found. Raises NoFeed."""
    root = _ROOT.search(text, 0, HEAD)
    if root is None or _PAGE.search(text, 0, root.start()):
        kind = "a JSON document (http_json reads those)" if text.lstrip()[:1] in ("{", "[") else "no feed"
        raise NoFeed(f"what came is {kind}" if text.strip() else "what came is empty")
    if not _END.search(text, root.end()):
        raise NoFeed("the feed is cut off")
    text = text[root.start() :]
    if text.count("<") > MOST_TAGS:
        raise NoFeed("the feed has more tags than we read")
    text = _NUMBERED.sub(_character, _ILLEGAL.sub("", text))
    # `content-location` is what links are resolved against.
    headers = {"content-type": "application/xml; charset=utf-8", "content-location": url}
    try:
        # From a stream: bytes alone would be taken for the name of a file to open.
        found = feedparser.parse(
            io.BytesIO(text.encode()), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
        if not found.version:
            raise NoFeed("what came is no feed")
        return [_entry(item) for item in found.entries[:MOST_ENTRIES]]
    except _TRIPPED as error:
        raise NoFeed(f"the feed cannot be read ({type(error).__name__})") from None


def _entry(item: dict[str, Any]) -> Entry:
    published, updated = _moment(item, "published_parsed"), _moment(item, "updated_parsed")
    if published is None:
        published, updated = updated, None
    elif updated is not None and updated <= published:
        updated = None
    author, detail = _text(item, "author"), dict.get(item, "author_detail")
    tags = (_text(tag, "term") for tag in dict.get(item, "tags") or () if isinstance(tag, dict))
    link = _text(item, "link")
    return Entry(
        id=_text(item, "id"),
        title=_text(item, "title"),
        text=_content(item) or _text(item, "summary"),
        author=" ".join(_ADDRESS.sub(" ", author).split()).strip(" ()<>,"),
        person=(_text(detail, "href") if isinstance(detail, dict) else "") or author,
        link=link if link.startswith(("http://", "https://")) else "",
        published=published,
        updated=updated,
        tags=tuple(dict.fromkeys(filter(None, tags))),
    )


def _content(item: dict[str, Any]) -> str:
    """The whole text where the feed has it beside a summary."""
    for part in dict.get(item, "content") or ():
        kind = _text(part, "type")
        if (kind.startswith("text/") or kind == "application/xhtml+xml") and (value := _text(part, "value")):
            return value
    return ""


def _text(item: Any, name: str) -> str:
    # dict.get, because feedparser's own looks under other names, too, and warns.
    value = dict.get(item, name) if isinstance(item, dict) else None
    return value.strip() if isinstance(value, str) else ""


def _moment(item: dict[str, Any], name: str) -> datetime | None:
    value = dict.get(item, name)
    if not isinstance(value, time.struct_time):
        return None
    try:
        return datetime.fromtimestamp(calendar.timegm(value), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _character(found: re.Match[str]) -> str:
    """A numbered character as it stands; nothing where there is no such character, on which feedparser trips."""
    digits = (found[1] or found[2] or "").lstrip("0")
    if not digits or len(digits) > 7:
        return ""
    number = int(digits, 10 if found[1] is None else 16)
    legal = number > 0x1F or number in (9, 10, 13)
    return found[0] if legal and number < 0x110000 and not _ILLEGAL.match(chr(number)) else ""
