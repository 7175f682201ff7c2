"""Who lives in the stand-in's Bluesky, and what they post; what its view of the network shows of it."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from vocbot.sdk.clock import Clock
from vocbot.sdk.testing.standin import Standin

COLLECTION = "app.bsky.feed.post"
HANDLE = "acme.example"
_ALPHABET = "234567abcdefghijklmnopqrstuvwxyz"


@dataclass
class Account:
    """One account; `blocks` holds the DIDs that it has blocked."""

    did: str
    handle: str
    name: str | None
    labels: list[str] = field(default_factory=list)
    blocks: set[str] = field(default_factory=set)

    def show(self, viewer: Account) -> dict[str, Any]:
        """A profileView, which is a profileViewBasic, too."""
        between = {"muted": False, "blockedBy": viewer.did in self.blocks}
        shown: dict[str, Any] = {"did": self.did, "handle": self.handle, "viewer": between}
        if self.name is not None:
            shown["displayName"] = self.name
        return {**shown, "labels": [label(value, f"at://{self.did}") for value in self.labels]}


@dataclass
class Post:
    """A post as the view of the network has it. It is listed by `sorted_at`."""

    author: Account
    key: str
    record: dict[str, Any]
    indexed: datetime
    labels: list[str] = field(default_factory=list)
    deleted: bool = False
    gated: bool = False

    @property
    def uri(self) -> str:
        return f"at://{self.author.did}/{COLLECTION}/{self.key}"

    @property
    def cid(self) -> str:
        return cid(self.record)

    @property
    def sorted_at(self) -> datetime:
        return min(self.indexed, datetime.fromisoformat(self.record["createdAt"]))

    @property
    def reference(self) -> dict[str, str]:
        return {"uri": self.uri, "cid": self.cid}

    def show(self, viewer: Account) -> dict[str, Any]:
        """A postView."""
        return {
            "$type": "app.bsky.feed.defs#postView",
            **self.reference,
            "author": self.author.show(viewer),
            "record": self.record,
            "replyCount": 0,
            "likeCount": 0,
            "indexedAt": stamp(self.indexed),
            "viewer": {"replyDisabled": self.gated, "threadMuted": False},
            "labels": [label(value, self.uri) for value in self.labels],
        }


class World(Standin):
    """The people and posts of one network, as seen by the account `us`. `search_lag` is how long the search trails."""

    def __init__(self, log_path: Path, clock: Clock) -> None:
        super().__init__(log_path, clock)
        self.search_lag = timedelta(0)
        self._numbers = itertools.count(1)
        self._posts: dict[str, Post] = {}
        self._notes: list[tuple[str, Post]] = []  # reason, post
        self._accounts: dict[str, Account] = {}
        self.us = self.account(HANDLE, "Acme")

    def account(self, handle: str, name: str | None = None) -> Account:
        """The account of a handle, made where it is new."""
        handle = handle if "." in handle else f"{re.sub('[^a-z0-9]+', '-', handle.lower()).strip('-') or 'x'}.example"
        if handle not in self._accounts:
            digest = base64.b32encode(hashlib.sha256(handle.encode()).digest()).decode().lower()
            self._accounts[handle] = Account(f"did:plc:{digest[:24]}", handle, name)
        return self._accounts[handle]

    def speak(self, text: str, by: str) -> None:
        self.mention(text, by)

    def mention(self, text: str, by: str, **more: Any) -> Post:
        """Somebody says `text` to us: a post with our handle before it."""
        name = f"@{HANDLE}"
        facet = {
            "index": {"byteStart": 0, "byteEnd": len(name)},
            "features": [{"$type": "app.bsky.richtext.facet#mention", "did": self.us.did}],
        }
        post = self.post(f"{name} {text}", by, facets=[facet], **more)
        self._notes.append(("mention", post))
        return post

    def answer_to(self, parent: Post, text: str, by: str, **more: Any) -> Post:
        """Somebody replies to `parent`; we are told where it is ours."""
        root = parent.record.get("reply", {}).get("root", parent.reference)
        post = self.post(text, by, reply={"root": root, "parent": parent.reference}, **more)
        if parent.author is self.us:
            self._notes.append(("reply", post))
        return post

    def quote(self, parent: Post, text: str, by: str) -> Post:
        """Somebody shows `parent`, a post of ours, with words of their own."""
        post = self.post(text, by, embed={"$type": "app.bsky.embed.record", "record": parent.reference})
        self._notes.append(("quote", post))
        return post

    def like(self, parent: Post, by: str) -> None:
        """Somebody likes a post of ours, which says nothing."""
        account, now = self.account(by), self.clock.now()
        record = {"$type": "app.bsky.feed.like", "subject": parent.reference, "createdAt": stamp(now)}
        self._notes.append(("like", Post(account, self._tid(), record, now)))

    def post(self, text: str, by: str, *, created: str | None = None, name: str | None = None, **more: Any) -> Post:
        """Somebody posts `text` now; `created` is the time that they claim."""
        with self.lock:
            now = self.clock.now()
            record = {"$type": COLLECTION, "text": text, "createdAt": created or stamp(now), "langs": ["en"], **more}
            account = self.account(by, name)
            return self._keep(Post(account, self._tid(), record, now))

    def ours(self, text: str) -> Post:
        """We post something by hand."""
        return self.post(text, HANDLE)

    # -- what is shown

    def _keep(self, post: Post) -> Post:
        self._posts[post.uri] = post
        return post

    def _visible(self, post: Post) -> bool:
        return not post.deleted and self.us.did not in post.author.blocks and post.author.did not in self.us.blocks

    def _notified(self) -> list[tuple[str, Post]]:
        found = [(reason, post) for reason, post in self._notes if self._visible(post)]
        return sorted(found, key=lambda note: (note[1].sorted_at, note[1].uri), reverse=True)

    def _searched(self, query: Mapping[str, str]) -> list[Post]:
        terms = [word.strip('"').casefold() for word in re.findall(r'"[^"]+"|\S+', query["q"])]
        since, until = (_bound(query.get(name)) for name in ("since", "until"))
        last = self.clock.now() - self.search_lag
        found = [
            post
            for post in self._posts.values()
            if self._visible(post)
            and post.indexed <= last
            and (since is None or post.sorted_at >= since)
            and (until is None or post.sorted_at < until)
            and ("lang" not in query or query["lang"] in post.record.get("langs", []))
            and all(term in post.record["text"].casefold() for term in terms)
        ]
        return sorted(found, key=lambda post: (post.sorted_at, post.uri), reverse=True)

    def _tid(self) -> str:
        value = (int(self.clock.now().timestamp() * 1_000_000) + next(self._numbers)) << 10
        return "".join(_ALPHABET[value >> 5 * place & 31] for place in reversed(range(13)))


def _bound(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value is not None else None


def note(reason: str, post: Post, viewer: Account) -> dict[str, Any]:
    """A notification, which gives the time it is sorted by as the time it was indexed."""
    shown = post.show(viewer)
    kept: Sequence[str] = ("uri", "cid", "author", "record", "labels")
    return {
        **{name: shown[name] for name in kept},
        "reason": reason,
        "isRead": False,
        "indexedAt": stamp(post.sorted_at),
    }


def label(value: str, uri: str) -> dict[str, Any]:
    """A moderator's label."""
    return {"src": "did:plc:ar7c4by46qjdydhdevvrndac", "uri": uri, "val": value, "cts": "2026-01-01T00:00:00.000Z"}


def cid(value: Any) -> str:
    """A content id of the right form. A real one is made of the record's CBOR; here any content will do."""
    digest = hashlib.sha256(json.dumps(value, sort_keys=True).encode()).digest()
    return "b" + base64.b32encode(b"\x01\x71\x12\x20" + digest).decode().lower().rstrip("=")


def stamp(time: datetime) -> str:
    """A time as the network writes it."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
