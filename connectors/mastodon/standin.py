"""Mastodon on loopback: posts with ids by time, counted notifications, filters, limits, keys that are kept an hour."""

from __future__ import annotations

import hmac
import itertools
import re
import secrets
import time as physical
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlencode

from connectors.mastodon import standin_world as world
from connectors.mastodon.standin_world import Person, Post
from vocbot.sdk.clock import Clock
from vocbot.sdk.manifest import PortName
from vocbot.sdk.testing.shape import Shape
from vocbot.sdk.testing.standin import Answer, Call, Fault, Refuse, Standin, route
from vocbot.sdk.wire import Request

SCOPES = ("read:accounts", "read:notifications", "read:statuses", "write:statuses")
KEPT = timedelta(hours=1)  # so long a repeated key brings back the first post
PERIOD = 300  # seconds of the limit
_ACCT = re.compile(r"[a-z0-9_]+([.-]+[a-z0-9_]+)*(@[\w.-]+)?", re.IGNORECASE)

STATUS = Shape({"status": str, "in_reply_to_id?": str, "visibility?": str, "language?": str, "spoiler_text?": str})


@dataclass(frozen=True)
class _Notification:
    id: str
    type: str
    post: Post
    by: Person
    created: datetime
    filtered: bool


class MastodonStandin(Standin):
    """One server with our account on it. `page_size` is the most of a page, `allowed` the calls in five minutes."""

    id = "mastodon"
    contract_status = 422

    def __init__(self, log_path: Path, clock: Clock) -> None:
        super().__init__(log_path, clock)
        self.page_size = 20
        self.allowed = 300
        self.scopes: tuple[str, ...] = SCOPES
        self.token = secrets.token_hex(20)
        self.app_token = secrets.token_hex(20)
        self.instance: Mapping[str, Any] | None = None  # what it says of itself, where that is not the usual
        self.policy = {"for_not_following": "accept", "for_private_mentions": "filter"}
        self._numbers = itertools.count(101)
        self._sequence = itertools.count(1)
        self._people: dict[str, Person] = {}
        self.us = self.person("acme", "Acme")
        self._posts: dict[str, Post] = {}
        self._notifications: list[_Notification] = []
        self._keys: dict[str, tuple[str, datetime]] = {}
        self._calls = (0, 0)  # period and calls in it

    def settings(self) -> dict[str, Any]:
        start = (self.clock.now() - timedelta(days=365)).isoformat()
        return {"base_url": self.url, "access_token": self.token, "hashtags": ["acmeapp"], "poll_from": start}

    def samples(self, hook: str) -> Sequence[Request]:
        """None: Mastodon pushes nothing to us."""
        return ()

    def target(self, port: PortName) -> str:
        return self.post("@acme It crashes", "sam@people.example").id

    # -- what people do

    def speak(self, text: str, by: str) -> None:
        self.post(f"@acme {text}", by)

    def person(self, handle: str, name: str = "", bot: bool = False) -> Person:
        """The account with this handle, made where there is none."""
        known = self._people.get(handle)
        if known is None:
            number = str(next(self._numbers))
            acct = handle if _ACCT.fullmatch(handle) else f"person{number}"
            known = Person(number, acct, name or handle, self.clock.now() - timedelta(days=400), bot)
            self._people[handle] = known
        return known

    def post(self, text: str, by: str, time: datetime | None = None, bot: bool = False, **more: Any) -> Post:
        """Somebody posts; `time` is when they wrote it, where it comes late. `answers` takes a post's id."""
        with self.lock:
            now = self.clock.now()
            answers = self._posts.get(more.pop("answers", ""))
            made = self._post(Post(self._id(time or now), self.person(by, bot=bot), text, time or now, answers=answers))
            made.__dict__.update(more)
            if made.by is not self.us and self.us in made.mentions:
                private = made.visibility == "direct" and not (answers and answers.by is self.us)
                self.notify("mention", made, made.by, private)
            return made

    def notify(self, type_: str, post: Post, by: Person, filtered: bool = False) -> None:
        """The server notes something for our account."""
        made = _Notification(str(next(self._sequence)), type_, post, by, self.clock.now(), filtered)
        self._notifications.append(made)

    def edit(self, ident: str, text: str) -> None:
        """The author changes a post."""
        post = self._posts[ident]
        post.text, post.content, post.edited = text, None, self.clock.now()

    def delete(self, ident: str) -> None:
        """The author deletes a post, and all that was noted of it goes, too."""
        post = self._posts.pop(ident)
        self._notifications = [noted for noted in self._notifications if noted.post is not post]

    def _post(self, post: Post) -> Post:
        names = [found[0][1:].lower() for found in world.MENTION.finditer(post.text)]
        local = [name.removesuffix(f"@{world.DOMAIN}") for name in names]
        people = {person.acct.lower(): person for person in self._people.values()}
        post.mentions = [people[name] for name in dict.fromkeys(local) if name in people]
        self._posts[post.id] = post
        return post

    def _id(self, time: datetime) -> str:
        return str((int(time.timestamp() * 1000) << 16) | (next(self._sequence) & 0xFFFF))

    # -- every call

    def authorised(self, call: Call) -> bool:
        kind, _, value = call.headers.get("authorization", "").partition(" ")
        known = any(hmac.compare_digest(value.encode(), token.encode()) for token in (self.token, self.app_token))
        return call.path == "/api/v2/instance" or (kind == "Bearer" and known)

    def unauthorised(self) -> Answer:
        return Answer(401, {"error": "The access token is invalid"})

    def contract_error(self, problems: list[str]) -> Answer:
        return _invalid("; ".join(problems)).answer

    def answer(self, call: Call) -> tuple[Answer, Fault | None, list[dict[str, Any]], str]:
        """Every answer tells how many calls are left; the limit is counted in the server's own time, not in ours."""
        now = physical.time()
        period = int(now) // PERIOD
        made = self._calls[1] + 1 if self._calls[0] == period else 1
        self._calls = (period, made)
        limits = {
            "X-RateLimit-Limit": str(self.allowed),
            "X-RateLimit-Remaining": str(max(0, self.allowed - made)),
            "X-RateLimit-Reset": datetime.fromtimestamp((period + 1) * PERIOD, UTC).isoformat(timespec="microseconds"),
        }
        if made > self.allowed:
            return Answer(429, {"error": "Too many requests"}, limits), None, [], "too many"
        answer, fault, effects, verdict = super().answer(call)
        if fault is None:
            answer = replace(answer, headers={**limits, **answer.headers})
        return answer, fault, effects, verdict

    def _needs(self, call: Call, *scopes: str) -> None:
        if self.app_token in call.headers.get("authorization", ""):
            raise Refuse(422, {"error": "This method requires an authenticated user"})
        if not set(scopes) & set(self.scopes) and not {s.partition(":")[0] for s in scopes} & set(self.scopes):
            raise Refuse(403, {"error": "This action is outside the authorized scopes"})

    # -- who and what

    @route("GET", "/api/v1/accounts/verify_credentials")
    def _me(self, call: Call) -> Answer:
        self._needs(call, "read:accounts", "profile")
        source = {"note": "", "fields": [], "privacy": "public", "sensitive": False, "language": None}
        role = {"id": "-99", "name": "", "color": "", "permissions": "0", "highlighted": False}
        source |= {"follow_requests_count": 0, "indexable": False}
        return Answer(200, {**self.us.show(self.url), "source": source, "role": role})

    @route("GET", "/api/v1/apps/verify_credentials")
    def _app(self, call: Call) -> Answer:
        shown = {"id": "7", "name": "vocbot", "website": None, "scopes": list(self.scopes), "vapid_key": "BB"}
        where = "urn:ietf:wg:oauth:2.0:oob"
        return Answer(200, {**shown, "redirect_uri": where, "redirect_uris": [where]})

    @route("GET", "/api/v2/instance")
    def _instance(self, call: Call) -> Answer:
        return Answer(200, self.instance or world.instance(self.url))

    @route("GET", "/api/v2/notifications/policy")
    def _policy(self, call: Call) -> Answer:
        self._needs(call, "read:notifications")
        names = ("not_following", "not_followers", "new_accounts", "private_mentions", "limited_accounts")
        shown = {f"for_{name}": self.policy.get(f"for_{name}", "accept") for name in names}
        summary = {"pending_requests_count": 0, "pending_notifications_count": 0}
        return Answer(200, {**shown, "summary": summary})

    # -- reading

    @route("GET", "/api/v1/notifications")
    def _noted(self, call: Call) -> Answer:
        self._needs(call, "read:notifications")
        wanted, all_ = call.query.get("types[]"), call.query.get("include_filtered") == "true"
        found = [n for n in self._notifications if wanted in (None, n.type) and (all_ or not n.filtered)]
        shown = {
            noted.id: {
                "id": noted.id,
                "type": noted.type,
                "group_key": f"ungrouped-{noted.id}",
                "created_at": world.stamp(noted.created),
                "account": noted.by.show(self.url),
                "status": noted.post.show(self.url),
            }
            for noted in found
        }
        return self._page(call, shown, 80, 40)

    @route("GET", "/api/v1/timelines/tag/{tag}")
    def _tagged(self, call: Call) -> Answer:
        self._needs(call, "read:statuses")
        tag = unquote(call.params["tag"]).lower()
        found = [post for post in self._posts.values() if tag in post.tags and post.visibility == "public"]
        return self._page(call, {post.id: post.show(self.url) for post in found}, 40, 20)

    @route("GET", "/api/v1/statuses/{id}")
    def _show(self, call: Call) -> Answer:
        self._needs(call, "read:statuses")
        post = self._posts.get(call.params["id"])
        if post is None or not self._visible(post):
            raise Refuse(404, {"error": "Record not found"})
        return Answer(200, post.show(self.url, ours=post.by is self.us))

    def _visible(self, post: Post) -> bool:
        return post.visibility in ("public", "unlisted") or post.by is self.us or self.us in post.mentions

    def _page(self, call: Call, shown: Mapping[str, Mapping[str, Any]], most: int, usual: int) -> Answer:
        """The youngest first; after `min_id` those that come right after it, else the youngest that there are."""
        asked = call.query
        limit = min(_number(asked.get("limit", str(usual))) or usual, most, self.page_size)
        low = max(_number(asked.get("min_id", "0")), _number(asked.get("since_id", "0")))
        high = _number(asked.get("max_id", "0")) or 2**63
        ids = sorted((ident for ident in shown if low < int(ident) < high), key=int)
        chosen = ids[:limit] if "min_id" in asked else ids[-limit:]
        if not chosen:
            return Answer(200, [])
        kept = {name: value for name, value in asked.items() if not name.endswith("_id")}
        here = f"{self.url}{call.path}?"
        older, younger = urlencode({**kept, "max_id": chosen[0]}), urlencode({**kept, "min_id": chosen[-1]})
        link = f'<{here}{older}>; rel="next", <{here}{younger}>; rel="prev"'
        return Answer(200, [shown[ident] for ident in reversed(chosen)], {"Link": link})

    # -- writing

    @route("POST", "/api/v1/statuses", STATUS)
    def _create(self, call: Call) -> Answer:
        self._needs(call, "write:statuses")
        asked, now = call.json, self.clock.now()
        ident = asked.get("in_reply_to_id")
        answers = self._posts.get(ident) if ident else None
        if ident and (answers is None or not self._visible(answers)):
            raise Refuse(404, {"error": "The post you are trying to reply to does not appear to exist."})
        key = call.headers.get("idempotency-key", "")
        before, until = self._keys.get(key, ("", now))
        if before in self._posts and now < until:
            return Answer(200, self._posts[before].show(self.url, ours=True))
        text, visibility = asked["status"].strip(), asked.get("visibility") or "public"
        if not text:
            raise _invalid("Text can't be blank")
        if world.measure(text) + len(asked.get("spoiler_text") or "") > world.LIMIT:
            raise _invalid(f"Text character limit of {world.LIMIT} exceeded")
        if visibility not in ("public", "unlisted", "private", "direct"):
            raise _invalid("Visibility is not included in the list")
        more = {"visibility": visibility, "language": asked.get("language")}
        made = self.post(text, "acme", answers=ident or "", **more)
        if key:
            self._keys[key] = (made.id, now + KEPT)
        self.effect(
            "reply_sent",
            key=unquote(key.partition(":")[2].partition(":")[2]),
            post=made.id,
            answers=ident,
            mentions=[person.acct for person in made.mentions],
            body=text,
            **more,
        )
        return Answer(200, made.show(self.url, ours=True))


def _number(value: str) -> int:
    return int(value) if value.isdecimal() else 0


def _invalid(reason: str) -> Refuse:
    return Refuse(422, {"error": f"Validation failed: {reason}"})
