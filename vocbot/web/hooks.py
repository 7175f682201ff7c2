"""Where webhooks come in: POST /hooks/{connector id}, a raw ASGI route. The 2xx goes out after the record is durable.

Answers: true duplicate 200; bad, stale or missing signature 401; unknown connector 404; too large 413; full 503 with
Retry-After; authentic but unparseable 200 (kept, listed, replayable). What somebody waits for before a window is
answered at once and not kept: there is nobody left to show it to later.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any
from urllib.parse import parse_qsl

from vocbot.listen.intake import Intake, IntakeFull
from vocbot.sdk.clock import Clock
from vocbot.sdk.errors import BadSignature, Unparseable, trace
from vocbot.sdk.ports import WebhookSource
from vocbot.sdk.wire import Inbound, Request, Response
from vocbot.web.windows import Windows

log = logging.getLogger(__name__)

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

PREFIX = "/hooks"
RETRY_AFTER = b"5"  # seconds
_PLAIN = (b"content-type", b"text/plain; charset=utf-8")
_TAKEN: list[MutableMapping[str, Any]] = [
    {"type": "http.response.start", "status": 200, "headers": [_PLAIN, (b"content-length", b"0")]},
    {"type": "http.response.body", "body": b""},
]


class _TooLarge(Exception):
    pass


class _Gone(Exception):
    """The sender hung up before the body was complete."""


class Hooks:
    """The ASGI application behind /hooks."""

    def __init__(
        self,
        sources: Mapping[str, WebhookSource],
        intake: Intake,
        clock: Clock,
        public_url: str,
        max_body: int,
        windows: Windows | None = None,
    ) -> None:
        self._sources = sources
        self._intake = intake
        self._clock = clock
        self._public_url = public_url.rstrip("/")
        self._max_body = max_body
        self._windows = windows
        self._urls = {connector: f"{self._public_url}{PREFIX}/{connector}" for connector in sources}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await send({"type": "websocket.close"})
            return
        connector = scope["path"].removeprefix(PREFIX).strip("/")
        try:
            answer = await self._answer(connector, scope, receive)
        except _Gone:
            return
        except _TooLarge:
            answer = Response(413, f"body is larger than {self._max_body} bytes".encode())
        except BadSignature as error:
            log.warning("refused a request for %s: %s", connector, error, extra={"action": "hook.refused"})
            answer = Response(401, b"signature refused")
        except IntakeFull:
            answer = Response(503, b"busy, come again")
        except Exception as error:  # noqa: BLE001 - the web border: the sender will come again
            log.error("request for %s failed: %s", connector, trace(error), extra={"action": "hook.failed"})
            answer = Response(500, b"internal error")
        if answer is None:
            for message in _TAKEN:
                await send(message)
        else:
            await _reply(send, answer)

    async def _answer(self, connector: str, scope: Scope, receive: Receive) -> Response | None:
        """None once the record is durable: 200 without words, what nearly every request gets."""
        source = self._sources.get(connector)
        if source is None:
            return Response(404, b"no such connector")
        if scope["method"] not in ("POST", "GET", "HEAD"):
            return Response(405, b"use POST")
        request = self._request(connector, scope, await _body(receive, self._max_body))
        hello = source.handshake(request)
        if hello is not None:
            return hello
        if request.method != "POST":
            return Response(405, b"use POST")
        source.verify(request)
        if self._windows is not None and connector in self._windows:
            answer = await self._windows.take(connector, request)
            if answer is not None:
                return answer
        record = Inbound("webhook", _event_id(source, request), request.body, request.headers, self._clock.now())
        await self._intake.accept(connector, record)
        return None

    def _request(self, connector: str, scope: Scope, body: bytes) -> Request:
        query = scope["query_string"].decode("latin-1")
        url = self._urls[connector]
        return Request(
            scope["method"],
            f"{url}?{query}" if query else url,
            # names come in lower case, as ASGI has it
            {k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]},
            body,
            dict(parse_qsl(query, keep_blank_values=True)) if query else {},
        )


def _event_id(source: WebhookSource, request: Request) -> str:
    try:
        return source.event_id(request)
    except Unparseable:
        return "body:" + hashlib.sha256(request.body).hexdigest()


async def _body(receive: Receive, limit: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _Gone
        part: bytes = message.get("body", b"")
        size += len(part)
        if size > limit:
            raise _TooLarge
        if not message.get("more_body", False):
            return b"".join((*parts, part)) if parts else part
        parts.append(part)


async def _reply(send: Send, answer: Response) -> None:
    headers = [(b"content-type", answer.content_type.encode()), (b"content-length", str(len(answer.body)).encode())]
    if answer.status == 405:
        headers.append((b"allow", b"POST"))
    if answer.status == 503:
        headers.append((b"retry-after", RETRY_AFTER))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
