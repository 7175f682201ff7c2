"""Asks the mail server whether the mailbox can be read, without reading anything in it."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.imap.client import Session
from connectors.imap.config import ImapSettings
from connectors.imap.oauth import Tokens
from vocbot.sdk.errors import VocbotError
from vocbot.sdk.ports import Context, Finding

_HINT = "Check host, port, security, username and password; some providers want IMAP switched on, or an app password."


class ImapCheck:
    """Checkable port: connects, encrypts, logs in and opens the folders for reading."""

    def __init__(self, settings: ImapSettings, context: Context) -> None:
        self._settings = settings
        self._timeout = context.timeout
        self._tokens = Tokens(settings.oauth, context.timeout) if settings.oauth else None

    def check(self) -> Sequence[Finding]:
        settings = self._settings
        try:
            session = Session(settings, self._timeout, self._tokens)
        except VocbotError as error:
            return [Finding("error", str(error), _HINT)]
        try:
            encrypted = {"starttls": "STARTTLS", "tls": "TLS", "none": "no encryption"}[settings.security]
            found = [Finding("ok", f"connected with {encrypted}, logged in")]
            for setting, folder in (("folder", settings.folder), ("sent_folder", settings.sent_folder)):
                if folder is not None:
                    found.append(self._folder(session, setting, folder))
            found += self._advice(session.offers("IDLE"))
        except VocbotError as error:
            return [Finding("error", str(error), _HINT)]
        finally:
            session.close()
        return found

    def _folder(self, session: Session, setting: str, folder: str) -> Finding:
        try:
            opened = session.open(folder)
        except VocbotError as error:
            return Finding("error", f"{setting}: {error}", f"set {setting} as the server calls it, such as INBOX/Help")
        return Finding("ok", f"{setting} is there, with {opened.exists} mails")

    def _advice(self, idle: bool) -> list[Finding]:
        found = []
        if not idle:
            found.append(Finding("warning", "the server does not tell of new mail (IDLE)", "Mail is seen a bit later."))
        if self._settings.sent_folder is None:
            hint = "Name sent_folder, or no answers of your people are known for FAQ entries."
            found.append(Finding("warning", "the answers of your people are not read", hint))
        return found
