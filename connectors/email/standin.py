"""A mail server on loopback: takes letters, looks through them as strict servers do, and keeps what it took.

Log and faults are those of the base, with method SMTP: a letter is path MAIL, a refused recipient RCPT, a refused
log-in AUTH. The fault `drop` takes the letter and then cuts the connection before the reply.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
import threading
from collections.abc import Sequence
from email import message_from_string
from email.errors import NonASCIILocalPartDefect
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any, ClassVar, Literal

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from vocbot.sdk.clock import Clock
from vocbot.sdk.manifest import PortName
from vocbot.sdk.testing.standin import Answer, Call, Fault, Refuse, Standin, route
from vocbot.sdk.wire import Request

USERNAME = "voice"
PASSWORD = "standin-password"  # noqa: S105  # opens nothing but this stand-in
ONCE = ("from", "to", "date", "subject", "message-id")  # RFC 5322, 3.6: more than once is an error
LINE = 998  # bytes without CRLF; RFC 5322, 2.1.1

# What HTTP calls too many, broken and busy, SMTP calls "try again later"; other statuses are meant as SMTP codes.
_BUSY = {429: 451, 500: 451, 503: 451}


class EmailStandin(Standin):
    """One mail server. With `tls` (a server's context) it offers STARTTLS, or speaks TLS at once if `implicit`.

    For a conductor: `mails` are the letters an address got, `close_mailbox` makes an address bounce.
    """

    id: ClassVar[str] = "email"
    wire: ClassVar[Literal["http", "smtp", "imap", "none"]] = "smtp"
    size_limit: ClassVar[int] = 2 * 1024 * 1024

    def __init__(self, log_path: Path, clock: Clock, tls: ssl.SSLContext | None = None, implicit: bool = False) -> None:
        super().__init__(log_path, clock)
        self._tls = tls
        self._implicit = implicit
        self._closed: set[str] = set()
        self._mails: list[dict[str, Any]] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._listening: asyncio.Server | None = None

    def settings(self) -> dict[str, Any]:
        encrypted = "tls" if self._implicit else "starttls"
        return {
            "host": "127.0.0.1",
            "port": self.port,
            "security": encrypted if self._tls else "none",
            "username": USERNAME,
            "password": PASSWORD,
            "from_address": "voice@standin.example",
            "from_name": "Stand-in",
            "unsubscribe_mailto": "stop@standin.example",
        }

    def samples(self, hook: str) -> Sequence[Request]:
        """None: a mail server calls nobody."""
        return ()

    def target(self, port: PortName) -> str:
        return "sam@customer.example"

    # -- what people do

    def mails(self, address: str) -> list[dict[str, Any]]:
        """The letters that `address` got, oldest first, as the log has them."""
        with self.lock:
            return [mail for mail in self._mails if address in mail["to"]]

    def close_mailbox(self, address: str) -> None:
        """Refuse letters to `address` from now on."""
        with self.lock:
            self._closed.add(address.lower())

    # -- life

    def start(self, port: int = 0) -> None:
        logging.getLogger("mail.log").setLevel(logging.CRITICAL)  # aiosmtpd's; the JSONL log is the only one
        loop = self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=loop.run_forever, daemon=True)
        self._thread.start()

        async def listen() -> asyncio.Server:
            implicit = self._tls if self._implicit else None
            return await loop.create_server(self._session, "127.0.0.1", port, ssl=implicit)

        self._listening = asyncio.run_coroutine_threadsafe(listen(), loop).result(10)

    def stop(self) -> None:
        if self._loop is None or self._thread is None or self._listening is None:
            return
        listening = self._listening

        async def close() -> None:
            listening.close()
            rest = asyncio.all_tasks() - {asyncio.current_task()}
            for task in rest:
                task.cancel()
            await asyncio.gather(*rest, return_exceptions=True)
            await asyncio.sleep(0)  # lets transports close

        asyncio.run_coroutine_threadsafe(close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._loop = None

    @property
    def port(self) -> int:
        assert self._listening is not None, "the stand-in is not started"
        return int(self._listening.sockets[0].getsockname()[1])

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def _session(self) -> SMTP:
        return SMTP(
            _Mailroom(self),
            hostname="mail.standin.example",
            ident="stand-in",
            data_size_limit=self.size_limit,
            enable_SMTPUTF8=True,
            tls_context=None if self._implicit else self._tls,
            require_starttls=self._tls is not None and not self._implicit,
            authenticator=self._authenticate,
            auth_require_tls=False,  # without `tls` the log-in is in clear, on loopback
            loop=self._loop,
        )

    # -- letters

    @route("SMTP", "MAIL")
    def take(self, call: Call) -> Answer:
        """One letter; what strict servers refuse is refused with 554 5.6.0."""
        problems = _problems(call.body, call.json)
        if problems:
            raise Refuse(554, "5.6.0 " + "; ".join(problems))
        headers, mail = call.json["headers"], call.json
        self._mails.append(mail)
        for recipient in mail["to"]:
            self.effect(
                "mail_received",
                key=headers.get("x-vocbot-key"),
                to=recipient,
                subject=mail["subject"],
                message_id=headers.get("message-id"),
                in_reply_to=headers.get("in-reply-to"),
                text=mail["plain"],
            )
        return Answer(250, "2.0.0 queued")

    def note(self, path: str, status: int, fault: Fault | None = None) -> None:
        """Log something refused before a letter came."""
        verdict = "fault" if fault else "unauthorised" if path == "AUTH" else "refused"
        entry: dict[str, Any] = {
            "direction": "in",
            "method": "SMTP",
            "path": path,
            "query": {},
            "body": None,
            "status": status,
        }
        self.write_log({**entry, "verdict": verdict, "fault": fault.kind if fault else None, "effects": []})

    def closed(self, address: str) -> bool:
        """Whether the mailbox refuses letters."""
        return address.lower() in self._closed

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object
    ) -> AuthResult:
        right = LoginPassword(USERNAME.encode(), PASSWORD.encode())
        if data == right:
            return AuthResult(success=True)
        self.note("AUTH", 535)
        return AuthResult(success=False, handled=False)


class _Mailroom:
    """What aiosmtpd asks at each step of a session."""

    def __init__(self, standin: EmailStandin) -> None:
        self._standin = standin

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if not session.authenticated:
            self._standin.note("AUTH", 530)
            return "530 5.7.0 Authentication required"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        fault = self._standin.faults.take("SMTP", "RCPT")
        if fault:
            status = _BUSY.get(fault.status, fault.status)
            self._standin.note("RCPT", status, fault)
            return f"{status} {fault.body or 'refused'}"
        if self._standin.closed(address):
            self._standin.note("RCPT", 550)
            return "550 5.1.1 No such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        raw = bytes(envelope.original_content or b"")
        body = {"from": envelope.mail_from, "to": list(envelope.rcpt_tos), **_read(raw)}
        answer, fault, effects, verdict = self._standin.answer(Call("SMTP", "MAIL", {}, {}, {}, raw, body))
        status = _BUSY.get(answer.status, answer.status) if fault else answer.status
        self._standin.write_log(
            {
                "direction": "in",
                "method": "SMTP",
                "path": "MAIL",
                "query": {},
                "body": body,
                "status": status,
                "verdict": verdict,
                "fault": fault.kind if fault else None,
                "effects": effects,
            }
        )
        if fault and fault.kind == "drop" and isinstance(server.transport, asyncio.Transport):
            server.transport.abort()
        if fault and fault.kind == "drip":
            await asyncio.sleep(fault.seconds)
        return f"{status} {answer.body or 'refused'}"


def _message(raw: bytes) -> EmailMessage:
    """Read from text, as UTF-8 in headers (SMTPUTF8) counts as a defect in bytes."""
    message = message_from_string(raw.decode("utf-8", "surrogateescape"), policy=default)
    assert isinstance(message, EmailMessage)
    return message


def _read(raw: bytes) -> dict[str, Any]:
    """A letter as people and programs see it."""
    message = _message(raw)
    plain, page = message.get_body(("plain",)), message.get_body(("html",))
    return {
        "subject": str(message["subject"] or ""),
        "headers": {name.lower(): str(value) for name, value in message.items()},
        "plain": str(plain.get_content()).replace("\r\n", "\n") if plain else "",
        "html": str(page.get_content()).replace("\r\n", "\n") if page else "",
    }


def _defects(value: Any) -> list[object]:
    """What Python finds wrong with a header; addresses beyond ASCII are right in SMTPUTF8."""
    return [defect for defect in value.defects if not isinstance(defect, NonASCIILocalPartDefect)]


def _problems(raw: bytes, body: dict[str, Any]) -> list[str]:
    message = _message(raw)
    head, _, _ = raw.partition(b"\r\n\r\n")
    lines = raw.split(b"\r\n")
    found = [f"{name}: not once" for name in ONCE if len(message.get_all(name, [])) != 1]
    found += [f"{name}: unreadable" for name, value in message.items() if _defects(value)]
    found += ["unreadable"] if message.defects else []
    found += ["line too long"] if max(map(len, lines)) > LINE else []
    found += ["bare line break"] if any(b"\n" in line or b"\r" in line for line in lines) else []
    found += ["header not ASCII"] if not head.isascii() and all(map(str.isascii, body["to"])) else []
    return found
