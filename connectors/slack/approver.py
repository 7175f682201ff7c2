"""Puts a question with buttons into a channel and replaces it by its outcome once it is decided."""

from __future__ import annotations

from connectors.slack import client
from connectors.slack.config import SlackSettings
from vocbot.sdk.document import Document
from vocbot.sdk.ports import Context
from vocbot.sdk.receipt import Receipt


class SlackApprover:
    """Approver port. The reference of a question is "channel:ts"; presses come in through the webhook."""

    def __init__(self, settings: SlackSettings, context: Context) -> None:
        self._api = client.web(settings, context.timeout)

    def ask(self, key: str, target: str, document: Document) -> Receipt:
        return client.post(self._api, key, target, document)

    def find(self, key: str, target: str) -> Receipt | None:
        return client.find(self._api, key, target)

    def settle(self, ref: str, target: str, document: Document) -> Receipt:
        """Replace the question `ref`; its channel is part of the reference, so a changed `target` does no harm."""
        return client.settle(self._api, ref, document)
