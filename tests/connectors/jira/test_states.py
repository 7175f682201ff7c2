from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.jira.config import JiraSettings
from connectors.jira.states import moved_at, ticket_changed

NOW = datetime(2026, 11, 24, tzinfo=UTC)
BASE = {"site": "https://a.example", "email": "e", "api_token": "t", "project": "APP"}


def event(category: str, name: str = "X", resolution: Any = None, versions: Any = None, **settings: Any) -> Any:
    status = {"id": "41", "name": name, "statusCategory": {"key": category}}
    fields = {"status": status, "resolution": resolution, "fixVersions": versions}
    issue = {"id": 10001, "key": "APP-1", "fields": fields}
    return ticket_changed(issue, JiraSettings.model_validate({**BASE, **settings}), NOW)


@pytest.mark.parametrize(
    ("category", "status"),
    [("new", "open"), ("undefined", "open"), ("indeterminate", "in_progress"), ("done", "done")],
)
def test_the_category_decides(category: str, status: str) -> None:
    made = event(category)
    assert (made.ref, made.key, made.status) == ("10001", "APP-1", status)
    assert (made.outcome is None) == (status != "done")


@pytest.mark.parametrize(
    ("name", "resolution", "outcome"),
    [
        ("Done", None, "fixed"),
        ("Done", {"id": "1", "name": "Fixed"}, "fixed"),
        ("Done", {"id": "1", "name": "won’t do "}, "wont_do"),
        ("Done", {"id": "1", "name": "无法重现"}, "wont_do"),
        ("Done", {"id": "1", "name": "Duplicate"}, "duplicate"),
        ("完成", {"id": "1", "name": "重复"}, "duplicate"),
        ("Cancelled", {"id": "1", "name": "Done"}, "cancelled"),
        ("已取消", None, "cancelled"),
        ("Won't Do", {"id": "1", "name": "Done"}, "wont_do"),
    ],
)
def test_the_outcome_is_read_from_resolution_and_status(name: str, resolution: Any, outcome: str) -> None:
    assert event("done", name, resolution).outcome == outcome
    assert event("new", name, resolution).outcome is None


def test_settings_have_the_last_word() -> None:
    released = {"done_statuses": ["Released", "41"]}
    assert event("done", "Merged", done_statuses=["Released"]).status == "in_progress"
    assert event("indeterminate", "released", done_statuses=["Released"]).status == "done"
    assert event("done", "Merged", **released).status == "done"
    assert event("new", "Backlog", done_statuses=["Released"]).status == "open"
    assert (
        event("done", resolution={"id": "10044", "name": "Später"}, wont_do_resolutions=["10044"]).outcome == "wont_do"
    )


def test_the_last_version_counts() -> None:
    assert event("done", versions=[{"name": "5.4.0"}, {"name": "5.4.1"}]).version == "5.4.1"
    assert event("done", versions=[]).version is None


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"updated": "2026-11-24T10:00:00.000+0800"}, datetime(2026, 11, 24, 2, tzinfo=UTC)),
        (
            {
                "updated": "2026-11-25T00:00:00.000+0000",
                "statuscategorychangedate": "2026-11-23T00:00:00.000+0000",
                "resolutiondate": "2026-11-24T07:00:00.000+0800",
            },
            datetime(2026, 11, 23, 23, tzinfo=UTC),
        ),
        (
            {"updated": "2026-11-25T00:00:00.000+0000", "statuscategorychangedate": None, "resolutiondate": None},
            datetime(2026, 11, 25, tzinfo=UTC),
        ),
    ],
)
def test_when_a_ticket_moved(fields: dict[str, Any], expected: datetime) -> None:
    assert moved_at({"fields": fields}) == expected
