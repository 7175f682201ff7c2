"""Channel, approver and check against the stand-in: what is written, found, replaced, and what every failure means."""

from __future__ import annotations

import gc
import logging
import socket
import traceback
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from connectors.slack import client
from connectors.slack.approver import SlackApprover
from connectors.slack.channel import SlackChannel
from connectors.slack.checkable import SlackCheck
from connectors.slack.config import SlackSettings
from connectors.slack.standin import SECRET, TOKEN, SlackStandin
from vocbot.sdk.document import Button, Buttons, Document, Heading, Link, Paragraph, Table, Text, paragraph
from vocbot.sdk.errors import OutcomeUnknown, Rejected, Retryable, VocbotError
from vocbot.sdk.ports import Approver, Channel, Checkable, Context, Editable
from vocbot.sdk.receipt import Receipt
from vocbot.sdk.testing.standin import Fault

NOTE = Document("en", "Digest", (paragraph("31 people: Bluetooth drops."),))


def test_ports_are_what_the_manifest_says(settings: SlackSettings, context: Context) -> None:
    assert isinstance(SlackChannel(settings, context), Channel)
    assert isinstance(SlackApprover(settings, context), Approver)
    assert isinstance(SlackCheck(settings, context), Checkable)


def test_post_is_found_by_its_key_only(slack: SlackStandin, settings: SlackSettings, context: Context) -> None:
    channel = SlackChannel(settings, context)
    assert channel.find("digest:1", "C0TEAM") is None
    sent = channel.post("digest:1", "C0TEAM", NOTE)
    channel.post("digest:11", "C0TEAM", NOTE)
    assert sent.status == "sent"
    assert sent.ref.startswith("C0TEAM:")
    assert channel.find("digest:1", "C0TEAM") == Receipt("already", sent.ref)
    assert channel.find("digest:1", "C0OTHER") is None
    assert channel.find("digest:", "C0TEAM") is None
    posted = slack.effects("message_posted")[0]
    assert (posted["key"], posted["text"]) == ("digest:1", "Digest\n31 people: Bluetooth drops.")
    body = slack.log()[1]["body"]
    assert (body["unfurl_links"], body["unfurl_media"], body["parse"]) == (False, False, "none")


def test_find_pages_through_the_window_and_no_further(
    slack: SlackStandin, settings: SlackSettings, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "PAGE", 3)
    monkeypatch.setattr(client, "PAGES", 2)
    channel = SlackChannel(settings, context)
    for n in range(7):
        channel.post(f"digest:{n}", "C0TEAM", NOTE)
    assert [channel.find(f"digest:{n}", "C0TEAM") is not None for n in range(7)] == [False] + [True] * 6
    calls = [entry for entry in slack.log() if entry["path"].endswith("history")]
    assert [len(calls), {call["body"]["include_all_metadata"] for call in calls}] == [12 - 1, {"1"}]


def test_question_is_asked_and_settled(
    slack: SlackStandin, settings: SlackSettings, context: Context, question: Document
) -> None:
    approver = SlackApprover(settings, context)
    ref = approver.ask("approval:7", "C0TEAM", question).ref
    asked = slack.effects("message_posted")[0]
    assert asked["buttons"] == [
        {"text": "同意", "action": "approve", "token": "approval:7"},
        {"text": "驳回", "action": "reject", "token": "approval:7"},
    ]
    assert "又断了😡 <!here> *烦*" in asked["text"]
    outcome = Document("zh", "已同意", (paragraph("李娜同意了。"), *question.blocks))
    assert approver.settle(ref, "C0TEAM", outcome) == Receipt("sent", ref)
    assert approver.settle(ref, "C0ELSEWHERE", outcome).status == "sent"
    settled = slack.effects("message_updated")[0]
    assert (settled["key"], settled["buttons"]) == ("approval:7", [])
    assert settled["text"].startswith("已同意\n李娜同意了。")
    assert approver.find("approval:7", "C0TEAM") == Receipt("already", ref)
    assert len(slack.messages("C0TEAM")) == 1
    approver.settle(ref, "C0TEAM", Document("zh", "已过期", ()))
    assert slack.messages("C0TEAM")[0]["buttons"] == []
    with pytest.raises(Rejected, match="message_not_found"):
        approver.settle("C0TEAM:1700000000.000001", "C0TEAM", outcome)
    for broken in ("", "C0TEAM", "C0TEAM:latest", "#team:1.1"):
        with pytest.raises(Rejected, match="not the reference"):
            approver.settle(broken, "C0TEAM", outcome)


def test_a_post_is_edited_and_keeps_its_buttons(
    slack: SlackStandin, settings: SlackSettings, context: Context, question: Document
) -> None:
    channel, approver = SlackChannel(settings, context), SlackApprover(settings, context)
    assert isinstance(channel, Editable)
    ref = channel.post("digest:1", "C0TEAM", NOTE).ref
    asked = approver.ask("approval:7", "C0TEAM", question).ref
    assert channel.edit(ref, "C0TEAM", Document("en", "Digest", (paragraph("Shorter."),))) == Receipt("sent", ref)
    channel.edit(asked, "C0TEAM", question)
    digest, ask = slack.effects("message_updated")
    assert (digest["key"], digest["text"]) == ("digest:1", "Digest\nShorter.")
    assert [button["token"] for button in ask["buttons"]] == ["approval:7", "approval:7"]
    assert channel.find("digest:1", "C0TEAM") == Receipt("already", ref)
    with pytest.raises(Rejected, match="message_not_found"):
        channel.edit("C0TEAM:1700000000.000001", "C0TEAM", NOTE)


def test_customers_words_call_nobody(slack: SlackStandin, settings: SlackSettings, context: Context) -> None:
    evil = "<!channel> <@U0LEAD01> <https://evil.example|click> @here *b* & \u0000"
    document = Document(
        "en",
        evil,
        (Heading(evil), Paragraph((Text(evil), Link(evil, "javascript:alert(1)"))), Table((evil,), ((evil,),))),
    )
    SlackChannel(settings, context).post("digest:2", "C0TEAM", document)
    body = slack.log()[-1]["body"]
    assert "<" not in body["text"]
    assert body["link_names"] is False
    for block in body["blocks"]:
        assert block["type"] == "rich_text" or "<" not in block["text"]["text"]
        assert "mrkdwn" not in str(block)
        assert "'url'" not in str(block)


def test_over_long_documents_are_cut_to_what_slack_takes(
    slack: SlackStandin, settings: SlackSettings, context: Context
) -> None:
    buttons = Buttons((Button("同意" * 90, "approve", "t:1"),))
    blocks = tuple(block for n in range(120) for block in (Heading("标题" * 200), paragraph("很长" * 3000)))
    SlackChannel(settings, context).post("digest:3", "C0TEAM", Document("zh", "长" * 500, (*blocks, buttons)))
    assert slack.effects("message_posted")[0]["buttons"][0]["token"] == "t:1"
    endless = Document("zh", "t", (Buttons((Button("同意", "approve", "t" * 2001),)),))
    with pytest.raises(Rejected, match="longer than Slack takes"):
        SlackChannel(settings, context).post("digest:4", "C0TEAM", endless)


def ok_false(error: str) -> dict[str, Any]:
    return {"status": 200, "body": {"ok": False, "error": error}}


# (fault, what a write raises, what a read raises); None: it succeeds
FAILURES: list[tuple[dict[str, Any], type[VocbotError] | None, type[VocbotError] | None]] = [
    ({"kind": "answer", "status": 429, "headers": {"Retry-After": "17"}, "body": {"ok": False}}, Retryable, Retryable),
    ({"kind": "answer", "headers": {"Retry-After": "9"}, **ok_false("ratelimited")}, Retryable, Retryable),
    ({"kind": "answer", "status": 503}, Retryable, Retryable),
    ({"kind": "answer", "status": 500, "body": b"<html>secret text"}, OutcomeUnknown, Retryable),
    ({"kind": "answer", "status": 200, "body": b"<html>secret text"}, OutcomeUnknown, Retryable),
    ({"kind": "answer", "status": 200, "body": b"\xff\xfe"}, OutcomeUnknown, Retryable),
    ({"kind": "answer", "status": 200, "body": b""}, OutcomeUnknown, Retryable),
    ({"kind": "answer", "status": 404, "body": b"secret text"}, Rejected, Rejected),
    ({"kind": "answer", **ok_false("not_in_channel")}, Rejected, Rejected),
    ({"kind": "answer", **ok_false("service_unavailable")}, Retryable, Retryable),
    ({"kind": "answer", **ok_false("internal_error")}, OutcomeUnknown, Retryable),
    ({"kind": "answer", **ok_false("fatal_error")}, OutcomeUnknown, Retryable),
    ({"kind": "error_after", "status": 500}, OutcomeUnknown, Retryable),
    ({"kind": "drop"}, OutcomeUnknown, Retryable),
    ({"kind": "drip", "seconds": 0.2}, None, None),
]


@pytest.mark.parametrize(("fault", "write", "read"), FAILURES)
def test_failures(
    fault: dict[str, Any],
    write: type[VocbotError] | None,
    read: type[VocbotError] | None,
    slack: SlackStandin,
    settings: SlackSettings,
    context: Context,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    channel, approver = SlackChannel(settings, context), SlackApprover(settings, context)
    ref = approver.ask("k", "C0TEAM", NOTE).ref
    calls: list[tuple[str, Callable[[], object], type[VocbotError] | None]] = [
        ("chat.postMessage", lambda: channel.post("k", "C0TEAM", NOTE), write),
        ("chat.update", lambda: approver.settle(ref, "C0TEAM", NOTE), write),
        ("conversations.history", lambda: channel.find("k", "C0TEAM"), read),
    ]
    for method, call, expected in calls:
        before = len(slack.log())
        slack.faults.add(Fault(on=method, **fault))
        if expected is None:
            call()
        else:
            with pytest.raises(expected) as caught:
                call()
            assert type(caught.value) is expected
            shown = "".join(traceback.format_exception(caught.value))
            for secret in (TOKEN, SECRET, "secret text", "Bluetooth"):
                assert secret not in shown
            assert caught.value.__context__ is None
            if isinstance(caught.value, Retryable) and "headers" in fault:
                assert caught.value.after == float(fault["headers"]["Retry-After"])
        assert len(slack.log()) == before + 1, "one attempt only"
    assert "Bluetooth" not in caplog.text
    assert TOKEN not in caplog.text


def test_a_post_that_was_lost_is_found(slack: SlackStandin, settings: SlackSettings, context: Context) -> None:
    channel = SlackChannel(settings, context)
    slack.faults.add(Fault(on="chat.postMessage", kind="drop"))
    with pytest.raises(OutcomeUnknown):
        channel.post("digest:5", "C0TEAM", NOTE)
    found = channel.find("digest:5", "C0TEAM")
    assert found is not None
    assert found.status == "already"
    assert len(slack.effects("message_posted")) == 1


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # slack_sdk leaves an answer it stops reading to the collector
def test_slow_answer_is_doubtful(slack: SlackStandin, settings: SlackSettings, context: Context) -> None:
    slack.faults.add(Fault(on="chat.postMessage", kind="drip", seconds=400))
    with pytest.raises(OutcomeUnknown, match="TimeoutError"):
        SlackChannel(settings, replace(context, timeout=0.6)).post("digest:6", "C0TEAM", NOTE)
    gc.collect()


def test_no_connection_is_no_doubt(settings: SlackSettings, context: Context) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound but not listening: refused
        gone = settings.model_copy(update={"base_url": f"http://127.0.0.1:{taken.getsockname()[1]}/api/"})
        for call in (
            lambda: SlackChannel(gone, context).post("k", "C0TEAM", NOTE),
            lambda: SlackChannel(gone, context).find("k", "C0TEAM"),
            lambda: SlackChannel(gone, context).post("k", gone.base_url.replace("api/", "commands/1"), NOTE),
        ):
            with pytest.raises(Retryable, match="ConnectionRefusedError"):
                call()


@pytest.mark.parametrize("target", ["#general", "general", "@lead", "U0LEAD01", "", "C0TEAM\n", "c0team"])
def test_channels_are_named_by_id(target: str, slack: SlackStandin, settings: SlackSettings, context: Context) -> None:
    channel = SlackChannel(settings, context)
    for call in (lambda: channel.post("k", target, NOTE), lambda: channel.find("k", target)):
        with pytest.raises(Rejected, match="by its id"):
            call()
    assert slack.log() == []


def test_unknown_channel_and_bad_token_are_rejected(
    slack: SlackStandin, settings: SlackSettings, context: Context
) -> None:
    with pytest.raises(Rejected, match="channel_not_found"):
        SlackChannel(settings, context).post("k", "C0NOWHERE", NOTE)
    wrong = SlackSettings.model_validate({**slack.settings(), "bot_token": "xoxb-wrong"})
    with pytest.raises(Rejected, match="invalid_auth") as caught:
        SlackChannel(wrong, context).post("k", "C0TEAM", NOTE)
    assert "wrong" not in str(caught.value)
    assert slack.effects("message_posted") == []


def test_answers_go_to_the_response_url(
    slack: SlackStandin, settings: SlackSettings, context: Context, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    url = slack._interaction("U0LEAD01")["response_url"]
    channel = SlackChannel(settings, context)
    for _ in range(slack.response_uses):
        assert channel.post("answer:1", url, NOTE) == Receipt("sent", "ephemeral")
    assert channel.find("answer:1", url) is None
    answered = slack.effects("response_posted")
    assert len(answered) == slack.response_uses
    assert answered[0] == {
        "effect": "response_posted",
        "user": "U0LEAD01",
        "response_type": "ephemeral",
        "text": "Digest\n31 people: Bluetooth drops.",
    }
    assert "authorization" not in str(slack.log()).lower()
    with pytest.raises(Rejected, match="used_url") as caught:
        channel.post("answer:1", url, NOTE)
    assert url not in str(caught.value)
    with pytest.raises(Rejected, match="expired_url"):
        channel.post("answer:1", url + "9", NOTE)
    with pytest.raises(Rejected, match="not an https address"):
        channel.post("answer:1", "http://elsewhere.example/commands/1", NOTE)
    assert url not in caplog.text
    assert "Bluetooth" not in caplog.text


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"kind": "answer", "status": 200, "body": b"ok"}, None),
        ({"kind": "answer", "status": 200, "body": {"ok": True}}, None),
        ({"kind": "answer", "status": 200, "body": b"invalid_blocks"}, Rejected),
        ({"kind": "answer", **ok_false("expired_url")}, Rejected),
        ({"kind": "answer", "status": 429, "headers": {"Retry-After": "3"}}, Retryable),
        ({"kind": "answer", "status": 500}, OutcomeUnknown),
        ({"kind": "answer", "status": 200, "body": [1]}, OutcomeUnknown),
        ({"kind": "drop"}, OutcomeUnknown),
    ],
)
def test_response_url_outcomes(
    fault: dict[str, Any],
    expected: type[VocbotError] | None,
    slack: SlackStandin,
    settings: SlackSettings,
    context: Context,
) -> None:
    url = slack._interaction("U0LEAD01")["response_url"]
    slack.faults.add(Fault(on="/commands/", **fault))
    if expected is None:
        SlackChannel(settings, context).post("answer:1", url, NOTE)
        return
    with pytest.raises(expected) as caught:
        SlackChannel(settings, context).post("answer:1", url, NOTE)
    assert type(caught.value) is expected
    assert url not in str(caught.value)


def test_check(slack: SlackStandin, settings: SlackSettings, context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    assert {finding.level for finding in SlackCheck(settings, context).check()} == {"ok"}
    monkeypatch.setattr(type(slack), "scopes", ("groups:history",))
    nobody = settings.model_copy(update={"people": {}})
    assert [finding.level for finding in SlackCheck(nobody, context).check()] == [
        "ok",
        "error",
        "ok",
        "warning",
        "warning",
    ]
    slack.faults.add(Fault(on="auth.test", kind="answer", **ok_false("token_revoked")))
    (finding,) = SlackCheck(settings, context).check()
    assert (finding.level, finding.what) == ("error", "auth.test: token_revoked")


def test_missing_scope_is_rejected(
    slack: SlackStandin, settings: SlackSettings, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(slack), "scopes", ())
    with pytest.raises(Rejected, match="missing_scope"):
        SlackChannel(settings, context).post("k", "C0TEAM", NOTE)


@pytest.mark.parametrize(
    "change",
    [
        {"bot_token": ""},
        {"signing_secret": ""},
        {"base_url": "http://slack.example/api/"},
        {"base_url": "ftp://127.0.0.1/"},
        {"base_url": "slack.com/api"},
        {"people": {"lead": {"name": "Lead"}}},
        {"people": {"U0LEAD01": {"name": " "}}},
        {"command": "voc"},
        {"colour": "blue"},
    ],
)
def test_settings_refuse(change: dict[str, Any], slack: SlackStandin) -> None:
    with pytest.raises(ValidationError) as caught:
        SlackSettings.model_validate({**slack.settings(), **change})
    assert TOKEN not in str(caught.value)


def test_settings_hide_secrets(settings: SlackSettings) -> None:
    assert TOKEN not in repr(settings) + str(settings)
    assert SECRET not in repr(settings) + str(settings)
    plain = SlackSettings.model_validate(
        {"bot_token": "x", "signing_secret": "y", "base_url": "https://gw.example/api"}
    )
    assert plain.base_url == "https://gw.example/api/"
