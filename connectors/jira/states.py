"""What a Jira issue's status, resolution and fix versions mean to the loop.

Categories and ids before names: names are translated, and every team has its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from connectors.jira.config import JiraSettings
from vocbot.sdk.events import TicketChanged

FIELDS = ("status", "resolution", "fixVersions", "statuscategorychangedate", "resolutiondate", "updated")

Outcome = Literal["fixed", "wont_do", "duplicate", "cancelled"]


def ticket_changed(issue: Mapping[str, Any], settings: JiraSettings, time: datetime) -> TicketChanged:
    """The event for an issue as Jira describes it. Raises KeyError or TypeError where it has no id, key or status."""
    fields = issue["fields"]
    named = _names(fields["status"])
    category = fields["status"]["statusCategory"]["key"]
    finished = bool(named & _folded(settings.done_statuses)) if settings.done_statuses else category == "done"
    # What is done for Jira but not in the team's own list of done is on its way.
    status: Literal["open", "in_progress", "done"] = (
        "done" if finished else "in_progress" if category in ("indeterminate", "done") else "open"
    )
    versions = fields.get("fixVersions") or []
    return TicketChanged(
        ref=str(issue["id"]),
        key=str(issue["key"]),
        status=status,
        outcome=_outcome(named | _names(fields.get("resolution") or {}), settings) if finished else None,
        time=time,
        version=str(versions[-1]["name"]) if versions else None,
    )


def moved_at(issue: Mapping[str, Any]) -> datetime:
    """When the issue last changed its state, as far as Jira says. Raises KeyError or ValueError."""
    fields = issue["fields"]
    told = [fields[name] for name in ("statuscategorychangedate", "resolutiondate") if fields.get(name)]
    return max(datetime.fromisoformat(value) for value in told or [fields["updated"]]).astimezone(UTC)


def _outcome(named: set[str], settings: JiraSettings) -> Outcome:
    """Projects without resolutions have statuses instead ("Cancelled"): both are looked up in the same lists."""
    if named & _folded(settings.duplicate_resolutions):
        return "duplicate"
    if named & _folded(settings.wont_do_resolutions):
        return "wont_do"
    if named & _folded(settings.cancelled_resolutions):
        return "cancelled"
    return "fixed"


def _names(value: Mapping[str, Any]) -> set[str]:
    return _folded(str(value[name]) for name in ("id", "name") if value.get(name))


def _folded(names: Iterable[str]) -> set[str]:
    return {name.strip().replace("’", "'").casefold() for name in names}
