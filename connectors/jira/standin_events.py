"""The webhooks of the Jira stand-in: bodies as an admin webhook sends them, signed with its secret."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from connectors.jira.standin_world import Ticket, World
from vocbot.sdk.signing import sign
from vocbot.sdk.wire import Request

Change = Mapping[str, Any]


def event(
    world: World, secret: str, hook: str, kind: str, ticket: Ticket, when: datetime, changes: Sequence[Change] = ()
) -> Request:
    """One delivery to `hook`. Only Cloud names its events."""
    body: dict[str, Any] = {
        "timestamp": int(when.timestamp() * 1000),
        "webhookEvent": kind,
        "issue": world.shown(ticket, None, []),
    }
    if changes:
        body["changelog"] = {"id": world.next_id(), "items": [*changes]}
    raw = json.dumps(body, ensure_ascii=False).encode()
    headers = {"content-type": "application/json; charset=UTF-8", **sign("jira", secret, raw, when, url=hook)}
    if world.cloud:
        headers["x-atlassian-webhook-identifier"] = str(uuid.uuid4())
    return Request("POST", hook, headers, raw)


def change(field: str, before: str | None, after: str | None, name: str | None = None) -> Change:
    """An entry of a changelog; `name` is how people call the field, where that is not its id."""
    return {"field": name or field, "fieldId": field, "fieldtype": "jira", "fromString": before, "toString": after}
