"""The check: what is wrong is said, with what to do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from connectors.mastodon.standin import MastodonStandin
from connectors.mastodon.standin_world import instance
from vocbot.sdk.ports import Finding
from vocbot.sdk.testing.standin import Fault

Port = Callable[..., Any]


def bad(findings: Sequence[Finding]) -> list[str]:
    return [f"{finding.level}: {finding.what}" for finding in findings if finding.level != "ok"]


def test_all_is_well(port: Port, mastodon: MastodonStandin) -> None:
    found = port("checkable").check()
    assert bad(found) == []
    said = " ".join(finding.what for finding in found)
    assert "500 characters" in said and "mentions can be read" in said and "#acmeapp can be read" in said
    assert all(entry["method"] == "GET" for entry in mastodon.log())


def test_only_what_is_set_is_looked_at(port: Port, mastodon: MastodonStandin) -> None:
    port("checkable", hashtags=[]).check()
    port("checkable", read_mentions=False).check()
    paths = [entry["path"] for entry in mastodon.log()]
    assert paths.count("/api/v1/notifications") == paths.count("/api/v1/timelines/tag/acmeapp") == 1


@pytest.mark.parametrize(
    ("token", "words"),
    [("wrong", "401"), ("app", "that of an application")],
)
def test_a_token_that_will_not_do(port: Port, mastodon: MastodonStandin, token: str, words: str) -> None:
    value = mastodon.app_token if token == "app" else "wrong"
    (finding,) = port("checkable", access_token=value).check()
    assert finding.level == "error" and words in finding.what


@pytest.mark.parametrize(
    ("scopes", "words"),
    [
        (("read:accounts", "read:statuses", "write:statuses"), ["read:notifications", "mentions: GET"]),
        (("read:accounts", "read:notifications", "write:statuses"), ["read:statuses", "#acmeapp: GET"]),
        (("read",), ["lacks write:statuses"]),
        (("write",), ["may not see its own account"]),
    ],
)
def test_scopes_that_are_missing(
    port: Port, mastodon: MastodonStandin, scopes: tuple[str, ...], words: list[str]
) -> None:
    mastodon.scopes = scopes
    found = [f for f in port("checkable").check() if f.level == "error"]
    assert len(found) == len(words)
    assert all(word in finding.what for word, finding in zip(words, found, strict=True))
    assert all("write:statuses" in finding.hint for finding in found)


def test_wide_scopes_will_do(port: Port, mastodon: MastodonStandin) -> None:
    mastodon.scopes = ("read", "write")
    assert bad(port("checkable").check()) == []


def test_a_server_that_says_less(port: Port, mastodon: MastodonStandin) -> None:
    missing = {"error": "Record not found"}
    mastodon.faults.add(
        Fault("apps/verify", "answer", 200, body={"name": "vocbot"}),
        Fault("instance", "answer", 404, body=missing),
        Fault("policy", "answer", 404, body=missing),
    )
    assert bad(port("checkable").check()) == ["warning: this server does not tell the application's scopes"]


@pytest.mark.parametrize(
    ("fault", "level"),
    [
        (Fault("accounts/verify", "answer", 503), "error"),
        (Fault("apps/verify", "answer", 503), "warning"),
        (Fault("instance", "answer", 200, body=b"<html>"), "error"),
        (Fault("notifications$", "answer", 200, body={}), "error"),
        (Fault("timelines", "answer", 500), "error"),
    ],
)
def test_failures_are_findings(port: Port, mastodon: MastodonStandin, fault: Fault, level: str) -> None:
    mastodon.faults.add(fault)
    (finding,) = [f for f in port("checkable").check() if f.level != "ok"]
    assert finding.level == level and finding.hint


def test_what_the_account_throws_away(port: Port, mastodon: MastodonStandin) -> None:
    mastodon.policy["for_private_mentions"] = "drop"
    (finding,) = [f for f in port("checkable").check() if f.level != "ok"]
    assert finding.level == "warning" and "for_private_mentions" in finding.what and "lost" in finding.hint


def test_an_account_that_moved_and_a_server_that_hides_tags(port: Port, mastodon: MastodonStandin) -> None:
    mastodon.faults.add(Fault("accounts/verify", "answer", 200, body={"id": "1", "moved": {"id": "2"}}))
    shown = dict(instance(mastodon.url))
    access = {"hashtag_feeds": {"local": "public", "remote": "disabled"}}
    mastodon.instance = {**shown, "configuration": {**shown["configuration"], "timelines_access": access}}
    assert bad(port("checkable").check()) == [
        "warning: the account has moved",
        "warning: hashtags of other servers are not shown to everybody",
    ]
