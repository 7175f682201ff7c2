"""The judge must see every way in which the loop can fail to close; it gets nothing but logs."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from vocbot.demo.judge import judge
from vocbot.demo.story import Item

NAMES = ("jira", "slack", "zendesk", "email")
Logs = dict[str, list[dict[str, Any]]]


def entry(path: str, body: Any, *effects: dict[str, Any], at: str = "2026-10-02T00:00:00+00:00") -> dict[str, Any]:
    return {
        "at": at,
        "direction": "in",
        "method": "POST",
        "path": path,
        "body": body,
        "status": 200,
        "verdict": "ok",
        "effects": list(effects),
    }


def ticket(key: str = "ticket:VOC-1:1", text: str = "It breaks.") -> dict[str, Any]:
    adf = {"type": "doc", "content": [{"type": "paragraph", "content": [{"type": "text", "text": text}]}]}
    return entry(
        "/rest/api/3/issue",
        {"fields": {"summary": "[VOC-1] It breaks", "description": adf, "labels": ["voc"]}},
        {"effect": "ticket_created", "key": key, "ref": "1", "jira_key": "APP-1", "summary": "[VOC-1] It breaks"},
    )


def message(key: str, text: str = "hello") -> dict[str, Any]:
    effect = {"effect": "message_posted", "key": key, "channel": "C1", "text": text, "ts": "1.0", "buttons": []}
    return entry("/api/chat.postMessage", {"channel": "C1", "text": text}, effect)


def press(token: str, at: str = "2026-10-01T00:00:00+00:00") -> dict[str, Any]:
    pressed = {"effect": "button_pressed", "action": "approve", "value": token, "user": "U0LEAD01"}
    return {"at": at, "direction": "act", "effects": [pressed]}


def reply(key: str = "notice:P-A:CHANGE-1", who: str = "lin", text: str = "We changed it.") -> dict[str, Any]:
    effect = {"effect": "reply_sent", "key": key, "ticket": "7", "requester": who, "body": text, "markup": None}
    return entry("/api/v2/tickets/7", {"ticket": {"comment": {"body": text}}}, effect)


def article() -> dict[str, Any]:
    return entry(
        "/api/v2/help_center/articles/5/translations/en-us.json",
        {"translation": {"draft": False}},
        {"effect": "article_published", "ref": "5", "title": "Q", "body": "A"},
    )


def good() -> Logs:
    return {
        "jira": [ticket()],
        "slack": [
            message("digest:en:1"),
            message("report:CHANGE-1:effective:en"),
            press("notice:CHANGE-1"),
            press("faq:1"),
        ],
        "zendesk": [reply(), article()],
        "email": [],
    }


ITEMS = [
    Item(
        "My name is Karen Whitfield, call 415-555-0132",
        datetime(2026, 9, 1, tzinfo=UTC),
        "karen.whitfield",
        "email",
        answer="Please try again.",
    )
]


def verdicts(folder: Path, logs: Logs, items: list[Item] = ITEMS) -> dict[str, bool]:
    paths = {name: folder / f"{name}.jsonl" for name in NAMES}
    for name, entries in logs.items():
        paths[name].write_text("".join(json.dumps(e) + "\n" for e in entries), encoding="utf-8")
    return {check.what.split(":")[0]: check.holds for check in judge(paths, items)}


def test_a_closed_loop_passes(tmp_path: Path) -> None:
    assert all(verdicts(tmp_path, good()).values())


BREAKS: list[tuple[str, Callable[[Logs], object], str]] = [
    ("no ticket", lambda logs: logs["jira"].clear(), "the loop closed"),
    ("no digest", lambda logs: logs["slack"].pop(0), "the loop closed"),
    ("no verdict", lambda logs: logs["slack"].pop(1), "the loop closed"),
    ("no entry", lambda logs: logs["zendesk"].pop(), "the loop closed"),
    ("two tickets", lambda logs: logs["jira"].append(ticket()), "exactly one ticket per issue and generation"),
    (
        "a ticket without key",
        lambda logs: logs["jira"].append(ticket("")),
        "exactly one ticket per issue and generation",
    ),
    ("a notice twice", lambda logs: logs["zendesk"].append(reply(text="We changed it, again.")), "no notice twice"),
    (
        "the same words twice",
        lambda logs: logs["zendesk"].append(reply(key="notice:P-B:CHANGE-1")),
        "nobody read the same message twice",
    ),
    (
        "nobody approved",
        lambda logs: logs["slack"].pop(2),
        "everything a customer sees was approved by a named person",
    ),
    (
        "approved too late",
        lambda logs: logs["slack"].__setitem__(2, press("notice:CHANGE-1", "2026-10-03T00:00:00+00:00")),
        "everything a customer sees was approved by a named person",
    ),
    (
        "an entry nobody approved",
        lambda logs: logs["slack"].pop(3),
        "everything a customer sees was approved by a named person",
    ),
    (
        "a number in a ticket",
        lambda logs: logs["jira"].__setitem__(0, ticket(text="call +1 415-555-0199")),
        "no personal data in any body",
    ),
    (
        "a name from a text",
        lambda logs: logs["jira"].__setitem__(0, ticket(text="as karen whitfield says")),
        "no personal data in any body",
    ),
    (
        "a handle in a post",
        lambda logs: logs["slack"].append(message("answer:1", "thanks KAREN.WHITFIELD")),
        "no personal data in any body",
    ),
]


@pytest.mark.parametrize(("how", "harm", "promise"), BREAKS, ids=[b[0] for b in BREAKS])
def test_every_broken_promise_is_seen(how: str, harm: Callable[[Logs], object], promise: str, tmp_path: Path) -> None:
    logs = good()
    harm(logs)
    found = verdicts(tmp_path, logs)
    assert not found[promise], how


def test_without_answers_no_entry_is_asked_for(tmp_path: Path) -> None:
    logs = good()
    logs["zendesk"].pop()
    assert all(verdicts(tmp_path, logs, [replace(ITEMS[0], answer=None)]).values())
