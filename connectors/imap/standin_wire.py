"""The protocol side of the stand-in: reads commands, literals among them, and writes answers (RFC 3501, 2177)."""

from __future__ import annotations

import re
import select
import socket
import socketserver
import ssl
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from vocbot.sdk.testing.standin import Answer, Call, Fault

if TYPE_CHECKING:
    from connectors.imap.standin import ImapStandin

_LITERAL = re.compile(rb"\{(\d+)(\+?)\}\r?\n\Z")
_WORD = re.compile(rb'"((?:[^"\\]|\\.)*)"|(\([^()]*\))|([^\s"()]+)')
_CODES = {
    401: "NO [AUTHENTICATIONFAILED]",
    403: "NO [NOPERM]",
    404: "NO [NONEXISTENT]",
    429: "NO [LIMIT]",
    500: "NO [SERVERBUG]",
    502: "NO [UNAVAILABLE]",
    503: "NO [UNAVAILABLE]",
    504: "NO [UNAVAILABLE]",
}
PEEK = 0.02  # seconds between looks for news while a client idles


@dataclass
class Client:
    """What the server knows of one connection. `folder` is the name of the open one, `told` the count it was told."""

    user: str = ""
    folder: str = ""
    read_only: bool = True
    told: int = 0
    encrypted: bool = False
    arguments: Sequence[bytes] = field(default_factory=tuple)


class Gone(Exception):
    """The connection has ended."""


class Wire(socketserver.BaseRequestHandler):
    """One connection."""

    server: Server

    def setup(self) -> None:
        self.standin = self.server.standin
        self.client = Client()
        self.buffer = b""
        if self.standin.tls and self.standin.implicit:
            self._encrypt()
        self.server.open.add(self.request)

    def finish(self) -> None:
        self.server.open.discard(self.request)
        with suppress(OSError):
            self.request.close()

    def handle(self) -> None:
        with suppress(Gone, OSError, ValueError):
            self._send(b"* OK [CAPABILITY %s] stand-in ready\r\n" % self.standin.capabilities(self.client))
            while self._one():
                pass

    def _one(self) -> bool:
        tag, name, arguments = self._command()
        if name == "UID":
            name, arguments = arguments[0].decode().upper(), arguments[1:]
        if name == "LOGOUT":
            self._send(b"* BYE leaving\r\n" + tag + b" OK done\r\n")
            return False
        if name == "AUTHENTICATE" and len(arguments) < 2:
            self._send(b"+ \r\n")
            arguments = [*arguments, self._line().strip()]
        self.client.arguments = arguments
        answer, fault, effects, verdict = self.standin.answer(Call("IMAP", name, {}, {}, {}, b"", self.client))
        self._log(name, answer, fault, effects, verdict)
        if fault and fault.kind == "drop":
            return False
        self._write(tag, name, answer, fault)
        if answer.status == 200 and not fault:
            if name == "STARTTLS":
                self._encrypt()
            if name == "IDLE":
                self._idle(tag)
        return True

    def _log(self, name: str, answer: Answer, fault: Fault | None, effects: Any, verdict: str) -> None:
        shown = (
            [] if name in ("LOGIN", "AUTHENTICATE") else [a.decode("utf-8", "replace") for a in self.client.arguments]
        )
        self.standin.write_log(
            {
                "direction": "in",
                "method": "IMAP",
                "path": name,
                "query": {},
                "body": shown,
                "status": answer.status,
                "verdict": verdict,
                "fault": fault.kind if fault else None,
                "effects": effects,
            }
        )

    def _write(self, tag: bytes, name: str, answer: Answer, fault: Fault | None) -> None:
        if isinstance(answer.body, bytes):  # a fault that answers no IMAP at all
            self._send(answer.body + b"\r\n")
            raise Gone
        if answer.status == 200 and name == "IDLE" and not fault:
            self._send(b"+ idling\r\n")
            return
        lines = answer.body if answer.status == 200 and isinstance(answer.body, list) else []
        said = "OK" if answer.status == 200 else _CODES.get(answer.status, "BAD" if answer.status == 400 else "NO")
        if isinstance(answer.body, str):
            said = f"{said} {answer.body}"
        whole = (
            b"".join(b"* " + line.encode("latin-1") + b"\r\n" for line in lines)
            + tag
            + b" "
            + said.encode()
            + b" done\r\n"
        )
        if fault and fault.kind == "drip":
            for n in range(len(whole)):
                self._send(whole[n : n + 1])
                time.sleep(fault.seconds / len(whole))
        else:
            self._send(whole)

    def _idle(self, tag: bytes) -> None:
        while True:
            for line in self.standin.news(self.client):
                self._send(b"* " + line + b"\r\n")
            if b"\n" in self.buffer or self._readable():
                self._line()
                self._send(tag + b" OK idle is over\r\n")
                return

    def _readable(self) -> bool:
        if isinstance(self.request, ssl.SSLSocket) and self.request.pending():
            return True
        return bool(select.select([self.request], [], [], PEEK)[0])

    def _command(self) -> tuple[bytes, str, list[bytes]]:
        tag, _, rest = self._line().partition(b" ")
        words: list[bytes] = []
        while found := _LITERAL.search(rest):
            words += _words(rest[: found.start()])
            if not found[2]:
                self._send(b"+ go on\r\n")
            words.append(self._bytes(int(found[1])))
            rest = self._line()
        words += _words(rest)
        if not words:
            raise Gone
        return tag, words[0].decode("ascii", "replace").upper(), words[1:]

    def _line(self) -> bytes:
        while b"\n" not in self.buffer:
            self._more()
        line, _, self.buffer = self.buffer.partition(b"\n")
        return line + b"\n"

    def _bytes(self, count: int) -> bytes:
        while len(self.buffer) < count:
            self._more()
        taken, self.buffer = self.buffer[:count], self.buffer[count:]
        return taken

    def _more(self) -> None:
        data = self.request.recv(65_536)
        if not data:
            raise Gone
        self.buffer += data

    def _send(self, data: bytes) -> None:
        self.request.sendall(data)

    def _encrypt(self) -> None:
        assert self.standin.tls is not None
        self.server.open.discard(self.request)
        self.request = self.standin.tls.wrap_socket(self.request, server_side=True)
        self.server.open.add(self.request)
        self.client.encrypted = True
        self.buffer = b""


class Server(socketserver.ThreadingTCPServer):
    """Takes connections, each in a thread of its own, and can cut all of them."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, standin: ImapStandin, port: int) -> None:
        self.standin = standin
        self.open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", port), Wire)

    def cut(self) -> None:
        """Break every connection."""
        for connection in list(self.open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that leaves in the middle of a handshake is no error here."""


def _words(line: bytes) -> list[bytes]:
    return [
        re.sub(rb"\\(.)", rb"\1", found[1]) if found[1] is not None else found[2] or found[3]
        for found in _WORD.finditer(line)
    ]
