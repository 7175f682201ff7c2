"""A mailbox on loopback: an IMAP4rev1 server with two folders, as far as a reader of mail uses one.

Log and faults are those of the base, with method IMAP and the command as path, without UID: LOGIN, EXAMINE, SEARCH,
FETCH, NOOP, IDLE. A status becomes the code that a server would give: 401 AUTHENTICATIONFAILED, 429 LIMIT, 503
UNAVAILABLE. The fault `drop` does the work and then cuts the connection.
"""

from __future__ import annotations

import base64
import re
import ssl
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from typing import Any, ClassVar, Literal

from connectors.imap.standin_wire import Client, Server
from vocbot.sdk.clock import Clock
from vocbot.sdk.testing.standin import Answer, Call, Refuse, Standin, route
from vocbot.sdk.wire import Request

USERNAME = "voice@standin.example"
PASSWORD = "standin-password"  # noqa: S105  # opens nothing but this stand-in
TOKEN = "standin-access-token"  # noqa: S105
SENT = "Sent"

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_OPEN_TO_ALL = ("CAPABILITY", "LOGIN", "AUTHENTICATE", "STARTTLS", "NOOP", "ID")
_PARTIAL = re.compile(r"(?:BODY|BODY\.PEEK)\[(HEADER)?\](?:<(\d+)\.(\d+)>)?")


@dataclass
class Mail:
    """One mail in a folder."""

    uid: int
    raw: bytes
    received: datetime
    broken: bool = False


@dataclass
class Box:
    """One folder."""

    validity: int = 7
    next: int = 1
    mails: list[Mail] = field(default_factory=list)


class ImapStandin(Standin):
    """One mailbox. With `tls` (a server's context) it offers STARTTLS, or speaks TLS at once if `implicit`."""

    id: ClassVar[str] = "imap"
    wire: ClassVar[Literal["http", "smtp", "imap", "none"]] = "imap"
    idle: bool = True  # whether it offers IDLE; a test may say otherwise before anybody connects

    def __init__(self, log_path: Path, clock: Clock, tls: ssl.SSLContext | None = None, implicit: bool = False) -> None:
        super().__init__(log_path, clock)
        self.tls = tls
        self.implicit = implicit
        self.boxes = {"INBOX": Box(), SENT: Box()}
        self._spoken = 0
        self._listening: Server | None = None

    def settings(self) -> dict[str, Any]:
        encrypted = "tls" if self.implicit else "starttls"
        return {
            "host": "127.0.0.1",
            "port": self.port,
            "security": encrypted if self.tls else "none",
            "username": USERNAME,
            "password": PASSWORD,
            "sent_folder": SENT,
            "own_addresses": ["voice@standin.example", "help@standin.example"],
        }

    def samples(self, hook: str) -> Sequence[Request]:
        """None: a mail server calls nobody."""
        return ()

    # -- what people do

    def speak(self, text: str, by: str) -> None:
        """A mail from a customer, of this moment."""
        self.write(by if "@" in by else f"{by}@customer.example", text)

    def write(self, sender: str, text: str, subject: str = "", folder: str = "INBOX", **headers: str) -> str:
        """A mail is put into a folder; `in_reply_to="<...>"` and the like become headers. Returns its Message-ID."""
        with self.lock:
            self._spoken += 1
            ident = headers.pop("message_id", f"<{self._spoken}.stand-in@{sender.rpartition('@')[2]}>")
            message = EmailMessage(policy=SMTP)
            message["From"] = sender
            message["To"] = headers.pop("to", "help@standin.example")
            message["Subject"] = subject
            message["Date"] = format_datetime(self.clock.now())
            message["Message-ID"] = ident
            for name, value in headers.items():
                message[name.replace("_", "-")] = value
            message.set_content(text)
            self.put(message.as_bytes(), folder)
            return ident

    def put(self, raw: bytes, folder: str = "INBOX", received: datetime | None = None) -> int:
        """A mail as it is, its lines ending in CRLF; returns its number."""
        with self.lock:
            box = self.boxes[folder]
            uid, box.next = box.next, box.next + 1
            box.mails.append(Mail(uid, raw, received or self.clock.now()))
            return uid

    def remove(self, uid: int, folder: str = "INBOX") -> None:
        """A mail is deleted for good."""
        with self.lock:
            self.boxes[folder].mails = [mail for mail in self.boxes[folder].mails if mail.uid != uid]

    def damage(self, uid: int, folder: str = "INBOX") -> None:
        """The mail is listed from now on and cannot be read."""
        with self.lock:
            for mail in self.boxes[folder].mails:
                mail.broken = mail.broken or mail.uid == uid

    def expire(self) -> bool:
        """All mail gets new numbers under a new UIDVALIDITY, as after a restored backup."""
        with self.lock:
            for box in self.boxes.values():
                box.validity += 1
                box.next = 1
                for mail in box.mails:
                    mail.uid, box.next = box.next, box.next + 1
        return True

    def cut(self) -> None:
        """Every connection breaks; new ones are taken."""
        assert self._listening is not None
        self._listening.cut()

    def news(self, client: Client) -> list[bytes]:
        """What changed in the open folder since a client was told."""
        if client.folder not in self.boxes:
            return []
        count, before = len(self.boxes[client.folder].mails), client.told
        client.told = count
        gone = [b"1 EXPUNGE"] * (before - count)
        return [*gone, b"%d EXISTS" % count] if count > before else gone

    # -- life

    def start(self, port: int = 0) -> None:
        self._listening = Server(self, port)
        threading.Thread(target=self._listening.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        self._caller.close()
        if self._listening:
            self._listening.shutdown()
            self._listening.cut()
            self._listening.server_close()

    @property
    def port(self) -> int:
        assert self._listening is not None, "the stand-in is not started"
        return int(self._listening.server_address[1])

    @property
    def url(self) -> str:
        return f"imap://127.0.0.1:{self.port}"

    # -- commands

    def capabilities(self, client: Client) -> bytes:
        """What is offered to a client in its state."""
        words = ["IMAP4rev1", "LITERAL+", "ID"] + (["IDLE"] if self.idle else [])
        if self.tls and not client.encrypted:
            words += ["STARTTLS", "LOGINDISABLED"]
        elif not client.user:
            words += ["AUTH=PLAIN", "AUTH=XOAUTH2"]
        return " ".join(words).encode()

    def authorised(self, call: Call) -> bool:
        return bool(call.json.user) or call.path in _OPEN_TO_ALL

    def unauthorised(self) -> Answer:
        return Answer(400, "log in first")

    @route("IMAP", "{command}")
    def serve(self, call: Call) -> Answer:
        """One command; those of a real server that are not here are refused with BAD."""
        client: Client = call.json
        serve = getattr(self, f"_{call.params['command'].lower()}", None)
        if serve is None or call.params["command"] not in COMMANDS:
            raise Refuse(400, "no such command")
        if call.params["command"] in ("SEARCH", "FETCH", "IDLE") and not client.folder:
            raise Refuse(400, "open a folder first")
        lines: list[bytes] = serve(client, list(client.arguments))
        return Answer(200, [line.decode("latin-1") for line in lines])  # text, as others look at answers, too

    def _capability(self, client: Client, words: list[bytes]) -> list[bytes]:
        return [b"CAPABILITY " + self.capabilities(client)]

    def _id(self, client: Client, words: list[bytes]) -> list[bytes]:
        return [b'ID ("name" "stand-in")']

    def _starttls(self, client: Client, words: list[bytes]) -> list[bytes]:
        if self.tls is None or client.encrypted:
            raise Refuse(400, "no STARTTLS here")
        return []

    def _login(self, client: Client, words: list[bytes]) -> list[bytes]:
        self._enter(client, b"LOGINDISABLED" not in self.capabilities(client) and words == _pair())
        return []

    def _authenticate(self, client: Client, words: list[bytes]) -> list[bytes]:
        mechanism, proof = words[0].upper(), base64.b64decode(words[1])
        right = {
            b"PLAIN": b"\0" + b"\0".join(_pair()),
            b"XOAUTH2": f"user={USERNAME}\x01auth=Bearer {TOKEN}\x01\x01".encode(),
        }
        self._enter(client, proof == right.get(mechanism))
        return []

    def _enter(self, client: Client, right: bool) -> None:
        if not right or (self.tls and not client.encrypted):
            raise Refuse(401, "wrong")
        client.user = USERNAME

    def _examine(self, client: Client, words: list[bytes]) -> list[bytes]:
        return self._open(client, words, True)

    def _select(self, client: Client, words: list[bytes]) -> list[bytes]:
        return self._open(client, words, False)

    def _open(self, client: Client, words: list[bytes], read_only: bool) -> list[bytes]:
        name = words[0].decode("ascii", "replace") if words else ""
        box = self.boxes.get(name)
        if box is None:
            raise Refuse(404, "no such folder")
        client.folder, client.read_only, client.told = name, read_only, len(box.mails)
        return [
            b"FLAGS (\\Seen \\Answered)",
            b"%d EXISTS" % len(box.mails),
            b"0 RECENT",
            b"OK [UIDVALIDITY %d] numbering" % box.validity,
            b"OK [UIDNEXT %d] next" % box.next,
        ]

    def _noop(self, client: Client, words: list[bytes]) -> list[bytes]:
        return self.news(client)

    def _idle(self, client: Client, words: list[bytes]) -> list[bytes]:
        return []

    def _search(self, client: Client, words: list[bytes]) -> list[bytes]:
        box, found = self.boxes[client.folder], list(self.boxes[client.folder].mails)
        for key, value in zip(words[::2], words[1::2], strict=False):
            if key.upper() == b"UID":
                found = [mail for mail in found if mail in _within(box, value.decode())]
            elif key.upper() == b"SINCE":
                day = _day(value.decode())
                found = [mail for mail in found if (mail.received.year, mail.received.month, mail.received.day) >= day]
            else:
                raise Refuse(400, "unknown search key")
        return [b" ".join([b"SEARCH", *(str(mail.uid).encode() for mail in found)])]

    def _fetch(self, client: Client, words: list[bytes]) -> list[bytes]:
        box = self.boxes[client.folder]
        items = words[1].decode().strip("()").upper().split()
        lines = []
        for mail in _within(box, words[0].decode()):
            parts = [f"UID {mail.uid}".encode(), *(self._item(client, mail, item) for item in items if item != "UID")]
            lines.append(b"%d FETCH (%s)" % (box.mails.index(mail) + 1, b" ".join(parts)))
        return lines

    def _item(self, client: Client, mail: Mail, item: str) -> bytes:
        if item == "RFC822.SIZE":
            return b"RFC822.SIZE %d" % len(mail.raw)
        if item == "INTERNALDATE":
            when = mail.received
            return f'INTERNALDATE "{when.day:2d}-{_MONTHS[when.month - 1]}-{when:%Y %H:%M:%S %z}"'.encode()
        found = _PARTIAL.fullmatch(item)
        if not found:
            raise Refuse(400, "unknown item")
        if mail.broken:
            raise Refuse(499, "the mail cannot be read")
        if "PEEK" not in item and not client.read_only:
            self.effect("seen", uid=mail.uid)
        raw = mail.raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" if found[1] else mail.raw
        start, room = (int(found[2]), int(found[3])) if found[2] else (0, len(raw))
        shown = f"BODY[{found[1] or ''}]" + (f"<{start}>" if found[2] else "")
        piece = raw[start : start + room]
        return f"{shown} {{{len(piece)}}}\r\n".encode() + piece


COMMANDS = (*_OPEN_TO_ALL, "EXAMINE", "SELECT", "SEARCH", "FETCH", "IDLE")


def _pair() -> list[bytes]:
    return [USERNAME.encode(), PASSWORD.encode()]


def _day(text: str) -> tuple[int, int, int]:
    day, month, year = text.strip('"').split("-")
    return int(year), _MONTHS.index(month.title()) + 1, int(day)


def _within(box: Box, given: str) -> list[Mail]:
    """The mails of a set of numbers; "*" is the last one there is, and "9:3" means "3:9"."""
    largest = max((mail.uid for mail in box.mails), default=0)
    found = []
    for piece in given.split(","):
        first, _, last = piece.partition(":")
        ends = sorted(largest if end == "*" else int(end) for end in (first, last or first))
        found += [mail for mail in box.mails if ends[0] <= mail.uid <= ends[1] and mail not in found]
    return found
