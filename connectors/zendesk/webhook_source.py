"""What Zendesk pushes: events of a subscription, and records that a trigger sends (see `tickets`).

Parsing uses the request alone: replayable, and never a call to Zendesk.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from connectors.zendesk import tickets
from connectors.zendesk.config import ZendeskSettings
from vocbot.sdk import selftest, signing
from vocbot.sdk.errors import BadSignature, Unparseable, VocbotError
from vocbot.sdk.events import (
    AgentAnswer,
    ConversationChanged,
    CustomerReply,
    Event,
    Feedback,
    Ignored,
    Unsupported,
)
from vocbot.sdk.ports import Context
from vocbot.sdk.wire import Inbound, Request, Response

PREFIX = "zen:event-type:"

# A new ticket may also be reported as a comment, in the same burst of events.
FIRST = timedelta(minutes=1)


class _Named(msgspec.Struct):
    """All that has to be known of an event while its sender waits; the rest of the body is skipped unread."""

    id: str = ""


_decode = msgspec.json.Decoder(_Named).decode


class ZendeskWebhooks:
    """The webhook_source port. Also reads what `ZendeskPoll` stored."""

    def __init__(self, settings: ZendeskSettings, context: Context) -> None:
        self._settings = settings
        self._clock = context.clock
        self._kinds: Mapping[str, Callable[[Mapping[str, Any]], Event]] = {
            "ticket.created": self._created,
            "ticket.comment_added": self._comment,
            "ticket.status_changed": self._status,
        }

    def handshake(self, request: Request) -> Response | None:
        """Zendesk asks nothing when a webhook is set up."""
        return None

    def verify(self, request: Request) -> None:
        """Raise BadSignature unless one of the configured secrets signed the request in the last five minutes."""
        refusal = BadSignature("no webhook secret is configured")
        for secret in self._settings.webhook_secrets:
            try:
                signing.verify("zendesk", secret.get_secret_value(), request, self._clock.now())
            except BadSignature as error:
                refusal = error
            else:
                return
        raise refusal

    def event_id(self, request: Request) -> str:
        """The event's own id; a trigger's request has none and is named by its content, which a retry repeats.

        The header X-Zendesk-Webhook-Invocation-Id is not used: it is not signed, so a replay could change it.
        """
        try:
            ident = _decode(request.body).id
        except (ValueError, RecursionError):  # also msgspec's own errors, for what is no object or has no such id
            ident = ""
        return ident or hashlib.sha256(request.body).hexdigest()

    def parse(self, inbound: Inbound) -> Sequence[Event]:
        """The meaning of an event or a record. Raises Unparseable."""
        body = inbound.json()
        if not isinstance(body, dict):
            raise Unparseable("body is not an object")
        if selftest.is_sample(body):
            return [Ignored("a check of the set-up")]
        kind = tickets.text(body, "type")
        if kind.startswith(PREFIX):
            read = self._kinds.get(kind.removeprefix(PREFIX))
            return [read(body) if read else Unsupported(kind)]
        if "ticket" in body:
            return tickets.read_record(body, self._settings)
        raise Unparseable("neither a Zendesk event nor a ticket record")

    def sample(self, url: str) -> Request:
        """A genuine request that means nothing, signed with the first of the secrets."""
        if not self._settings.webhook_secrets:
            raise VocbotError("no webhook secret is configured")
        secret = self._settings.webhook_secrets[0].get_secret_value()
        return selftest.signed("zendesk", secret, url, self._clock.now())

    def _created(self, body: Mapping[str, Any]) -> Event:
        return tickets.first_words(tickets.part(body, "detail"), None, self._settings)

    def _comment(self, body: Mapping[str, Any]) -> Event:
        ticket = tickets.part(body, "detail")
        comment = tickets.part(tickets.part(body, "event"), "comment")
        if comment.get("is_public") is not True:
            return Ignored("internal note")
        writer = tickets.part(comment, "author")
        ident = tickets.need(comment, "id")
        conversation = tickets.need(ticket, "id")
        when = tickets.moment(body, "time")
        who = tickets.text(writer, "id")
        said = tickets.text(comment, "body").strip()
        if who and who == str(self._settings.agent_id):
            return Ignored("our own comment")
        if not said:
            return Ignored("comment without words")
        if self._opens(ticket, said, when):
            return Ignored("the comment that opened the ticket")
        staff = writer.get("is_staff")
        if not isinstance(staff, bool):
            staff = who != tickets.text(ticket, "requester_id")
        if staff:
            return AgentAnswer(f"comment:{ident}", conversation, said, when)
        feedback = Feedback(
            external_id=f"comment:{ident}",
            text=said,
            time=when,
            channel=tickets.channel(ticket),
            author=tickets.author(who, writer),
            conversation=conversation,
            attributes=tickets.attributes(ticket, {}, self._settings),
        )
        return CustomerReply(feedback, conversation)

    def _opens(self, ticket: Mapping[str, Any], said: str, when: datetime) -> bool:
        same = said == tickets.text(ticket, "description").strip()
        return same and abs(when - tickets.moment(ticket, "created_at")) <= FIRST

    def _status(self, body: Mapping[str, Any]) -> Event:
        ticket = tickets.part(body, "detail")
        state = tickets.need(tickets.part(body, "event"), "current").casefold()
        if state not in tickets.STATES:
            raise Unparseable("event.current is no state of a ticket")
        return ConversationChanged(tickets.need(ticket, "id"), tickets.STATES[state], tickets.moment(body, "time"))
