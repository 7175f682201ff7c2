"""The connector against a real mail server: Dovecot, started by the tests on a free port. Skipped where it is not
installed (Debian: dovecot-imapd)."""

from __future__ import annotations

import json
import threading
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.imap import watch
from connectors.imap.checkable import ImapCheck
from connectors.imap.config import ImapSettings
from connectors.imap.poll_source import ImapPoll
from tests.connectors.imap.dovecot import PASSWORD, Dovecot, binary, running
from vocbot.sdk.errors import Rejected
from vocbot.sdk.events import AgentAnswer, CustomerReply, Feedback
from vocbot.sdk.ports import Context
from vocbot.sdk.testing.clock import HandClock

pytestmark = pytest.mark.skipif(binary() is None, reason="Dovecot 2.3 is not installed (Debian 12: dovecot-imapd)")

NOTICE = "<" + "0a" * 20 + "@acme.example>"


@pytest.fixture
def clock() -> HandClock:
    return HandClock(datetime.now(UTC))  # Dovecot lives in the present


@pytest.fixture(scope="module")
def started(certificate: Path) -> Iterator[Dovecot]:
    with running(certificate) as server:
        yield server


@pytest.fixture
def dovecot(started: Dovecot, request: pytest.FixtureRequest) -> Dovecot:
    """The server with a mailbox for this test alone."""
    return replace(started, user=f"{zlib.crc32(request.node.name.encode())}@standin.example")


@dataclass
class Bench:
    """The server with a connector to it."""

    dovecot: Dovecot
    context: Context
    certificate: Path

    def settings(self, **changes: Any) -> ImapSettings:
        plain = {
            "host": "127.0.0.1",
            "port": self.dovecot.port,
            "security": "none",
            "username": self.dovecot.user,
            "password": PASSWORD,
            "sent_folder": "Sent",
            "own_addresses": ["help@acme.example"],
        }
        return ImapSettings.model_validate({**plain, **changes})

    def source(self, **changes: Any) -> ImapPoll:
        return ImapPoll(self.settings(**changes), self.context)

    def write(self, sender: str, text: str, number: int, folder: str = "INBOX", **headers: str) -> None:
        self.dovecot.put([self.mail(sender, text, number, **headers)], self.context.clock.now(), folder)

    def mail(self, sender: str, text: str, number: int, **headers: str) -> bytes:
        named = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
        head = f"From: {sender}\r\nTo: help@acme.example\r\nMessage-ID: <{number}@customer.example>\r\n{named}"
        return f"{head}Content-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n".encode()


@pytest.fixture
def bench(dovecot: Dovecot, context: Context, certificate: Path) -> Bench:
    return Bench(dovecot, replace(context, timeout=10.0), certificate)


def test_pages_of_mail_are_read_once_and_not_marked_as_read(bench: Bench, drain: Any, means: Any) -> None:
    mails = [bench.mail("sam@customer.example", f"优惠券第{number}次不抵扣", number) for number in range(45)]
    bench.dovecot.put(mails, bench.context.clock.now())
    source = bench.source()
    records, cursor = drain(source)
    texts = [event.text for record in records if isinstance(event := means(source, record), Feedback)]
    assert texts == [f"优惠券第{number}次不抵扣" for number in range(45)]
    assert all(b"Seen" not in line for line in bench.dovecot.flags())
    assert drain(bench.source(), cursor)[0] == []  # although "46:*" finds the last mail again
    bench.write("sam@customer.example", "later", 99)
    assert len(drain(bench.source(), cursor)[0]) == 1


def test_replies_and_answers_are_told_apart(bench: Bench, drain: Any, means: Any) -> None:
    bench.write("sam@customer.example", "It stops.", 1)
    bench.write("help@acme.example", "We look at it.", 2, "Sent", In_Reply_To="<1@customer.example>")
    bench.write("sam@customer.example", "停止\r\n\r\n发自我的iPhone", 3, References=NOTICE)
    source = bench.source()
    found = [means(source, record) for record in drain(source)[0]]
    asked = next(e for e in found if isinstance(e, Feedback))
    answer = next(e for e in found if isinstance(e, AgentAnswer))
    reply = next(e for e in found if isinstance(e, CustomerReply))
    assert answer.conversation == asked.conversation == "1@customer.example"
    assert reply.feedback.text == "停止"


def test_a_rebuilt_mailbox_is_read_again_and_known_again(bench: Bench, drain: Any, means: Any) -> None:
    for number in range(3):
        bench.write("sam@customer.example", f"mail {number}", number)
    first, cursor = drain(bench.source())
    for file in bench.dovecot.mail.glob("dovecot*"):
        file.unlink()  # what Dovecot knows of the mails beside the mails
    time.sleep(1.1)  # a new numbering is named by its second
    bench.write("sam@customer.example", "new", 9)
    page = bench.source().poll(cursor)
    before, after = (json.loads(c)["folders"]["INBOX"]["validity"] for c in (cursor, page.cursor))
    assert before != after
    names = {record.event_id for record in first}
    assert names < {record.event_id for record in page.records}
    assert len(page.records) == 4
    assert page.gap == ""


def test_waiting_hears_of_mail_at_once_again_and_again(bench: Bench, drain: Any) -> None:
    bench.write("sam@customer.example", "before", 1)
    source = bench.source()
    cursor = drain(source)[1]
    assert source.wait(0.3) is False
    assert source.wait(0.1) is False
    for number in (2, 3):
        writer = threading.Timer(0.2, bench.write, ("sam@customer.example", "now", number))
        writer.start()
        begun = time.monotonic()
        assert source.wait(8.0) is True
        assert time.monotonic() - begun < 5.0
        writer.join()
        records, cursor = drain(source, cursor)
        assert len(records) == 1
    bench.write("sam@customer.example", "between two waits", 4)
    assert source.wait(3.0) is True


def test_idle_is_renewed_in_time(bench: Bench, drain: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "RENEW", 0.2)
    source = bench.source()
    drain(source)
    assert source.wait(1.0) is False
    writer = threading.Timer(0.7, bench.write, ("sam@customer.example", "now", 1))
    writer.start()
    assert source.wait(8.0) is True
    writer.join()


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_encrypted_ways_in(bench: Bench, drain: Any, security: str) -> None:
    bench.write("sam@customer.example", "It stops.", 1)
    port = bench.dovecot.tls_port if security == "tls" else bench.dovecot.port
    source = bench.source(port=port, security=security, ca_file=str(bench.certificate))
    records, _ = drain(source)
    assert len(records) == 1
    assert source.wait(0.2) is False
    writer = threading.Timer(0.2, bench.write, ("sam@customer.example", "now", 2))
    writer.start()
    assert source.wait(8.0) is True
    writer.join()


def test_a_wrong_password_and_a_folder_that_is_not_there_are_refused(bench: Bench) -> None:
    with pytest.raises(Rejected, match=r"log-in: refused \(AUTHENTICATIONFAILED\)"):
        bench.source(password="wrong-password").poll(None)
    with pytest.raises(Rejected, match="folder: refused"):
        bench.source(folder="Nowhere").poll(None)


def test_the_check_says_what_is_there(bench: Bench) -> None:
    found = ImapCheck(bench.settings(), bench.context).check()
    assert [finding.level for finding in found] == ["ok", "ok", "ok"]
    found = ImapCheck(bench.settings(folder="Nowhere"), bench.context).check()
    assert [finding.level for finding in found] == ["ok", "error", "ok"]


def test_a_large_mail_is_cut_and_attachments_are_left_out(bench: Bench, drain: Any, means: Any) -> None:
    attachment = b"QUJD" * 20 + b"\r\n"
    raw = (
        b"From: sam@customer.example\r\nMessage-ID: <big@customer.example>\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nSee the picture.\r\n"
        b"--b\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + attachment * 2000
        + b"--b--\r\n"
    )
    bench.dovecot.put([raw], bench.context.clock.now())
    source = bench.source(size_limit=16_384)
    [record] = drain(source)[0]
    assert len(record.body) < 1000
    event = means(source, record)
    assert isinstance(event, Feedback)
    assert (event.text, dict(event.attributes)) == ("See the picture.", {})
