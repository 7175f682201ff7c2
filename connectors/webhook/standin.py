"""A system of somebody's own: posts what customers said, signed, and takes our messages, each only once.

It follows the Standard Webhooks specification on both sides.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from vocbot.sdk.clock import Clock
from vocbot.sdk.errors import BadSignature
from vocbot.sdk.manifest import PortName
from vocbot.sdk.signing import sign, verify
from vocbot.sdk.testing.shape import Shape
from vocbot.sdk.testing.standin import Answer, Call, Refuse, Standin, route
from vocbot.sdk.wire import Request

OLD_SECRET = "whsec_" + base64.b64encode(b"the-old-key-of-24-bytes!").decode()
SECRET = "whsec_" + base64.b64encode(b"the-key-of-the-stand-in!").decode()
SEND_SECRET = "whsec_" + base64.b64encode(b"the-key-of-the-receiver!").decode()
LARGEST = 300_000  # bytes
MESSAGE = Shape(
    {
        "type": str,
        "key": str,
        "target": str,
        "language": str,
        "title": str,
        "text": str,
        "markdown": str,
        "blocks": list,
    }
)


class WebhookStandin(Standin):
    """One in-house system. `received` are the messages it took, by webhook-id."""

    id: ClassVar[str] = "webhook"

    def __init__(self, log_path: Path, clock: Clock) -> None:
        super().__init__(log_path, clock)
        self.received: dict[str, dict[str, Any]] = {}
        self._spoken = 0

    def settings(self) -> dict[str, Any]:
        return {
            "secrets": [OLD_SECRET, SECRET],
            "urls": {"ops": f"{self.url}/in/ops"},
            "send_secret": SEND_SECRET,
            "expect": "received",
        }

    def samples(self, hook: str) -> Sequence[Request]:
        return [
            self.said("优惠券显示可用但不抵扣", "u-1", hook),
            self.signed({"text": "no more than a text"}, hook),
            self.signed([self.words("one of two", "u-2"), self.words("two of two", "u-3")], hook, OLD_SECRET),
        ]

    def target(self, port: PortName) -> str:
        return "ops"

    # -- what the system sends

    def words(self, text: str, by: str) -> dict[str, Any]:
        """An item in vocbot's own form."""
        with self.lock:
            self._spoken += 1
            return {
                "id": f"fb-{self._spoken}",
                "text": text,
                "time": self.clock.now().isoformat(),
                "author": {"handle": by, "name": "Li Na", "email": f"{by}@customer.example"},
                "score": 2,
                "channel": "survey",
                "attributes": {"version": "5.4.0"},
            }

    def said(self, text: str, by: str, hook: str) -> Request:
        """A customer's words as a signed request."""
        return self.signed(self.words(text, by), hook)

    def signed(self, content: Any, hook: str, secret: str = SECRET) -> Request:
        """Any content as a signed request."""
        body = json.dumps(content, ensure_ascii=False).encode()
        headers = sign("standard_webhooks", secret, body, self.clock.now(), url=hook)
        return Request("POST", hook, {"content-type": "application/json", **headers}, body)

    # -- what the system takes

    def authorised(self, call: Call) -> bool:
        request = Request(call.method, self.url + call.path, call.headers, call.body, call.query)
        try:
            verify("standard_webhooks", SEND_SECRET, request, self.clock.now())
        except BadSignature:
            return False
        return True

    @route("POST", "/in/{name}", MESSAGE)
    def take(self, call: Call) -> Answer:
        if len(call.body) > LARGEST:
            raise Refuse(413, {"error": "too large"})
        ident = call.headers["webhook-id"]
        message: Mapping[str, Any] = call.json
        if ident in self.received:
            return Answer(200, {"received": True, "again": True})  # accepted, so that the sender stops, and dropped
        self.received[ident] = dict(message)
        self.effect("message_received", key=message["key"], id=ident, title=message["title"], text=message["text"])
        return Answer(200, {"received": True})
