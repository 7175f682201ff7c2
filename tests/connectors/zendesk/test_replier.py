"""Public replies: sent once, found again, refused for good where the ticket is shut."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from connectors.zendesk.standin import ZendeskStandin
from vocbot.sdk.document import Document, Link, Quote, Text, paragraph
from vocbot.sdk.errors import OutcomeUnknown, Rejected, Retryable, Unreachable
from vocbot.sdk.events import Author, Ignored
from vocbot.sdk.ports import ReplyTo
from vocbot.sdk.testing.standin import Fault

Port = Callable[..., Any]
KEY = "notice:12:3"
NOTE = Document("en", "Fixed", (paragraph("It works again in ", Text("5.4.1", bold=True), "."),))


@pytest.fixture
def to(zendesk: ZendeskStandin, clock: Any) -> ReplyTo:
    return ReplyTo(zendesk.open_ticket("It crashes", Author("sam", "Sam"), "email", clock.now()))


def test_a_reply_is_public_and_leaves_the_ticket_as_it_was(zendesk: ZendeskStandin, port: Port, to: ReplyTo) -> None:
    zendesk.solve(to.ref)
    receipt = port("replier").reply(KEY, to, NOTE)
    (sent,) = zendesk.effects("reply_sent")
    assert (sent["key"], sent["ticket"], sent["requester"], sent["public"]) == (KEY, to.ref, "sam", True)
    assert "It works again in" in sent["body"] and "<strong>5.4.1</strong>" in sent["markup"]
    assert receipt.status == "sent" and receipt.url == f"{zendesk.url}/agent/tickets/{to.ref}"
    assert zendesk._tickets[int(to.ref)].status == "solved"
    body = zendesk.log()[-1]["body"]["ticket"]
    assert set(body) == {"comment", "metadata", "safe_update", "updated_stamp"}


def test_find_sees_the_key_and_only_the_key(zendesk: ZendeskStandin, port: Port, to: ReplyTo, clock: Any) -> None:
    replier = port("replier")
    assert replier.find(KEY, to) is None
    sent = replier.reply(KEY, to, NOTE)
    for n in range(120):  # the key is on the second page then
        zendesk._tickets[int(to.ref)].audits.insert(0, {"id": n, "metadata": {"custom": {"vocbot_key": f"{KEY}{n}"}}})
    found = replier.find(KEY, to)
    assert (found.status, found.ref) == ("already", sent.ref)
    assert replier.find("notice:12", to) is None
    assert replier.find(KEY, ReplyTo("424242")) is None


@pytest.mark.parametrize("body", [{"error": "oops"}, {"audits": None}, [], b"<html>"])
def test_an_unreadable_list_is_not_an_empty_one(zendesk: ZendeskStandin, port: Port, to: ReplyTo, body: Any) -> None:
    port("replier").reply(KEY, to, NOTE)
    zendesk.faults.add(Fault("audits", "answer", 200, body=body))
    with pytest.raises(Retryable):
        port("replier").find(KEY, to)


@pytest.mark.parametrize(
    ("fault", "raised", "after", "done"),
    [
        (Fault("PUT", "answer", 429, {"Retry-After": "11"}), Retryable, 11.0, False),
        (Fault("PUT", "answer", 503), Retryable, None, False),
        (Fault("PUT", "answer", 500), OutcomeUnknown, None, False),
        (Fault("PUT", "error_after", 502), OutcomeUnknown, None, True),
        (Fault("PUT", "drop"), OutcomeUnknown, None, True),
        (Fault("PUT", "answer", 422), Rejected, None, False),
        (Fault("PUT", "answer", 200, body={"error": "RecordInvalid"}), Rejected, None, False),
        (Fault("GET /api/v2/tickets", "answer", 500), Retryable, None, False),
        (Fault("GET /api/v2/tickets", "answer", 403), Rejected, None, False),
    ],
)
def test_one_attempt_whatever_happens(
    zendesk: ZendeskStandin,
    port: Port,
    to: ReplyTo,
    fault: Fault,
    raised: type[Exception],
    after: float | None,
    done: bool,
) -> None:
    zendesk.faults.add(fault)
    with pytest.raises(raised) as error:
        port("replier").reply(KEY, to, NOTE)
    assert type(error.value) is raised and getattr(error.value, "after", None) == after
    assert "works again" not in str(error.value)
    assert sum(entry.get("method") == "PUT" for entry in zendesk.log()) <= 1
    assert (port("replier").find(KEY, to) is not None) == done == bool(zendesk.effects("reply_sent"))


def test_shut_tickets_are_no_way_to_the_customer(zendesk: ZendeskStandin, port: Port, to: ReplyTo) -> None:
    zendesk.close(to.ref)
    for ref in (to.ref, "424242"):
        with pytest.raises(Unreachable):
            port("replier").reply(KEY, ReplyTo(ref), NOTE)
    with pytest.raises(Rejected):
        port("replier").reply(KEY, ReplyTo("../users/1"), NOTE)
    assert not any(entry.get("method") == "PUT" for entry in zendesk.log())


@pytest.mark.parametrize(("closing", "raised"), [(True, Unreachable), (False, Retryable)])
def test_somebody_changes_the_ticket_between_look_and_reply(
    zendesk: ZendeskStandin,
    port: Port,
    to: ReplyTo,
    clock: Any,
    monkeypatch: Any,
    closing: bool,
    raised: type[Exception],
) -> None:
    replier = port("replier")
    look, seen = replier._ticket, []

    def then_somebody_acts(ident: str) -> Any:
        ticket = look(ident)
        if not seen:
            seen.append(ident)
            clock.time += timedelta(seconds=5)
            if closing:
                zendesk.close(to.ref)
            else:
                zendesk.customer_writes(to.ref, "Never mind", clock.now())
        return ticket

    monkeypatch.setattr(replier, "_ticket", then_somebody_acts)
    with pytest.raises(raised) as error:
        replier.reply(KEY, to, NOTE)
    assert type(error.value) is raised
    assert zendesk.effects("reply_sent") == []


def test_markup_of_customers_stays_text(zendesk: ZendeskStandin, port: Port, to: ReplyTo) -> None:
    evil = "<script>alert(1)</script></body><b>x</b>\u0000 😡"
    link = Link("look", "javascript:alert(1)")
    port("replier").reply(KEY, to, Document("en", "</title><b>", (Quote(evil), paragraph(link))))
    (sent,) = zendesk.effects("reply_sent")
    assert "<script" not in sent["markup"] and "<b>" not in sent["markup"] and "javascript:" not in sent["markup"]
    assert "\u0000" not in sent["markup"] and "😡" in sent["markup"] and "</body>" not in sent["markup"]
    assert evil.replace("\u0000", "") in sent["body"]


def test_a_text_that_is_too_long_is_cut_before_zendesk_refuses(
    zendesk: ZendeskStandin, port: Port, to: ReplyTo
) -> None:
    port("replier").reply(KEY, to, Document("zh", "长", tuple(paragraph("很长" * 500) for _ in range(200))))
    (sent,) = zendesk.effects("reply_sent")
    assert 30_000 < len(sent["markup"].encode()) <= 60_000


def test_our_own_comment_comes_back_and_is_ignored(
    zendesk: ZendeskStandin, port: Port, to: ReplyTo, parse: Callable[..., Any]
) -> None:
    zendesk.hold()
    port("replier").reply(KEY, to, NOTE)
    until = time.monotonic() + 5
    while not zendesk._held and time.monotonic() < until:
        time.sleep(0.01)
    (echo,) = zendesk._held or []
    (event,) = parse(echo)
    assert event == Ignored("our own comment")
