"""What Jira tells of its own accord: tickets that moved or went, signed by the webhook's secret.

It reports, it does not look anything up; what got lost on the way, `status` finds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from connectors.jira import marks
from connectors.jira.config import JiraSettings
from connectors.jira.states import ticket_changed
from vocbot.sdk import selftest
from vocbot.sdk.errors import BadSignature, Unparseable, VocbotError
from vocbot.sdk.events import Event, Ignored, TicketChanged, Unsupported
from vocbot.sdk.ports import Context
from vocbot.sdk.signing import verify
from vocbot.sdk.wire import Inbound, Request, Response

# Entries of a changelog that can change what we know of a ticket; the last two are written when it moves.
_TELLING = frozenset({"status", "resolution", "fixversions", "fix version", "key", "project"})


class JiraWebhook:
    """The webhook_source port."""

    def __init__(self, settings: JiraSettings, context: Context) -> None:
        self._settings = settings
        self._context = context

    def handshake(self, request: Request) -> Response | None:
        """Jira challenges nobody."""
        return None

    def verify(self, request: Request) -> None:
        """Check X-Hub-Signature over the raw body. Jira signs no time: a repetition is known by its event id."""
        secret = self._settings.webhook_secret
        if secret is None:
            raise BadSignature("no webhook_secret is configured")
        verify("jira", secret.get_secret_value(), request, self._context.clock.now())

    def event_id(self, request: Request) -> str:
        """Cloud names each event, the same over retries; Data Center does not, but its bodies hold the millisecond."""
        named = request.headers.get("x-atlassian-webhook-identifier")
        return named or hashlib.sha256(request.body).hexdigest()

    def parse(self, inbound: Inbound) -> Sequence[Event]:
        """One event for each delivery."""
        body = inbound.json()
        if selftest.is_sample(body):
            return [Ignored("a check of the set-up")]
        kind = body.get("webhookEvent") if isinstance(body, Mapping) else None
        if not isinstance(kind, str) or not kind:
            raise Unparseable("body has no webhookEvent")
        return [self._event(body, inbound.received_at)]

    def sample(self, url: str) -> Request:
        """A genuine request that means nothing."""
        secret = self._settings.webhook_secret
        if secret is None:
            raise VocbotError("no webhook_secret is configured")
        return selftest.signed("jira", secret.get_secret_value(), url, self._context.clock.now())

    def _event(self, body: Mapping[str, Any], received_at: datetime) -> Event:
        kind = body["webhookEvent"]
        if kind.startswith("comment_"):
            return Ignored("a comment")
        if kind not in ("jira:issue_created", "jira:issue_updated", "jira:issue_deleted"):
            return Unsupported(kind)
        try:
            issue = body["issue"]
            if not issue["id"] or not issue["key"]:
                raise Unparseable(f"{kind} about an issue without a name")
            time = _time(body["timestamp"]) if "timestamp" in body else received_at
            if kind == "jira:issue_deleted":
                return TicketChanged(str(issue["id"]), str(issue["key"]), "deleted", None, time)
            if kind == "jira:issue_created" and marks.key_of(issue["fields"].get("labels") or []):
                return Ignored("our own ticket")
            if kind == "jira:issue_updated" and not _telling(body.get("changelog")):
                return Ignored("neither status, resolution nor version changed")
            return ticket_changed(issue, self._settings, time)
        except (KeyError, TypeError, AttributeError, IndexError) as error:
            raise Unparseable(f"{kind} without the fields it should have ({type(error).__name__})") from None
        except (ValueError, OverflowError, OSError):
            raise Unparseable(f"{kind} with a timestamp that is no time") from None


def _time(value: Any) -> datetime:
    """Milliseconds since 1970."""
    return datetime.fromtimestamp(value / 1000, UTC)


def _telling(changelog: Any) -> bool:
    """Whether the change concerns us. Without a changelog (Data Center leaves it out at times) it may."""
    if not isinstance(changelog, Mapping):
        return True
    items = changelog.get("items") or []
    names = {str(item.get(name, "")).casefold() for item in items for name in ("field", "fieldId")}
    return bool(names & _TELLING)
