"""What mails mean: words, people, threads and times."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.email import letter
from connectors.email.config import EmailSettings
from connectors.imap.poll_source import ImapPoll
from connectors.imap.record import Kept
from tests.connectors.imap.conftest import Read
from vocbot.sdk.document import Document, paragraph
from vocbot.sdk.errors import Unparseable
from vocbot.sdk.events import AgentAnswer, Contact, CustomerReply, Event, Feedback, Ignored
from vocbot.sdk.ports import ReplyTo
from vocbot.sdk.testing.clock import HandClock
from vocbot.sdk.wire import Inbound

NOW = HandClock().now()
OWN = f"<{'0a' * 20}@acme.example>"


def mail(body: str = "It stops.", **headers: str) -> str:
    given = {"From": "Sam <Sam@Customer.example>", "Message-ID": "<1@customer.example>", "To": "help@acme.example"}
    named = given | {name.replace("_", "-"): value for name, value in headers.items()}
    return "".join(f"{name}: {value}\r\n" for name, value in named.items() if value) + f"\r\n{body}\r\n"


def heard(event: Event) -> Feedback:
    feedback = event.feedback if isinstance(event, CustomerReply) else event
    assert isinstance(feedback, Feedback), event
    return feedback


def test_a_mail_of_a_customer(read: Read) -> None:
    feedback = heard(read(mail(Date="Tue, 03 Nov 2026 16:30:00 +0800", Subject="Coupons")))
    assert feedback.text == "Coupons\nIt stops."
    assert feedback.channel == "email"
    assert feedback.time == datetime(2026, 11, 3, 8, 30, tzinfo=UTC)
    assert feedback.conversation == "1@customer.example"
    assert feedback.author is not None
    assert (feedback.author.handle, feedback.author.name) == ("sam@customer.example", "Sam")
    assert feedback.author.contacts == (Contact("email", "sam@customer.example"),)
    assert feedback.attributes == {"mailbox": "help"}
    assert not feedback.public
    assert "sam" not in feedback.external_id


def test_an_answer_to_a_notice_of_the_email_connector_is_a_reply(read: Read) -> None:
    """With a real letter of that connector, as a mail program would answer it."""
    plain = {"host": "smtp.acme.example", "from_address": "voice@acme.example", "username": "u", "password": "p"}
    written = letter.write(
        EmailSettings.model_validate(plain),
        "notice:P-ABCDEFGH:CHANGE-1",
        ReplyTo("sam@customer.example", "News"),
        Document("zh", "消息", (paragraph("已修复。回复“停止”不再收到。"),)),
        NOW,
    )
    event = read(written.content, own_addresses=["voice@acme.example"])
    assert event == Ignored("our own letter")
    raw = mail(
        "停止\r\n\r\n在 2026年11月3日，Acme <voice@acme.example> 写道：\r\n> 已修复。", In_Reply_To=written.message_id
    )
    event = read(raw, own_addresses=["voice@acme.example"])
    assert isinstance(event, CustomerReply)
    assert event.feedback.text == "停止"
    assert event.conversation == written.message_id.strip("<>")
    named = read(raw, own_addresses=["voice@other.example"], notice_domains=["acme.example"])
    assert isinstance(named, CustomerReply)
    assert isinstance(read(raw, own_addresses=["voice@other.example"]), Feedback)


def test_an_answer_without_its_thread_may_be_to_a_notice(read: Read) -> None:
    assert isinstance(read(mail("Stop", Subject="Re: News of Acme")), CustomerReply)
    assert isinstance(read(mail("停止", Subject="回复：Acme的消息")), CustomerReply)
    assert isinstance(read(mail("Stop", Subject="Re: x", In_Reply_To="<other@shop.example>")), Feedback)


def test_an_answer_that_says_nothing_new_is_not_read_as_ours(read: Read) -> None:
    event = read(mail("> Is it still broken?", References=OWN))
    assert isinstance(event, Ignored)


def test_a_thread_has_one_name_for_customer_and_agent(read: Read) -> None:
    first = heard(read(mail()))
    answer = read(
        mail("We look.", From="help@acme.example", Message_ID="<2@acme.example>", In_Reply_To="<1@customer.example>")
    )
    again = heard(
        read(mail("Again.", Message_ID="<3@customer.example>", References="<1@customer.example>\r\n\t<2@acme.example>"))
    )
    assert isinstance(answer, AgentAnswer)
    assert first.conversation == answer.conversation == again.conversation == "1@customer.example"
    assert answer.text == "We look."
    assert len({first.external_id, answer.external_id, again.external_id}) == 3


def test_odd_ids(read: Read) -> None:
    without = heard(read(mail(Message_ID="")))
    assert without.conversation == without.external_id
    assert heard(read(mail("Other words.", Message_ID=""))).external_id != without.external_id
    assert heard(read(mail(Message_ID=""))).external_id == without.external_id
    same = heard(read(mail("Other words.")))
    assert same.external_id == heard(read(mail())).external_id  # one id, one sender, one date: a copy
    assert heard(read(mail(Date="Tue, 03 Nov 2026 01:00:00 +0000"))).external_id != same.external_id
    long = heard(read(mail(References=f"<{'x' * 240}@customer.example>")))
    assert long.conversation is not None
    assert len(long.conversation) <= 190
    own = heard(read(mail(References="<1@customer.example>", Subject="Coupons")))  # a mail that names itself
    assert (own.conversation, own.text) == ("1@customer.example", "Coupons\nIt stops.")


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Coupons do nothing", "Coupons do nothing\nIt stops."),
        ("Re: Coupons do nothing", "It stops."),
        ("RE: RE: x", "It stops."),
        ("回复: 优惠券", "It stops."),
        ("回复：优惠券", "It stops."),
        ("Fwd: Coupons", "It stops."),
        ("转发：优惠券", "It stops."),
        ("it STOPS", "It stops."),
        ("(no subject)", "It stops."),
        ("Hello!", "It stops."),
        ("咨询", "It stops."),
        ("", "It stops."),
        ("!!!", "It stops."),
        ("=?gbk?B?08W73cih?=\r\n =?gbk?B?srvBy8HL?=", "优惠取不了了\nIt stops."),
        ("优惠券", "优惠券\nIt stops."),
    ],
)
def test_subjects(read: Read, subject: str, text: str) -> None:
    assert heard(read(mail(Subject=subject))).text == text


def test_a_subject_alone(read: Read) -> None:
    assert heard(read(mail("", Subject="Coupons do nothing"))).text == "Coupons do nothing"
    assert isinstance(read(mail("", Subject="Re: Coupons do nothing")), Ignored)


@pytest.mark.parametrize(
    ("sender", "handle", "name"),
    [
        ("sam@customer.example", "sam@customer.example", None),
        ('"Lee, Sam" <sam@customer.example>', "sam@customer.example", "Lee, Sam"),
        ("=?gbk?B?wO7EyA==?= <li@customer.example>", "li@customer.example", "李娜"),
        ('"=?utf-8?B?5p2O5aic?=" <li@customer.example>', "li@customer.example", "李娜"),
        ("李娜 <li@customer.example>", "li@customer.example", "李娜"),
        ('"sam@customer.example" <sam@customer.example>', "sam@customer.example", None),
        ("sam@customer.example, eve@customer.example", "sam@customer.example", None),
        ("Sam <sam@customer.example", "sam@customer.example", "Sam"),
        ("sam@customer.example (Sam)", "sam@customer.example", "Sam"),
        ('"help@acme.example" <sam@customer.example>', "sam@customer.example", "help@acme.example"),
        ('"Sam \\"the\\" Lee" <sam@customer.example>', "sam@customer.example", 'Sam "the" Lee'),
        ("Lee, Sam <sam@customer.example>", "sam@customer.example", "Lee, Sam"),
        ("eve@customer.example, Sam <sam@customer.example>", "eve@customer.example", None),
        ("Sam < sam@customer.example >", "sam@customer.example", "Sam"),
    ],
)
def test_senders(read: Read, sender: str, handle: str, name: str | None) -> None:
    author = heard(read(mail(From=sender))).author
    assert author is not None
    assert (author.handle, author.name) == (handle, name)


@pytest.mark.parametrize("sender", ["", "nobody", "undisclosed-recipients:;", "<>"])
def test_nobody(read: Read, sender: str) -> None:
    assert heard(read(mail(From=sender))).author is None


RECEIVED = NOW - timedelta(minutes=5)


@pytest.mark.parametrize(
    ("date", "time"),
    [
        ("Tue, 03 Nov 2026 08:00:00 +0000", datetime(2026, 11, 3, 8, tzinfo=UTC)),
        ("3 Nov 2026 08:00:00 GMT", datetime(2026, 11, 3, 8, tzinfo=UTC)),
        ("Tue, 03 Nov 2026 08:00:00 -0000", datetime(2026, 11, 3, 8, tzinfo=UTC)),
        ("Tue, 03 Nov 2026 08:00:00 -0000 (UTC)", datetime(2026, 11, 3, 8, tzinfo=UTC)),
        ("Tue, 03 Nov 2026 16:00:00 +0800 (CST)", datetime(2026, 11, 3, 8, tzinfo=UTC)),
        ("Tue, 03 Nov 2026 08:00:00", RECEIVED),  # no zone
        ("Tue, 03 Nov 2026 12:00:00 +0000", RECEIVED),  # three hours ahead
        ("Tue, 03 Nov 2026 09:30:00 +0000", datetime(2026, 11, 3, 9, 30, tzinfo=UTC)),  # a clock that is a bit fast
        ("Thu, 01 Jan 1970 00:00:00 +0000", RECEIVED),
        ("Fri, 31 Dec 9999 23:59:59 -2359", RECEIVED),
        ("Tue, 03 Nov 2026 08:00:00 +9999", RECEIVED),
        ("yesterday", RECEIVED),
        ("99 Foo 2026 99:99:99 +0000", RECEIVED),
        ("", RECEIVED),
    ],
)
def test_times(read: Read, date: str, time: datetime) -> None:
    assert heard(read(mail(Date=date), received=RECEIVED)).time == time


def test_a_time_of_arrival_in_the_future_is_no_time(read: Read) -> None:
    assert heard(read(mail(), received=NOW + timedelta(days=3))).time == NOW


def test_html_alone_and_beside_an_empty_plain_part(read: Read) -> None:
    page = "<p>优惠券<br>不抵扣</p><blockquote>old</blockquote>"
    assert heard(read(mail(page, Content_Type="text/html; charset=utf-8"))).text == "优惠券\n不抵扣"
    both = EmailMessage(policy=SMTP)
    both["From"] = "sam@customer.example"
    both.set_content(" \n")
    both.add_alternative(page, subtype="html")
    assert heard(read(both.as_bytes())).text == "优惠券\n不抵扣"
    both = EmailMessage(policy=SMTP)
    both["From"] = "sam@customer.example"
    both.set_content("plain words\n")
    both.add_alternative(page, subtype="html")
    assert heard(read(both.as_bytes())).text == "plain words"


def test_character_sets(read: Read) -> None:
    for charset in ("gbk", "gb2312", "gb18030", "utf-8"):
        head = f"From: s@c.example\r\nContent-Type: text/plain; charset={charset}\r\n\r\n".encode()
        assert heard(read(head + "优惠券没有用".encode(charset))).text == "优惠券没有用"
    assert heard(read("From: s@c.example\r\n\r\n优惠券没有用".encode("gbk"))).text == "优惠券没有用"


def test_flowed_text_is_joined(read: Read) -> None:
    kind = "text/plain; charset=utf-8; format=flowed"
    assert heard(read(mail("The coupon \r\ndoes nothing.\r\n\r\n -- no end", Content_Type=kind))).text == (
        "The coupon does nothing.\n\n-- no end"
    )
    delsp = kind + "; delsp=yes"
    assert heard(read(mail("优惠券 \r\n没有用", Content_Type=delsp))).text == "优惠券没有用"


def test_a_forwarded_complaint_is_read_and_words_above_it_are_enough(read: Read) -> None:
    forwarded = "---------- Forwarded message ---------\r\nFrom: Eve <eve@customer.example>\r\n\r\nIt never works."
    assert "It never works." in heard(read(mail(forwarded, Subject="Fwd: Help"))).text
    assert heard(read(mail(f"Same here.\r\n\r\n{forwarded}", Subject="Fwd: Help"))).text == "Same here."


def test_long_words_are_cut_and_say_so(read: Read) -> None:
    feedback = heard(read(mail("优惠" * 20_000)))
    assert len(feedback.text) == 20_000
    assert feedback.text.endswith("…")
    assert feedback.attributes["cut"] == "yes"
    assert heard(read(mail(), cut=True)).attributes["cut"] == "yes"
    assert "cut" not in heard(read(mail())).attributes
    attached = mail(
        "--b\r\n\r\nx\r\n--b\r\nContent-Type: image/png\r\n\r\nxx", Content_Type="multipart/mixed; boundary=b"
    )
    assert "cut" not in heard(read(attached, cut=True)).attributes  # what was cut off is no text


@pytest.mark.parametrize(
    "body", [b"", b"x", b"{}", b"vocbot-mail", b"vocbot-mail {}\r\n", b"vocbot-mail {\r\nFrom: a@b.c\r\n\r\n"]
)
def test_what_was_not_kept_by_us_is_unparseable(read: Read, body: bytes, source: ImapPoll) -> None:
    with pytest.raises(Unparseable):
        source.parse(Inbound("poll", "x", body, {}, NOW))


def test_a_mail_that_the_server_does_not_give_out_is_listed(source: ImapPoll) -> None:
    record = Kept("INBOX", None, missing=True).record(b"", "missing:7:1:INBOX")
    with pytest.raises(Unparseable, match="does not give"):
        source.parse(Inbound("poll", record.event_id, record.body, {}, NOW))


PIECES = [
    *(b"From: ", b"Subject: ", b"Date: ", b"References: ", b"Content-Type: ", b"multipart/mixed; boundary=b"),
    *(
        b"text/html",
        b"charset=",
        b"gbk",
        b"\r\n",
        b"\r\n\r\n",
        b"--b",
        b"=?gbk?B?",
        b"?=",
        b"<",
        b">",
        b"@",
        b";",
        b'"',
    ),
    *(b"a@b.example", b"\xff", b"\x00", "优".encode(), "优".encode("gbk"), b"Tue, 03 Nov 2026 08:00:00 +0000"),
    *(b"+99999999999", b"Re:", b"> ", b"-- ", b"wrote:"),
]


@given(st.lists(st.sampled_from(PIECES), max_size=40).map(b"".join), st.booleans())
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_no_mail_is_a_crash(read: Read, raw: bytes, cut: bool) -> None:
    try:
        event = read(raw, cut=cut)
    except Unparseable:
        return
    assert isinstance(event, Feedback | CustomerReply | AgentAnswer | Ignored)
    if isinstance(event, Feedback | CustomerReply):
        assert heard(event).text
        assert re.fullmatch(r"[0-9a-f]{32}", heard(event).external_id)


@pytest.mark.parametrize(
    "head",
    [
        "From: " + "(" * 50_000,
        "From: " + "<" * 50_000,
        "From: " + '"' * 50_000,
        "From: " + "a@b.example," * 20_000,
        "To: " + "a@b.example," * 20_000,
        "Date: " + "1 " * 50_000,
        "Date: " + "(" * 50_000,
        "Subject: " + "=?utf-8?q?a?= " * 20_000,
        "References: " + "<a@b.example> " * 20_000,
        "Content-Type: text/plain; " + 'charset="' * 20_000,
    ],
    ids=lambda head: str(head)[:12],
)
def test_no_head_takes_long(read: Read, head: str) -> None:
    begun = time.process_time()
    read(f"Message-ID: <1@customer.example>\r\n{head}\r\n\r\nwords")
    assert time.process_time() - begun < 2.0


def test_own_words_reach_what_the_core_takes_for_a_command(read: Read) -> None:
    from vocbot.tell.notice_text import reaction

    said = {
        "停止": "stop",
        "退订": "stop",
        "Stop": "stop",
        "STOP\r\n\r\nSent from my iPhone": "stop",
        "Please stop.\r\n\r\nBest regards,\r\nSam Lee": "stop",
        "还是不行": "still",
        "还没修好\r\n\r\n来自我的华为手机": "still",
        "still broken": "still",
    }
    quoted = "\r\n\r\nOn Tue, 3 Nov 2026, Acme <voice@acme.example> wrote:\r\n> reply stop or still"
    for words, meant in said.items():
        event = read(mail(words + quoted, In_Reply_To=OWN, Subject="Re: News"))
        assert isinstance(event, CustomerReply)
        assert reaction(event.feedback.text) == meant, words
