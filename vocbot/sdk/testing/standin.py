"""The base of a stand-in: a loopback server that behaves like one vendor, for demos and tests.

A subclass names its routes with `@route`, checks what a vendor checks (authorisation, contract, state) and calls
`self.effect(...)` for whatever changed in the world. Everything received goes to a JSONL log, one line a request, and
that log, not our own tables, is what the demo is judged by. Faults are planned from outside with `faults.add`.
"""

from __future__ import annotations

import json
import re
import socket
import sys
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar, Literal
from urllib.parse import parse_qsl, urlsplit

import httpx
from tenacity import Retrying, retry_if_result, stop_after_attempt, wait_fixed

from vocbot.sdk.clock import Clock
from vocbot.sdk.manifest import PortName
from vocbot.sdk.testing.shape import Shape
from vocbot.sdk.wire import Request


@dataclass(frozen=True)
class Call:
    """One request that reached a route: path parameters, query, JSON or form body."""

    method: str
    path: str
    params: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    json: Any


@dataclass(frozen=True)
class Answer:
    """What the stand-in answers; `body` is sent as JSON unless it is bytes."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


class Refuse(Exception):
    """Raised by a route to answer with an error of the vendor's shape."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(status)
        self.answer = Answer(status, body)


@dataclass
class Fault:
    """What goes wrong with the next `times` requests whose "METHOD /path" matches `on`.

    `answer`: the vendor answers this instead of working. `drop`: the vendor works, then the connection breaks (a
    timeout after success). `drip`: it works, and the answer comes a byte at a time over `seconds`.
    `error_after`: it works, then answers `status`.
    """

    on: str
    kind: Literal["answer", "drop", "drip", "error_after"]
    status: int = 503
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    seconds: float = 0.0
    times: int = 1


class Faults:
    """The faults that are still to happen, in order."""

    def __init__(self) -> None:
        self._planned: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, *faults: Fault) -> None:
        with self._lock:
            self._planned.extend(faults)

    def take(self, method: str, path: str) -> Fault | None:
        with self._lock:
            for fault in self._planned:
                if re.search(fault.on, f"{method} {path}"):
                    fault.times -= 1
                    if fault.times <= 0:
                        self._planned.remove(fault)
                    return fault
        return None

    def clear(self) -> None:
        """Nothing more goes wrong."""
        with self._lock:
            self._planned.clear()


Handler = Callable[[Any, Call], Answer]


def route(method: str, path: str, body: Shape | None = None) -> Callable[[Handler], Handler]:
    """Mark a method as the handler of `path` ("/tickets/{id}"); a body that breaks `body` is answered 400."""

    def mark(handler: Handler) -> Handler:
        handler.__dict__.setdefault("routes", []).append((method, path, body))
        return handler

    return mark


class Standin(ABC):
    """One vendor on loopback. `log_path` receives the log; events are delivered to `hook` once it is set."""

    id: ClassVar[str]
    contract_status: ClassVar[int] = 400  # how this vendor answers a body that breaks its contract
    wire: ClassVar[Literal["http", "smtp", "imap", "none"]] = "http"  # what faults can happen on

    def __init__(self, log_path: Path, clock: Clock) -> None:
        self.clock = clock
        self.faults = Faults()
        self.hook: str | None = None
        self.lock = threading.RLock()
        self._log_path = log_path
        self._log_lock = threading.Lock()
        self._by_name: dict[str, list[dict[str, Any]]] = {}  # effects by their names, as the log has them
        self._effects = threading.local()
        self._routes = [
            (method, re.compile("^" + re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path) + "$"), shape, handler)
            for name in dir(type(self))
            if callable(handler := getattr(type(self), name)) and hasattr(handler, "routes")
            for method, path, shape in handler.routes
        ]
        self._server: ThreadingHTTPServer | None = None
        self._caller = httpx.Client(timeout=10, verify=False)  # noqa: S501 - one for all, and nothing but loopback

    # -- what a subclass says of itself

    @abstractmethod
    def settings(self) -> dict[str, Any]:
        """The connector's settings (plain values) that point at this stand-in."""

    @abstractmethod
    def samples(self, hook: str) -> Sequence[Request]:
        """Genuine signed webhook requests as the vendor would send them now, one of each event type."""

    def target(self, port: PortName) -> str:
        """Where the contract suite may write with `port`: a channel, a conversation or address, a customer, ..."""
        raise NotImplementedError(f"{type(self).__name__}.target: say where the suite may write with {port}")

    def speak(self, text: str, by: str) -> None:
        """A customer, `by` their handle, says `text` now (by the stand-in's clock) where a poll must see it."""
        raise NotImplementedError(f"{type(self).__name__}.speak: say how a customer's words get there")

    def expire(self) -> bool:
        """Forget all cursors and page tokens given so far; False where this vendor has none to forget."""
        return False

    def authorised(self, call: Call) -> bool:
        """Whether the credentials are right; the routes that need none are let through by the subclass."""
        return True

    def unauthorised(self) -> Answer:
        return Answer(401, {"error": "unauthorised"})

    def contract_error(self, problems: list[str]) -> Answer:
        return Answer(self.contract_status, {"error": "invalid request", "details": problems})

    # -- life

    def start(self, port: int = 0) -> None:
        """Listen on 127.0.0.1; port 0 takes a free one."""
        self._server = _Server(("127.0.0.1", port), _handler(self))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        self._caller.close()
        if self._server:
            self._server.shutdown()
            self._server.server_close()

    @property
    def url(self) -> str:
        assert self._server is not None, "the stand-in is not started"
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    # -- the log

    def effect(self, name: str, **facts: Any) -> None:
        """Note something that changed in the vendor's world because of the current request."""
        self._effects.now.append({"effect": name, **facts})

    def write_log(self, entry: Mapping[str, Any]) -> None:
        line = json.dumps({"at": self.clock.now().isoformat(), **entry}, ensure_ascii=False, default=str)
        with self._log_lock, self._log_path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
            for effect in json.loads(line).get("effects") or []:
                self._by_name.setdefault(effect["effect"], []).append(effect)

    def log(self) -> list[dict[str, Any]]:
        """Everything received (`direction` in) and delivered (out) so far."""
        return list(read_log(self._log_path))

    def effects(self, name: str) -> list[dict[str, Any]]:
        """The effects of one kind, in order."""
        with self._log_lock:
            return list(self._by_name.get(name, ()))

    # -- the vendor's own outgoing events

    def deliver(self, request: Request, attempts: int = 400, pause: float = 0.25) -> int:
        """Send an event as the vendor would, again and again until it is accepted (2xx). Returns the last status.

        A 401 or 413 is final: no vendor repeats those.
        """
        again = Retrying(
            stop=stop_after_attempt(attempts),
            wait=wait_fixed(pause),
            retry=retry_if_result(lambda status: not (200 <= status < 300 or status in (401, 413))),
            retry_error_callback=lambda state: state.outcome.result() if state.outcome else 0,
        )
        status: int = again(self._deliver_once, request)
        return status

    def _deliver_once(self, request: Request) -> int:
        try:
            status = self._caller.request(
                request.method, request.url, headers=dict(request.headers), content=request.body
            ).status_code
        except httpx.TransportError:
            status = 0
        self.write_log({"direction": "out", "url": request.url, "status": status})
        return status

    # -- one request

    def answer(self, call: Call) -> tuple[Answer, Fault | None, list[dict[str, Any]], str]:
        """Decide on one request: (answer, fault to act out, effects, verdict for the log)."""
        self._effects.now = []
        fault = self.faults.take(call.method, call.path)
        if fault and fault.kind == "answer":
            return Answer(fault.status, fault.body, fault.headers), fault, [], "fault"
        answer, verdict = self._work(call)
        if fault and fault.kind == "error_after":
            answer = Answer(fault.status, fault.body, fault.headers)
        return answer, fault, self._effects.now, verdict

    def _work(self, call: Call) -> tuple[Answer, str]:
        known = False
        for method, pattern, shape, handler in self._routes:
            found = pattern.match(call.path)
            if not found:
                continue
            known = True
            if method != call.method:
                continue
            call = Call(**{**call.__dict__, "params": found.groupdict()})
            if not self.authorised(call):
                return self.unauthorised(), "unauthorised"
            problems = shape.problems(call.json) if shape else []
            if problems:
                return self.contract_error(problems), "contract: " + "; ".join(problems)
            try:
                with self.lock:
                    return handler(self, call), "ok"
            except Refuse as refusal:
                return refusal.answer, "refused"
        return Answer(405 if known else 404, {"error": "no such call"}), "unknown call"


def read_log(path: Path) -> Iterator[dict[str, Any]]:
    """The entries of a stand-in's log file; nothing where there is none yet."""
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            yield json.loads(line)


class _Server(ThreadingHTTPServer):
    """Callers that hang up are the business of tests: nothing of it belongs on the screen."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


def _handler(standin: Standin) -> type[BaseHTTPRequestHandler]:
    class Wire(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 30
        disable_nagle_algorithm = True  # headers and body are two writes: with it each answer waits 40 ms

        def _serve(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {k.lower(): v for k, v in self.headers.items()}
            call = Call(
                self.command, parts.path, {}, dict(parse_qsl(parts.query)), headers, body, _decode(headers, body)
            )
            answer, fault, effects, verdict = standin.answer(call)
            payload = answer.body if isinstance(answer.body, bytes) else _encode(answer.body)
            payload = b"" if call.method == "HEAD" else payload
            standin.write_log(
                {
                    "direction": "in",
                    "method": call.method,
                    "path": call.path,
                    "query": call.query,
                    "body": call.json if call.json is not None else body.decode("utf-8", "replace"),
                    "status": answer.status,
                    "verdict": verdict,
                    "fault": fault.kind if fault else None,
                    "effects": effects,
                }
            )
            if fault and fault.kind == "drop":
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            self.send_response(answer.status)
            self.send_header("Content-Length", str(len(payload)))
            if not isinstance(answer.body, bytes):
                self.send_header("Content-Type", "application/json")
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.end_headers()
            if fault and fault.kind == "drip":
                for i in range(len(payload)):
                    self.wfile.write(payload[i : i + 1])
                    self.wfile.flush()
                    time.sleep(fault.seconds / max(1, len(payload)))
            else:
                self.wfile.write(payload)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _serve

        def log_message(self, format: str, *args: Any) -> None:
            """The JSONL log is the only one."""

    return Wire


def _decode(headers: Mapping[str, str], body: bytes) -> Any:
    kind = headers.get("content-type", "")
    if "json" in kind:
        try:
            return json.loads(body)
        except ValueError:
            return None
    if "x-www-form-urlencoded" in kind:
        return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    return None


def _encode(body: Any) -> bytes:
    return b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
