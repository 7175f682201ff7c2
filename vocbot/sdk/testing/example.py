"""The smallest connector that keeps the whole contract, for who writes one; the contract suite's own tests break it.

A real one has a folder: `__init__` with the manifest, `config`, `client`, a file for each port, `standin`.
"""

from __future__ import annotations

import json
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
from pydantic import BaseModel, ConfigDict, SecretStr

from vocbot.sdk import http
from vocbot.sdk.document import Document
from vocbot.sdk.errors import OutcomeUnknown, Rejected, Retryable, Unparseable
from vocbot.sdk.events import Event, Feedback, Unsupported
from vocbot.sdk.manifest import Manifest, PortName
from vocbot.sdk.ports import Context, Finding
from vocbot.sdk.receipt import Receipt
from vocbot.sdk.render.plain import to_plain
from vocbot.sdk.signing import sign, verify
from vocbot.sdk.testing.shape import Shape
from vocbot.sdk.testing.standin import Answer, Call, Refuse, Standin, route
from vocbot.sdk.wire import Inbound, Request, Response

TOKEN, SECRET = "token-of-the-board", "signing-secret-of-the-board"
NOTE = Shape({"key": str, "text": str})


class Board(Standin):
    """A notice board: notes with keys, a list of them, and signed events."""

    id = "board"

    def __init__(self, log_path: Path, clock: Any) -> None:
        super().__init__(log_path, clock)
        self.notes: dict[str, dict[str, Any]] = {}

    def settings(self) -> dict[str, Any]:
        return {"url": self.url, "token": TOKEN, "secret": SECRET}

    def samples(self, hook: str) -> Sequence[Request]:
        bodies = ({"id": f"e{n}", "kind": kind, "text": "hi"} for n, kind in enumerate(("said", "moved")))
        return [self._signed(hook, json.dumps(body).encode()) for body in bodies]

    def target(self, port: PortName) -> str:
        return "the board"

    def _signed(self, hook: str, body: bytes) -> Request:
        return Request("POST", hook, sign("slack", SECRET, body, self.clock.now(), url=hook), body)

    def authorised(self, call: Call) -> bool:
        return call.headers.get("authorization") == f"Bearer {TOKEN}"

    @route("POST", "/notes", NOTE)
    def add(self, call: Call) -> Answer:
        if len(call.json["text"]) > 1000:
            raise Refuse(413, {"error": "too long"})
        ref = f"n{len(self.notes) + 1}"
        self.notes[ref] = call.json
        self.effect("noted", key=call.json["key"], ref=ref)
        return Answer(201, {"ref": ref})

    @route("PUT", "/notes/{ref}", NOTE)
    def change(self, call: Call) -> Answer:
        self.notes[call.params["ref"]] = {**call.json, "key": self.notes[call.params["ref"]]["key"]}
        self.effect("changed", ref=call.params["ref"])
        return Answer(200, {"ref": call.params["ref"]})

    @route("GET", "/notes")
    def list(self, call: Call) -> Answer:
        return Answer(200, [{"ref": ref, "key": note["key"]} for ref, note in self.notes.items()])


class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    url: str
    token: SecretStr
    secret: SecretStr


class Peer:
    def __init__(self, settings: Any, context: Context) -> None:
        self.settings, self.context = settings, context
        headers = {"authorization": f"Bearer {settings.token.get_secret_value()}"}
        self.peer = http.client(settings.url, headers=headers, timeout=context.timeout)
        weakref.finalize(self, self.peer.close)


class Channel(Peer):
    def post(self, key: str, target: str, document: Document) -> Receipt:
        answer = http.write(self.peer, "POST", "/notes", json={"key": key, "text": to_plain(document, 900)})
        return Receipt("sent", self.ref(answer))

    def ref(self, answer: httpx.Response) -> str:
        try:
            return str(answer.json()["ref"])
        except (ValueError, KeyError, TypeError):
            raise OutcomeUnknown("POST /notes: no ref in the answer") from None

    def find(self, key: str, target: str) -> Receipt | None:
        notes = http.read(self.peer, "/notes").json()
        return next((Receipt("already", note["ref"]) for note in notes if note["key"] == key), None)


class Approver(Channel):
    def ask(self, key: str, target: str, document: Document) -> Receipt:
        return self.post(key, target, document)

    def settle(self, ref: str, target: str, document: Document) -> Receipt:
        http.write(self.peer, "PUT", f"/notes/{ref}", json={"key": "", "text": to_plain(document, 900)})
        return Receipt("sent", ref)


class Hook:
    def __init__(self, settings: Any, context: Context) -> None:
        self.settings, self.context = settings, context

    def handshake(self, request: Request) -> Response | None:
        return None

    def verify(self, request: Request) -> None:
        verify("slack", self.settings.secret.get_secret_value(), request, self.context.clock.now())

    def event_id(self, request: Request) -> str:
        try:
            return str(json.loads(request.body)["id"]) or "none"
        except (ValueError, KeyError, TypeError, RecursionError):
            return "none"

    def parse(self, inbound: Inbound) -> Sequence[Event]:
        body = inbound.json()
        if not isinstance(body, dict) or not all(
            isinstance(v, str) and v for v in map(body.get, ("id", "kind", "text"))
        ):
            raise Unparseable("not an event of the board")
        if body["kind"] != "said":
            return [Unsupported(body["kind"])]
        return [Feedback(body["id"], body["text"], inbound.received_at, "board")]


class Check(Peer):
    def check(self) -> Sequence[Finding]:
        try:
            http.read(self.peer, "/notes")
        except (Rejected, Retryable) as error:
            return [Finding("error", str(error))]
        return [Finding("ok", "the board answers")]


MANIFEST = Manifest(
    id="board",
    title="A notice board",
    settings="vocbot.sdk.testing.example:Settings",
    ports={
        "channel": "vocbot.sdk.testing.example:Channel",
        "approver": "vocbot.sdk.testing.example:Approver",
        "webhook_source": "vocbot.sdk.testing.example:Hook",
        "checkable": "vocbot.sdk.testing.example:Check",
    },
    standin="vocbot.sdk.testing.example:Board",
    checked_against="documents",
)
