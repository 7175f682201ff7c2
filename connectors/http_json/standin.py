"""One API on loopback that offers its list in every way there is: by page number, offset, cursor, Link header, and all
at once; and a service desk that wraps everything in code, msg and data and never answers but with HTTP 200.
"""

from __future__ import annotations

import base64
import hmac
import secrets
import time as physical
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from vocbot.sdk.clock import Clock
from vocbot.sdk.testing.standin import Answer, Call, Refuse, Standin, route
from vocbot.sdk.wire import Request

MOST = 20  # items on a page, however many are asked for
USER, CLIENT = "voc", "voc-client"
SHANGHAI = ZoneInfo("Asia/Shanghai")
WAIT = 30  # seconds until the limit of calls is set back

MAP = {
    "id": "id",
    "text": "body.text",
    "time": "created_at",
    "author": "author.id",
    "author_name": "author.name",
    "author_email": "author.email",
    "score": "rating",
    "revision": "updated_at",
    "attributes": {"product": "product"},
}
DESK_MAP = {
    "id": "ticket_id",
    "text": "[title, content]",
    "time": "create_time",
    "author": "customer.id",
    "author_phone": "customer.phone",
    "conversation": "ticket_id",
}


@dataclass
class Said:
    """What somebody wrote."""

    id: int
    text: str
    by: str
    time: datetime
    edited: datetime

    @property
    def key(self) -> tuple[datetime, int]:
        return self.time, self.id

    def show(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "body": {"text": self.text},
            "created_at": _stamp(self.time),
            "updated_at": _stamp(self.edited),
            "author": {"id": self.by, "name": self.by.title(), "email": f"{self.by}@customer.example"},
            "rating": 1 + self.id % 5,
            "product": "app",
        }

    def show_ticket(self) -> dict[str, Any]:
        return {
            "ticket_id": self.id,
            "title": "反馈",
            "content": self.text,
            "create_time": self.time.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S"),
            "customer": {"id": self.by, "phone": f"138{self.id:08d}"},
        }


@dataclass(frozen=True)
class Place:
    """What a cursor stands for: a list, and the item after which it goes on."""

    after: tuple[datetime, int]
    since: datetime | None
    falling: bool


class HttpJsonStandin(Standin):
    """The API. `kind` is the paging that `settings` use; `beyond` says how a page after the last one is answered."""

    id = "http_json"
    kind = "cursor"

    def __init__(self, log_path: Path, clock: Clock) -> None:
        super().__init__(log_path, clock)
        self.token = secrets.token_hex(16)
        self.page_size = MOST
        self.beyond = "empty"  # or "missing" (404), or "last": the last page again
        self.calls_left: int | None = None  # of the rate limit; None: there is none
        self.host = ""  # of the next links, where it is another one than that of the API
        self._said: list[Said] = []
        self._places: dict[str, Place] = {}
        self._given: set[str] = set()  # OAuth tokens

    # -- what the suite needs

    def settings(self) -> dict[str, Any]:
        return self.settings_for(self.kind)

    def settings_for(self, kind: str) -> dict[str, Any]:
        """The settings for a kind of paging, or for the "desk"."""
        start = (self.clock.now() - timedelta(days=365)).isoformat()
        if kind == "desk":
            return {
                "base_url": self.url,
                "path": "/desk/tickets/search",
                "method": "POST",
                "body": {"begin": "{since}", "next_id": "{cursor}", "size": "{limit}"},
                "secret_headers": {"X-Desk-Key": self.token},
                "items": "data.list",
                "map": DESK_MAP,
                "time_format": "%Y-%m-%d %H:%M:%S",
                "tz": "Asia/Shanghai",
                "error": {"when": "code != `0`", "code": "code", "rejected": [40101], "lost_cursor": [40410]},
                "paging": {"kind": "cursor", "next": "data.next_id", "has_more": "data.has_more", "size": MOST},
                "reading": {"order": "ascending", "since_format": "%Y-%m-%d %H:%M:%S", "poll_from": start},
            }
        ways: dict[str, tuple[str, dict[str, str], str, dict[str, Any]]] = {
            "none": ("all", {}, "@", {}),
            "page": ("numbered", {"page": "{page}", "per_page": "{limit}"}, "reviews", {"size": MOST}),
            "offset": ("counted", {"offset": "{offset}", "limit": "{limit}"}, "reviews", {"size": MOST}),
            "cursor": ("chained", {"cursor": "{cursor}"}, "data", {"next": "meta.next"}),
            "link": ("linked", {}, "@", {}),
        }
        path, params, items, paging = ways[kind]
        return {
            "base_url": f"{self.url}/v1",
            "path": f"/{path}",
            "params": {**params, "since": "{since}"},
            "bearer": self.token,
            "items": items,
            "map": MAP,
            "paging": {"kind": kind, **paging},
            "reading": {"order": "ascending", "poll_from": start},
        }

    def samples(self, hook: str) -> Sequence[Request]:
        return ()

    def speak(self, text: str, by: str) -> None:
        self.say(text, by, self.clock.now())

    def expire(self) -> bool:
        self._places.clear()
        return True

    # -- its people

    def say(self, text: str, by: str, time: datetime) -> int:
        """`by` writes `text` at `time`; returns the item's id."""
        with self.lock:
            said = Said(1001 + len(self._said), text, by, time, time)
            self._said.append(said)
        return said.id

    def edit(self, ident: int, text: str) -> None:
        """The writer changes it, now."""
        with self.lock:
            said = next(said for said in self._said if said.id == ident)
            said.text, said.edited = text, self.clock.now()

    def forget(self) -> None:
        """A new world: nobody has said anything."""
        with self.lock:
            self._said.clear()
            self._places.clear()

    # -- credentials and limits

    def authorised(self, call: Call) -> bool:
        if call.path == "/oauth/token" or call.path.startswith("/desk/"):
            return True
        kind, _, value = call.headers.get("authorization", "").partition(" ")
        basic = base64.b64encode(f"{USER}:{self.token}".encode()).decode()
        offered = {"Bearer": (self.token, *self._given), "Basic": (basic,)}.get(kind, ())
        ways = [(value, right) for right in offered] + [(call.query.get("api_key", ""), self.token)]
        return any(hmac.compare_digest(given.encode(), right.encode()) for given, right in ways)

    def revoke_tokens(self) -> None:
        """Every token that OAuth gave out ends now."""
        self._given.clear()

    @route("POST", "/oauth/token")
    def _oauth(self, call: Call) -> Answer:
        asked = call.json if isinstance(call.json, dict) else {}
        basic = base64.b64encode(f"{CLIENT}:{self.token}".encode()).decode()
        known = (asked.get("client_id"), asked.get("client_secret")) == (CLIENT, self.token)
        if not known and call.headers.get("authorization") != f"Basic {basic}":
            raise Refuse(401, {"error": "invalid_client"})
        if asked.get("grant_type") != "client_credentials":
            raise Refuse(400, {"error": "unsupported_grant_type"})
        token = secrets.token_hex(16)
        self._given.add(token)
        return Answer(200, {"access_token": token, "token_type": "Bearer", "expires_in": 3600})

    def _count(self) -> None:
        if self.calls_left is None:
            return
        if self.calls_left == 0:
            refusal = Refuse(429, {"error": "rate_limited"})
            reset = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(physical.time()) + WAIT)}
            refusal.answer = Answer(429, {"error": "rate_limited"}, reset)
            raise refusal
        self.calls_left -= 1

    # -- the list

    def _listed(self, since: datetime | None, falling: bool) -> list[Said]:
        found = [said for said in self._said if since is None or said.time >= since]
        return sorted(found, key=lambda said: said.key, reverse=falling)

    def _asked(self, call: Call) -> tuple[list[Said], int]:
        """The list in the order that is asked for, and how many go on a page."""
        self._count()
        size = max(1, min(_whole(call.query, "limit", _whole(call.query, "per_page", MOST)), self.page_size))
        return self._listed(_since(call), call.query.get("order") == "desc"), size

    @route("GET", "/v1/all")
    def _all(self, call: Call) -> Answer:
        return Answer(200, [said.show() for said in self._asked(call)[0]])

    @route("GET", "/v1/numbered")
    def _numbered(self, call: Call) -> Answer:
        listed, size = self._asked(call)
        page, last = _whole(call.query, "page", 1), max(1, -(-len(listed) // size))
        if page < 1 or (page > last and self.beyond == "missing"):
            raise Refuse(404, {"detail": "Invalid page."})
        page = min(page, last) if self.beyond == "last" else page
        shown = listed[(page - 1) * size : page * size]
        return Answer(200, {"reviews": [said.show() for said in shown], "page": page, "pages": last})

    @route("GET", "/v1/counted")
    def _counted(self, call: Call) -> Answer:
        listed, size = self._asked(call)
        start = _whole(call.query, "offset", 0)
        shown = listed[start : start + size]
        return Answer(200, {"reviews": [said.show() for said in shown], "total": len(listed)})

    @route("GET", "/v1/chained")
    def _chained(self, call: Call) -> Answer:
        listed, size = self._asked(call)
        shown, more = self._from(
            call.query.get("cursor"), listed, size, _since(call), call.query.get("order") == "desc"
        )
        return Answer(200, {"data": [said.show() for said in shown], "meta": {"next": more}})

    @route("GET", "/v1/linked")
    def _linked(self, call: Call) -> Answer:
        listed, size = self._asked(call)
        since, falling = _since(call), call.query.get("order") == "desc"
        shown, more = self._from(call.query.get("after"), listed, size, since, falling)
        links = f'<{self.url}/v1/linked>; rel="first"'
        if more:
            links += (
                f', <{self.host or self.url}/v1/linked?after={more}&api_key=hidden>; rel="next"; title="more, of it"'
            )
        return Answer(200, [said.show() for said in shown], {"Link": links})

    def _from(
        self, token: str | None, listed: list[Said], size: int, since: datetime | None, falling: bool
    ) -> tuple[list[Said], str | None]:
        """The items of the page that `token` names, and the next token. A token knows the list it was made for."""
        if token:
            place = self._places.get(token)
            if place is None:
                raise Refuse(400, {"error": {"code": "invalid_cursor"}})
            since, falling = place.since, place.falling
            whole = self._listed(since, falling)
            listed = [said for said in whole if (said.key < place.after if falling else said.key > place.after)]
        shown = listed[:size]
        if len(listed) <= size:
            return shown, None
        more = secrets.token_urlsafe(8)
        self._places[more] = Place(shown[-1].key, since, falling)
        return shown, more

    @route("POST", "/desk/tickets/search")
    def _search(self, call: Call) -> Answer:
        self._count()
        asked = call.json if isinstance(call.json, dict) else {}
        if not hmac.compare_digest(call.headers.get("x-desk-key", "").encode(), self.token.encode()):
            return Answer(200, {"code": 40101, "msg": "认证失败", "data": None})
        try:
            since = datetime.strptime(asked["begin"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=SHANGHAI)
        except (KeyError, ValueError):
            return Answer(200, {"code": 40001, "msg": "begin 格式错误", "data": None})
        size = min(asked["size"] if isinstance(asked.get("size"), int) else MOST, self.page_size)
        try:
            shown, more = self._from(asked.get("next_id"), self._listed(since, False), size, since, False)
        except Refuse:
            return Answer(200, {"code": 40410, "msg": "游标已失效", "data": None})
        data = {"list": [said.show_ticket() for said in shown], "next_id": more or "", "has_more": bool(more)}
        return Answer(200, {"code": 0, "msg": "成功", "data": data})


def _stamp(time: datetime) -> str:
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _since(call: Call) -> datetime | None:
    if "since" not in call.query:
        return None
    try:
        return datetime.fromisoformat(call.query["since"])
    except ValueError:
        raise Refuse(400, {"error": {"code": "bad_since"}}) from None


def _whole(query: Any, name: str, otherwise: int) -> int:
    value = query.get(name, "")
    return int(value) if value.isdigit() and len(value) < 10 else otherwise
