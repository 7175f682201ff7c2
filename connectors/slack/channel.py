"""Posts to a channel, or answers whoever used the slash command."""

from __future__ import annotations

from connectors.slack import client
from connectors.slack.config import SlackSettings
from vocbot.sdk.document import Document
from vocbot.sdk.ports import Context
from vocbot.sdk.receipt import Receipt


class SlackChannel:
    """Channel port, editable. A target is a channel's id, or the response_url of a question.

    An answer to a response_url is seen by one person only and is no message of the channel: `find` never sees it.
    """

    def __init__(self, settings: SlackSettings, context: Context) -> None:
        self._settings = settings
        self._timeout = context.timeout
        self._api = client.web(settings, context.timeout)

    def post(self, key: str, target: str, document: Document) -> Receipt:
        if client.is_response_url(target):
            return client.respond(self._settings, self._timeout, target, document)
        return client.post(self._api, key, target, document)

    def find(self, key: str, target: str) -> Receipt | None:
        return None if client.is_response_url(target) else client.find(self._api, key, target)

    def edit(self, ref: str, target: str, document: Document) -> Receipt:
        """Replace the message `ref`; its channel is part of the reference."""
        return client.edit(self._api, ref, document)
