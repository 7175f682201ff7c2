from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from connectors.jira import MANIFEST
from connectors.jira.config import JiraSettings
from vocbot.sdk.manifest import resolve

CLOUD: dict[str, Any] = {
    "site": "https://acme.atlassian.net/",
    "email": "bot@acme.example",
    "api_token": "s3cret",
    "project": "APP",
}
CENTER: dict[str, Any] = {"flavour": "datacenter", "site": "https://jira.acme.example/jira", "project": "APP"}


def test_the_manifest_names_what_is_there() -> None:
    assert resolve(MANIFEST.settings) is JiraSettings
    assert {resolve(target).__name__ for target in (*MANIFEST.ports.values(), MANIFEST.standin)} == {
        "JiraWebhook",
        "JiraTracker",
        "JiraCheck",
        "JiraStandin",
    }


@pytest.mark.parametrize(
    ("settings", "api"),
    [
        (CLOUD, "https://acme.atlassian.net"),
        ({**CLOUD, "cloud_id": "11-aa"}, "https://api.atlassian.com/ex/jira/11-aa"),
        ({**CLOUD, "cloud_id": "11-aa", "base_url": "http://127.0.0.1:1/"}, "http://127.0.0.1:1"),
        ({**CENTER, "pat": "s3cret"}, "https://jira.acme.example/jira"),
    ],
)
def test_where_the_api_is(settings: dict[str, Any], api: str) -> None:
    made = JiraSettings.model_validate(settings)
    assert made.api == api
    assert made.browse("APP-1") == f"{made.site}/browse/APP-1"
    assert "s3cret" not in f"{made!r}{made}{made.model_dump_json()}"


@pytest.mark.parametrize(
    "settings",
    [
        {**CLOUD, "api_token": None},
        {**CLOUD, "email": None},
        {**CLOUD, "pat": "x"},
        {**CENTER},
        {**CENTER, "pat": "x", "cloud_id": "1"},
        {**CENTER, "pat": "x", "email": "a@b.c"},
        {**CLOUD, "site": "acme.atlassian.net"},
        {**CLOUD, "site": "https://acme.atlassian.net?x=1"},
        {**CLOUD, "project": ""},
        {**CLOUD, "priorities": {"P5": "Low"}},
        {**CLOUD, "label_prefix": "two words"},
        {**CLOUD, "update_fields": ["labels"]},
        {**CLOUD, "typo": 1},
        {**CLOUD, "api_token": "two words"},
        {**CLOUD, "api_token": "break\nin"},
        {**CENTER, "pat": "密钥"},
    ],
)
def test_settings_that_cannot_work_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as caught:
        JiraSettings.model_validate(settings)
    for secret in ("two words", "break", "密钥", "s3cret"):
        assert secret not in str(caught.value)


def test_a_token_from_a_file_loses_its_line_break() -> None:
    token = JiraSettings.model_validate({**CLOUD, "api_token": "s3cret\n"}).api_token
    assert token is not None and token.get_secret_value() == "s3cret"
