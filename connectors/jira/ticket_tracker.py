"""Jira as the tracker of our tickets: one POST per ticket, found again by label and property, never written twice.

Refs are Jira's numeric ids: they stay when a ticket moves to another project and gets another key.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from connectors.jira import marks, texts
from connectors.jira.client import PAGE, JiraClient
from connectors.jira.config import JiraSettings
from connectors.jira.screen import Screen, read_screen
from connectors.jira.states import FIELDS, moved_at, ticket_changed
from vocbot.sdk.document import Document
from vocbot.sdk.errors import OutcomeUnknown, Rejected, Retryable
from vocbot.sdk.events import TicketChanged
from vocbot.sdk.ports import Context, TicketDraft
from vocbot.sdk.receipt import Receipt

log = logging.getLogger(__name__)

# A comment made through the platform API is public in a service project unless it says otherwise.
_INTERNAL = {"key": "sd.public.comment", "value": {"internal": True}}


class JiraTracker:
    """The ticket_tracker port."""

    def __init__(self, settings: JiraSettings, context: Context) -> None:
        self._settings = settings
        self._context = context
        self._client = JiraClient(settings, context.timeout)
        self._cloud = settings.flavour == "cloud"
        self._lock = threading.Lock()
        self._screen: Screen | None = None

    def create(self, draft: TicketDraft) -> Receipt:
        """Raise the ticket. On Data Center the properties follow in a second request."""
        screen = self._create_screen()
        fields = {
            **self._fields(draft, screen),
            "project": {"key": self._settings.project},
            "issuetype": {"id": screen.issue_type},
            "labels": [*marks.labels(draft, self._settings.label_prefix), marks.marker(draft.key)],
        }
        body: dict[str, Any] = {"fields": fields}
        if self._cloud:
            body["properties"] = [{"key": name, "value": value} for name, value in self._properties(draft)]
        try:
            made = self._client.write("POST", "issue", body)
        except Rejected:
            self._screen = None  # it may have been changed under us: read it again next time
            raise
        if not isinstance(made, Mapping) or not made.get("id") or not made.get("key"):
            raise OutcomeUnknown("POST issue: the answer names no ticket")
        ref, key = str(made["id"]), str(made["key"])
        if not self._cloud:
            self._second(ref, draft)
        return Receipt("sent", ref, key, self._settings.browse(key))

    def find(self, key: str) -> Receipt | None:
        """The ticket that carries `key`, in whatever state and project it is now; search may lag behind."""
        hits: list[tuple[int, int, str]] = []
        jql = f'labels = "{marks.marker(key)}"'
        for issue in self._client.search(jql, ["labels", "project"], [marks.PROPERTY]):
            ref = str(issue["id"])
            value = (issue.get("properties") or {}).get(marks.PROPERTY) if self._cloud else self._property(ref)
            surety = marks.ours(issue, value, key, self._settings.project)
            if surety:
                hits.append((surety, -int(ref), str(issue["key"])))  # of two alike, the younger is a clone
        if not hits:
            return None
        _, negated, name = max(hits)
        return Receipt("already", str(-negated), name, self._settings.browse(name))

    def update(self, ref: str, draft: TicketDraft) -> Receipt:
        """Overwrite the fields that the settings allow, add our labels, leave everybody else's."""
        fields = self._fields(draft, self._create_screen())
        allowed = self._settings.update_fields
        body: dict[str, Any] = {
            "fields": {name: value for name, value in fields.items() if name.removesuffix("date") in allowed},
            "update": {"labels": [{"add": label} for label in marks.labels(draft, self._settings.label_prefix)]},
        }
        evidence = dict(draft.properties)
        if evidence and self._cloud:
            body["properties"] = [{"key": marks.EVIDENCE, "value": evidence}]
        self._client.write("PUT", f"issue/{_part(ref)}", body)
        if evidence and not self._cloud:
            self._client.write("PUT", f"issue/{_part(ref)}/properties/{marks.EVIDENCE}", evidence)
        return Receipt("sent", ref)

    def comment(self, ref: str, key: str, document: Document) -> Receipt:
        """Add a comment, for colleagues only where the project serves customers."""
        made = self._client.write(
            "POST",
            f"issue/{_part(ref)}/comment",
            {
                "body": texts.body(document, self._settings.flavour),
                "properties": [{"key": marks.PROPERTY, "value": {"key": key}}, _INTERNAL],
            },
        )
        if not isinstance(made, Mapping) or not made.get("id"):
            raise OutcomeUnknown("POST comment: the answer names no comment")
        return Receipt("sent", str(made["id"]))

    def find_comment(self, ref: str, key: str) -> Receipt | None:
        """The comment that was written under `key`."""
        for comment in self._comments(ref):
            for entry in comment.get("properties") or []:
                value = entry.get("value")
                if entry.get("key") == marks.PROPERTY and isinstance(value, Mapping) and value.get("key") == key:
                    return Receipt("already", str(comment["id"]))
        return None

    def link(self, ref: str, other: str) -> None:
        """Relate two tickets, unless a link of that type is there in either direction."""
        name = self._settings.link_type
        issue = self._client.read(f"issue/{_part(ref)}", {"fields": "issuelinks"})
        for link in issue["fields"].get("issuelinks") or []:
            ends = (link.get(end) or {} for end in ("inwardIssue", "outwardIssue"))
            if link["type"]["name"].casefold() == name.casefold() and other in {str(end.get("id")) for end in ends}:
                return
        ends_by_id = {"inwardIssue": {"id": ref}, "outwardIssue": {"id": other}}
        self._client.write("POST", "issueLink", {"type": {"name": name}, **ends_by_id})

    def status(self, refs: Sequence[str]) -> Sequence[TicketChanged]:
        """Where the tickets stand now. Raises Rejected rather than call all gone when the project is hidden from us."""
        found: dict[str, TicketChanged] = {}
        for start in range(0, len(refs), PAGE):
            for issue in self._issues(refs[start : start + PAGE]):
                event = ticket_changed(issue, self._settings, moved_at(issue))
                found[event.ref] = event
        gone = [ref for ref in refs if ref not in found]
        if gone:
            self._must_browse()
        now = self._context.clock.now()
        found |= {ref: TicketChanged(ref, ref, "deleted", None, now) for ref in gone}
        return [found[ref] for ref in refs]

    # -- parts

    def _create_screen(self) -> Screen:
        with self._lock:
            if self._screen is None:
                self._screen = read_screen(self._client, self._settings)
            return self._screen

    def _fields(self, draft: TicketDraft, screen: Screen) -> dict[str, Any]:
        """Summary, description, and of priority, due date and components what the screen has."""
        fields: dict[str, Any] = {
            "summary": texts.summary(draft.summary),
            "description": texts.body(draft.document, self._settings.flavour),
        }
        if "priority" in screen.fields:
            if draft.priority not in screen.priorities:
                self._screen = None
                raise Rejected(f"project {self._settings.project} has no priority for {draft.priority}")
            fields["priority"] = {"id": screen.priorities[draft.priority]}
        if draft.due and self._settings.due_dates and "duedate" in screen.fields:
            fields["duedate"] = draft.due.isoformat()
        components = {screen.components[label] for label in draft.labels if label in screen.components}
        if components:
            fields["components"] = [{"id": ident} for ident in sorted(components)]
        return fields

    def _properties(self, draft: TicketDraft) -> Iterator[tuple[str, dict[str, str]]]:
        yield marks.PROPERTY, marks.identity(draft, self._settings.project)
        if draft.properties:
            yield marks.EVIDENCE, dict(draft.properties)

    def _second(self, ref: str, draft: TicketDraft) -> None:
        """Data Center's properties. The ticket stands and its label says whose it is, so that failing here must not
        make anybody create it again."""
        for name, value in self._properties(draft):
            try:
                self._client.write("PUT", f"issue/{_part(ref)}/properties/{name}", value)
            except (Rejected, Retryable, OutcomeUnknown) as error:
                log.warning(
                    "ticket %s stands without its property %s: %s",
                    ref,
                    name,
                    error,
                    extra={"action": "ticket.property_missing"},
                )

    def _property(self, ref: str) -> Any:
        try:
            return self._client.read(f"issue/{_part(ref)}/properties/{marks.PROPERTY}")["value"]
        except Rejected as error:
            if error.status == 404:
                return None
            raise

    def _comments(self, ref: str) -> Iterator[Mapping[str, Any]]:
        """All comments with their properties. Cloud documents these only for the list by ids."""
        where = f"issue/{_part(ref)}/comment"
        if not self._cloud:
            yield from self._client.pages(where, "comments", expand="properties")
            return
        ids = [int(comment["id"]) for comment in self._client.pages(where, "comments")]
        for start in range(0, len(ids), PAGE):
            batch = {"ids": ids[start : start + PAGE]}
            yield from self._client.read("comment/list", {"expand": "properties"}, batch)["values"]

    def _issues(self, refs: Sequence[str]) -> Iterator[Mapping[str, Any]]:
        """The issues that are there, past the index: Cloud by its bulk read, Data Center by search, then one by one."""
        if self._cloud:
            answer = self._client.read("issue/bulkfetch", body={"issueIdsOrKeys": list(refs), "fields": list(FIELDS)})
            if answer.get("issueErrors"):  # these are not missing, Jira could not read them just now
                raise Retryable("POST issue/bulkfetch: some tickets could not be read")
            yield from answer["issues"]
            return
        seen = set()
        for issue in self._client.search(f"id in ({', '.join(refs)})", list(FIELDS), []):
            seen.add(str(issue["id"]))
            yield issue
        for ref in refs:
            if ref not in seen:
                try:
                    yield self._client.read(f"issue/{_part(ref)}", {"fields": ",".join(FIELDS)})
                except Rejected as error:
                    if error.status != 404:
                        raise

    def _must_browse(self) -> None:
        """Raise Rejected where we may not see the project: then nothing is known of its tickets."""
        wanted = {"projectKey": self._settings.project, "permissions": "BROWSE_PROJECTS"}
        answer = self._client.read("mypermissions", wanted)
        if not answer["permissions"].get("BROWSE_PROJECTS", {}).get("havePermission"):
            raise Rejected(f"project {self._settings.project} cannot be browsed with these credentials", 403)


def _part(ref: str) -> str:
    return quote(ref, safe="")
