"""What a letter says: headers that keep a thread, stop notices and carry the key; and that nothing gets in sideways."""

from __future__ import annotations

import re
from email import message_from_string
from email.errors import NonASCIILocalPartDefect
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from connectors.email import letter
from connectors.email.address import mailbox
from connectors.email.config import EmailSettings
from vocbot.sdk.clock import RealClock
from vocbot.sdk.document import Button, Buttons, Document, Link, Paragraph, Quote, Text, paragraph
from vocbot.sdk.errors import Unreachable
from vocbot.sdk.ports import ReplyTo

BASE: dict[str, Any] = {
    "host": "mail.example.com",
    "username": "voice",
    "password": "hunter2hunter2",
    "from_address": "voice@example.com",
    "from_name": "客户之声 “小声”",
}
WAYS = {
    "unsubscribe_mailto": "stop+voc@example.com",
    "unsubscribe_url": "https://example.com/stop?notice={key}&proof={token}",
    "unsubscribe_secret": "0123456789abcdef",
}
ZH = Document(
    "zh",
    "您反馈的蓝牙断连已修复 🎉",
    (
        paragraph("您好，3.2 版已修复。"),
        Quote("又断了😡 <b>烦</b>", "App 评论"),
        Paragraph((Link("更新说明", "https://example.com/r?a=1&b=2"), Text("。"))),
        Buttons((Button("同意", "approve", "t"),)),
    ),
)
EN = Document("en", "Fixed: Bluetooth drops", (paragraph("." * 3), paragraph("word " * 400), paragraph("x" * 3000)))
TO = ReplyTo("lina@example.net")


def made(document: Document = EN, to: ReplyTo = TO, key: str = "notice:12:3", **changes: Any) -> letter.Letter:
    return letter.write(EmailSettings.model_validate({**BASE, **changes}), key, to, document, RealClock().now())


def read(written: letter.Letter) -> EmailMessage:
    message = message_from_string(written.content.decode(), policy=default)
    assert isinstance(message, EmailMessage)
    assert message.defects == []
    defects = [defect for value in message.values() for defect in value.defects]
    assert all(written.utf8 and isinstance(defect, NonASCIILocalPartDefect) for defect in defects)
    return message


def parts(written: letter.Letter) -> list[str]:
    return [str(part.get_content()).replace("\r\n", "\n") for part in read(written).iter_parts()]


def test_a_chinese_letter() -> None:
    written = made(ZH, reply_to="care@example.com")
    message = read(written)
    assert message["subject"] == "您反馈的蓝牙断连已修复 🎉"
    (sender,) = message["from"].addresses
    assert (sender.display_name, sender.addr_spec) == ("客户之声 “小声”", "voice@example.com")
    assert (message["to"], message["reply-to"]) == ("lina@example.net", "care@example.com")
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    plain, page = parts(written)
    assert (
        plain
        == "您好，3.2 版已修复。\n\n> 又断了😡 <b>烦</b>\n> ——App 评论\n\n更新说明（https://example.com/r?a=1&b=2）。\n"
    )
    assert "又断了😡 &lt;b&gt;烦&lt;/b&gt;" in page
    assert "同意" not in plain + page, "a press in a mail proves nobody's name"
    assert not written.utf8
    assert written.content.isascii()
    assert max(map(len, written.content.split(b"\r\n"))) <= 78


def test_machine_headers() -> None:
    first, again, other = made(), made(ZH, ReplyTo("kim@example.net")), made(key="notice:12:4")
    assert first.message_id == again.message_id != other.message_id
    assert re.fullmatch(r"<[0-9a-f]{40}@example\.com>", first.message_id)
    message = read(first)
    assert message["message-id"] == first.message_id
    assert (message["auto-submitted"], message["x-vocbot-key"]) == ("auto-generated", "notice:12:3")
    for absent in ("in-reply-to", "references", "list-unsubscribe", "precedence", "bcc", "sender"):
        assert absent not in message
    assert made(message_id_domain="ids.example.org").message_id.endswith("@ids.example.org>")


def test_date_is_our_clock() -> None:
    now = RealClock().now().replace(microsecond=0)
    written = letter.write(EmailSettings.model_validate(BASE), "k", TO, EN, now)
    assert read(written)["date"].datetime == now


LONG_ID = "<AM0PR04MB6289" + "0123456789ABCDEF" * 5 + "@AM0PR04MB6289.eurprd04.prod.outlook.com>"


@pytest.mark.parametrize(
    ("thread", "expected"),
    [
        (("<a@x>", "<b@y>"), "<a@x> <b@y>"),
        (("a@x", " <b@y> "), "<a@x> <b@y>"),
        ((LONG_ID, LONG_ID), f"{LONG_ID} {LONG_ID}"),
        (("<a@x>\r\nBcc: <all@example.net>", "<b c@y>", "", "<", "<b@y>"), "<b@y>"),
        (tuple(f"<{n}@x>" for n in range(40)), " ".join(["<0@x>", *(f"<{n}@x>" for n in range(21, 40))])),
    ],
)
def test_thread(thread: tuple[str, ...], expected: str) -> None:
    written = made(to=ReplyTo("lina@example.net", "Bluetooth", thread))
    message = read(written)
    assert (message["references"], message["in-reply-to"]) == (expected, expected.split(" ")[-1])
    assert b"=?" not in written.content.partition(b"\r\nFrom:")[0], "no id became an encoded word"
    assert "bcc" not in message


@pytest.mark.parametrize(
    ("subject", "thread", "expected"),
    [
        (None, (), "Fixed: Bluetooth drops"),
        ("", (), "Fixed: Bluetooth drops"),
        ("Bluetooth", (), "Bluetooth"),
        (None, ("<a@x>",), "Re: Fixed: Bluetooth drops"),
        ("Bluetooth", ("<a@x>",), "Re: Bluetooth"),
        ("RE: Bluetooth", ("<a@x>",), "RE: Bluetooth"),
        ("回复：蓝牙", ("<a@x>",), "回复：蓝牙"),
        ("Report on sales", ("<a@x>",), "Re: Report on sales"),
        ("a\r\nBcc: all@example.net\r\n\r\n<script>", (), "a Bcc: all@example.net <script>"),
        ("长" * 300, ("<a@x>",), "Re: " + "长" * 195 + "…"),
    ],
)
def test_subject(subject: str | None, thread: tuple[str, ...], expected: str) -> None:
    message = read(made(to=ReplyTo("lina@example.net", subject, thread)))
    assert message["subject"] == expected
    assert "bcc" not in message


def test_unsubscribe() -> None:
    message = read(made(**WAYS, key="notice:1:2 &>x"))
    proof = letter.token(WAYS["unsubscribe_secret"], "notice:1:2 &>x")
    assert message["list-unsubscribe"] == (
        f"<https://example.com/stop?notice=notice%3A1%3A2%20%26%3Ex&proof={proof}>, "
        "<mailto:stop%2Bvoc@example.com?subject=unsubscribe%20notice%3A1%3A2%20%26%3Ex>"
    )
    assert message["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
    assert message["x-vocbot-key"] == "notice:1:2%20%26%3Ex"
    assert proof != letter.token(WAYS["unsubscribe_secret"], "notice:1:3")
    mail_only = read(made(unsubscribe_mailto="stop@example.com"))
    assert mail_only["list-unsubscribe"] == "<mailto:stop@example.com?subject=unsubscribe%20notice%3A12%3A3>"
    assert "list-unsubscribe-post" not in mail_only


ADDRESSES = [
    ("lina@example.net", "lina@example.net"),
    (" li.na+voc=1@sub.example.net ", "li.na+voc=1@sub.example.net"),
    ("root@localhost", "root@localhost"),
    ("lina@例子.中国", "lina@xn--fsqu00a.xn--fiqs8s"),
    ("李娜@example.net", "李娜@example.net"),
]


@pytest.mark.parametrize(("address", "expected"), ADDRESSES)
def test_addresses(address: str, expected: str) -> None:
    written = made(to=ReplyTo(address))
    assert written.recipient == expected
    assert [found.addr_spec for found in read(written)["to"].addresses] == [expected]
    assert written.utf8 is not expected.isascii()


@pytest.mark.parametrize(
    "address",
    [
        "",
        "lina",
        "@example.net",
        "lina@",
        "a@x.net, b@x.net",
        "a@x.net\r\nBcc: b@x.net",
        "a@x.net\nRCPT TO:<b@x.net>",
        "Li Na <lina@x.net>",
        "<lina@x.net>",
        '"a b"@x.net',
        "a@b@x.net",
        "a..b@x.net",
        "a@-x.net",
        "a@x..net",
        "a@" + "x" * 64 + ".net",
        "a" * 65 + "@x.net",
        "a@[127.0.0.1]",
        "a\0@x.net",
        "a\u2028b@x.net",
        "a@x.net>",
        "a@straße.example",
    ],
)
def test_no_address(address: str) -> None:
    with pytest.raises(Unreachable) as caught:
        made(to=ReplyTo(address))
    assert not address.strip() or address not in str(caught.value)


TEXT = st.text(st.characters(exclude_categories=()), max_size=60)


@given(TEXT, TEXT, TEXT, TEXT)
def test_nothing_from_outside_becomes_a_header(title: str, subject: str, thread: str, words: str) -> None:
    key = "notice:" + words.encode("utf-8", "replace").decode()
    document = Document("en", title, (paragraph(words), Quote(words, title)))
    written = made(document, ReplyTo("lina@example.net", subject, (thread,)), key, **WAYS)
    message = read(written)
    known = {"message-id", "in-reply-to", "references", "auto-submitted", "x-vocbot-key", "list-unsubscribe"}
    known |= {"list-unsubscribe-post", "from", "to", "subject", "date", "mime-version", "content-type"}
    assert {name.lower() for name in message.keys()} <= known  # noqa: SIM118  # a message's keys repeat, `in` does not
    assert len(message.keys()) == len(set(message.keys()))
    assert written.content.isascii()
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n", written.content)
    assert max(map(len, written.content.split(b"\r\n"))) <= 998


@given(TEXT)
def test_mailbox_is_one_or_none(value: str) -> None:
    for address in (value, f"{value}@example.net", f"lina@{value}"):
        try:
            box = mailbox(address)
        except ValueError:
            continue
        assert not re.search(r"[\s<>,;:\"\x00-\x1f\x7f-\x9f]", box.text)
        assert box.text.count("@") == 1


@pytest.mark.parametrize(
    "change",
    [
        {"security": "none"},
        {"security": "none", "host": "127.0.0.1.evil.example"},
        {"security": "off"},
        {"host": "mail.example.com\r\nQUIT"},
        {"host": ""},
        {"port": 0},
        {"password": None},
        {"username": None},
        {"password": "пароль"},
        {"password": ""},
        {"username": "a\r\nb"},
        {"from_address": "voice"},
        {"from_address": "a@x.net, b@x.net"},
        {"from_address": "声音@example.com"},
        {"from_name": "Voice\r\nBcc: b@x.net"},
        {"from_name": " "},
        {"reply_to": "Care <care@example.com>"},
        {"message_id_domain": "example.com>"},
        {"unsubscribe_mailto": "stop"},
        {"ca_file": "/nowhere/ca.pem"},
        {**WAYS, "unsubscribe_secret": None},
        {**WAYS, "unsubscribe_secret": "short"},
        {**WAYS, "unsubscribe_url": "http://example.com/{key}/{token}"},
        {**WAYS, "unsubscribe_url": "https://example.com/{key}"},
        {**WAYS, "unsubscribe_url": "https:///{key}/{token}"},
        {**WAYS, "unsubscribe_url": "https://example.com/{key}/{token}>, <https://evil.example"},
        {"colour": "blue"},
    ],
)
def test_settings_refuse(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as caught:
        EmailSettings.model_validate({**BASE, **change})
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1"])
def test_no_encryption_on_this_machine_only(host: str) -> None:
    assert EmailSettings.model_validate({**BASE, "security": "none", "host": host}).security == "none"


def test_settings_hide_the_password() -> None:
    shown = EmailSettings.model_validate({**BASE, **WAYS})
    assert "hunter2" not in repr(shown) + str(shown)
    assert WAYS["unsubscribe_secret"] not in repr(shown)
