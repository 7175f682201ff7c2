"""What the check of a set-up says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from connectors.zendesk.checkable import ZendeskCheck
from connectors.zendesk.config import ZendeskSettings
from connectors.zendesk.standin import ZendeskStandin
from vocbot.sdk.ports import Context
from vocbot.sdk.testing.standin import Fault

Port = Callable[..., Any]


def levels(findings: Any) -> dict[str, str]:
    return {finding.what: finding.level for finding in findings}


def test_a_good_account_is_all_ok(port: Port) -> None:
    found = port("checkable").check()
    assert {finding.level for finding in found} == {"ok"} and len(found) == 5


def test_an_api_token_is_warned_of(zendesk: ZendeskStandin, clock: Any) -> None:
    settings = ZendeskSettings.model_validate(zendesk.token_settings())
    found = ZendeskCheck(settings, Context("zendesk", clock)).check()
    (warning,) = (finding for finding in found if finding.level != "ok")
    assert (warning.level, warning.what) == ("warning", "API token in use") and "2027-04-30" in warning.hint


@pytest.mark.parametrize(
    ("changes", "level", "what"),
    [
        ({"webhook_secrets": []}, "error", "no webhook signing secret"),
        ({"agent_id": None}, "warning", "agent_id is not set"),
        ({"agent_id": 5}, "error", "agent_id is not the user of these credentials"),
        (
            {"guide": {"sections": {"en": 1}, "permission_group_id": 2}},
            "error",
            "Guide section for en: GET /api/v2/help_center/sections/1.json: HTTP 404",
        ),
        (
            {"client_secret": "wrong"},
            "error",
            "no access: POST /oauth/tokens: HTTP 401",
        ),
    ],
)
def test_what_is_wrong_is_named(port: Port, changes: dict[str, Any], level: str, what: str) -> None:
    found = port("checkable", **changes).check()
    assert levels(found)[what] == level
    assert sum(finding.level != "ok" for finding in found) == 1
    assert all(finding.hint for finding in found if finding.level != "ok")


@pytest.mark.parametrize(("role", "level"), [("agent", "warning"), ("end-user", "error"), (None, "error")])
def test_the_role_decides_what_works(zendesk: ZendeskStandin, port: Port, role: str | None, level: str) -> None:
    zendesk.faults.add(Fault("users/me", "answer", 200, body={"user": {"id": 9001, "role": role}}))
    (finding,) = (finding for finding in port("checkable").check() if finding.level != "ok")
    assert finding.level == level


def test_a_silent_account_is_an_error(zendesk: ZendeskStandin, port: Port) -> None:
    zendesk.faults.add(Fault("users/me", "drop"))
    assert "error" in levels(port("checkable").check()).values()
