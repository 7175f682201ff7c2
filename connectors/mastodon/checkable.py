"""Asks the server whether the set-up will work. Changes nothing."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.mastodon.client import Client
from connectors.mastodon.config import MastodonSettings
from connectors.mastodon.poll_source import NOTIFICATIONS, TAG
from connectors.mastodon.server import ME, read_server
from vocbot.sdk.errors import Rejected, Retryable
from vocbot.sdk.ports import Context, Finding

APP = "/api/v1/apps/verify_credentials"
POLICY = "/api/v2/notifications/policy"
NEEDED = ("read:notifications", "read:statuses", "write:statuses")
SCOPES = (
    "give the application the scopes read:accounts read:notifications read:statuses write:statuses, "
    "and make a new access token"
)


class MastodonCheck:
    """The checkable port."""

    def __init__(self, settings: MastodonSettings, context: Context) -> None:
        self._settings = settings
        self._client = Client(settings, context)

    def check(self) -> Sequence[Finding]:
        """The token and whose it is, what it may do, the server's limits, the streams."""
        try:
            me = self._client.one(ME)
        except Rejected as refusal:
            return [_refused(refusal)]
        except Retryable as error:
            return [Finding("error", f"no access: {error}", "check base_url, and whether the server is up")]
        found = [Finding("ok", "the token is that of an account")]
        if me.get("moved"):
            found.append(Finding("warning", "the account has moved", "take the account that it moved to"))
        found.append(self._scopes())
        found += self._limits()
        if self._settings.read_mentions:
            found.append(self._stream("mentions", NOTIFICATIONS, {"types[]": "mention", "limit": "1"}))
            found += self._dropped()
        for tag in self._settings.hashtags:
            found.append(self._stream(f"#{tag}", TAG + tag, {"limit": "1"}))
        return found

    def _scopes(self) -> Finding:
        """What the application may ask for; a token can have less, which only the calls themselves show."""
        try:
            scopes = self._client.one(APP).get("scopes")
        except (Rejected, Retryable) as error:
            return Finding("warning", f"the application's scopes are not known: {error}", SCOPES)
        if not isinstance(scopes, list):
            return Finding("warning", "this server does not tell the application's scopes", SCOPES)
        missing = [name for name in NEEDED if name not in scopes and name.partition(":")[0] not in scopes]
        if missing:
            return Finding("error", f"the application lacks {', '.join(missing)}", SCOPES)
        return Finding("ok", "the application has the scopes")

    def _limits(self) -> list[Finding]:
        try:
            server = read_server(self._client, self._settings)
        except (Rejected, Retryable) as error:
            return [Finding("error", f"the server's limits: {error}", "check base_url: is it a Mastodon server?")]
        found = [Finding("ok", f"posts may have {server.characters} characters, an address counts {server.per_url}")]
        if self._settings.hashtags and server.hashtags_remote == "disabled":
            hint = "ask the server's owner for the permission to view live and topic feeds"
            found.append(Finding("warning", "hashtags of other servers are not shown to everybody", hint))
        return found

    def _dropped(self) -> list[Finding]:
        """What the account's own filters throw away; a server before Mastodon 4.3 has none."""
        try:
            policy = self._client.one(POLICY)
        except (Rejected, Retryable):
            return []
        dropped = sorted(name for name, value in policy.items() if name.startswith("for_") and value == "drop")
        if not dropped:
            return []
        hint = "set Preferences, Notifications, Manage notifications to Accept or Filter: what is ignored there is lost"
        return [Finding("warning", f"the account drops notifications ({', '.join(dropped)})", hint)]

    def _stream(self, name: str, path: str, params: dict[str, str]) -> Finding:
        try:
            self._client.many(path, params)
        except (Rejected, Retryable) as error:
            return Finding("error", f"{name}: {error}", SCOPES)
        return Finding("ok", f"{name} can be read")


def _refused(refusal: Rejected) -> Finding:
    if refusal.status == 422:
        return Finding("error", "the token is that of an application, not of an account", "copy Your access token")
    if refusal.status == 403:
        return Finding("error", "the token may not see its own account, or the account is not active", SCOPES)
    return Finding("error", f"no access: {refusal}", "check base_url and access_token")
