"""The connector's real requests, and the stand-in's payloads, against what Slack published.

Slack's contract of the Web API is of 2021: it knows neither message metadata nor blocks given as JSON lists, and types
all of a form's fields as text. So names are compared, and the few later ones are listed with their source.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest

from connectors.slack import standin_payloads
from connectors.slack.approver import SlackApprover
from connectors.slack.channel import SlackChannel
from connectors.slack.checkable import SlackCheck
from connectors.slack.config import SlackSettings
from connectors.slack.standin import SlackStandin
from connectors.slack.window import SlackWindow
from vocbot.sdk.document import Document
from vocbot.sdk.ports import Context
from vocbot.sdk.window import Field, Form, Wish

SHARED = Path(os.environ.get("VOCBOT_SHARED", Path(__file__).parents[4] / "shared")) / "specs"
LATER = {"metadata", "include_all_metadata"}  # docs.slack.dev, "Message metadata"
JSON_TYPES = {"string": (str, list), "boolean": (bool,), "integer": (str,), "number": (str,)}


def published(path: str) -> Any:
    file = SHARED / path
    if not file.exists():
        pytest.skip(f"Slack's contract is not here: {path}")
    return json.loads(file.read_text(encoding="utf-8"))


def use_everything(slack: SlackStandin, settings: SlackSettings, context: Context, question: Document) -> None:
    approver = SlackApprover(settings, context)
    ref = approver.ask("approval:7", "C0TEAM", question).ref
    approver.settle(ref, "C0TEAM", question)
    SlackChannel(settings, context).find("nothing", "C0TEAM")
    SlackCheck(settings, context).check()
    wish = Wish("faq:1", slack._trigger("U0LEAD01"), "U0LEAD01", "Lead", None, context.clock.now(), "http://h")
    SlackWindow(settings, context).open(wish, Form("t", "a", (Field("q", "Q", "", 9),), "s", "c", "{}"))


def test_requests(slack: SlackStandin, settings: SlackSettings, context: Context, question: Document) -> None:
    contract = published("slack/slack_web_openapi_v2_without_examples.json")
    use_everything(slack, settings, context, question)
    seen = set()
    for entry in slack.log():
        path = entry["path"].removeprefix("/api")
        (operation,) = contract["paths"][path].values()
        fields = {item["name"]: item for item in operation["parameters"] if item["in"] != "header"}
        sent = entry["body"] or {}
        sent = sent if isinstance(sent, dict) else dict(parse_qsl(sent))
        assert set(sent) - LATER <= set(fields), path
        assert {name for name, item in fields.items() if item.get("required")} <= set(sent), path
        for name in set(sent) - LATER:
            # chat.update's link_names is text in the contract; as JSON it is a boolean, as in chat.postMessage.
            more = {"link_names": (bool,), "view": (dict,)}.get(name, ())  # views.open takes it as JSON, too
            kinds = (*JSON_TYPES[fields[name]["type"]], *more)
            assert isinstance(sent[name], kinds), (path, name)
        seen.add(path)
    assert seen == {"/chat.postMessage", "/chat.update", "/conversations.history", "/auth.test", "/views.open"}


def test_answers_have_the_fields_that_are_required(
    slack: SlackStandin, settings: SlackSettings, context: Context, question: Document
) -> None:
    contract = published("slack/slack_web_openapi_v2_without_examples.json")
    token = {"Authorization": f"Bearer {slack.settings()['bot_token']}"}

    def call(method: str, **body: str) -> dict[str, Any]:
        found = httpx.post(f"{slack.url}/api/{method}", json=body, headers=token).json()
        assert isinstance(found, dict)
        return found

    posted = call("chat.postMessage", channel="C0TEAM", text="x")
    answers = {
        "chat.postMessage": posted,
        "chat.update": call("chat.update", channel="C0TEAM", ts=posted["ts"], text="y"),
        "conversations.history": call("conversations.history", channel="C0TEAM"),
        "auth.test": call("auth.test"),
    }
    for method, answer in answers.items():
        (operation,) = contract["paths"][f"/{method}"].values()
        schema = operation["responses"]["200"]["schema"]
        assert set(schema["required"]) <= set(answer), method
        errors = operation["responses"]["default"]["schema"]["properties"]["error"]["enum"]
        assert ("channel_not_found" in errors) is (method != "auth.test"), "the error that the stand-in gives"


@pytest.mark.parametrize(
    ("number", "path"),
    [
        (0, "slack-samples/app-backend/interactive-components/BlockActionPayload.json"),
        (2, "slack-samples/app-backend/slash-commands/SlashCommandPayload.json"),
    ],
)
def test_payloads(number: int, path: str, slack: SlackStandin) -> None:
    sample = published(path)
    form: Any = dict(parse_qsl(slack.samples("http://h")[number].body.decode(), keep_blank_values=True))
    sent = json.loads(form["payload"]) if "payload" in form else form
    assert names(sent) <= names(sample)


def test_a_saved_window(slack: SlackStandin) -> None:
    sample = published("slack-samples/app-backend/views/ViewSubmissionPayload.json")
    view = {
        "id": "V1",
        "team_id": "T1",
        "type": "modal",
        "callback_id": "edit",
        "private_metadata": "{}",
        "hash": "1.1",
    }
    form: Any = dict(parse_qsl(standin_payloads.submission(view, {"q": "a"}, "U0LEAD01", trigger="1.1").decode()))
    # response_urls came after the sample (docs.slack.dev, "view_submission")
    assert names(json.loads(form["payload"])) - {".response_urls"} <= names(sample)


def names(value: Any, at: str = "") -> set[str]:
    """Every dotted path of field names; what is inside lists of blocks and of state is not compared."""
    if isinstance(value, list):
        return names(value[0], at) if value and "blocks" not in at else set()
    if not isinstance(value, dict):
        return set()
    return {f"{at}.{name}" for name in value} | {
        p for n, v in value.items() if n != "state" for p in names(v, f"{at}.{n}")
    }
