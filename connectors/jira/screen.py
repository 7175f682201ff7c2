"""What the project's create screen offers: issue type, fields, priorities, components, all as ids.

Read once and kept by who uses it. Names are matched without regard to case; a project that lacks a field (team-managed
ones often have no priority) gets tickets without it, which `check` says aloud.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from connectors.jira.client import JiraClient
from connectors.jira.config import Band, JiraSettings
from vocbot.sdk.errors import Rejected

BANDS: tuple[Band, ...] = ("P1", "P2", "P3", "P4")


@dataclass(frozen=True)
class Screen:
    """The create screen of one issue type. `priorities` and `components` hold only what was found, by our name."""

    issue_type: str
    fields: frozenset[str]
    priorities: Mapping[Band, str]
    components: Mapping[str, str]
    offered_priorities: tuple[str, ...]
    offered_components: tuple[str, ...]


def read_screen(client: JiraClient, settings: JiraSettings) -> Screen:
    """Ask Jira. Raises Rejected where the project or its issue type is not there (naming what is), Retryable."""
    where = f"issue/createmeta/{quote(settings.project, safe='')}/issuetypes"
    types = list(client.pages(where, "issueTypes", "values"))
    issue_type = _match(settings.issue_type, types)
    if issue_type is None:
        names = ", ".join(str(item.get("name")) for item in types) or "none that this account may create"
        raise Rejected(f"project {settings.project} has no issue type {settings.issue_type}; it has: {names}")
    fields = {
        str(field["fieldId"]): field.get("allowedValues") or []
        for field in client.pages(f"{where}/{quote(issue_type, safe='')}", "fields", "values")
    }
    priorities, components = fields.get("priority", []), fields.get("components", [])
    wanted = {band: getattr(settings.priorities, band) for band in BANDS}
    return Screen(
        issue_type,
        frozenset(fields),
        {band: found for band, name in wanted.items() if (found := _match(name, priorities))},
        {label: found for label, name in settings.components.items() if (found := _match(name, components))},
        tuple(str(value.get("name")) for value in priorities),
        tuple(str(value.get("name")) for value in components),
    )


def _match(wanted: str, offered: Iterable[Mapping[str, Any]]) -> str | None:
    """The id of the value whose id or name is `wanted`; a name in the account's language or in Jira's own."""
    for value in offered:
        names = {str(value.get(name)).casefold() for name in ("name", "untranslatedName") if value.get(name)}
        if wanted == value.get("id") or wanted.casefold() in names:
            return str(value["id"])
    return None
