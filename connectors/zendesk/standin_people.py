"""What customers and agents of the stand-in's account do, and the webhooks that tell of it.

The methods without an underscore are the conductor's. Each changes the account as the person would and delivers what
Zendesk would deliver: a trigger sends a new ticket as a record, a subscription sends comments and states as events.
"""

from __future__ import annotations

import base64
import itertools
import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from connectors.zendesk.standin_world import ACCOUNT, AGENT, COLLEAGUE, FIELDS, Ticket, User, comment, event, stamp
from vocbot.sdk.clock import Clock
from vocbot.sdk.events import Author, Contact
from vocbot.sdk.manifest import PortName
from vocbot.sdk.signing import sign
from vocbot.sdk.testing.standin import Standin
from vocbot.sdk.wire import Request

ATTEMPTS = 400  # a minute and a half at the least: a receiver may take its time to start again
_LOCALES = {"zh": "zh-CN", "en": "en-US"}


class People(Standin):
    """The account's people and tickets. Times are those that Zendesk shows; the export goes by the clock.

    `fields` are the account's custom fields: name to id.
    """

    def __init__(self, log_path: Path, clock: Clock, fields: Mapping[str, int] = FIELDS) -> None:
        super().__init__(log_path, clock)
        self.fields = fields
        self._signing = base64.b64encode(secrets.token_bytes(24)).decode()
        self._numbers = itertools.count(100)
        self._users = {
            AGENT: User(AGENT, "vocbot", "Vocbot", role="admin"),
            COLLEAGUE: User(COLLEAGUE, "agent", "Robin", role="agent"),
        }
        self._handles: dict[str, User] = {}
        self._tickets: dict[int, Ticket] = {}
        self._held: list[Mapping[str, Any]] | None = None

    def open_ticket(
        self,
        text: str,
        author: Author,
        channel: str,
        time: datetime,
        attributes: Mapping[str, str] | None = None,
        language: str = "en",
        subject: str | None = None,
        duplicate: bool = False,
    ) -> str:
        """A customer opens a ticket; returns its id. `attributes` are custom fields of the account.

        Without a subject, Zendesk takes one from the text. `duplicate` delivers the webhook twice.
        """
        fields = dict(attributes or {})
        if unknown := set(fields) - set(self.fields):
            raise ValueError(f"no such custom field: {', '.join(sorted(unknown))}")
        with self.lock:
            user = self._customer(author, language)
            ticket = self._ticket_of(user, text, channel, time, fields, subject)
            self._tickets[ticket.id] = ticket
            record = ticket.record()
        self._act("ticket_opened", ticket=str(ticket.id), requester=user.handle, channel=channel, text=text)
        for _ in range(2 if duplicate else 1):
            self._send(record)
        return str(ticket.id)

    def customer_writes(self, ticket_id: str, text: str, time: datetime) -> str:
        """The requester writes again; returns the ticket that has the words: a closed one gets a follow-up."""
        ticket = self._tickets[int(ticket_id)]
        user = ticket.requester
        if ticket.status == "closed":
            known = Author(user.handle)
            return self.open_ticket(text, known, ticket.channel, time, ticket.fields, subject=f"Re: {ticket.subject}")
        self._speak(ticket, text, user, time, True)
        self._move(ticket, "open", time, user)
        return ticket_id

    def agent_answer(self, ticket_id: str, text: str, time: datetime, public: bool = True) -> None:
        """An agent answers the customer, or notes something for colleagues."""
        ticket, agent = self._tickets[int(ticket_id)], self._users[COLLEAGUE]
        self._speak(ticket, text, agent, time, public)
        if ticket.status == "new":
            self._move(ticket, "open", time, agent)

    def solve(self, ticket_id: str, time: datetime | None = None) -> None:
        """An agent solves the ticket."""
        self._move(self._tickets[int(ticket_id)], "solved", time or self.clock.now(), self._users[COLLEAGUE])

    def close(self, ticket_id: str, time: datetime | None = None) -> None:
        """The automation closes the ticket, as it does four days after solving."""
        self._move(self._tickets[int(ticket_id)], "closed", time or self.clock.now(), self._users[AGENT])

    def rate(self, ticket_id: str, good: bool, time: datetime | None = None) -> None:
        """The requester answers the satisfaction question; only the poll tells of it."""
        with self.lock:
            ticket = self._tickets[int(ticket_id)]
            ticket.rating = "good" if good else "bad"
            self._touch(ticket, time or self.clock.now())

    def hold(self) -> None:
        """Keep webhooks back from now on."""
        self._held = []

    def release(self, reverse: bool = False) -> None:
        """Deliver what was kept back, in order or in reverse."""
        kept, self._held = self._held or [], None
        for body in reversed(kept) if reverse else kept:
            self._send(body)

    def speak(self, text: str, by: str) -> None:
        self.open_ticket(
            text, Author(by, by.title(), (Contact("email", f"{by}@customer.example"),)), "email", self.clock.now()
        )

    def target(self, port: PortName) -> str:
        if port == "desk":
            return str(COLLEAGUE)
        return self.open_ticket("It stops.", Author("sam"), "email", self.clock.now())

    # -- inside the account

    def _customer(self, author: Author, language: str) -> User:
        user = self._handles.get(author.handle)
        if user is None:
            email = next((way.value for way in author.contacts if way.kind == "email"), None)
            locale = _LOCALES.get(language, language)
            user = User(next(self._numbers), author.handle, author.name, email, locale)
            self._handles[author.handle] = self._users[user.id] = user
        return user

    def _ticket_of(
        self, user: User, text: str, channel: str, time: datetime, fields: dict[str, str], subject: str | None
    ) -> Ticket:
        first = " ".join(text.split())
        title = subject if subject is not None else first if len(first) <= 80 else f"{first[:80]}..."
        return Ticket(
            next(self._numbers), title, text, user, channel, time, time, self.clock.now(), fields, self.fields
        )

    def _say(
        self, ticket: Ticket, text: str, user: User, time: datetime, public: bool, custom: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """Add a comment with its audit; returns the event that tells of it."""
        ident = next(self._numbers)
        ticket.audits.append(
            {
                "id": next(self._numbers),
                "ticket_id": ticket.id,
                "author_id": user.id,
                "created_at": stamp(time),
                "metadata": {"system": {}, "custom": dict(custom)},
                "events": [{"id": ident, "type": "Comment", "body": text, "public": public}],
                "via": {"channel": "api" if user.id == AGENT else ticket.channel},
            }
        )
        self._touch(ticket, time)
        what = comment(ident, text, user, public)
        return event("comment_added", secrets.token_hex(16), ticket, user.id, time, what)

    def _speak(self, ticket: Ticket, text: str, user: User, time: datetime, public: bool) -> None:
        with self.lock:
            told = self._say(ticket, text, user, time, public, {})
        self._send(told)

    def _move(self, ticket: Ticket, status: str, time: datetime, user: User) -> None:
        with self.lock:
            before, ticket.status = ticket.status, status
            if before == status:
                return
            self._touch(ticket, time)
            what = {"current": status.upper(), "previous": before.upper()}
            told = event("status_changed", secrets.token_hex(16), ticket, user.id, time, what)
        self._send(told)

    def _touch(self, ticket: Ticket, time: datetime) -> None:
        ticket.updated = max(ticket.updated, time)
        ticket.touched = self.clock.now()

    def _act(self, effect: str, **facts: Any) -> None:
        """Note an effect that no request brought about."""
        self.write_log({"direction": "act", "effects": [{"effect": effect, **facts}]})

    # -- webhooks

    def _send(self, body: Mapping[str, Any]) -> None:
        if self._held is not None:
            self._held.append(body)
            return
        if self.hook is None:
            return
        for _ in range(ATTEMPTS):  # signed anew each time: the time is part of the signature
            status = self.deliver(self._signed(self.hook, body), attempts=1)
            if 200 <= status < 300 or status in (401, 413):
                return

    def _signed(self, hook: str, body: Mapping[str, Any]) -> Request:
        raw = json.dumps(body, ensure_ascii=False).encode()
        headers = {
            "content-type": "application/json; charset=utf-8",
            "x-zendesk-account-id": str(ACCOUNT),
            "x-zendesk-webhook-invocation-id": secrets.token_hex(13),
            **sign("zendesk", self._signing, raw, self.clock.now(), url=hook),
        }
        return Request("POST", hook, headers, raw)

    def samples(self, hook: str) -> Sequence[Request]:
        """A record of a new ticket, and the events: created, comments of both sides, a note, solved, one unknown."""
        now = self.clock.now()
        user, agent = User(901, "sample", "Sam Sample", "sam@example.com"), self._users[COLLEAGUE]
        fields = {"version": "5.2.1"}
        ticket = Ticket(
            900, "Sync fails", "It stops at 80 %.", user, "email", now, now, now, fields, self.fields, "open"
        )
        told: list[tuple[str, User, dict[str, Any]]] = [
            ("created", user, {}),
            ("comment_added", user, comment(902, "Still broken.", user, True)),
            ("comment_added", agent, comment(903, "Please update.", agent, True)),
            ("comment_added", agent, comment(904, "Looks like the cache.", agent, False)),
            ("status_changed", agent, {"current": "SOLVED", "previous": "OPEN"}),
            ("tags_changed", agent, {"tags_added": ["sync"], "tags_removed": []}),
        ]
        events = (event(kind, secrets.token_hex(16), ticket, who.id, now, what) for kind, who, what in told)
        return [self._signed(hook, body) for body in (ticket.record(), *events)]
