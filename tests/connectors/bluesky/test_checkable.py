"""What the check says of a set-up that is wrong somewhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from connectors.bluesky.standin import BlueskyStandin
from vocbot.sdk.ports import Finding
from vocbot.sdk.testing.standin import Fault

Port = Callable[..., Any]


def said(findings: list[Finding], level: str) -> str:
    return " | ".join(f"{f.what} ({f.hint})" for f in findings if f.level == level)


def test_all_is_well(port: Port) -> None:
    findings = port("checkable").check()
    assert {finding.level for finding in findings} == {"ok"}
    told = said(findings, "ok")
    for what in ("signed in", "an app password", "notifications can be read", "search 1 can be read", "calls are left"):
        assert what in told


def test_it_writes_nothing(bluesky: BlueskyStandin, port: Port) -> None:
    port("checkable").check()
    assert {entry["path"] for entry in bluesky.log() if entry["method"] == "POST"} == {
        "/xrpc/com.atproto.server.createSession"
    }


@pytest.mark.parametrize(
    ("scope", "level", "told"),
    [
        ("com.atproto.access", "warning", "own password"),
        ("com.atproto.appPassPrivileged", "warning", "direct messages"),
        ("com.atproto.appPass", "ok", "an app password"),
    ],
)
def test_the_kind_of_password(bluesky: BlueskyStandin, port: Port, scope: str, level: str, told: str) -> None:
    bluesky.scope = scope
    assert told in said(port("checkable").check(), level)


def test_an_unknown_scope_says_nothing(bluesky: BlueskyStandin, port: Port) -> None:
    bluesky.scope = "transition:generic"
    assert "password" not in said(port("checkable").check(), "ok")


def test_wrong_password(port: Port) -> None:
    (finding,) = port("checkable", app_password="nnnn-nnnn-nnnn-nnnn").check()
    assert finding.level == "error" and "app password is wrong" in finding.what and "nnnn" not in repr(finding)


def test_an_account_that_is_not_active(bluesky: BlueskyStandin, port: Port) -> None:
    bluesky.active = False
    assert "not active" in said(port("checkable").check(), "error")


def test_a_search_that_is_refused_is_named_by_its_number(port: Port) -> None:
    findings = port("checkable", queries=["acme", '"broken'], langs=["en"]).check()
    assert "search 2 in en" in said(findings, "error") and "search 1 in en can be read" in said(findings, "ok")
    assert "broken" not in repr(findings)


@pytest.mark.parametrize("wish", [{"include": "follows", "list": True}, {"include": "all", "list": False}])
def test_notifications_that_the_account_hides(bluesky: BlueskyStandin, port: Port, wish: dict[str, Any]) -> None:
    bluesky.preferences["reply"] = {**wish, "push": True}
    assert "of the kind reply" in said(port("checkable").check(), "warning")
    assert "of the kind" not in said(port("checkable", read_mentions=False).check(), "warning")


@pytest.mark.parametrize("body", [b"<html>", {}, {"preferences": [7]}, {"preferences": {"reply": 7}}])
def test_a_server_that_does_not_tell(bluesky: BlueskyStandin, port: Port, body: Any) -> None:
    bluesky.faults.add(Fault("getPreferences", "answer", 200, body=body))
    assert {finding.level for finding in port("checkable").check()} == {"ok"}


def test_limits_that_are_nearly_used_up(bluesky: BlueskyStandin, port: Port) -> None:
    bluesky.most_logins = 1
    assert "0 of 1 calls are left" in said(port("checkable").check(), "warning")
