"""What goes out: one signed POST a message. Nobody can be asked what he took, so `find` sees nothing.

The webhook-id is made from the key: a receiver that remembers it drops what comes twice.
"""

from __future__ import annotations

import hashlib
import weakref

import httpx

from connectors.webhook import payload
from connectors.webhook.config import WebhookSettings
from vocbot.sdk import http, mapping
from vocbot.sdk.document import Document
from vocbot.sdk.errors import OutcomeUnknown, Rejected, Unparseable
from vocbot.sdk.ports import Context
from vocbot.sdk.receipt import Receipt
from vocbot.sdk.signing import sign


class WebhookChannel:
    """Channel port. A target is a name under `urls`."""

    def __init__(self, settings: WebhookSettings, context: Context) -> None:
        self._settings = settings
        self._clock = context.clock
        self._peer = http.client("", timeout=context.timeout)
        weakref.finalize(self, self._peer.close)

    def post(self, key: str, target: str, document: Document) -> Receipt:
        """One attempt. Raises Rejected, Retryable or OutcomeUnknown."""
        url = self._settings.urls.get(target)
        if url is None:
            raise Rejected(f"urls has no {target[:80]!r}")
        ident = webhook_id(key, target)
        try:
            body = payload.body(key, target, document, self._settings.max_bytes)
        except ValueError:
            raise Rejected("the message does not fit into max_bytes") from None
        headers = {"content-type": "application/json", "webhook-id": ident, **self._proof(body, url, ident)}
        answer = http.write(self._peer, "POST", url, content=body, headers=headers)
        self._look(answer, target)
        return Receipt("sent", ident)

    def find(self, key: str, target: str) -> Receipt | None:
        """None: there is nobody to ask (the port is declared blind)."""
        return None

    def _proof(self, body: bytes, url: str, ident: str) -> dict[str, str]:
        secret = self._settings.send_secret.get_secret_value() if self._settings.send_secret else ""
        try:
            return sign(self._settings.send_rule, secret, body, self._clock.now(), url=url, ident=ident)
        except ValueError:
            raise Rejected("send_secret has not the form that send_scheme uses") from None

    def _look(self, answer: httpx.Response, target: str) -> None:
        """Whether a 2xx means yes, where the settings say how to tell."""
        expect = self._settings.expect
        if expect is None:
            return
        try:
            said = answer.json()
            found = mapping.find(expect, said, "expect")
            fine = mapping.holds(expect, said, "expect")
        except (ValueError, RecursionError, Unparseable):
            raise OutcomeUnknown(f"POST to {target}: the answer is not what `expect` is about") from None
        if found is None:
            raise OutcomeUnknown(f"POST to {target}: the answer does not have what `expect` looks for")
        if not fine:
            raise Rejected(f"POST to {target}: the answer says no (`expect`)", answer.status_code)


def webhook_id(key: str, target: str) -> str:
    """The name of a message, the same for every attempt at it."""
    return f"msg_{hashlib.sha256(f'{target} {key}'.encode()).hexdigest()[:32]}"
