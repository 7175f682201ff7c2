"""Asks Slack whether the token works and what it may do."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.slack import client
from connectors.slack.config import SlackSettings
from vocbot.sdk.errors import VocbotError
from vocbot.sdk.ports import Context, Finding


class SlackCheck:
    """Checkable port: auth.test and the scopes it names."""

    def __init__(self, settings: SlackSettings, context: Context) -> None:
        self._settings = settings
        self._api = client.web(settings, context.timeout)

    def check(self) -> Sequence[Finding]:
        try:
            answer = client.attempt("auth.test", self._api.auth_test, writes=False)
        except VocbotError as error:
            return [Finding("error", str(error), "Check bot_token and that the app is installed in the workspace.")]
        headers = {str(name).lower(): str(value) for name, value in answer.headers.items()}
        scopes = {scope.strip() for scope in headers.get("x-oauth-scopes", "").split(",")}
        return [
            Finding("ok", f"token accepted by workspace {answer['team']}"),
            _scope(scopes, ("chat:write",), "error", "posting"),
            _scope(scopes, ("channels:history", "groups:history"), "error", "finding a message again after a timeout"),
            _scope(scopes, ("commands",), "warning", f"the command {self._settings.command}"),
            Finding("ok", f"{len(self._settings.people)} people may approve")
            if self._settings.people
            else Finding("warning", "nobody may approve", "Name approvers under `people`: member id to name."),
        ]


def _scope(scopes: set[str], needed: tuple[str, ...], level: str, purpose: str) -> Finding:
    names = " or ".join(needed)
    if scopes.intersection(needed):
        return Finding("ok", f"scope {names}: {purpose}")
    what = f"scope {names} is missing: {purpose} does not work"
    hint = "Add it under OAuth & Permissions and reinstall the app."
    return Finding("error" if level == "error" else "warning", what, hint)
