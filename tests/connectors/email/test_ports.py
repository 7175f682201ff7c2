"""Replier and check against the stand-in and against scripted servers: what arrives, and what every failure means."""

from __future__ import annotations

import logging
import re
import socket
import ssl
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from connectors.email import client, letter
from connectors.email.checkable import EmailCheck
from connectors.email.config import EmailSettings
from connectors.email.replier import EmailReplier
from connectors.email.standin import PASSWORD, EmailStandin
from vocbot.sdk.document import Document, Quote, paragraph
from vocbot.sdk.errors import OutcomeUnknown, Rejected, Retryable, Unreachable, VocbotError
from vocbot.sdk.ports import Checkable, Context, Replier, ReplyTo
from vocbot.sdk.testing.standin import Fault

WHO = "lina@example.net"
NOTE = Document("en", "Fixed", (paragraph("Bluetooth works again."),))
DOTS = Document(
    "en",
    "Dots . and lines",
    (paragraph("."), paragraph(".\n..\n.hidden\nFrom here"), paragraph("long " * 600), paragraph("y" * 2500)),
)
ZH = Document(
    "zh",
    "已修复：蓝牙断连 🎉",
    (paragraph("您好，李娜。\n.\n。"), Quote("又断了😡", "App 评论"), paragraph("长" * 2000)),
)


def test_a_letter_arrives(server: EmailStandin, settings: EmailSettings, context: Context) -> None:
    replier = EmailReplier(settings, context)
    assert isinstance(replier, Replier)
    to = ReplyTo(WHO, "Bluetooth", ("<first@example.net>", "<second@example.net>"))
    receipt = replier.reply("notice:12:3", to, NOTE)
    (effect,) = server.effects("mail_received")
    assert effect == {
        "effect": "mail_received",
        "key": "notice:12:3",
        "to": WHO,
        "subject": "Re: Bluetooth",
        "message_id": receipt.ref,
        "in_reply_to": "<second@example.net>",
        "text": "Bluetooth works again.\n",
    }
    assert (receipt.status, replier.find("notice:12:3", to)) == ("sent", None)
    (entry,) = server.log()
    assert (entry["method"], entry["path"], entry["status"], entry["verdict"]) == ("SMTP", "MAIL", 250, "ok")
    assert entry["body"]["from"] == "voice@standin.example"
    assert entry["body"]["headers"]["date"] == "Mon, 02 Mar 2026 09:07:00 +0000"
    assert server.mails(WHO) == [entry["body"]]


@pytest.mark.parametrize("document", [DOTS, ZH], ids=["dots", "chinese"])
def test_text_arrives_as_it_was(
    document: Document, server: EmailStandin, settings: EmailSettings, context: Context
) -> None:
    EmailReplier(settings, context).reply("k", ReplyTo(WHO), document)
    (mail,) = server.mails(WHO)
    assert mail["subject"] == document.title
    assert mail["plain"] == letter.to_plain(document) + "\n"
    assert mail["html"] == letter.to_html(document)


def test_address_beyond_ascii(server: EmailStandin, settings: EmailSettings, context: Context) -> None:
    EmailReplier(settings, context).reply("k", ReplyTo("李娜@例子.中国"), ZH)
    (mail,) = server.mails("李娜@xn--fsqu00a.xn--fiqs8s")
    assert (mail["headers"]["to"], mail["subject"]) == ("李娜@xn--fsqu00a.xn--fiqs8s", ZH.title)


# -- encryption


@pytest.mark.parametrize("implicit", [False, True], ids=["starttls", "tls"])
def test_encrypted(implicit: bool, tls: ssl.SSLContext, certificate: Path, context: Context, tmp_path: Path) -> None:
    server = EmailStandin(tmp_path / "mail.jsonl", context.clock, tls, implicit)
    server.start()
    try:
        settings = EmailSettings.model_validate({**server.settings(), "ca_file": str(certificate)})
        assert settings.security == ("tls" if implicit else "starttls")
        EmailReplier(settings, context).reply("k", ReplyTo(WHO), NOTE)
        assert len(server.mails(WHO)) == 1
        stranger = settings.model_copy(update={"ca_file": None})
        with pytest.raises(Retryable, match="SSLCertVerificationError"):
            EmailReplier(stranger, context).reply("k", ReplyTo(WHO), NOTE)
        wrong_way = settings.model_copy(update={"security": "starttls" if implicit else "none"})
        with pytest.raises(VocbotError):
            EmailReplier(wrong_way, replace(context, timeout=0.3)).reply("k", ReplyTo(WHO), NOTE)
        assert len(server.mails(WHO)) == 1
    finally:
        server.stop()


def test_never_in_clear_where_encryption_is_asked_for(
    server: EmailStandin, settings: EmailSettings, context: Context
) -> None:
    with pytest.raises(Rejected, match="no STARTTLS"):
        EmailReplier(settings.model_copy(update={"security": "starttls"}), context).reply("k", ReplyTo(WHO), NOTE)
    assert server.log() == []


# -- refusals by the stand-in

FAULTS: list[tuple[dict[str, Any], type[VocbotError] | None]] = [
    ({"on": "SMTP MAIL", "kind": "answer"}, Retryable),
    ({"on": "SMTP MAIL", "kind": "answer", "status": 452}, Retryable),
    ({"on": "SMTP MAIL", "kind": "answer", "status": 554, "body": f"5.7.1 spam from {WHO}"}, Rejected),
    ({"on": "SMTP MAIL", "kind": "drop"}, OutcomeUnknown),
    ({"on": "SMTP MAIL", "kind": "drip", "seconds": 5}, OutcomeUnknown),
    ({"on": "SMTP MAIL", "kind": "drip", "seconds": 0.1}, None),
    ({"on": "SMTP RCPT", "kind": "answer", "status": 451, "body": "4.7.1 greylisted"}, Retryable),
    ({"on": "SMTP RCPT", "kind": "answer", "status": 550, "body": f"5.1.1 <{WHO}> unknown"}, Unreachable),
    ({"on": "SMTP RCPT", "kind": "answer", "status": 550}, Unreachable),
    ({"on": "SMTP RCPT", "kind": "answer", "status": 552, "body": "5.2.2 full"}, Unreachable),
    ({"on": "SMTP RCPT", "kind": "answer", "status": 554, "body": "5.7.1 relaying denied"}, Rejected),
    ({"on": "SMTP RCPT", "kind": "answer", "status": 530, "body": "log in"}, Rejected),
]


@pytest.mark.parametrize(("fault", "expected"), FAULTS)
def test_failures(
    fault: dict[str, Any],
    expected: type[VocbotError] | None,
    server: EmailStandin,
    settings: EmailSettings,
    context: Context,
) -> None:
    hasty = replace(context, timeout=0.5)
    server.faults.add(Fault(**fault))
    if expected is None:
        EmailReplier(settings, hasty).reply("k", ReplyTo(WHO), NOTE)
    else:
        refused(expected, lambda: EmailReplier(settings, hasty).reply("k", ReplyTo(WHO), NOTE))
    (entry,) = server.log()
    assert entry["fault"] == fault["kind"]
    assert len(server.effects("mail_received")) == (fault["kind"] != "answer")


def refused(expected: type[VocbotError], call: Callable[[], object], match: str = ".") -> None:
    with pytest.raises(expected, match=match) as caught:
        call()
    assert type(caught.value) is expected
    shown = "".join(traceback.format_exception(caught.value))
    for private in (WHO, PASSWORD, "Bluetooth", "spam from"):
        assert private not in shown


def test_closed_mailbox(server: EmailStandin, settings: EmailSettings, context: Context) -> None:
    server.close_mailbox("Lina@example.net")
    refused(Unreachable, lambda: EmailReplier(settings, context).reply("k", ReplyTo(WHO), NOTE), "RCPT: 550 5.1.1")
    assert server.log()[0]["verdict"] == "refused"
    refused(Unreachable, lambda: EmailReplier(settings, context).reply("k", ReplyTo("no address"), NOTE), "address")
    assert len(server.log()) == 1


def test_wrong_password(server: EmailStandin, settings: EmailSettings, context: Context) -> None:
    wrong = EmailSettings.model_validate({**server.settings(), "password": "wrong-password"})
    refused(Rejected, lambda: EmailReplier(wrong, context).reply("k", ReplyTo(WHO), NOTE), "set-up: 535")
    nobody = settings.model_copy(update={"username": None, "password": None})
    refused(Rejected, lambda: EmailReplier(nobody, context).reply("k", ReplyTo(WHO), NOTE), "MAIL: 530 5.7.0")
    assert [entry["verdict"] for entry in server.log()][-1] == "unauthorised"


def test_two_megabytes_are_refused(server: EmailStandin, settings: EmailSettings, context: Context) -> None:
    written = letter.write(settings, "k", ReplyTo(WHO), NOTE, context.clock.now())
    fits = replace(written, content=written.content + b"x" * 76 + b"\r\n")
    client.send(settings, context.timeout, fits)
    huge = replace(written, content=written.content + (b"x" * 76 + b"\r\n") * 27_000)
    assert len(huge.content) > 2 * 1024 * 1024
    refused(Rejected, lambda: client.send(settings, context.timeout, huge), "larger than the server takes")
    assert len(server.mails(WHO)) == 1


# -- servers that a script makes misbehave at one step

EHLO = "250-mail\r\n250-AUTH PLAIN\r\n250 8BITMIME"
OK = "250 ok"
STEPS = ["greeting", "ehlo", "auth", "mail", "rcpt", "data", "letter"]
SMOOTH = ["220 mail", EHLO, "235 in", OK, OK, "354 go", OK]


@contextmanager
def scripted(replies: Sequence[str | None]) -> Iterator[tuple[EmailSettings, list[bytes]]]:
    """A server that gives these replies in order; None cuts the connection. Yields what came in, too."""
    came: list[bytes] = []

    def serve() -> None:
        listener.settimeout(5)
        peer, _ = listener.accept()
        with peer, peer.makefile("rb") as lines:
            for step, reply in enumerate(replies):
                if step == len(SMOOTH) - 1:  # after DATA: the letter, up to the lone dot
                    while (line := lines.readline()) not in (b".\r\n", b""):
                        came.append(line)
                elif step:
                    came.append(lines.readline())
                if reply is None:
                    return
                peer.sendall(reply.encode() + b"\r\n")
            lines.readline()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield (
            EmailSettings.model_validate(
                {
                    "host": "127.0.0.1",
                    "port": listener.getsockname()[1],
                    "security": "none",
                    "username": "voice",
                    "password": PASSWORD,
                    "from_address": "voice@example.com",
                }
            ),
            came,
        )
        thread.join(5)
        assert not thread.is_alive()


@pytest.mark.parametrize(
    ("step", "reply", "expected"),
    [
        ("greeting", "554 5.3.2 not for you", Rejected),
        ("greeting", "421 busy", Retryable),
        ("greeting", None, Retryable),
        ("greeting", "what?", Retryable),
        ("ehlo", "250-mail\r\n250 SIZE 100", Rejected),  # no AUTH
        ("ehlo", "250-mail\r\n250 AUTH GSSAPI", Rejected),
        ("ehlo", None, Retryable),
        ("auth", "454 4.7.0 later", Retryable),
        ("auth", "535 5.7.8 no", Rejected),
        ("auth", None, Retryable),
        ("mail", "451 4.3.0 later", Retryable),
        ("mail", "550 5.7.1 not as this sender", Rejected),
        ("mail", None, Retryable),
        ("rcpt", "421 4.7.0 slow down", Retryable),
        ("rcpt", "553 5.1.3 bad address", Unreachable),
        ("rcpt", None, Retryable),
        ("data", "451 4.3.0 later", Retryable),
        ("data", "554 no valid recipients", Rejected),
        ("data", None, Retryable),
        ("letter", "451 4.3.0 later", Retryable),
        ("letter", "552 5.3.4 too big", Rejected),
        ("letter", "what?", OutcomeUnknown),
        ("letter", "354 again", OutcomeUnknown),
        ("letter", "250 " + "x" * 9000, OutcomeUnknown),
        ("letter", None, OutcomeUnknown),
    ],
)
def test_every_step(step: str, reply: str | None, expected: type[VocbotError], context: Context) -> None:
    place = STEPS.index(step)
    with scripted([*SMOOTH[:place], reply]) as (settings, came):
        refused(expected, lambda: EmailReplier(settings, context).reply("k", ReplyTo(WHO), NOTE))
    # A name for us that says nothing of this machine; nothing is sent beyond the step that failed.
    assert place == 0 or came[0].lower() == b"ehlo example.com\r\n"
    assert (step == "letter") == any(b"Bluetooth" in line for line in came)


def test_any_yes_is_a_yes(context: Context) -> None:
    with scripted([*SMOOTH[:-1], "200 taken"]) as (settings, _):
        assert EmailReplier(settings, context).reply("k", ReplyTo(WHO), NOTE).status == "sent"


def test_farewell_does_not_matter(context: Context) -> None:
    with scripted(SMOOTH) as (settings, came):  # hangs up instead of answering QUIT
        assert EmailReplier(settings, context).reply("k", ReplyTo(WHO), DOTS).status == "sent"
    body = b"".join(came)
    assert b"MAIL FROM:<voice@example.com>\r\n" in body.replace(b"mail FROM", b"MAIL FROM")
    assert not re.search(rb"^\.(?!\.)", body, re.MULTILINE), "each line that begins with a dot got a second one"
    assert body.count(b"\r\n..\r\n") >= 2


def test_no_smtputf8(context: Context) -> None:
    with scripted([*SMOOTH[:3]]) as (settings, came):
        refused(
            Unreachable, lambda: EmailReplier(settings, context).reply("k", ReplyTo("李娜@x.net"), NOTE), "SMTPUTF8"
        )
    assert not any(line.upper().startswith(b"MAIL") for line in came)


def test_no_server(settings: EmailSettings, context: Context) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound but not listening: refused
        gone = settings.model_copy(update={"port": taken.getsockname()[1]})
        refused(Retryable, lambda: EmailReplier(gone, context).reply("k", ReplyTo(WHO), NOTE), "ConnectionRefused")
        (finding,) = EmailCheck(gone, context).check()
        assert finding.level == "error"


def test_silent_server(settings: EmailSettings, context: Context) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        mute = settings.model_copy(update={"port": silent.getsockname()[1]})
        refused(Retryable, lambda: EmailReplier(mute, replace(context, timeout=0.3)).reply("k", ReplyTo(WHO), NOTE))


# -- check, logs


def test_check(server: EmailStandin, settings: EmailSettings, context: Context) -> None:
    check = EmailCheck(settings, context)
    assert isinstance(check, Checkable)
    assert [(finding.level, finding.what) for finding in check.check()] == [
        ("ok", "connected with no encryption, logged in")
    ]
    bare = settings.model_copy(update={"unsubscribe_mailto": None})
    assert [finding.level for finding in EmailCheck(bare, context).check()] == ["ok", "warning"]
    wrong = EmailSettings.model_validate({**server.settings(), "password": "wrong-password"})
    (finding,) = EmailCheck(wrong, context).check()
    assert (finding.level, finding.what) == ("error", "SMTP set-up: 535 5.7.8")
    with scripted(["220 mail", EHLO, "235 in", "421 closing"]) as (odd, _):
        assert [finding.level for finding in EmailCheck(odd, context).check()] == ["error"]
    with scripted(["220 mail", EHLO, "235 in", OK]) as (old, _):
        assert [finding.level for finding in EmailCheck(old, context).check()] == ["ok", "warning", "warning"]
    assert server.mails(WHO) == []


def test_the_connector_logs_nothing_private(
    settings: EmailSettings, context: Context, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    EmailReplier(settings, context).reply("k", ReplyTo(WHO), NOTE)
    assert [record.getMessage() for record in caplog.records if record.name != "asyncio"] == []
