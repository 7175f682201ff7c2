"""A Jira on loopback, Cloud (version 3) or Data Center (version 2), for demos and tests.

It refuses what Jira refuses and lags where Jira lags. The methods under "people" act as the company's developers do.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, Literal

from connectors.jira import marks
from connectors.jira.standin_events import Change, change, event
from connectors.jira.standin_world import (
    COMPONENTS,
    ISSUE_TYPES,
    LINK_TYPES,
    PRIORITIES,
    RESOLUTIONS,
    STATUSES,
    Ticket,
    World,
    instant,
    status_of,
)
from vocbot.sdk.clock import Clock
from vocbot.sdk.testing.shape import Shape
from vocbot.sdk.testing.standin import Answer, Call, Fault, Refuse, Standin, route
from vocbot.sdk.wire import Request

_API = "/rest/api/[23]"
_EMAIL = "bot@example.com"
_KEY = "loopback-only"  # password, token and signing key alike


class JiraStandin(Standin):
    """`search_lag` is physical seconds until search shows a new issue; `page` caps every page, as Jira may.

    `denied` takes permissions away from the account; `world.screen` is the create screen.
    """

    id: ClassVar[str] = "jira"

    def __init__(
        self,
        log_path: Path,
        clock: Clock,
        flavour: Literal["cloud", "datacenter"] = "cloud",
        search_lag: float = 0.0,
        page: int = 50,
    ) -> None:
        super().__init__(log_path, clock)
        self.flavour = flavour
        self.world = World(flavour == "cloud", "APP", search_lag)
        self.denied: set[str] = set()
        self._page = page

    def settings(self) -> dict[str, Any]:
        account = {"email": _EMAIL, "api_token": _KEY} if self.flavour == "cloud" else {"pat": _KEY}
        return {
            "flavour": self.flavour,
            "site": self.url,
            **account,
            "webhook_secret": _KEY,
            "project": self.world.project,
            "issue_type": "Bug",
        }

    def samples(self, hook: str) -> Sequence[Request]:
        now = self.clock.now()
        ticket = self.world.new({"summary": "Sample", "issuetype": {"id": "10004"}}, {}, now)
        ticket.fields["status"] = status_of("Done")
        changes = [change("status", "To Do", "Done")]
        kinds = ("jira:issue_created", "jira:issue_updated", "jira:issue_deleted", "comment_created")
        return [
            event(self.world, _KEY, hook, kind, ticket, now, changes if kind.endswith("updated") else ())
            for kind in kinds
        ]

    def authorised(self, call: Call) -> bool:
        basic = base64.b64encode(f"{_EMAIL}:{_KEY}".encode()).decode()
        wanted = f"Basic {basic}" if self.world.cloud else f"Bearer {_KEY}"
        return call.headers.get("authorization") == wanted

    def unauthorised(self) -> Answer:
        return Answer(401, _errors("Client must be authenticated to access this resource."))

    def contract_error(self, problems: list[str]) -> Answer:
        return Answer(self.contract_status, _errors(*problems))

    def answer(self, call: Call) -> tuple[Answer, Fault | None, list[dict[str, Any]], str]:
        if not call.path.startswith("/rest/api/3/" if self.world.cloud else "/rest/api/2/"):
            return Answer(404, _errors("no such version of the API")), None, [], "unknown call"
        return super().answer(call)

    # -- people

    def move(
        self,
        ref_or_key: str,
        status: str = "Done",
        resolution: str | None = "Done",
        version: str | None = None,
        time: datetime | None = None,
    ) -> int:
        """A developer moves a ticket; Jira tells the hook. Returns the hook's HTTP status (0: there is no hook)."""
        when = time or self.clock.now()
        with self.lock:
            ticket = self._known(ref_or_key)
            fields = ticket.fields
            finished = STATUSES[status][1] == "done"
            changes = [change("status", fields["status"]["name"], status)]
            before = fields["resolution"]["name"] if fields["resolution"] else None
            after = resolution if finished else None
            if before != after:
                changes.append(change("resolution", before, after))
            if version:
                changes.append(change("fixVersions", None, version, "Fix Version"))
                fields["fixVersions"] = [*fields["fixVersions"], {"id": self.world.next_id(), "name": version}]
            fields["status"] = status_of(status)
            fields["resolution"] = {"id": RESOLUTIONS[after], "name": after} if after else None
            fields["resolutiondate"] = instant(when) if after else None
            fields["statuscategorychangedate"] = fields["updated"] = instant(when)
        return self._tell("jira:issue_updated", ticket, when, changes)

    def transfer(self, ref_or_key: str, project: str) -> int:
        """Somebody moves a ticket to another project: its key changes, its id stays."""
        with self.lock:
            ticket = self._known(ref_or_key)
            before, ticket.key = ticket.key, f"{project}-{self.world.next_id()}"
            ticket.former.append(before)
            changes = [
                change("project", ticket.fields["project"]["key"], project),
                change("Key", before, ticket.key),
            ]
            ticket.fields["project"] = {"id": "10001", "key": project, "name": project}
        return self._tell("jira:issue_updated", ticket, self.clock.now(), changes)

    def clone(self, ref_or_key: str) -> str:
        """Somebody clones a ticket: labels are copied, properties are not. Returns the new id."""
        with self.lock:
            original = self._known(ref_or_key)
            copy = self.world.new(original.fields, {}, self.clock.now())
            self.world.tickets[copy.id] = copy
        return copy.id

    def delete(self, ref_or_key: str) -> int:
        """Somebody deletes a ticket for good."""
        with self.lock:
            ticket = self._known(ref_or_key)
            del self.world.tickets[ticket.id]
        return self._tell("jira:issue_deleted", ticket, self.clock.now())

    # -- issues

    @route("POST", f"{_API}/issue", Shape({"fields": dict, "properties?": list, "update?": dict}))
    def _create(self, call: Call) -> Answer:
        fields = call.json["fields"]
        properties = {entry["key"]: entry["value"] for entry in call.json.get("properties") or []}
        if properties and not self.world.cloud:
            raise Refuse(400, _errors('Unrecognized field "properties"'))
        if "CREATE_ISSUES" in self.denied:
            raise Refuse(403, _errors("You do not have permission to create issues in this project."))
        self._accept(fields, creating=True)
        ticket = self.world.new(fields, properties, self.clock.now())
        self.world.tickets[ticket.id] = ticket
        key = marks.key_of(fields.get("labels", []))
        summary = fields["summary"]
        self.effect("ticket_created", key=key, ref=ticket.id, jira_key=ticket.key, summary=summary)
        link = f"{self.url}{call.path}/{ticket.id}"
        return Answer(201, {"id": ticket.id, "key": ticket.key, "self": link})

    @route("PUT", f"{_API}/issue/{{ref}}", Shape({"fields?": dict, "update?": dict, "properties?": list}))
    def _edit(self, call: Call) -> Answer:
        ticket = self._issue(call)
        fields = call.json.get("fields") or {}
        self._accept(fields, creating=False)
        ticket.fields |= self.world.taken(fields)
        for operation in (call.json.get("update") or {}).get("labels", []):
            if operation["add"] not in ticket.fields["labels"]:
                ticket.fields["labels"] = [*ticket.fields["labels"], operation["add"]]
        for entry in call.json.get("properties") or []:
            ticket.properties[entry["key"]] = entry["value"]
        ticket.fields["updated"] = instant(self.clock.now())
        self.effect("ticket_updated", ref=ticket.id, jira_key=ticket.key, fields=sorted(fields))
        return Answer(204)

    @route("GET", f"{_API}/issue/{{ref}}")
    def _get(self, call: Call) -> Answer:
        fields = call.query.get("fields")
        properties = call.query.get("properties", "").split(",")
        return Answer(200, self.world.shown(self._issue(call), fields.split(",") if fields else None, properties))

    @route("POST", f"{_API}/issue/bulkfetch", Shape({"issueIdsOrKeys": list, "fields?": list}))
    def _bulk(self, call: Call) -> Answer:
        refs = call.json["issueIdsOrKeys"]
        if not self.world.cloud or not 0 < len(refs) <= 100:
            raise Refuse(400, _errors("Between 1 and 100 issues can be requested."))
        tickets = self._seen(self.world.get(ref) for ref in refs)
        issues = [self.world.shown(ticket, call.json.get("fields"), []) for ticket in tickets]
        return Answer(200, {"issues": issues, "issueErrors": []})

    @route("GET", f"{_API}/issue/{{ref}}/properties/{{name}}")
    def _property(self, call: Call) -> Answer:
        name = call.params["name"]
        ticket = self._issue(call)
        if name not in ticket.properties:
            raise Refuse(404, _errors(f"The property {name} does not exist."))
        return Answer(200, {"key": name, "value": ticket.properties[name]})

    @route("PUT", f"{_API}/issue/{{ref}}/properties/{{name}}")
    def _set_property(self, call: Call) -> Answer:
        properties = self._issue(call).properties
        known = call.params["name"] in properties
        properties[call.params["name"]] = call.json
        return Answer(200 if known else 201)

    # -- search

    @route("POST", f"{_API}/search/jql", Shape({"jql": str, "fields?": list, "properties?": list, "maxResults?": int}))
    def _search_cloud(self, call: Call) -> Answer:
        if not self.world.cloud:
            raise Refuse(404, _errors("no such call"))
        wanted = call.json
        found = self._found(wanted["jql"], strict=True)
        start = int(wanted.get("nextPageToken") or 0)
        end = start + min(self._page, wanted.get("maxResults", 50))
        # Without `fields` the answer holds ids and nothing else, not even keys.
        fields = wanted.get("fields")
        shown = [self.world.shown(t, fields or [], wanted.get("properties") or []) for t in found[start:end]]
        issues = shown if fields else [{"id": issue["id"]} for issue in shown]
        more = {"nextPageToken": str(end)} if end < len(found) else {}
        return Answer(200, {"issues": issues, "isLast": not more, **more})

    @route("POST", f"{_API}/search", Shape({"jql": str, "fields?": list, "validateQuery?": bool, "startAt?": int}))
    def _search_datacenter(self, call: Call) -> Answer:
        wanted = call.json
        if self.world.cloud:
            raise Refuse(410, _errors("The requested API has been removed. Please migrate to /rest/api/3/search/jql."))
        if "properties" in wanted:
            raise Refuse(400, _errors('Unrecognized field "properties"'))
        found = self._found(wanted["jql"], strict=wanted.get("validateQuery", True))
        start = wanted.get("startAt", 0)
        end = start + min(self._page, wanted.get("maxResults", 50))
        issues = [self.world.shown(ticket, wanted.get("fields"), []) for ticket in found[start:end]]
        return Answer(200, {"startAt": start, "maxResults": end - start, "total": len(found), "issues": issues})

    # -- comments and links

    @route("POST", f"{_API}/issue/{{ref}}/comment", Shape({"body": (dict, str), "properties?": list}))
    def _comment(self, call: Call) -> Answer:
        ticket = self._issue(call)
        problem = self.world.text_problem(call.json["body"])
        if problem:
            raise Refuse(400, {"errorMessages": [], "errors": {"comment": problem}})
        properties = call.json.get("properties") or []
        comment = {"id": self.world.next_id(), "body": call.json["body"], "properties": properties}
        ticket.comments.append(comment)
        key = next((entry["value"]["key"] for entry in properties if entry["key"] == marks.PROPERTY), None)
        self.effect("comment_added", key=key, ref=ticket.id, comment=comment["id"])
        return Answer(201, {name: comment[name] for name in ("id", "body")})

    @route("GET", f"{_API}/issue/{{ref}}/comment")
    def _comments(self, call: Call) -> Answer:
        # Cloud documents the properties only for the list by ids: here they come from Data Center alone.
        full = not self.world.cloud and "properties" in call.query.get("expand", "")
        names = ("id", "body", "properties") if full else ("id", "body")
        comments = [{name: comment[name] for name in names} for comment in self._issue(call).comments]
        return self._paged(call, "comments", comments)

    @route("POST", f"{_API}/comment/list", Shape({"ids": list}))
    def _comment_list(self, call: Call) -> Answer:
        if not self.world.cloud:
            raise Refuse(404, _errors("no such call"))
        wanted = {str(ident) for ident in call.json["ids"]}
        if not 0 < len(wanted) <= 1000:
            raise Refuse(400, _errors("Between 1 and 1000 ids can be requested."))
        comments = [c for ticket in self.world.tickets.values() for c in ticket.comments if c["id"] in wanted]
        if "properties" not in call.query.get("expand", ""):
            comments = [{n: v for n, v in comment.items() if n != "properties"} for comment in comments]
        return Answer(200, {"values": comments, "total": len(comments), "startAt": 0, "isLast": True})

    @route("POST", f"{_API}/issueLink", Shape({"type.name": str, "inwardIssue": dict, "outwardIssue": dict}))
    def _link(self, call: Call) -> Answer:
        name = call.json["type"]["name"]
        if name not in LINK_TYPES:
            raise Refuse(404, _errors(f"No issue link type with name '{name}' found."))
        inward, outward = (self._end(call.json[end]) for end in ("inwardIssue", "outwardIssue"))
        self.world.links.append({"id": self.world.next_id(), "type": name, "inward": inward, "outward": outward})
        self.effect("linked", ref=inward, other=outward, type=name)
        return Answer(201)

    # -- what the site is

    @route("GET", f"{_API}/issue/createmeta/{{project}}/issuetypes")
    def _issue_types(self, call: Call) -> Answer:
        self._project(call)
        types = [{"id": ident, "name": name, "subtask": False} for name, ident in ISSUE_TYPES.items()]
        return self._paged(call, "issueTypes" if self.world.cloud else "values", types)

    @route("GET", f"{_API}/issue/createmeta/{{project}}/issuetypes/{{type}}")
    def _create_fields(self, call: Call) -> Answer:
        self._project(call)
        allowed = {"priority": PRIORITIES, "components": COMPONENTS, "issuetype": ISSUE_TYPES}
        fields = [
            {
                "fieldId": name,
                "key": name,
                "name": name.capitalize(),
                "operations": ["set"],
                "schema": {"system": name, "type": "string"},
                "required": name in ("project", "issuetype", "summary"),
                "allowedValues": [{"id": ident, "name": value} for value, ident in allowed.get(name, {}).items()],
            }
            for name in self.world.screen
        ]
        return self._paged(call, "fields" if self.world.cloud else "values", fields)

    @route("GET", f"{_API}/project/{{project}}")
    def _get_project(self, call: Call) -> Answer:
        self._project(call)
        return Answer(200, {"id": "10000", "key": self.world.project, "name": self.world.project})

    @route("GET", f"{_API}/mypermissions")
    def _permissions(self, call: Call) -> Answer:
        names = [name for name in call.query.get("permissions", "").split(",") if name]
        if not names:
            raise Refuse(400, _errors("The 'permissions' query parameter is required."))
        granted = {name: {"key": name, "havePermission": name not in self.denied} for name in names}
        return Answer(200, {"permissions": granted})

    @route("GET", f"{_API}/myself")
    def _myself(self, call: Call) -> Answer:
        return Answer(200, {"accountId": "5b10a2844c20165700ede21g", "active": True})

    @route("GET", f"{_API}/serverInfo")
    def _server_info(self, call: Call) -> Answer:
        kind = "Cloud" if self.world.cloud else "Server"
        return Answer(200, {"baseUrl": self.url, "deploymentType": kind, "versionNumbers": [10, 3, 0]})

    # -- parts

    def _issue(self, call: Call) -> Ticket:
        tickets = self._seen([self.world.get(call.params["ref"])])
        for ticket in tickets:
            return ticket
        raise Refuse(404, _errors("Issue does not exist or you do not have permission to see it."))

    def _end(self, named: Mapping[str, str]) -> str:
        ticket = self.world.get(named.get("id") or named.get("key") or "")
        if ticket is None:
            raise Refuse(404, _errors("Issue does not exist or you do not have permission to see it."))
        return ticket.id

    def _known(self, ref_or_key: str) -> Ticket:
        ticket = self.world.get(ref_or_key)
        if ticket is None:
            raise KeyError(ref_or_key)
        return ticket

    def _seen(self, tickets: Iterable[Ticket | None]) -> Iterator[Ticket]:
        if "BROWSE_PROJECTS" not in self.denied:
            yield from (ticket for ticket in tickets if ticket)

    def _found(self, jql: str, strict: bool) -> list[Ticket]:
        found = self.world.search(jql, strict)
        if isinstance(found, str):
            raise Refuse(400, _errors(found))
        return [*self._seen(found)]

    def _accept(self, fields: Mapping[str, Any], creating: bool) -> None:
        problems = self.world.problems(fields, creating)
        if problems:
            raise Refuse(400, {"errorMessages": [], "errors": problems})

    def _project(self, call: Call) -> None:
        if call.params["project"] != self.world.project or "BROWSE_PROJECTS" in self.denied:
            raise Refuse(404, _errors(f"No project could be found with key '{call.params['project']}'."))

    def _paged(self, call: Call, name: str, items: list[dict[str, Any]]) -> Answer:
        start = int(call.query.get("startAt", 0))
        page = items[start : start + min(self._page, int(call.query.get("maxResults", 50)))]
        return Answer(200, {name: page, "startAt": start, "maxResults": len(page), "total": len(items)})

    def _tell(self, kind: str, ticket: Ticket, when: datetime, changes: Sequence[Change] = ()) -> int:
        return self.deliver(event(self.world, _KEY, self.hook, kind, ticket, when, changes)) if self.hook else 0


def _errors(*messages: str) -> dict[str, Any]:
    return {"errorMessages": [*messages], "errors": {}}
