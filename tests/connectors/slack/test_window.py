"""Windows: what is shown keeps Slack's limits whatever the text, and what comes back is read or refused."""

from __future__ import annotations

import contextlib
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.models.views import View

from connectors.slack import standin_payloads, standin_views, window
from connectors.slack.config import SlackSettings
from connectors.slack.standin import SlackStandin
from connectors.slack.window import SlackWindow
from vocbot.sdk.errors import Rejected, Retryable, Unparseable
from vocbot.sdk.ports import Context, Window
from vocbot.sdk.testing.standin import Fault
from vocbot.sdk.window import Field, Form, TooLong, Wish, Written
from vocbot.sdk.wire import Request

FORM = Form(
    "修改 VOC-1",
    "About <!channel> & *this*",
    (Field("question", "问题", "Why?", 200), Field("steps", "Steps", "", 10_019, lines=True, needed=False)),
    "保存",
    "取消",
    '{"token": "faq:1"}',
)
HARD = [
    "长" * 4000,
    "שלום עולם " * 400,
    "\u202eabc\u0000def",
    "<!channel> & <@U0> " * 200,
    "😡👩\u200d👩\u200d👧" * 500,
    "a\u0301" * 2000,
]


def wish(slack: SlackStandin, user: str = "U0LEAD01") -> Wish:
    return Wish("faq:1", slack._trigger(user), user, "Lead", None, datetime(2026, 3, 2, tzinfo=UTC), "http://h")


def shown(form: Form) -> dict[str, Any]:
    return window._view(form)


@pytest.mark.parametrize("text", HARD, ids=range(len(HARD)))
def test_a_window_keeps_the_limits_of_slacks_own_models(text: str) -> None:
    hard = Form(
        text, text, tuple(replace(f, label=text, value=text[:3000]) for f in FORM.fields), text, text, "s" * 3000
    )
    view = shown(hard)
    View(**json.loads(json.dumps(view))).validate_json()
    assert standin_views.problems(view) == []
    assert view["blocks"][1]["element"]["initial_value"].strip("\n")


def test_a_text_is_shown_whole_or_not_at_all() -> None:
    for form in (
        replace(FORM, fields=(replace(FORM.fields[0], value="x" * 3001),)),
        replace(FORM, state="s" * 3001),
        replace(FORM, fields=FORM.fields * 50),
    ):
        with pytest.raises(TooLong):
            shown(form)
    assert shown(replace(FORM, fields=(replace(FORM.fields[0], value="x" * 3000),)))


def test_a_window_opens_and_is_saved(slack: SlackStandin, settings: SlackSettings, context: Context) -> None:
    port = SlackWindow(settings, context)
    assert isinstance(port, Window)
    port.open(wish(slack), FORM)
    standing = slack.window()
    assert standing is not None and standing["values"] == {"question": "Why?", "steps": None}
    form = standin_payloads.submission(
        standing["view"], {"question": "为什么？", "steps": None}, "U0LEAD01", trigger="1.1"
    )
    assert port.read(Request("POST", "http://h", {}, form)) == Written(
        FORM.state, {"question": "为什么？", "steps": ""}, "U0LEAD01", "Lead", None
    )
    assert slack.log()[-1]["body"]["view"]["title"] == {"type": "plain_text", "text": "修改 VOC-1", "emoji": False}


@pytest.mark.parametrize(
    ("fault", "expected", "match"),
    [
        ({"kind": "answer", "status": 200, "body": {"ok": False, "error": "expired_trigger_id"}}, Rejected, "expired"),
        ({"kind": "answer", "status": 429, "headers": {"Retry-After": "3"}}, Retryable, "429"),
        ({"kind": "drop"}, Retryable, "no answer"),
    ],
)
def test_no_window(
    fault: dict[str, Any],
    expected: type[Exception],
    match: str,
    slack: SlackStandin,
    settings: SlackSettings,
    context: Context,
) -> None:
    slack.faults.add(Fault(on="views.open", **fault))
    with pytest.raises(expected, match=match):
        SlackWindow(settings, context).open(wish(slack), FORM)
    assert len(slack.log()) == 1, "one attempt only"


def test_answers(settings: SlackSettings, context: Context) -> None:
    port = SlackWindow(settings, context)
    assert (port.answer({}).status, port.answer({}).body) == (200, b"")
    wrong = port.answer({"answer": "空的\n" + "长" * 3000})
    assert wrong.content_type.startswith("application/json")
    body = json.loads(wrong.body)
    assert (body["response_action"], list(body["errors"])) == ("errors", ["answer"])
    assert len(body["errors"]["answer"]) <= 2000


# -- what comes


NUL = {"value": "\0"}


def payload(**changes: Any) -> bytes:
    view = {
        "callback_id": "edit",
        "private_metadata": "{}",
        "state": {"values": {"question": {"question": {"type": "plain_text_input", "value": "q"}}}},
    }
    whole = {"type": "view_submission", "user": {"id": "U0LEAD01"}, "view": view}
    return urlencode({"payload": json.dumps({**whole, **changes})}).encode()


def read(settings: SlackSettings, context: Context, body: bytes) -> Wish | Written | None:
    return SlackWindow(settings, context).read(Request("POST", "http://h", {}, body))


def test_somebody_whom_nobody_named_has_no_role(settings: SlackSettings, context: Context) -> None:
    found = read(settings, context, payload(user={"id": "U0OTHER"}))
    assert isinstance(found, Written) and (found.by, found.by_name, found.role) == ("U0OTHER", "", "")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"hello",
        payload(type="view_closed"),
        payload(view={"callback_id": "other"}),
        payload(view=None),
        payload(type="block_actions", actions=[{"action_id": "approve", "value": "faq:1"}]),
        payload(type="block_actions", actions=[]),
    ],
)
def test_everything_else_goes_to_the_inbox(body: bytes, settings: SlackSettings, context: Context) -> None:
    assert read(settings, context, body) is None


@pytest.mark.parametrize(
    "body",
    [
        payload(user=None),
        payload(user={"id": 7}),
        payload(view={"callback_id": "edit", "private_metadata": "{}"}),
        payload(view={"callback_id": "edit", "private_metadata": 7, "state": {"values": {}}}),
        payload(view={"callback_id": "edit", "private_metadata": "", "state": {"values": {"q": 7}}}),
        payload(
            view={"callback_id": "edit", "private_metadata": "", "state": {"values": {"q": {"q": {"value": "\0"}}}}}
        ),
        payload(type="block_actions", actions=[{"action_id": "edit", "value": "faq:1", "action_ts": "now"}]),
        payload(type="block_actions", actions=[{"action_id": "edit"}], trigger_id="1.1"),
    ],
)
def test_misshapen_ones_are_unparseable(body: bytes, settings: SlackSettings, context: Context) -> None:
    with pytest.raises(Unparseable):
        read(settings, context, body)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
SOME = SlackSettings.model_validate({"bot_token": "t", "signing_secret": "s"})


@given(
    st.sampled_from(["view_submission", "block_actions"]),
    st.dictionaries(st.sampled_from(["user", "view", "actions", "trigger_id", "response_url"]), JSON),
)
def test_any_json_is_read_or_unparseable(kind: str, changes: dict[str, Any]) -> None:
    with contextlib.suppress(Unparseable):
        SlackWindow(SOME, Context("slack", None)).read(  # type: ignore[arg-type]
            Request("POST", "http://h", {}, payload(type=kind, **changes))
        )


# -- the stand-in holds windows to the contract


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"colour": "red"}, "view.colour: unsupported field"),
        ({"type": "home"}, "view.type"),
        ({"title": {"type": "plain_text", "text": "t" * 25}}, "title: not of 1 to 24"),
        ({"title": {"type": "mrkdwn", "text": "t"}}, "title: no text object"),
        ({"submit": {"type": "plain_text", "text": ""}}, "submit: not of 1 to 24"),
        ({"private_metadata": "x" * 3001}, "private_metadata"),
        ({"callback_id": "x" * 256}, "callback_id"),
        ({"blocks": []}, "view.blocks: must be"),
        ({"blocks": [{"type": "actions"}]}, "blocks/0/type"),
        ({"blocks": [{"type": "divider", "text": "x"}]}, "blocks/0/text: unsupported"),
    ],
)
def test_the_stand_in_refuses(change: dict[str, Any], problem: str) -> None:
    assert standin_views.problems(shown(FORM)) == []
    assert any(problem in found for found in standin_views.problems({**shown(FORM), **change}))


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"max_length": 3001}, "max_length"),
        ({"min_length": 5000}, "min_length"),
        ({"initial_value": "x" * 201}, "initial_value"),
        ({"initial_value": ""}, "initial_value"),
        ({"action_id": ""}, "action_id"),
        ({"style": "primary"}, "style: unsupported"),
        ({"type": "button"}, "element: unsupported"),
    ],
)
def test_the_stand_in_refuses_inputs(change: dict[str, Any], problem: str) -> None:
    view = shown(FORM)
    view["blocks"][1]["element"] |= change
    assert any(problem in found for found in standin_views.problems(view))
    del view["submit"]
    assert any("submit: missing" in found for found in standin_views.problems(view))


def test_a_trigger_opens_one_window_within_three_seconds(
    slack: SlackStandin, settings: SlackSettings, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    port, once = SlackWindow(settings, context), wish(slack)
    port.open(once, FORM)
    with pytest.raises(Rejected, match="exchanged_trigger_id"):
        port.open(once, FORM)
    with pytest.raises(Rejected, match="invalid_trigger_id"):
        port.open(replace(once, handle="x"), FORM)
    assert slack.trigger_life == 3.0
    monkeypatch.setattr(SlackStandin, "trigger_life", 0.0)
    with pytest.raises(Rejected, match="expired_trigger_id"):
        port.open(wish(slack), FORM)
    with pytest.raises(ValueError, match="no window"):
        slack.save({}, "U0ELSE")
    with pytest.raises(ValueError, match="required"):
        slack.save({"question": ""})
