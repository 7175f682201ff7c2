"""What requests mean: signatures, the set-up's checks, presses, the slash command, and everything misshapen."""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.slack.config import SlackSettings
from connectors.slack.standin import SECRET, TOKEN, SlackStandin
from connectors.slack.webhook_source import SlackWebhookSource
from vocbot.sdk.clock import Clock, RealClock
from vocbot.sdk.errors import BadSignature, Unparseable, VocbotError
from vocbot.sdk.events import Decision, Ignored, Opinion, Question, Unsupported
from vocbot.sdk.ports import Context, WebhookSource
from vocbot.sdk.signing import sign
from vocbot.sdk.wire import Inbound, Request

HOOK = "https://voc.example/hooks/slack"
PEOPLE = {"U0LEAD01": {"name": "Li Na", "name_zh": "李娜"}, "U0LEAD02": {"name": "Kim"}}
RECEIVED = datetime(2026, 3, 2, 9, 8, tzinfo=UTC)


def source(clock: Clock) -> SlackWebhookSource:
    settings = SlackSettings.model_validate({"bot_token": TOKEN, "signing_secret": SECRET, "people": PEOPLE})
    return SlackWebhookSource(settings, Context("slack", clock))


PARSER = source(RealClock())


def request(body: bytes, clock: Clock, **headers: str) -> Request:
    return Request("POST", HOOK, {**sign("slack", SECRET, body, clock.now()), **headers}, body)


def parse(body: bytes | dict[str, Any]) -> list[object]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return list(PARSER.parse(Inbound("webhook", "x", raw, {}, RECEIVED)))


HOOK = "https://hooks.slack.com/actions/1"


def press(**changes: Any) -> bytes:
    """A pressed button as Slack sends it; `changes` replace fields of the payload, or of its action."""
    action = {
        "type": "button",
        "action_id": "approve",
        "block_id": "b",
        "value": "approval:7",
        "action_ts": "1772442480.000250",
        "text": {"type": "plain_text", "text": "同意"},
    }
    payload = {
        "type": "block_actions",
        "team": {"id": "T1", "domain": "d"},
        "user": {"id": "U0LEAD01", "username": "lina", "name": "lina", "team_id": "T1"},
        "api_app_id": "A1",
        "container": {"type": "message", "message_ts": "1772442400.000100", "channel_id": "C0TEAM"},
        "trigger_id": "12.34.abc",
        "channel": {"id": "C0TEAM", "name": "team"},
        "message": {"type": "message", "ts": "1772442400.000100", "text": "?"},
        "response_url": "https://hooks.slack.com/actions/1",
        "actions": [action],
    }
    for name, value in changes.items():
        (action if name in action and name != "type" else payload)[name] = value
    return urlencode({"payload": json.dumps(payload)}).encode()


def slash(**changes: str) -> bytes:
    form = {
        "team_id": "T1",
        "channel_id": "C0TEAM",
        "user_id": "U0ANY",
        "user_name": "any",
        "command": "/voc",
        "text": "how is VOC-42?",
        "response_url": "https://hooks.slack.com/commands/1",
        "trigger_id": "12.35.abc",
    }
    return urlencode({**form, **changes}).encode()


def event(kind: str, **outer: Any) -> dict[str, Any]:
    return {"type": "event_callback", "team_id": "T1", "event_id": "Ev1", "event": {"type": kind}, **outer}


DECIDED = datetime(2026, 3, 2, 9, 8, 0, 250, tzinfo=UTC)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (press(), Decision("approval:7", True, "U0LEAD01", "Li Na (李娜)", DECIDED, reply_to=HOOK)),
        (
            press(action_id="reject", user={"id": "U0LEAD02", "name": "kim"}),
            Decision("approval:7", False, "U0LEAD02", "Kim", DECIDED, reply_to=HOOK),
        ),
        (
            press(user={"id": "U0EVIL", "name": "Li Na"}),
            Decision("approval:7", True, "U0EVIL", "U0EVIL", DECIDED, role="", reply_to=HOOK),
        ),
        (press(action_id="edit"), Ignored("a window, which is answered at once or not at all")),
        (
            {**event("x"), "type": "view_submission", "view": {"type": "modal", "callback_id": "edit"}},
            Ignored("a window, which is answered at once or not at all"),
        ),
        (press(action_id="snooze"), Unsupported("block_actions snooze")),
        (
            slash(),
            Question("how is VOC-42?", "U0ANY", "https://hooks.slack.com/commands/1", RECEIVED),
        ),
        (
            slash(text=" 蓝牙 &lt;为什么&gt; &amp;amp; payload 😡 "),
            Question("蓝牙 <为什么> &amp; payload 😡", "U0ANY", "https://hooks.slack.com/commands/1", RECEIVED),
        ),
        (slash(text=""), Question("", "U0ANY", "https://hooks.slack.com/commands/1", RECEIVED)),
        (slash(command="/vocab"), Unsupported("command /vocab")),
        (event("app_mention"), Unsupported("event app_mention")),
        (event("message", event={"type": "message", "bot_id": "B1", "user": "U0VOCBOT"}), Unsupported("event message")),
        (event("tokens_revoked"), Unsupported("event tokens_revoked")),
        ({"type": "app_rate_limited", "minute_rate_limited": 1}, Unsupported("app_rate_limited")),
        (
            {"type": "view_submission", "view": {"type": "modal", "callback_id": "approve"}},
            Unsupported("view_submission"),
        ),
        ({"type": "shortcut", "callback_id": "approve", "user": {"id": "U0LEAD01"}}, Unsupported("shortcut")),
        ({"type": "url_verification", "challenge": "c"}, Ignored("a check of the set-up")),
        (b"ssl_check=1&token=t", Ignored("a check of the set-up")),
    ],
)
def test_meaning(body: bytes | dict[str, Any], expected: object) -> None:
    assert parse(body) == [expected]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe{",
        b"hello",
        b"payload=",
        b"payload=%7B",
        b"payload=[1]",
        b"payload=1",
        b"command=%2Fvoc&text=%ff%fe",
        b'{"a":' * 20_000,
        b'{"type": 1}',
        b'{"type": "event_callback"}',
        b'{"type": "event_callback", "event": []}',
        b'{"type": "no such\\u0000 thing"}',
        b'{"type": "block_actions", "actions": []}',
        b'{"type": "block_actions", "actions": 7}',
        b"payload=" + b"9" * 5000,
        press(value="a\0b"),
        press(value=7),
        press(value="\ud800"),
        press(action_ts="yesterday"),
        press(action_ts=1772442480.5),
        press(user={"name": "lina"}),
        press(user={"id": ["U0LEAD01"]}),
        press(user=None),
        press(team=7),
        slash(text="a\0b"),
        slash(response_url="a\0b"),
        slash(user_id="U\0"),
        slash(user_id="").replace(b"user_id=&", b""),
    ],
)
def test_unparseable(body: bytes) -> None:
    with pytest.raises(Unparseable) as caught:
        parse(body)
    for private in ("U0LEAD01", "lina", "approval:7", "hooks.slack.com", "how is"):
        assert private not in str(caught.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
OF_PRESSES = ["type", "team", "user", "actions", "channel", "message", "container", "view", "enterprise", "state"]
OF_OTHERS = ["authorizations", "event", "command", "text", "user_id", "callback_id", "is_ext_shared_channel"]
FIELDS = st.sampled_from([*OF_PRESSES, *OF_OTHERS])
TYPES = st.sampled_from(["block_actions", "event_callback", "view_submission", "interactive_message", "shortcut"])


@given(st.dictionaries(FIELDS, JSON), TYPES, st.booleans())
def test_any_json_is_parsed_or_unparseable(changes: dict[str, Any], kind: str, form: bool) -> None:
    whole = dict(json.loads(dict(parse_qsl(press().decode()))["payload"]))
    body = json.dumps({**whole, "type": kind, **changes})
    with contextlib.suppress(Unparseable):
        assert len(parse(urlencode({"payload": body}).encode() if form else body.encode())) == 1


@given(st.binary(max_size=60))
def test_any_bytes_are_parsed_or_unparseable(body: bytes) -> None:
    assert PARSER.event_id(Request("POST", HOOK, {}, body))
    assert PARSER.handshake(Request("POST", HOOK, {}, body)) is None
    with contextlib.suppress(Unparseable):
        parse(body)


def test_threads_do_not_mix() -> None:
    people = ["U0LEAD01", "U0LEAD02"] * 50
    with ThreadPoolExecutor(4) as pool:
        found = pool.map(lambda user: parse(press(user={"id": user})), people)
    assert [item.by for (item,) in found if isinstance(item, Decision)] == people


# -- authenticity


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda r: Request(r.method, r.url, r.headers, r.body + b" "), "match"),
        (lambda r: Request(r.method, r.url, {**r.headers, "x-slack-request-timestamp": "1772442421"}, r.body), "match"),
        (lambda r: Request(r.method, r.url, {k: v for k, v in r.headers.items() if "sig" not in k}, r.body), "missing"),
        (lambda r: Request(r.method, r.url, {}, r.body), "missing"),
    ],
)
def test_tampered(change: Callable[[Request], Request], why: str, clock: Any) -> None:
    hook = source(clock)
    genuine = request(press(), clock)
    hook.verify(genuine)
    with pytest.raises(BadSignature, match=why) as caught:
        hook.verify(change(genuine))
    assert SECRET not in str(caught.value)


def test_stale(clock: Any) -> None:
    genuine = request(press(), clock)
    clock.time += timedelta(seconds=301)
    with pytest.raises(BadSignature, match="old"):
        source(clock).verify(genuine)


def test_handshake(clock: Any) -> None:
    hook = source(clock)
    assert isinstance(hook, WebhookSource)
    challenge = json.dumps({"type": "url_verification", "token": "t", "challenge": "3eZbrw1a"}).encode()
    answer = hook.handshake(request(challenge, clock))
    assert answer is not None
    assert (answer.status, answer.body) == (200, b"3eZbrw1a")
    assert hook.handshake(Request("POST", HOOK, {}, challenge)) is None
    assert hook.handshake(Request("POST", HOOK, sign("slack", "other", challenge, clock.now()), challenge)) is None
    assert hook.handshake(request(press(), clock)) is None
    assert hook.handshake(request(b'{"type": "url_verification", "challenge": 7}', clock)) is None
    for check in (
        Request("GET", HOOK, {}, b"", {"ssl_check": "1"}),
        Request("POST", HOOK, {}, b"ssl_check=1&token=t"),
    ):
        answer = hook.handshake(check)
        assert answer is not None
        assert (answer.status, answer.body) == (200, b"")
    assert hook.handshake(Request("GET", HOOK, {}, b"")) is None


def test_event_ids(clock: Any) -> None:
    hook = source(clock)

    def name(body: bytes, **headers: str) -> str:
        return hook.event_id(request(body, clock, **headers))

    mention = json.dumps(event("app_mention")).encode()
    assert name(mention) == "Ev1"
    assert name(mention, **{"x-slack-retry-num": "1"}) == "Ev1"
    names = [name(body) for body in (press(), press(trigger_id="12.36.abc"), slash(), slash(trigger_id="9"), b"x", b"")]
    assert len(set(names)) == len(names)
    assert names[0] == name(press())
    assert "abc" not in "".join(names[:4]), "a trigger opens a dialogue for whoever has it"
    assert name(press(trigger_id=None)) != name(press(trigger_id=None, action_ts="1772442481.000250"))


# -- what colleagues think of a digest


@pytest.mark.parametrize(("action", "useful"), [("useful", True), ("not_useful", False)])
def test_anybody_in_the_channel_may_find_a_digest_useful(action: str, useful: bool) -> None:
    (opinion,) = parse(press(action_id=action, value="digest:3", user={"id": "U0NOBODY"}))
    assert isinstance(opinion, Opinion)
    assert (opinion.token, opinion.useful, opinion.by, opinion.by_name) == ("digest:3", useful, "U0NOBODY", "U0NOBODY")
    with pytest.raises(Unparseable):
        parse(press(action_id=action, value=""))
    assert [type(item) for item in parse(press(action_id="somewhat_useful"))] == [Unsupported]


# -- against the stand-in


def test_samples_are_genuine_and_understood(slack: SlackStandin, settings: SlackSettings, context: Context) -> None:
    hook = SlackWebhookSource(settings, context)
    events: list[object] = []
    for sample in slack.samples(HOOK):
        hook.verify(sample)
        assert hook.handshake(sample) is None
        inbound = Inbound("webhook", hook.event_id(sample), sample.body, sample.headers, RECEIVED)
        events += hook.parse(inbound)
    assert [type(item) for item in events] == [Decision, Decision, Question, Opinion, Opinion]
    assert [item.useful for item in events if isinstance(item, Opinion)] == [True, False]
    assert [item.approved for item in events if isinstance(item, Decision)] == [True, False]
    assert all(isinstance(item, Question) or item.by_name == "Lead" for item in events)


def test_no_network_and_no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a call to the network")

    monkeypatch.setattr("socket.create_connection", refuse)
    monkeypatch.setattr("socket.socket.connect", refuse)
    for name in ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_VERIFICATION_TOKEN"):
        monkeypatch.setenv(name, "of another app")
    hook = source(RealClock())
    assert hook.parse(Inbound("webhook", "x", press(), {}, RECEIVED)) == parse(press())


def test_nothing_private_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    for body in (press(value="approval:7" * 9), press(value=7), slash(text="my phone is 13800138000"), b"payload={"):
        with contextlib.suppress(VocbotError):
            source(RealClock()).parse(Inbound("webhook", "x", body, {}, RECEIVED))
    assert caplog.text == ""


def test_our_own_loggers_go_on_speaking() -> None:
    assert parse(press())
    assert not logging.getLogger("vocbot").disabled
    assert logging.getLogger("vocbot").level == logging.NOTSET
