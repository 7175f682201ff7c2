"""The smallest connector that keeps the whole contract, for who writes one; the contract suite's own tests break it.

A real one has a folder: `__init__` with the manifest, `config`, `client`, a file for each port, `standin`.
"""

from __future__ import annotations

import hashlib
import json
import weakref
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from pydantic import BaseModel, ConfigDict, SecretStr

from vocbot.sdk import http
from vocbot.sdk.document import Document
from vocbot.sdk.errors import OutcomeUnknown, Rejected, Retryable, Unparseable
from vocbot.sdk.events import Author, Event, Feedback, Unsupported
from vocbot.sdk.incremental import Item, Reading
from vocbot.sdk.manifest import Manifest, PortName
from vocbot.sdk.ports import Context, Finding, aware
from vocbot.sdk.receipt import Receipt
from vocbot.sdk.render.plain import to_plain
from vocbot.sdk.signing import sign, verify
from vocbot.sdk.testing.shape import Shape
from vocbot.sdk.testing.standin import Answer, Call, Refuse, Standin, route
from vocbot.sdk.wire import Inbound, Page, Record, Request, Response

TOKEN, SECRET = "token-of-the-board", "signing-secret-of-the-board"
LOOK_BACK = timedelta(days=30)
NOTE = Shape({"key": str, "text": str})


class Board(Standin):
    """A notice board: notes with keys, a list of them, and signed events."""

    id = "board"

    def __init__(self, log_path: Path, clock: Any) -> None:
        super().__init__(log_path, clock)
        self.notes: dict[str, dict[str, Any]] = {}
        self.said: list[dict[str, str]] = []
        self.visits = 0  # page tokens of former visits are not known any more

    def settings(self) -> dict[str, Any]:
        return {"url": self.url, "token": TOKEN, "secret": SECRET}

    def samples(self, hook: str) -> Sequence[Request]:
        bodies = ({"id": f"e{n}", "kind": kind, "text": "优惠券 coupon"} for n, kind in enumerate(("said", "moved")))
        return [self._signed(hook, json.dumps(body, ensure_ascii=False).encode()) for body in bodies]

    def target(self, port: PortName) -> str:
        return "the board"

    def speak(self, text: str, by: str) -> None:
        with self.lock:
            self.said.append({"id": f"s{len(self.said)}", "text": text, "by": by, "at": self.clock.now().isoformat()})

    def expire(self) -> bool:
        self.visits += 1
        return True

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

    @route("GET", "/said")
    def tell(self, call: Call) -> Answer:
        """What customers said from `since` on, oldest first, twenty at a time."""
        since = datetime.fromisoformat(call.query["since"])
        found = [item for item in self.said if datetime.fromisoformat(item["at"]) >= since]
        visit, _, start = call.query.get("page", f"{self.visits}-0").partition("-")
        if visit != str(self.visits) or not start.isdecimal():
            raise Refuse(410, {"error": "page not known"})
        end = int(start) + 20
        page = f"{self.visits}-{end}" if len(found) > end else None
        return Answer(200, {"said": found[int(start) : end], "page": page})


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


class Poll(Peer):
    def poll(self, cursor: str | None) -> Page:
        now = self.context.clock.now()
        reading = Reading.load(cursor, now - LOOK_BACK)
        try:
            said, page = self.listed(reading)
        except Rejected as refusal:
            if reading.page is None or refusal.status != 410:
                raise
            reading = reading.restarted()
            said, page = self.listed(reading)
        items = [Item(when(note) or reading.at, json.dumps(note, sort_keys=True)) for note in said]
        new, after = reading.step(items, page, now)
        records = tuple(Record(f"said:{digest(said[n])}", json.dumps(said[n]).encode()) for n in new)
        newest = max((item.time for item in items if item.time <= now), default=None)
        return Page(records, after.dump(), page is not None, newest)

    def listed(self, reading: Reading) -> tuple[list[Any], str | None]:
        asked = {"since": reading.since().isoformat(), **({"page": reading.page} if reading.page else {})}
        try:
            answer = http.read(self.peer, "/said", params=asked).json()
            said, page = answer["said"], answer["page"]
        except (ValueError, KeyError, TypeError, RecursionError):
            raise Retryable("GET /said: not what the board says") from None
        if not isinstance(said, list) or not isinstance(page, str | None) or page == "":
            raise Retryable("GET /said: not what the board says")
        return said, page if page != reading.page else None  # a token that does not move would never end

    def parse(self, inbound: Inbound) -> Sequence[Event]:
        note = inbound.json()
        at = when(note)
        if at is None or not all(isinstance(note.get(name), str) and note[name] for name in ("id", "text", "by")):
            raise Unparseable("nothing that somebody said on the board")
        return [Feedback(note["id"], note["text"], at, "board", Author(note["by"]))]


def when(note: Any) -> datetime | None:
    """When it was said; None where that cannot be read: then it is passed on, and parse says so."""
    try:
        return aware(datetime.fromisoformat(note["at"])).astimezone(UTC)
    except (ValueError, KeyError, TypeError, OverflowError):
        return None


def digest(note: Any) -> str:
    return hashlib.sha256(json.dumps(note, sort_keys=True).encode()).hexdigest()[:32]


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
        "poll_source": "vocbot.sdk.testing.example:Poll",
        "checkable": "vocbot.sdk.testing.example:Check",
    },
    standin="vocbot.sdk.testing.example:Board",
    checked_against="documents",
)
