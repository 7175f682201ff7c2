"""Writes to one customer by mail."""

from __future__ import annotations

from connectors.email import client, letter
from connectors.email.config import EmailSettings
from vocbot.sdk.document import Document
from vocbot.sdk.ports import Context, ReplyTo
from vocbot.sdk.receipt import Receipt


class EmailReplier:
    """Replier port. `to.ref` is an address, `to.thread` the Message-IDs of the conversation, oldest first."""

    def __init__(self, settings: EmailSettings, context: Context) -> None:
        self._settings = settings
        self._clock = context.clock
        self._timeout = context.timeout

    def reply(self, key: str, to: ReplyTo, document: Document) -> Receipt:
        """Send one letter. The receipt's reference is its Message-ID."""
        written = letter.write(self._settings, key, to, document, self._clock.now())
        client.send(self._settings, self._timeout, written)
        return Receipt("sent", written.message_id)

    def find(self, key: str, to: ReplyTo) -> Receipt | None:
        """None, always: no mail server can be asked what it took. The manifest calls this port blind."""
        return None
