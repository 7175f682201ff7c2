"""The world behind the Jira stand-in: one project's tickets, and the rules by which Jira takes or refuses fields.

No HTTP here. Wordings of refusals follow Jira's, because people will search for them.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

STATUSES = {
    "To Do": ("10000", "new"),
    "In Progress": ("10001", "indeterminate"),
    "Done": ("10002", "done"),
    "Cancelled": ("10003", "done"),
}
RESOLUTIONS = {
    "Done": "10000",
    "Won't Do": "10001",
    "Duplicate": "10002",
    "Cannot Reproduce": "10003",
    "Cancelled": "10004",
}
PRIORITIES = {"Highest": "1", "High": "2", "Medium": "3", "Low": "4", "Lowest": "5"}
ISSUE_TYPES = {"Task": "10001", "Bug": "10004"}
COMPONENTS = {"Checkout": "10100", "App": "10101"}
LINK_TYPES = {"Relates": "10003", "Duplicate": "10002"}
SCREEN = ("project", "issuetype", "summary", "description", "priority", "labels", "duedate", "components")
LIMIT = 32_767

_CLAUSE = re.compile(r"""(\w+)\s*(=|in)\s*(?:"([^"]*)"|\(([^)]*)\)|([\w-]+))""", re.IGNORECASE)


@dataclass
class Ticket:
    """An issue. `former` are keys it had before; `born` is a physical second: search sees it when the lag is over."""

    id: str
    key: str
    fields: dict[str, Any]
    properties: dict[str, Any] = field(default_factory=dict)
    comments: list[dict[str, Any]] = field(default_factory=list)
    former: list[str] = field(default_factory=list)
    born: float = field(default_factory=time.monotonic)


@dataclass
class World:
    """One project of one Jira."""

    cloud: bool
    project: str
    lag: float
    screen: tuple[str, ...] = SCREEN
    tickets: dict[str, Ticket] = field(default_factory=dict)
    links: list[dict[str, str]] = field(default_factory=list)
    numbers: int = 0
    ids: int = 10_000

    def next_id(self) -> str:
        self.ids += 1
        return str(self.ids)

    def new(self, fields: Mapping[str, Any], properties: Mapping[str, Any], now: datetime) -> Ticket:
        """A ticket in the first status of the workflow; it is not in the project yet."""
        self.numbers += 1
        stamp = instant(now)
        chosen = {name: fields[name] for name in ("summary", "description", "duedate") if name in fields}
        return Ticket(
            self.next_id(),
            f"{self.project}-{self.numbers}",
            {
                "labels": [],
                "priority": named(PRIORITIES, "3"),
                "components": [],
                **self.taken(fields),
                **chosen,
                "project": {"id": "10000", "key": self.project, "name": self.project},
                "issuetype": named(ISSUE_TYPES, fields["issuetype"]["id"]),
                "status": status_of("To Do"),
                "resolution": None,
                "fixVersions": [],
                "created": stamp,
                "updated": stamp,
                "statuscategorychangedate": stamp,
                "resolutiondate": None,
            },
            dict(properties),
        )

    def taken(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Accepted fields as Jira keeps them: whole objects in place of ids."""
        kept = {name: fields[name] for name in ("summary", "description", "duedate", "labels") if name in fields}
        if "priority" in fields:
            kept["priority"] = named(PRIORITIES, fields["priority"]["id"])
        if "components" in fields:
            kept["components"] = [named(COMPONENTS, item["id"]) for item in fields["components"]]
        return kept

    def get(self, ref: str) -> Ticket | None:
        """By id, by key, or by a key it had before it moved."""
        for ticket in self.tickets.values():
            if ref in (ticket.id, ticket.key, *ticket.former):
                return ticket
        return None

    def shown(self, ticket: Ticket, fields: list[str] | None, properties: list[str]) -> dict[str, Any]:
        """The issue as JSON. `fields` None: all of them."""
        everything = {**ticket.fields, "issuelinks": [*self._links_of(ticket)]}
        issue: dict[str, Any] = {"id": ticket.id, "key": ticket.key}
        if fields is None or fields:
            issue["fields"] = {n: v for n, v in everything.items() if fields is None or n in fields}
        if properties:
            issue["properties"] = {n: ticket.properties[n] for n in properties if n in ticket.properties}
        return issue

    def _links_of(self, ticket: Ticket) -> list[dict[str, Any]]:
        shown = []
        for link in self.links:
            for end, other in (("inward", "outward"), ("outward", "inward")):
                peer = self.tickets.get(link[other])
                if link[end] == ticket.id and peer:
                    shown.append(
                        {
                            "id": link["id"],
                            "type": {"id": LINK_TYPES[link["type"]], "name": link["type"]},
                            f"{other}Issue": {"id": peer.id, "key": peer.key},
                        }
                    )
        return shown

    def search(self, jql: str, strict: bool) -> list[Ticket] | str:
        """The tickets that match and are indexed, oldest first; or why the query is refused."""
        found = [ticket for ticket in self.tickets.values() if time.monotonic() - ticket.born >= self.lag]
        for clause in re.split(r"\s+AND\s+", jql.strip()):
            parts = _CLAUSE.fullmatch(clause)
            if not parts:
                return f"Error in the JQL Query near {clause[:40]}"
            name, listed = parts[1].casefold(), parts[4]
            values = [part.strip() for part in listed.split(",")] if listed else [parts[3] or parts[5] or ""]
            if name == "labels":
                wanted = {value.casefold() for value in values}
                found = [t for t in found if wanted & {label.casefold() for label in t.fields["labels"]}]
            elif name == "id":
                unknown = [value for value in values if not self.get(value)]
                if unknown and strict:
                    return f"A value with ID '{unknown[0]}' does not exist for the field 'id'."
                found = [t for t in found if t.id in values]
            else:
                return f"Field '{name}' does not exist or you do not have permission to view it."
        return found

    def problems(self, fields: Mapping[str, Any], creating: bool) -> dict[str, str]:
        """Why Jira refuses these fields, by field."""
        found = {
            name: f"Field '{name}' cannot be set. It is not on the appropriate screen, or unknown."
            for name in fields
            if name not in self.screen
        }
        checks: dict[str, Callable[[Any], str | None]] = {
            "summary": _summary,
            "description": self.text_problem,
            "labels": _labels,
            "duedate": _duedate,
            "project": self._project_problem,
            "issuetype": lambda value: _known([value], ISSUE_TYPES, "The issue type selected is invalid."),
            "priority": lambda value: _known([value], PRIORITIES, "The priority selected is invalid."),
            "components": lambda value: _known(value, COMPONENTS, "Component name is not valid"),
        }
        for name, check in checks.items():
            if name not in found and name in fields:
                problem = check(fields[name])
                if problem:
                    found[name] = problem
        if creating:
            missing = {"project", "issuetype", "summary"} - set(fields)
            found |= {name: f"{name} is required." for name in sorted(missing)}
        return found

    def _project_problem(self, value: Any) -> str | None:
        return None if value.get("key") == self.project else "valid project is required"

    def text_problem(self, value: Any) -> str | None:
        """A description or comment: ADF for version 3, a string for version 2, both within the limit."""
        if self.cloud and not _adf(value):
            return "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
        if not self.cloud and not isinstance(value, str):
            return "Operation value must be a string"
        text = json.dumps(value, ensure_ascii=False) if self.cloud else value
        if _units(text) > LIMIT:
            return "The entered text is too long. It exceeds the allowed limit of 32,767 characters."
        return None


def named(table: Mapping[str, str], ident: str) -> dict[str, str]:
    """The object for an id of one of the tables."""
    return next({"id": known, "name": name} for name, known in table.items() if known == ident)


def status_of(name: str) -> dict[str, Any]:
    """A status with its category."""
    ident, category = STATUSES[name]
    return {"id": ident, "name": name, "statusCategory": {"key": category, "name": name}}


def instant(when: datetime) -> str:
    """A time as Jira writes it."""
    return when.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "+0000")


def _adf(value: Any) -> bool:
    return isinstance(value, dict) and value.get("type") == "doc" and value.get("version") == 1 and _nodes(value)


def _nodes(node: Any) -> bool:
    if not isinstance(node, dict) or not isinstance(node.get("type"), str):
        return False
    if node["type"] == "text" and not (isinstance(node.get("text"), str) and node["text"]):
        return False
    return all(_nodes(child) for child in node.get("content", []))


def _summary(value: Any) -> str | None:
    if not isinstance(value, str) or not value.strip():
        return "You must specify a summary of the issue."
    if "\n" in value or "\r" in value:
        return "The summary is invalid because it contains newline characters."
    if _units(value) >= 255:
        return "Summary must be less than 255 characters."
    return None


def _units(text: str) -> int:
    """The length that Java sees."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _labels(value: Any) -> str | None:
    for label in value:
        if not isinstance(label, str) or not label or any(char.isspace() for char in label):
            return f"The label '{label}' contains spaces which is invalid."
        if len(label) > 255:
            return "The label is longer than 255 characters."
    return None


def _duedate(value: Any) -> str | None:
    try:
        date.fromisoformat(value)
    except (TypeError, ValueError):
        return f"Error parsing date string: {value}"
    return None


def _known(values: Any, table: Mapping[str, str], refusal: str) -> str | None:
    idents = [value.get("id") if isinstance(value, dict) else None for value in values]
    return None if all(ident in table.values() for ident in idents) else refusal
