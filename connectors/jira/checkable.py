"""Says whether Jira is set up so that the loop can run: asked by a person or at start-up, never on a heartbeat."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from urllib.parse import quote

from connectors.jira.client import JiraClient
from connectors.jira.config import JiraSettings
from connectors.jira.screen import BANDS, Screen, read_screen
from vocbot.sdk.errors import Rejected, Retryable
from vocbot.sdk.ports import Context, Finding

_NEEDED = ("BROWSE_PROJECTS", "CREATE_ISSUES", "EDIT_ISSUES", "ADD_COMMENTS", "LINK_ISSUES")
_WARN = timedelta(days=30)


class JiraCheck:
    """The checkable port."""

    def __init__(self, settings: JiraSettings, context: Context) -> None:
        self._settings = settings
        self._context = context
        self._client = JiraClient(settings, context.timeout)

    def check(self) -> Sequence[Finding]:
        """Every finding, as far as it gets: without credentials there is nothing more to ask."""
        findings = [*self._local()]
        try:
            for finding in self._remote():  # what was found before it broke off is kept
                findings.append(finding)
        except Retryable as error:
            hint = "check site, cloud_id and the network"
            findings.append(Finding("error", f"Jira cannot be reached: {error}", hint))
        except Rejected as error:
            findings.append(Finding("error", f"Jira refuses: {error}", _hint(error, self._settings)))
        return findings

    def _local(self) -> Iterator[Finding]:
        settings = self._settings
        if settings.webhook_secret is None:
            yield Finding(
                "warning",
                "no webhook_secret: Jira's webhooks are refused",
                "create a webhook with a secret in Jira; until then tickets are only polled",
            )
        if settings.token_expires is None:
            if settings.flavour == "cloud":
                yield Finding(
                    "warning",
                    "token_expires is not set",
                    "API tokens end after a year at the most; write the day here to be warned before",
                )
            return
        left = settings.token_expires - self._context.clock.now().date()
        day = settings.token_expires.isoformat()
        if left <= timedelta(0):
            yield Finding("error", f"the token ended on {day}", "create a new one in Jira")
        elif left <= _WARN:
            yield Finding("warning", f"the token ends on {day}", "create a new one in Jira")

    def _remote(self) -> Iterator[Finding]:
        settings = self._settings
        self._client.read("myself")
        yield Finding("ok", "credentials accepted")
        server = self._client.read("serverInfo")
        cloud = server.get("deploymentType") == "Cloud"
        if cloud != (settings.flavour == "cloud"):
            right = "cloud" if cloud else "datacenter"
            yield Finding("error", "flavour does not fit this Jira", f"set flavour to {right}")
            return
        self._client.read(f"project/{quote(settings.project, safe='')}")
        yield Finding("ok", f"project {settings.project} is there")
        yield from self._permissions()
        screen = read_screen(self._client, settings)
        yield Finding("ok", f"issue type {settings.issue_type} is there")
        yield from self._fields(screen)

    def _permissions(self) -> Iterator[Finding]:
        wanted = {"projectKey": self._settings.project, "permissions": ",".join(_NEEDED)}
        granted = self._client.read("mypermissions", wanted)["permissions"]
        missing = [name for name in _NEEDED if not granted.get(name, {}).get("havePermission")]
        if missing:
            yield Finding(
                "error",
                f"permissions missing in {self._settings.project}: {', '.join(missing)}",
                "grant them to the account in the project's permission scheme",
            )
        else:
            yield Finding("ok", f"permissions: {', '.join(_NEEDED)}")

    def _fields(self, screen: Screen) -> Iterator[Finding]:
        settings = self._settings
        if "labels" not in screen.fields:
            yield Finding(
                "error",
                "the create screen has no field Labels",
                "add it: without the label a ticket cannot be found again and might be created twice",
            )
        if "priority" not in screen.fields:
            yield Finding("warning", "the create screen has no field Priority", "tickets go without one")
        else:
            wanted = {band: getattr(settings.priorities, band) for band in BANDS}
            missing = [f"{band} ({name})" for band, name in wanted.items() if band not in screen.priorities]
            offered = ", ".join(screen.offered_priorities)
            if missing:
                yield Finding("error", f"priorities not found: {', '.join(missing)}", f"the project has: {offered}")
            else:
                yield Finding("ok", "priorities P1 to P4 are there")
        if settings.due_dates and "duedate" not in screen.fields:
            yield Finding("warning", "the create screen has no field Due date", "add it, or set due_dates to false")
        lost = sorted(set(settings.components.values()) - {settings.components[label] for label in screen.components})
        if lost:
            offered = ", ".join(screen.offered_components) or "none"
            yield Finding("warning", f"components not found: {', '.join(lost)}", f"the project has: {offered}")


def _hint(error: Rejected, settings: JiraSettings) -> str:
    if error.status == 401:
        token = "email and api_token" if settings.flavour == "cloud" else "pat"
        return f"check {token}; a token with scopes needs cloud_id, and tokens end after a year at the most"
    if error.status == 403:
        return "the account lacks a permission, the token a scope, or Jira asks for a CAPTCHA after failed logins"
    if error.status == 404:
        return f"check the project key {settings.project} and that the account may browse it"
    return ""
