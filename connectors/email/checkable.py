"""Asks the mail server whether it would take a letter from us, without sending one."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.email import client
from connectors.email.config import EmailSettings
from vocbot.sdk.errors import VocbotError
from vocbot.sdk.ports import Context, Finding

_HINT = "Check host, port, security, username and password."


class EmailCheck:
    """Checkable port: connects, encrypts, logs in and says NOOP."""

    def __init__(self, settings: EmailSettings, context: Context) -> None:
        self._settings = settings
        self._timeout = context.timeout

    def check(self) -> Sequence[Finding]:
        try:
            with client.session(self._settings, self._timeout) as smtp:
                code, _ = smtp.noop()
                utf8 = smtp.has_extn("smtputf8")
        except VocbotError as error:
            return [Finding("error", str(error), _HINT)]
        if code != 250:
            return [Finding("error", f"SMTP NOOP: {code}", _HINT)]
        encrypted = {"starttls": "STARTTLS", "tls": "TLS", "none": "no encryption"}[self._settings.security]
        found = [
            Finding("ok", f"connected with {encrypted}, {'logged in' if self._settings.username else 'no log-in'}")
        ]
        if not utf8:
            hint = "Customers with letters beyond ASCII before the @ cannot be reached."
            found.append(Finding("warning", "the server does not offer SMTPUTF8", hint))
        if not (self._settings.unsubscribe_mailto or self._settings.unsubscribe_url):
            hint = (
                "Large mailboxes sort out notices without List-Unsubscribe; name unsubscribe_mailto or unsubscribe_url."
            )
            found.append(Finding("warning", "customers cannot stop notices from their mail program", hint))
        return found
