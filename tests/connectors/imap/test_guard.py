"""Mail that no customer wrote."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.imap.guard import is_own_id
from tests.connectors.imap.conftest import Read
from vocbot.sdk.events import AgentAnswer, CustomerReply, Feedback, Ignored

OWN = "0a" * 20


def mail(*headers: str, sender: str = "sam@customer.example", body: str = "It stops.") -> str:
    return "\r\n".join([f"From: {sender}", "Message-ID: <1@customer.example>", *headers]) + f"\r\n\r\n{body}\r\n"


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (mail("Auto-Submitted: auto-replied"), "Auto-Submitted"),
        (mail("Auto-Submitted: Auto-Generated; owner-email=x"), "Auto-Submitted"),
        (mail("X-Auto-Response-Suppress: All"), "X-Auto-Response-Suppress"),
        (mail("X-Autoreply: yes"), "automatic"),
        (mail("Precedence: bulk"), "bulk"),
        (mail("Precedence: Junk"), "junk"),
        (mail("Precedence: auto_reply"), "auto_reply"),
        (mail("Precedence: list"), "list"),
        (mail("List-Id: News <news.shop.example>"), "list"),
        (mail("Return-Path: <>"), "bounce"),
        (mail('Content-Type: multipart/report; report-type=delivery-status; boundary="x"'), "report"),
        (mail('Content-Type: multipart/report; report-type=disposition-notification; boundary="x"'), "report"),
        (mail(sender="MAILER-DAEMON@mail.example"), "bounce"),
        (mail(sender="Mail Delivery System <postmaster@mail.example>"), "bounce"),
        (mail(sender="noreply@shop.example"), "no answers"),
        (mail(sender="no-reply@shop.example"), "no answers"),
        (mail(sender="shop_noreply@shop.example"), "no answers"),
        (mail(sender="do-not-reply@shop.example"), "no answers"),
        (mail(sender="donotreply+x@shop.example"), "no answers"),
        (mail("X-Vocbot-Key: notice:P-1:CHANGE-1"), "our own letter"),
        (mail().replace("1@customer.example", f"{OWN}@acme.example"), "our own letter"),
        (mail(sender="help@acme.example"), "our own people"),
        (mail(sender="Help <HELP@Acme.example>"), "our own people"),
        (mail(body="", sender="sam@customer.example"), "without words"),
    ],
)
def test_ignored_with_the_reason(read: Read, raw: str, why: str) -> None:
    event = read(raw)
    assert isinstance(event, Ignored)
    assert why in event.reason


@pytest.mark.parametrize(
    "raw",
    [
        mail(),
        mail("Auto-Submitted: no"),
        mail("Auto-Submitted: no (a person wrote it)"),
        mail("X-Auto-Response-Suppress: None"),
        mail("Precedence: normal"),
        mail("Return-Path: <sam@customer.example>"),
        mail(sender="noreen.ply@customer.example"),
        mail(sender="nora@reply.example"),
        mail("X-Spam-Status: No"),
        mail().replace("1@customer.example", f"{OWN}@customer.example"),  # somebody else's ids may look alike
    ],
)
def test_people_are_heard(read: Read, raw: str) -> None:
    assert isinstance(read(raw), Feedback)


def test_lists_can_be_kept(read: Read) -> None:
    raw = mail("List-Id: Help <help.acme.example>", "Precedence: list")
    assert isinstance(read(raw, keep_lists=True), Feedback)


def test_web_forms_sign_as_programs_and_carry_customers_words(read: Read) -> None:
    raw = mail("Auto-Submitted: auto-generated", "Reply-To: Sam <sam@customer.example>", sender="noreply@acme.example")
    event = read(raw, form_addresses=["noreply@acme.example"])
    assert isinstance(event, Feedback)
    assert event.author is not None
    assert (event.author.handle, event.author.name) == ("sam@customer.example", "Sam")
    anonymous = read(mail(sender="noreply@acme.example"), form_addresses=["noreply@acme.example"])
    assert isinstance(anonymous, Feedback)
    assert anonymous.author is None
    assert isinstance(read("Return-Path: <>\r\n" + raw, form_addresses=["noreply@acme.example"]), Feedback)
    bounce = mail('Content-Type: multipart/report; boundary="x"', sender="noreply@acme.example")
    assert isinstance(read(bounce, form_addresses=["noreply@acme.example"]), Ignored)


def test_our_people_answer_customers_and_holiday_notes_of_theirs_do_not(read: Read) -> None:
    answer = mail("In-Reply-To: <0@customer.example>", sender="help@acme.example")
    assert isinstance(read(answer), AgentAnswer)
    note = mail("In-Reply-To: <0@customer.example>", "Auto-Submitted: auto-replied", sender="help@acme.example")
    assert isinstance(read(note), Ignored)


def test_an_automatic_answer_to_a_notice_is_no_reply(read: Read) -> None:
    raw = mail(f"In-Reply-To: <{OWN}@acme.example>", "Auto-Submitted: auto-replied")
    assert isinstance(read(raw), Ignored)


@pytest.mark.parametrize("subject", ["unsubscribe", "unsubscribe notice:P-ABCDEFGH:CHANGE-12", "Unsubscribe"])
@pytest.mark.parametrize("headers", [(), ("Auto-Submitted: auto-generated",)])
def test_the_button_of_a_mail_program_says_stop(read: Read, subject: str, headers: Any) -> None:
    event = read(mail(f"Subject: {subject}", *headers, body=""))
    assert isinstance(event, CustomerReply)
    assert event.feedback.text == "unsubscribe"
    assert isinstance(read(mail("Subject: How do I unsubscribe?")), Feedback)


def test_our_ids_are_known_by_form_and_domain() -> None:
    domains = frozenset(("acme.example",))
    assert is_own_id(f"{OWN}@ACME.example", domains)
    assert not is_own_id(f"{OWN}@other.example", domains)
    assert not is_own_id(f"{OWN[:-1]}@acme.example", domains)
    assert not is_own_id(f"{OWN}1@acme.example", domains)
    assert not is_own_id("x@acme.example", domains)
