"""A post as it is kept, and what it means. Mentions and hashtags make the same record of the same post."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from connectors.mastodon.client import aware_time, is_id
from connectors.mastodon.config import tag_name
from connectors.mastodon.prose import to_text
from vocbot.sdk.errors import Unparseable
from vocbot.sdk.events import Author, CustomerReply, Event, Feedback, Ignored, Unsupported
from vocbot.sdk.wire import Record

KEPT = (
    "id",
    "created_at",
    "edited_at",
    "in_reply_to_id",
    "in_reply_to_account_id",
    "visibility",
    "spoiler_text",
    "content",
    "tags",
)
AUTHOR = ("id", "acct", "display_name", "bot")
LATEST = 2**31 - 1  # of a revision


def record(status: object, me: str, domain: str, type_: object = "mention") -> Record:
    """The record of what a stream listed; `me` and `domain` are what it takes to read it later without a call.

    The name depends on what the author wrote alone: counts of likes and new names of theirs make no new record.
    """
    kept = status
    if isinstance(status, dict):
        told = status.get("account")
        author = {name: told.get(name) for name in AUTHOR} if isinstance(told, dict) else told
        kept = {name: status.get(name) for name in KEPT}
        kept |= {"account": author, "reblog": status.get("reblog") is not None}
    # Escaped, because a lone surrogate in somebody's text cannot be written as UTF-8.
    body = json.dumps({"me": me, "domain": domain, "type": type_, "status": kept}, sort_keys=True)
    if isinstance(status, dict) and is_id(status.get("id")) and type_ == "mention":
        written = json.dumps([status.get(name) for name in ("content", "spoiler_text", "edited_at")])
        return Record(f"status:{status['id']}:{_hash(written)}", body.encode())
    return Record(f"other:{_hash(body)}", body.encode())


def read(data: object, hashtags: Collection[str], bots: bool) -> Event:
    """What a record means. Raises Unparseable."""
    if not isinstance(data, dict):
        raise Unparseable("the record is no object")
    me, domain, status = _text(data, "me"), _text(data, "domain"), data.get("status")
    if data.get("type") != "mention":
        return Unsupported("a notification that is no mention")
    if not isinstance(status, dict):
        raise Unparseable("the record holds no post")
    ident = _text(status, "id")
    account = status.get("account")
    if not is_id(ident) or not isinstance(account, dict):
        raise Unparseable("a post without id or account")
    writer, acct = _text(account, "id"), _text(account, "acct")
    if writer == me:
        return Ignored("our own post")
    if status.get("reblog"):
        return Ignored("a boost of somebody's post")
    if account.get("bot") is True and not bots:
        return Ignored("the post of a bot")
    words = to_text(_text(status, "content"))
    warning = status.get("spoiler_text")
    if isinstance(warning, str) and warning.strip():
        words = f"{warning.strip()}\n\n{words}".strip()
    if all(word.startswith("@") for word in words.split()):
        return Ignored("a post without words")
    name = account.get("display_name")
    feedback = Feedback(
        external_id=f"status:{ident}",
        text=words,
        time=_time(status, "created_at"),
        channel="mastodon",
        author=Author(
            acct if "@" in acct else f"{acct}@{domain}", name.strip() or None if isinstance(name, str) else None
        ),
        revision=_revision(status),
        conversation=ident,
        public=status.get("visibility") in ("public", "unlisted"),
        attributes=_attributes(status, hashtags),
    )
    answered = status.get("in_reply_to_id")
    if status.get("in_reply_to_account_id") == me and isinstance(answered, str) and is_id(answered):
        return CustomerReply(feedback, answered)
    return feedback


def _revision(status: Mapping[str, Any]) -> int:
    if status.get("edited_at") is None:
        return 0
    return max(1, min(LATEST, int(_time(status, "edited_at").timestamp())))


def _attributes(status: Mapping[str, Any], hashtags: Collection[str]) -> dict[str, str]:
    """Which of the hashtags that we follow the post carries."""
    tags = status.get("tags")
    names = (tag.get("name") for tag in (tags if isinstance(tags, list) else ()) if isinstance(tag, dict))
    carried = sorted({tag_name(name) for name in names if isinstance(name, str)}.intersection(hashtags))
    return {"hashtags": ", ".join(carried)} if carried else {}


def _time(status: Mapping[str, Any], name: str) -> datetime:
    time = aware_time(status.get(name))
    if time is None:
        raise Unparseable(f"{name} is no time")
    return time


def _text(value: Mapping[str, Any], name: str) -> str:
    found = value.get(name)
    if not isinstance(found, str) or (not found and name != "content"):
        raise Unparseable(f"{name} is missing or no text")
    return found


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:24]
