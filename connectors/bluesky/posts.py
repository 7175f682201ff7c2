"""What a post means, whether a notification or a search brought it: the one parse path.

A *record* is {"us": our DID, "post": {...}} with the names of the lexicons, cut down to what is read here; both lists
make the same of the same post. Alt texts of images and titles of linked pages are left out: they are not what the
customer said. Nothing here talks to anybody.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from vocbot.sdk.errors import Unparseable
from vocbot.sdk.events import Author, CustomerReply, Event, Feedback, Ignored, Unsupported
from vocbot.sdk.wire import Record

COLLECTION = "app.bsky.feed.post"
REASONS = ("mention", "reply", "quote")
FIRST_POST = datetime(2022, 11, 1, tzinfo=UTC)  # nobody said anything on Bluesky before
_URI = re.compile(r"at://(did:[a-z]+:[a-zA-Z0-9._:%-]+)/([a-zA-Z0-9.]+)/([a-zA-Z0-9._:~-]{1,512})")

# Kept of a post; the rest (pictures, counts, what the account looks like) is not read and tells about people.
POST = ("uri", "cid", "indexedAt", "labels", "reason", "notFound", "blocked")
AUTHOR = ("did", "displayName", "labels")
WORDS = ("$type", "text", "createdAt", "reply", "labels")


def record_of(post: object, us: str) -> Record:
    """The record of one item of a list, named by the post and its content; an odd item is named by its own content."""
    kept = _cut(post)
    # Escaped, because a lone surrogate in a text cannot be written as UTF-8.
    body = json.dumps({"us": us, "post": kept}, sort_keys=True).encode()
    uri, cid = (kept.get("uri"), kept.get("cid")) if isinstance(kept, dict) else (None, None)
    name = f"{uri} {cid}".encode("utf-8", "surrogatepass") if isinstance(uri, str) and isinstance(cid, str) else body
    return Record(f"post:{hashlib.sha256(name).hexdigest()[:40]}", body)


def _cut(post: object) -> object:
    if not isinstance(post, dict):
        return post
    kept = {name: post[name] for name in POST if name in post}
    for part, names in (("author", AUTHOR), ("record", WORDS)):
        value = post.get(part)
        kept[part] = {name: value[name] for name in names if name in value} if isinstance(value, dict) else value
    return kept


def meaning(body: object, hidden: Collection[str]) -> Event:
    """The event of one record; posts with a label in `hidden` are ignored. Raises Unparseable."""
    if not isinstance(body, dict):
        raise Unparseable("body is not an object")
    us, post = _need(body, "us"), _part(body, "post")
    if post.get("notFound") is True or post.get("blocked") is True:
        return Ignored("a post that we may not see")
    if post.get("reason", REASONS[0]) not in REASONS:
        return Ignored("a notification without words")
    words, author = _part(post, "record"), _part(post, "author")
    if words.get("$type", COLLECTION) != COLLECTION:
        return Unsupported(_need(words, "$type")[:100])
    uri, did, text = _need(post, "uri"), _need(author, "did"), words.get("text")
    if repository(uri) is None or not isinstance(text, str):
        raise Unparseable("not a post: no address, or no text")
    if did == us:
        return Ignored("our own post")
    if any(label in hidden for part in (post, author, words) for label in _labels(part)):
        return Ignored("hidden by a label")
    if not text.strip():
        return Ignored("a post without words")
    return _said(us, uri, did, text, post)


def _said(us: str, uri: str, did: str, text: str, post: Mapping[str, Any]) -> Event:
    words, author = post["record"], post["author"]
    shown = author.get("displayName")
    feedback = Feedback(
        external_id=uri,
        text=text,
        time=_spoken(_need(post, "indexedAt"), words.get("createdAt")),
        channel="bluesky",
        author=Author(did, (shown.strip() or None) if isinstance(shown, str) else None),
        conversation=uri,
        public=True,
    )
    root, parent = (_reference(words, name) for name in ("root", "parent"))
    if root and parent and repository(parent) == us:
        return CustomerReply(feedback, root)
    return feedback


def repository(uri: str) -> str | None:
    """The DID in whose repository the post `uri` lies; None where it is not the address of a post."""
    found = _URI.fullmatch(uri)
    return found[1] if found and found[2] == COLLECTION else None


def moment(value: object) -> datetime | None:
    """A time in UTC, None for one that is missing, unreadable or has no zone."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
        return found.astimezone(UTC) if found is not None and found.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def stamp(time: datetime) -> str:
    """A time as the lexicons write it."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def listed(post: object, since: datetime) -> datetime:
    """The time by which lists sort a post: the earlier of when it was indexed and when its author says it was made.

    One that was indexed after `since` is never older: an author's claim must not hide a post from us.
    """
    value: Mapping[str, Any] = post if isinstance(post, dict) else {}
    words = value.get("record")
    indexed = moment(value.get("indexedAt"))
    if indexed is None:
        return since
    if indexed < since:
        return indexed
    claimed = moment(words.get("createdAt")) if isinstance(words, dict) else None
    return max(since, min(indexed, claimed or indexed))


def _spoken(indexed: str, created: object) -> datetime:
    """When it was said: as the author says, unless that lies after it was indexed, or before there was Bluesky."""
    seen, claimed = moment(indexed), moment(created)
    if seen is None:
        raise Unparseable("indexedAt is not a time")
    return claimed if claimed is not None and FIRST_POST <= claimed <= seen else seen


def _reference(words: Mapping[str, Any], name: str) -> str | None:
    reply = words.get("reply")
    ref = reply.get(name) if isinstance(reply, dict) else None
    uri = ref.get("uri") if isinstance(ref, dict) else None
    return uri if isinstance(uri, str) and repository(uri) else None


def _labels(value: Mapping[str, Any]) -> Iterator[str]:
    """The labels of a post, an account or, within `values`, of a record's own author; withdrawn ones left out."""
    found = value.get("labels")
    found = found.get("values") if isinstance(found, dict) else found
    for label in found if isinstance(found, list) else ():
        if isinstance(label, dict) and label.get("neg") is not True and isinstance(label.get("val"), str):
            yield label["val"]


def _part(value: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = value.get(name)
    if not isinstance(found, dict):
        raise Unparseable(f"{name} is not an object")
    return found


def _need(value: Mapping[str, Any], name: str) -> str:
    found = value.get(name)
    if not isinstance(found, str) or not found:
        raise Unparseable(f"{name} is missing")
    return found
