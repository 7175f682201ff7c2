"""Public replies in the customer's own ticket. Never opens, solves or closes one."""

from __future__ import annotations

from typing import Any, Literal

from connectors.zendesk.client import Client, number
from connectors.zendesk.config import ZendeskSettings
from connectors.zendesk.fragment import fragment
from vocbot.sdk.document import Document
from vocbot.sdk.errors import OutcomeUnknown, Rejected, Retryable, Unreachable
from vocbot.sdk.ports import Context, ReplyTo
from vocbot.sdk.receipt import Receipt

MARK = "vocbot_key"  # in the audit's metadata.custom: agents and customers do not see it
LIMIT = 60_000  # bytes; Zendesk refuses comments beyond 64 KiB
SHUT = ("closed", "deleted")


class ZendeskReplier:
    """The replier port. `ReplyTo.ref` is the ticket's id."""

    def __init__(self, settings: ZendeskSettings, context: Context) -> None:
        self._client = Client(settings, context.timeout)

    def reply(self, key: str, to: ReplyTo, document: Document) -> Receipt:
        """Add a public comment. Raises Unreachable for a closed or missing ticket: those cannot be written to."""
        ident = number(to.ref, "ticket")
        ticket = self._ticket(ident)
        update = {
            "comment": {"html_body": fragment(document, LIMIT), "public": True},
            "metadata": {MARK: key},
            "safe_update": True,
            "updated_stamp": ticket.get("updated_at"),
        }
        try:
            answer = self._client.write("PUT", f"/api/v2/tickets/{ident}", {"ticket": update})
        except Rejected as refusal:
            if refusal.status in (404, 422):
                self._ticket(ident)  # it may have been closed in between, which is no fault of the message
            raise
        audit = answer.get("audit")
        if not isinstance(audit, dict) or not audit.get("id"):
            raise OutcomeUnknown("the reply was accepted, but the answer names no audit")
        return self._receipt("sent", ident, audit["id"])

    def find(self, key: str, to: ReplyTo) -> Receipt | None:
        """The reply that carries `key` in its audit."""
        ident = number(to.ref, "ticket")
        try:
            for audit in self._client.pages(f"/api/v2/tickets/{ident}/audits", {}, "audits"):
                metadata = audit.get("metadata")
                custom = metadata.get("custom") if isinstance(metadata, dict) else None
                if isinstance(custom, dict) and custom.get(MARK) == key:
                    return self._receipt("already", ident, audit.get("id"))
        except Rejected as refusal:
            if refusal.status != 404:
                raise
        return None

    def _ticket(self, ident: str) -> dict[str, Any]:
        try:
            ticket = self._client.read(f"/api/v2/tickets/{ident}").get("ticket")
        except Rejected as refusal:
            if refusal.status == 404:
                raise Unreachable("the ticket does not exist any more", 404) from None
            raise
        if not isinstance(ticket, dict):
            raise Retryable("no ticket in the answer")
        if ticket.get("status") in SHUT:
            raise Unreachable("the ticket is closed")
        return ticket

    def _receipt(self, status: Literal["sent", "already"], ticket: str, audit: object) -> Receipt:
        return Receipt(status, str(audit), url=f"{self._client.url}/agent/tickets/{ticket}")
