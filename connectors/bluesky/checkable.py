"""Asks the account whether the set-up will work. Changes nothing, apart from a session that is kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from connectors.bluesky.client import Client
from connectors.bluesky.config import BlueskySettings
from connectors.bluesky.poll_source import streams
from vocbot.sdk.errors import Rejected, Retryable
from vocbot.sdk.ports import Context, Finding

SESSION, PREFERENCES = "com.atproto.server.getSession", "app.bsky.notification.getPreferences"
MAKE_ONE = "make an app password (Settings, Privacy and security, App passwords) without access to direct messages"
SCARCE = 0.1  # of a limit


class BlueskyCheck:
    """The checkable port."""

    def __init__(self, settings: BlueskySettings, context: Context) -> None:
        self._settings = settings
        self._client = Client(settings, context.timeout)

    def check(self) -> Sequence[Finding]:
        """Session and account, the kind of password, every list that is read, the limits."""
        try:
            session = self._client.read(SESSION)
        except (Rejected, Retryable) as error:
            return [Finding("error", f"no access: {error}", "check service, identifier and app_password")]
        found = [Finding("ok", "signed in")]
        if session.get("active") is False:
            hint = "sign in with the app: Bluesky says there what is wrong"
            found.append(Finding("error", "the account is not active", hint))
        return [*found, *self._password(), *self._lists(), *self._preferences(), *self._limits()]

    def _password(self) -> Iterator[Finding]:
        scope = self._client.scope()
        if scope == "com.atproto.access":
            yield Finding("warning", "the account's own password is in use", MAKE_ONE)
        elif scope == "com.atproto.appPassPrivileged":
            yield Finding("warning", "the app password may read direct messages", MAKE_ONE)
        elif scope == "com.atproto.appPass":
            yield Finding("ok", "an app password is in use")

    def _lists(self) -> Iterator[Finding]:
        for stream in streams(self._settings):
            try:
                self._client.read(stream.call, {**stream.params, "limit": "1"})
                yield Finding("ok", f"{stream.what} can be read")
            except (Rejected, Retryable) as error:
                yield Finding("error", f"{stream.what}: {error}", "check queries, and try them in the app's search")

    def _preferences(self) -> Iterator[Finding]:
        """What the account's own settings keep out of its notifications; not every server tells."""
        if not self._settings.read_mentions:
            return
        try:
            found = self._client.read(PREFERENCES).get("preferences")
        except (Rejected, Retryable):
            return
        for name in ("mention", "reply", "quote"):
            wish = found.get(name) if isinstance(found, dict) else None
            if isinstance(wish, dict) and (wish.get("include") == "follows" or wish.get("list") is False):
                hint = "in the app: Settings, Notifications, choose everyone, and show it in the app"
                yield Finding("warning", f"the account hides notifications of the kind {name}", hint)

    def _limits(self) -> Iterator[Finding]:
        if self._client.limits.left is None:
            return
        left, most = self._client.limits.left
        if left < most * SCARCE:
            yield Finding("warning", f"{left} of {most} calls are left", "something else uses the account, too")
        else:
            yield Finding("ok", f"{left} of {most} calls are left")
