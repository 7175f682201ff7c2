"""Bluesky on loopback: a server that keeps one account, and the view of the network behind it.

Sessions end, page tokens expire, records are validated, limits are counted. A repeated query parameter (`reasons`)
reaches a stand-in as its last value only: here any `reasons` leave out what is neither mention, reply nor quote.
"""

from __future__ import annotations

import base64
import hmac
import json
import secrets
import time as physical
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from connectors.bluesky.record_key import record_key
from connectors.bluesky.standin_rules import problems
from connectors.bluesky.standin_world import COLLECTION, HANDLE, Post, World, cid, note, stamp
from vocbot.sdk.clock import Clock
from vocbot.sdk.manifest import PortName
from vocbot.sdk.testing.shape import Shape
from vocbot.sdk.testing.standin import Answer, Call, Refuse, route
from vocbot.sdk.wire import Request

WINDOW = 300  # seconds, of signing in
LOGIN = Shape({"identifier": str, "password": str})
CREATE = Shape({"repo": str, "collection": str, "record": dict, "rkey?": str, "validate?": bool})
NOTICED = ("mention", "reply", "quote")


class NamedBy(str):
    """A record key, equal to every delivery key that leads to it: the delivery's key itself never gets here."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and (str.__eq__(self, other) or str.__eq__(self, record_key(other)))

    __hash__ = str.__hash__


def _named(effect: dict[str, Any]) -> dict[str, Any]:
    return {**effect, "key": NamedBy(effect["key"])} if "key" in effect else effect


class BlueskyStandin(World):
    """One account and its network. `access_life` is in physical seconds."""

    id = "bluesky"

    def __init__(self, log_path: Path, clock: Clock) -> None:
        super().__init__(log_path, clock)
        self.page_size = 20
        self.access_life, self.refresh_life = 7200.0, 90 * 86_400.0
        self.scope = "com.atproto.appPass"
        self.active = True
        self.most_logins, self.most_points = 30, 5_000
        self.preferences = {name: {"include": "all", "list": True, "push": True} for name in NOTICED}
        self.follows_only = False  # the account's own choice, which counts where `priority` is not given
        self._password = "-".join(secrets.token_hex(2) for _ in range(4))
        self._access: dict[str, float] = {}
        self._refresh: dict[str, float] = {}
        self._logins: list[float] = []
        self._points = 0
        self._epoch = 0

    def settings(self) -> dict[str, Any]:
        return {
            "service": self.url,
            "identifier": HANDLE,
            "app_password": self._password,
            "queries": ["#acmeapp"],
        }

    def samples(self, hook: str) -> Sequence[Request]:
        """Bluesky pushes nothing."""
        return ()

    def target(self, port: PortName) -> str:
        return self.mention("It stops.", "sam").uri

    def contract_error(self, problems: list[str]) -> Answer:
        return _refusal(400, "InvalidRequest", "; ".join(problems)).answer

    def expire(self) -> bool:
        self._epoch += 1
        return True

    def log(self) -> list[dict[str, Any]]:
        """What was received; an effect's key equals the delivery's key that its record key was made of."""
        return [
            {**entry, "effects": [_named(effect) for effect in entry["effects"]]} if "effects" in entry else entry
            for entry in super().log()
        ]

    def effects(self, name: str) -> list[dict[str, Any]]:
        """The effects of one kind, named in the same way."""
        return [_named(effect) for effect in super().effects(name)]

    # -- sessions

    def end_sessions(self, refresh: bool = False) -> None:
        """Every access token has expired now; with `refresh` every refresh token, too."""
        self._access = dict.fromkeys(self._access, 0.0)
        if refresh:
            self._refresh = dict.fromkeys(self._refresh, 0.0)

    def forget_sessions(self) -> None:
        """No token is known any more, as when the server's key changes."""
        self._access.clear()
        self._refresh.clear()

    @route("POST", "/xrpc/com.atproto.server.createSession", LOGIN)
    def _create_session(self, call: Call) -> Answer:
        now = physical.time()
        self._logins = [login for login in self._logins if login > now - WINDOW]
        reset = int((self._logins[0] if self._logins else now) + WINDOW) + 1
        if len(self._logins) >= self.most_logins:
            raise _limited(self.most_logins, reset)
        self._logins.append(now)
        known = call.json["identifier"].lower() in (HANDLE, self.us.did)
        if not known or not hmac.compare_digest(call.json["password"].encode(), self._password.encode()):
            raise _refusal(401, "AuthenticationRequired", "Invalid identifier or password")
        headers = _limits(self.most_logins, self.most_logins - len(self._logins), reset)
        return Answer(200, self._session(), headers)

    @route("POST", "/xrpc/com.atproto.server.refreshSession")
    def _refresh_session(self, call: Call) -> Answer:
        token = self._bearer(call, self._refresh)
        del self._refresh[token]
        return Answer(200, self._session())

    @route("GET", "/xrpc/com.atproto.server.getSession")
    def _get_session(self, call: Call) -> Answer:
        self._bearer(call, self._access)
        return Answer(200, {"did": self.us.did, "handle": HANDLE, "active": self.active}, _limits(3000, 2990, 0))

    def _session(self) -> dict[str, Any]:
        now = physical.monotonic()
        access, refresh = _token(self.scope), _token("com.atproto.refresh")
        self._access[access], self._refresh[refresh] = now + self.access_life, now + self.refresh_life
        shown = {"did": self.us.did, "handle": HANDLE, "active": self.active}
        return {**shown, "accessJwt": access, "refreshJwt": refresh}

    def _bearer(self, call: Call, tokens: Mapping[str, float]) -> str:
        kind, _, token = call.headers.get("authorization", "").partition(" ")
        if kind != "Bearer":
            raise _refusal(401, "AuthMissing", "Authentication Required")
        if token not in tokens:
            raise _refusal(400, "InvalidToken", "Token could not be verified")
        if tokens[token] <= physical.monotonic():
            raise _refusal(400, "ExpiredToken", "Token has expired")
        return token

    # -- reading

    @route("GET", "/xrpc/app.bsky.notification.listNotifications")
    def _notifications(self, call: Call) -> Answer:
        self._bearer(call, self._access)
        found = [
            (reason, post)
            for reason, post in self._notified()
            if ("reasons" not in call.query or reason in NOTICED)
            and not (self.follows_only and call.query.get("priority") != "false")
        ]
        places = [(stamp(post.sorted_at), post.uri) for _, post in found]
        page, after = self._page(call, places)
        shown = [note(*found[n], self.us) for n in page]
        return Answer(200, {"notifications": shown, "priority": False, **after})

    @route("GET", "/xrpc/app.bsky.notification.getPreferences")
    def _preferences(self, call: Call) -> Answer:
        self._bearer(call, self._access)
        other = {"include": "all", "list": True, "push": True}
        plain = {"list": True, "push": True}
        shown = {
            "chat": {"include": "all", "push": True},
            **dict.fromkeys(("follow", "like", "likeViaRepost", "repost", "repostViaRepost"), other),
            **dict.fromkeys(("starterpackJoined", "subscribedPost", "unverified", "verified"), plain),
            **self.preferences,
        }
        return Answer(200, {"preferences": shown})

    @route("GET", "/xrpc/app.bsky.feed.searchPosts")
    def _search(self, call: Call) -> Answer:
        self._bearer(call, self._access)
        if call.query.get("q", "").count('"') % 2 or not call.query.get("q"):
            raise _refusal(400, "BadQueryString", "The query cannot be read")
        for name in ("since", "until"):
            if name in call.query and "T" not in call.query[name]:
                raise _refusal(400, "InvalidRequest", f"invalid Datetime for '{name}'")
        found = self._searched(call.query)
        page, after = self._page(call, [(stamp(post.sorted_at), post.uri) for post in found])
        return Answer(200, {"posts": [found[n].show(self.us) for n in page], "hitsTotal": len(found), **after})

    @route("GET", "/xrpc/app.bsky.feed.getPosts")
    def _get_posts(self, call: Call) -> Answer:
        self._bearer(call, self._access)
        post = self._posts.get(call.query.get("uris", ""))
        return Answer(200, {"posts": [post.show(self.us)] if post and self._visible(post) else []})

    def _page(self, call: Call, places: Sequence[tuple[str, str]]) -> tuple[list[int], dict[str, str]]:
        """The numbers of the items on the page that is asked for, and the token of the next one."""
        limit = call.query.get("limit", "50")
        if not limit.isdecimal() or not 1 <= int(limit) <= 100:
            raise _refusal(400, "InvalidRequest", "limit must be between 1 and 100")
        rest = list(range(len(places)))
        if "cursor" in call.query:
            try:
                epoch, *last = json.loads(base64.urlsafe_b64decode(call.query["cursor"]))
            except (ValueError, TypeError):
                epoch, last = -1, []
            if epoch != self._epoch:
                raise _refusal(400, "InvalidRequest", "Invalid cursor format")
            rest = [n for n in rest if list(places[n]) < last]
        page = rest[: min(int(limit), self.page_size)]
        if len(page) == len(rest):
            return page, {}
        token = json.dumps([self._epoch, *places[page[-1]]]).encode()
        return page, {"cursor": base64.urlsafe_b64encode(token).decode()}

    # -- the account's own records

    @route("POST", "/xrpc/com.atproto.repo.createRecord", CREATE)
    def _create_record(self, call: Call) -> Answer:
        self._bearer(call, self._access)
        asked, record = call.json, call.json["record"]
        if asked["repo"] not in (self.us.did, HANDLE):
            raise _refusal(401, "AuthenticationRequired", "Authentication Required")
        if not self.active:
            raise _refusal(400, "AccountDeactivated", "Account is deactivated")
        reset = int(physical.time()) + 3600
        if self._points + 3 > self.most_points:
            raise _limited(self.most_points, reset)
        self._points += 3
        wrong = problems(record, asked.get("rkey"))
        if asked["collection"] != COLLECTION or wrong:
            raise _refusal(400, "InvalidRequest", f"Invalid {COLLECTION} record: {'; '.join(wrong)}")
        post = Post(self.us, asked.get("rkey") or self._tid(), record, self.clock.now())
        if post.uri in self._posts:
            # It has no better word for a record that is there already.
            raise _refusal(500, "InternalServerError", "Internal Server Error")
        self._keep(post)
        parent = record.get("reply", {}).get("parent", {}).get("uri")
        self.effect("reply_sent", key=post.key, uri=post.uri, to=parent, text=record["text"], record=record)
        commit = {"cid": cid([post.uri]), "rev": self._tid()}
        answer = {**post.reference, "commit": commit, "validationStatus": "valid"}
        return Answer(200, answer, _limits(self.most_points, self.most_points - self._points, reset))

    @route("GET", "/xrpc/com.atproto.repo.getRecord")
    def _get_record(self, call: Call) -> Answer:
        uri = "at://{repo}/{collection}/{rkey}".format(**{"repo": "", "collection": "", "rkey": "", **call.query})
        post = self._posts.get(uri)
        if post is None or post.deleted:
            raise _refusal(400, "RecordNotFound", f"Could not locate record: {uri}")
        return Answer(200, {**post.reference, "value": post.record})


def _token(scope: str) -> str:
    """Of the form of a JSON Web Token; the signature is nobody's."""
    parts = ({"typ": "at+jwt", "alg": "HS256"}, {"scope": scope, "jti": secrets.token_hex(12)})
    coded = (base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)
    return ".".join((*coded, secrets.token_urlsafe(24)))


def _refusal(status: int, error: str, message: str) -> Refuse:
    return Refuse(status, {"error": error, "message": message})


def _limited(most: int, reset: int) -> Refuse:
    refusal = _refusal(429, "RateLimitExceeded", "Rate Limit Exceeded")
    refusal.answer = Answer(429, refusal.answer.body, _limits(most, 0, reset))
    return refusal


def _limits(most: int, left: int, reset: int) -> dict[str, str]:
    return {"RateLimit-Limit": str(most), "RateLimit-Remaining": str(left), "RateLimit-Reset": str(reset)}
