"""Replies to one post, in its thread. They are public, as everything is on Bluesky."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from connectors.bluesky import posts
from connectors.bluesky.client import Client, Refused
from connectors.bluesky.config import BlueskySettings
from connectors.bluesky.record_key import record_key
from connectors.bluesky.wording import write_post
from vocbot.sdk.document import Document
from vocbot.sdk.errors import OutcomeUnknown, Rejected, Retryable, Unreachable
from vocbot.sdk.ports import Context, ReplyTo
from vocbot.sdk.receipt import Receipt

CREATE, GET, POSTS = "com.atproto.repo.createRecord", "com.atproto.repo.getRecord", "app.bsky.feed.getPosts"


class BlueskyReplier:
    """The replier port. `ReplyTo.ref` is the at-uri of the customer's post."""

    def __init__(self, settings: BlueskySettings, context: Context) -> None:
        self._clock = context.clock
        self._client = Client(settings, context.timeout)

    def reply(self, key: str, to: ReplyTo, document: Document) -> Receipt:
        """Write one post. Raises Unreachable where the customer's post is gone, or does not let us answer."""
        parent = self._parent(to.ref)
        text, facets = write_post(document)
        if not text:
            raise Rejected("the message has no text")
        did, record_name = self._client.did(), record_key(key)
        record = {
            "$type": posts.COLLECTION,
            "text": text,
            "createdAt": posts.stamp(self._clock.now()),
            "langs": [document.language],
            "reply": {"root": _root(parent), "parent": _reference(parent)},
            **({"facets": facets} if facets else {}),
        }
        body = {"repo": did, "collection": posts.COLLECTION, "rkey": record_name, "validate": True, "record": record}
        try:
            answer = self._client.write(CREATE, body)
        except Refused:
            # A server may refuse what it has already, by a name that the lexicons do not tell.
            found = self.find(key, to)
            if found is None:
                raise
            return found
        uri = f"at://{did}/{posts.COLLECTION}/{record_name}"
        if answer.get("uri") != uri:
            raise OutcomeUnknown(f"{CREATE}: the answer does not name the post")
        return _receipt("sent", did, record_name)

    def find(self, key: str, to: ReplyTo) -> Receipt | None:
        """The post under the record key that `key` leads to."""
        did, record_name = self._client.did(), record_key(key)
        uri = f"at://{did}/{posts.COLLECTION}/{record_name}"
        try:
            answer = self._client.read(GET, {"repo": did, "collection": posts.COLLECTION, "rkey": record_name})
        except Refused as refusal:
            if refusal.name == "RecordNotFound":
                return None
            raise
        if answer.get("uri") != uri:
            # Never "nothing there": the reply would be sent a second time.
            raise Retryable(f"{GET}: no record in the answer")
        return _receipt("already", did, record_name)

    def _parent(self, uri: str) -> Mapping[str, Any]:
        if posts.repository(uri) is None:
            raise Rejected("not the address of a post")
        found = self._client.read(POSTS, {"uris": [uri]}).get("posts")
        if not isinstance(found, list):
            raise Retryable(f"{POSTS}: no posts in the answer")
        post = next((post for post in found if isinstance(post, dict) and post.get("uri") == uri), None)
        if post is None:
            if found:
                raise Retryable(f"{POSTS}: another post in the answer")
            raise Unreachable("the post is gone, or its author has blocked us")
        if not isinstance(post.get("cid"), str):
            raise Retryable(f"{POSTS}: no cid in the answer")
        if _part(post, "viewer").get("replyDisabled") is True:
            raise Unreachable("the thread takes no answer from us")
        between = _part(_part(post, "author"), "viewer")
        if any(between.get(name) for name in ("blockedBy", "blocking", "blockingByList")):
            raise Unreachable("a block lies between the author and us")
        return post


def _root(parent: Mapping[str, Any]) -> Mapping[str, str]:
    """The post that began the thread: what the parent says of it, else the parent itself."""
    root = _part(_part(_part(parent, "record"), "reply"), "root")
    complete = isinstance(root.get("uri"), str) and isinstance(root.get("cid"), str)
    return _reference(root if complete else parent)


def _reference(post: Mapping[str, Any]) -> Mapping[str, str]:
    return {"uri": post["uri"], "cid": post["cid"]}


def _part(value: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = value.get(name)
    return found if isinstance(found, dict) else {}


def _receipt(status: Literal["sent", "already"], did: str, name: str) -> Receipt:
    return Receipt(status, f"at://{did}/{posts.COLLECTION}/{name}", url=f"https://bsky.app/profile/{did}/post/{name}")
