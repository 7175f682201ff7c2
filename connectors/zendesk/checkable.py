"""Asks the account whether the set-up will work. Changes nothing."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.zendesk.client import Client
from connectors.zendesk.config import ZendeskSettings
from vocbot.sdk.errors import Rejected, Retryable
from vocbot.sdk.ports import Context, Finding

DEPRECATION = (
    "Zendesk ends API tokens on 2027-04-30 and lets nobody create new ones: make a confidential OAuth client in "
    "Admin Center and set client_id and client_secret"
)


class ZendeskCheck:
    """The checkable port."""

    def __init__(self, settings: ZendeskSettings, context: Context) -> None:
        self._settings = settings
        self._client = Client(settings, context.timeout)

    def check(self) -> Sequence[Finding]:
        """Credentials and role, our own user id, webhook secrets, Guide sections."""
        found = []
        if self._settings.api_token:
            found.append(Finding("warning", "API token in use", DEPRECATION))
        if self._settings.webhook_secrets:
            found.append(Finding("ok", "webhook signing secret is set"))
        else:
            hint = "copy it from Admin Center, Webhooks, Show secret; without it every webhook is refused"
            found.append(Finding("error", "no webhook signing secret", hint))
        try:
            me = self._client.read("/api/v2/users/me").get("user")
        except (Rejected, Retryable) as error:
            return [*found, Finding("error", f"no access: {error}", "check the address and the credentials")]
        user = me if isinstance(me, dict) else {}
        return [*found, self._role(user.get("role")), self._own(user.get("id")), *self._guide()]

    def _role(self, role: object) -> Finding:
        if role == "admin":
            return Finding("ok", "acts as an admin")
        if role == "agent":
            return Finding("warning", "acts as an agent", "the poll needs an admin: tickets lost by webhooks stay lost")
        return Finding("error", "acts as no member of staff", "give the user of these credentials the role admin")

    def _own(self, ident: object) -> Finding:
        if self._settings.agent_id is None:
            hint = f"set agent_id: {ident}, or our own replies are read as answers of an agent"
            return Finding("warning", "agent_id is not set", hint)
        if ident != self._settings.agent_id:
            return Finding("error", "agent_id is not the user of these credentials", f"set agent_id: {ident}")
        return Finding("ok", "agent_id is the user of these credentials")

    def _guide(self) -> list[Finding]:
        found = []
        for locale, section in (self._settings.guide.sections if self._settings.guide else {}).items():
            try:
                self._client.read(f"/api/v2/help_center/sections/{section}.json")
                found.append(Finding("ok", f"Guide section for {locale} is there"))
            except (Rejected, Retryable) as error:
                found.append(Finding("error", f"Guide section for {locale}: {error}", "check guide.sections"))
        return found
