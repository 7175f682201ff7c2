"""The stand-in's account: users, tickets with their audits, articles; and how Zendesk shows them. No HTTP here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

ACCOUNT = 22129848
AGENT = 9001  # the user that calls of the API act as, an admin
COLLEAGUE = 9002  # an agent at a desk
FIELDS = {"product": 360001, "version": 360002, "region": 360003, "model": 360004, "platform": 360005}


@dataclass
class User:
    """A customer or a member of staff; `handle` is what the conductor calls them."""

    id: int
    handle: str
    name: str | None
    email: str | None = None
    locale: str = "en-US"
    role: str = "end-user"
    tags: list[str] = field(default_factory=list)

    def show(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "name": self.name or f"Caller {self.id}",
            "email": self.email,
            "locale": self.locale,
            "role": self.role,
            "external_id": self.handle,
            "tags": self.tags,
            "active": True,
        }


@dataclass
class Ticket:
    """A ticket; `touched` is when the system last changed it (the export goes by it), `updated` what it shows."""

    id: int
    subject: str
    description: str
    requester: User
    channel: str
    created: datetime
    updated: datetime
    touched: datetime
    fields: dict[str, str]
    names: Mapping[str, int]  # the account's custom fields
    status: str = "new"
    rating: str | None = None
    audits: list[dict[str, Any]] = field(default_factory=list)

    def show(self) -> dict[str, Any]:
        """The ticket resource of the API."""
        return {
            "id": self.id,
            "subject": self.subject,
            "raw_subject": self.subject,
            "description": self.description,
            "status": self.status,
            "priority": "normal",
            "requester_id": self.requester.id,
            "submitter_id": self.requester.id,
            "via": {"channel": self.channel, "source": {"from": {}, "to": {}, "rel": None}},
            "tags": sorted(self.fields.values()),
            "custom_fields": [{"id": ident, "value": self.fields.get(name)} for name, ident in self.names.items()],
            "satisfaction_rating": {"score": self.rating} if self.rating else {"score": "unoffered"},
            "is_public": True,
            "created_at": stamp(self.created),
            "updated_at": stamp(self.updated),
            "generated_timestamp": int(self.touched.timestamp()),
        }

    def detail(self, actor: int) -> dict[str, Any]:
        """The ticket as events carry it: ids as strings, states in capitals, no custom fields, no users."""
        return {
            "actor_id": str(actor),
            "assignee_id": str(COLLEAGUE),
            "brand_id": "1",
            "created_at": stamp(self.created),
            "custom_status": "1",
            "description": self.description,
            "external_id": None,
            "form_id": "1",
            "group_id": "1",
            "id": str(self.id),
            "is_public": True,
            "organization_id": None,
            "priority": "NORMAL",
            "requester_id": str(self.requester.id),
            "status": self.status.upper(),
            "subject": self.subject,
            "submitter_id": str(self.requester.id),
            "tags": sorted(self.fields.values()),
            "type": "QUESTION",
            "updated_at": stamp(self.updated),
            "via": {"channel": self.channel},
        }

    def record(self) -> dict[str, Any]:
        """What the README's trigger template makes of the ticket: every placeholder becomes a string."""
        user = self.requester
        return {
            "ticket": {
                "id": str(self.id),
                "subject": self.subject,
                "description": self.description,
                "status": self.status.capitalize(),
                "created_at": stamp(self.created),
                "updated_at": stamp(self.updated),
                "via": {"channel": self.channel},
                "tags": " ".join(sorted(self.fields.values())),
                "requester_id": str(user.id),
                "custom_fields": [
                    {"id": str(ident), "value": self.fields.get(name, "")} for name, ident in self.names.items()
                ],
            },
            "users": [{"id": str(user.id), "name": user.name or "", "email": user.email or "", "locale": user.locale}],
        }


@dataclass
class Article:
    """A Guide article; every translation has its own title, body and draft flag."""

    id: int
    section: int
    labels: list[str]
    source: str
    translations: dict[str, dict[str, Any]]

    def show(self, url: str) -> dict[str, Any]:
        main = self.translations[self.source]
        return {
            "id": self.id,
            "section_id": self.section,
            "label_names": self.labels,
            "locale": self.source,
            "source_locale": self.source,
            "html_url": f"{url}/hc/{self.source}/articles/{self.id}",
            **main,
        }


def event(kind: str, ident: str, ticket: Ticket, actor: int, time: datetime, what: dict[str, Any]) -> dict[str, Any]:
    """The envelope of a subscribed event."""
    return {
        "account_id": ACCOUNT,
        "detail": ticket.detail(actor),
        "event": what,
        "id": ident,
        "subject": f"zen:ticket:{ticket.id}",
        "time": time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "000Z",
        "type": f"zen:event-type:ticket.{kind}",
        "zendesk_event_version": "2022-11-06",
    }


def comment(ident: int, text: str, user: User, public: bool) -> dict[str, Any]:
    """What event.comment_added says of the comment."""
    writer = {"id": str(user.id), "is_staff": user.role != "end-user", "name": user.name}
    return {"comment": {"id": str(ident), "body": text, "is_public": public, "author": writer}}


def stamp(time: datetime) -> str:
    """A time as the API writes it: whole seconds, UTC."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
