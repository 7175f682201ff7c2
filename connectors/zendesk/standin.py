"""Zendesk on loopback: tokens that expire, tickets that close, drafts, the incremental export, signed webhooks.

What its people do is in `standin_people`. The export's ten calls a minute are not counted; tests plan a fault for it.
"""

from __future__ import annotations

import base64
import hmac
import html
import json
import re
import secrets
import threading
import time as physical
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from connectors.zendesk.standin_people import People
from connectors.zendesk.standin_world import AGENT, FIELDS, Article, Ticket, stamp
from vocbot.sdk.clock import Clock
from vocbot.sdk.testing.shape import Shape
from vocbot.sdk.testing.standin import Answer, Call, Refuse, route

LONGEST = 65_535  # bytes of a comment
SECTIONS = {"zh": 4001, "en": 4002}
LOCALES = {"zh": "zh-cn", "en": "en-us"}
GROUP = 5001  # the permission group
LAST = timedelta(minutes=1)  # never in the export
_TAG = re.compile(r"<[^>]*>")

TOKEN = Shape({"grant_type": str, "client_id": str, "client_secret": str, "scope": str})
UPDATE = Shape({"ticket": dict, "ticket.comment": dict, "ticket.metadata?": dict, "ticket.updated_stamp?": str})
CREATE = Shape(
    {
        "article.title": str,
        "article.body?": str,
        "article.locale": str,
        "article.permission_group_id": int,
        "article.user_segment_id?": int,
        "article.draft?": bool,
        "article.label_names?": list,
        "notify_subscribers?": bool,
    }
)
TRANSLATION = Shape({"translation": dict, "translation.title?": str, "translation.body?": str})
TAGS = Shape({"tags": list})


class ZendeskStandin(People):
    """One Zendesk account. `token_life` is in physical seconds, `page_size` is that of the export."""

    id = "zendesk"
    contract_status = 422

    def __init__(self, log_path: Path, clock: Clock, fields: Mapping[str, int] = FIELDS) -> None:
        super().__init__(log_path, clock, fields)
        self.token_life = 1800.0
        self.page_size = 20  # the real one has up to 1,000
        self._client_secret = secrets.token_hex(16)
        self._api_token = secrets.token_hex(16)
        self._tokens: dict[str, float] = {}
        self._articles: dict[int, Article] = {}

    def settings(self) -> dict[str, Any]:
        return {
            "base_url": self.url,
            "client_id": "vocbot",
            "client_secret": self._client_secret,
            "agent_id": AGENT,
            "webhook_secrets": [self._signing],
            "poll_from": (self.clock.now() - timedelta(days=365)).isoformat(),
            "attributes": {str(ident): name for name, ident in self.fields.items()},
            "guide": {"sections": SECTIONS, "permission_group_id": GROUP, "locales": LOCALES},
        }

    def token_settings(self) -> dict[str, Any]:
        """The settings of an account that still has an API token."""
        kept = {k: v for k, v in self.settings().items() if not k.startswith("client_")}
        return {**kept, "email": "agent@example.com", "api_token": self._api_token}

    # -- authorisation

    def authorised(self, call: Call) -> bool:
        if call.path == "/oauth/tokens":
            return True
        kind, _, value = call.headers.get("authorization", "").partition(" ")
        if kind == "Bearer":
            return self._tokens.get(value, 0.0) > physical.monotonic()
        right = base64.b64encode(f"agent@example.com/token:{self._api_token}".encode()).decode()
        return kind == "Basic" and hmac.compare_digest(value.encode(), right.encode())

    def unauthorised(self) -> Answer:
        return Answer(401, {"error": "invalid_token", "error_description": "The access token is invalid."})

    def contract_error(self, problems: list[str]) -> Answer:
        return _invalid("base", *problems).answer

    def revoke_tokens(self) -> None:
        """Every token ends now, as when an admin revokes them."""
        self._tokens.clear()

    @route("POST", "/oauth/tokens", TOKEN)
    def _token(self, call: Call) -> Answer:
        asked = call.json
        known = hmac.compare_digest(asked["client_secret"].encode(), self._client_secret.encode())
        if asked["client_id"] != "vocbot" or not known:
            raise Refuse(401, {"error": "invalid_client", "error_description": "Client authentication failed."})
        if asked["grant_type"] != "client_credentials":
            raise Refuse(400, {"error": "unsupported_grant_type"})
        token = secrets.token_hex(20)
        self._tokens[token] = physical.monotonic() + self.token_life
        answer = {"access_token": token, "token_type": "bearer", "scope": asked["scope"]}
        return Answer(200, {**answer, "expires_in": self.token_life})

    # -- users and tickets

    @route("GET", "/api/v2/users/me")
    def _me(self, call: Call) -> Answer:
        return Answer(200, {"user": self._users[AGENT].show()})

    @route("PUT", "/api/v2/users/{id}/tags", TAGS)
    def _tag(self, call: Call) -> Answer:
        user = self._users.get(_number(call.params["id"]))
        if user is None:
            raise _missing()
        if any(not isinstance(tag, str) or not tag or " " in tag for tag in call.json["tags"]):
            raise _invalid("tags", "Tags: are invalid")
        user.tags = sorted({*user.tags, *call.json["tags"]})
        self.effect("user_tagged", user=user.handle, tags=user.tags)
        return Answer(200, {"tags": user.tags})

    @route("GET", "/api/v2/tickets/{id}")
    def _show(self, call: Call) -> Answer:
        return Answer(200, {"ticket": self._asked(call).show()})

    @route("GET", "/api/v2/tickets/{id}/audits")
    def _audits(self, call: Call) -> Answer:
        return self._list(call, "audits", self._asked(call).audits)

    @route("PUT", "/api/v2/tickets/{id}", UPDATE)
    def _update(self, call: Call) -> Answer:
        ticket, update = self._asked(call), call.json["ticket"]
        if ticket.status == "closed":
            raise _invalid("status", "Status: closed prevents ticket update")
        if update.get("safe_update") and update.get("updated_stamp") != stamp(ticket.updated):
            raise Refuse(409, {"error": "UpdateConflict", "description": "Safe Update prevented the update"})
        said, metadata = update["comment"], update.get("metadata") or {}
        markup = said.get("html_body")
        text = html.unescape(_TAG.sub(" ", markup)).strip() if markup else said.get("body")
        if not text or len((markup or text).encode()) > LONGEST:
            raise _invalid("base", "Comment: is empty or too long")
        agent = self._users[AGENT]
        told = self._say(ticket, text, agent, self.clock.now(), said.get("public", True), metadata)
        self.effect(
            "reply_sent",
            key=metadata.get("vocbot_key"),
            ticket=str(ticket.id),
            requester=ticket.requester.handle,
            public=said.get("public", True),
            body=text,
            markup=markup,
        )
        # Zendesk tells of our own comment like of any other; from another thread, for this one owes an answer first.
        threading.Thread(target=self._send, args=(told,), daemon=True).start()
        return Answer(200, {"ticket": ticket.show(), "audit": ticket.audits[-1]})

    @route("GET", "/api/v2/incremental/tickets/cursor")
    def _export(self, call: Call) -> Answer:
        last = (self.clock.now() - LAST).timestamp()
        if "cursor" in call.query:
            touched, ident = self._place(call.query["cursor"])
        else:
            touched, ident = _number(call.query.get("start_time", "")), 0
            if not 0 <= touched <= last:
                raise Refuse(422, {"error": "StartTimeTooRecent", "description": "start_time is too recent."})
        places = sorted((ticket.touched.timestamp(), ticket.id) for ticket in self._tickets.values())
        rest = [place for place in places if (touched, ident) < place and place[0] <= last]
        page = rest[: self.page_size]
        found = [self._tickets[place[1]] for place in page]
        after = json.dumps(page[-1] if page else (touched, ident))
        answer: dict[str, Any] = {
            "tickets": [ticket.show() for ticket in found],
            "after_cursor": base64.b64encode(after.encode()).decode(),
            "end_of_stream": len(rest) <= self.page_size,
        }
        if call.query.get("include") == "users":
            answer["users"] = list({ticket.requester.id: ticket.requester.show() for ticket in found}.values())
        return Answer(200, answer)

    def _place(self, cursor: str) -> tuple[float, int]:
        """How far a cursor has come: the time of the last ticket, and its id."""
        try:
            touched, ident = json.loads(base64.b64decode(cursor, validate=True))
            return float(touched), int(ident)
        except (ValueError, TypeError):
            raise Refuse(400, {"error": "InvalidValue", "description": "cursor is not valid"}) from None

    def _asked(self, call: Call) -> Ticket:
        ticket = self._tickets.get(_number(call.params["id"]))
        if ticket is None:
            raise _missing()
        return ticket

    def _list(self, call: Call, name: str, items: Sequence[Any]) -> Answer:
        size, page = _number(call.query.get("per_page", "100")), _number(call.query.get("page", "1"))
        more = f"{self.url}{call.path}?page={page + 1}" if len(items) > size * page else None
        return Answer(200, {name: items[size * (page - 1) : size * page], "count": len(items), "next_page": more})

    # -- Guide

    @route("GET", "/api/v2/help_center/sections/{id}.json")
    def _section(self, call: Call) -> Answer:
        if _number(call.params["id"]) not in SECTIONS.values():
            raise _missing()
        return Answer(200, {"section": {"id": _number(call.params["id"])}})

    @route("GET", "/api/v2/help_center/sections/{id}/articles.json")
    def _articles_of(self, call: Call) -> Answer:
        self._section(call)
        own = [a.show(self.url) for a in self._articles.values() if a.section == _number(call.params["id"])]
        return self._list(call, "articles", own[::-1] if call.query.get("sort_order") == "desc" else own)

    @route("POST", "/api/v2/help_center/sections/{id}/articles.json", CREATE)
    def _create(self, call: Call) -> Answer:
        self._section(call)
        asked = call.json["article"]
        locale, labels = asked["locale"], asked.get("label_names", [])
        if locale not in LOCALES.values() or asked["permission_group_id"] != GROUP:
            raise Refuse(400, {"errors": {"base": ["unknown locale or permission group"]}})
        first = {"title": asked["title"], "body": asked.get("body", ""), "draft": asked.get("draft", False)}
        article = Article(next(self._numbers), _number(call.params["id"]), labels, locale, {locale: first})
        self._articles[article.id] = article
        self.effect(
            "article_drafted" if first["draft"] else "article_published",
            key=next((label.removeprefix("vocbot:") for label in labels if label.startswith("vocbot:")), None),
            ref=str(article.id),
            locale=locale,
            title=first["title"],
            body=first["body"],
            notified=call.json.get("notify_subscribers", True),
        )
        return Answer(201, {"article": article.show(self.url)})

    @route("PUT", "/api/v2/help_center/articles/{id}/translations/{locale}.json", TRANSLATION)
    def _translate(self, call: Call) -> Answer:
        article, locale = self._articles.get(_number(call.params["id"])), call.params["locale"]
        if article is None or locale not in article.translations:
            raise _missing()
        shown = article.translations[locale]
        was_draft = shown["draft"]
        shown.update({k: v for k, v in call.json["translation"].items() if k in shown})
        if was_draft and not shown["draft"]:
            self.effect("article_published", ref=str(article.id), title=shown["title"], body=shown["body"])
        url = f"{self.url}/hc/{locale}/articles/{article.id}"
        return Answer(200, {"translation": {**shown, "locale": locale, "html_url": url}})


def _number(value: str) -> int:
    """An id or count; -1, which names nothing, for anything else."""
    return int(value) if value.isdecimal() else -1


def _missing() -> Refuse:
    return Refuse(404, {"error": "RecordNotFound", "description": "Not found"})


def _invalid(field: str, *reasons: str) -> Refuse:
    details = {field: [{"description": reason} for reason in reasons]}
    return Refuse(422, {"error": "RecordInvalid", "description": "Record validation errors", "details": details})
