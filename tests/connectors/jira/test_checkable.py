from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from connectors.jira.standin import JiraStandin
from vocbot.sdk.ports import Checkable
from vocbot.sdk.testing.standin import Fault

ALL_WELL = ["ok", "ok", "ok", "ok", "ok"]
LATER = date(2027, 6, 1)


def test_all_is_well(port: Callable[..., Any]) -> None:
    check = port("checkable", token_expires=LATER)
    assert isinstance(check, Checkable)
    assert [finding.level for finding in check.check()] == ALL_WELL


@pytest.mark.parametrize(
    ("changes", "level", "told"),
    [
        ({"project": "NOPE"}, "error", "HTTP 404"),
        ({"issue_type": "Vorfall"}, "error", "no issue type Vorfall; it has: Task, Bug"),
        ({"priorities": {"P2": "Urgent"}}, "error", "priorities not found: P2 (Urgent)"),
        ({"components": {"a": "Nowhere"}}, "warning", "components not found: Nowhere"),
        ({"webhook_secret": None}, "warning", "no webhook_secret"),
        ({"token_expires": "2026-12-20"}, "warning", "the token ends on 2026-12-20"),
        ({"token_expires": "2026-11-24"}, "error", "the token ended on 2026-11-24"),
        ({"base_url": "http://127.0.0.1:9"}, "error", "cannot be reached"),
    ],
)
def test_settings_that_do_not_fit(port: Callable[..., Any], changes: dict[str, Any], level: str, told: str) -> None:
    findings = port("checkable", **{"token_expires": LATER, **changes}).check()
    (problem,) = [finding for finding in findings if finding.level != "ok"]
    assert problem.level == level
    assert told in problem.what
    assert problem.hint or "it has" in problem.what  # every problem says what to do


@pytest.mark.parametrize(
    ("field", "level"), [("labels", "error"), ("priority", "warning"), ("duedate", "warning"), ("components", None)]
)
def test_fields_that_the_screen_lacks(
    port: Callable[..., Any], jira: JiraStandin, field: str, level: str | None
) -> None:
    jira.world.screen = tuple(name for name in jira.world.screen if name != field)
    findings = port("checkable", token_expires=LATER).check()
    assert [finding.level for finding in findings if finding.level != "ok"] == ([level] if level else [])


def test_permissions_that_are_missing(port: Callable[..., Any], jira: JiraStandin) -> None:
    jira.denied = {"CREATE_ISSUES", "LINK_ISSUES"}
    (problem,) = [finding for finding in port("checkable", token_expires=LATER).check() if finding.level == "error"]
    assert problem.what.endswith("CREATE_ISSUES, LINK_ISSUES")


def test_the_wrong_flavour_is_named(port: Callable[..., Any], jira: JiraStandin, flavour: str) -> None:
    other = "datacenter" if flavour == "cloud" else "cloud"
    kind = {"deploymentType": "Cloud" if other == "cloud" else "Server"}
    jira.faults.add(Fault("serverInfo", "answer", 200, body=kind))
    problem = port("checkable", token_expires=LATER).check()[-1]
    assert (problem.level, problem.hint) == ("error", f"set flavour to {other}")


def test_refused_credentials_are_named_without_being_told(port: Callable[..., Any], flavour: str) -> None:
    secret = {"api_token": "hunter2"} if flavour == "cloud" else {"pat": "hunter2"}
    (problem,) = port("checkable", token_expires=LATER, **secret).check()
    assert problem.level == "error" and "401" in problem.what
    assert ("api_token" if flavour == "cloud" else "pat") in problem.hint
    assert "hunter2" not in repr(problem)


@pytest.mark.parametrize("flavour", ["cloud"])
def test_without_a_date_the_token_may_end_unnoticed(port: Callable[..., Any]) -> None:
    (hint, *_) = port("checkable").check()
    assert (hint.level, hint.what) == ("warning", "token_expires is not set")
