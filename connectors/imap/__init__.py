"""Mail from customers comes in."""

from __future__ import annotations

from vocbot.sdk.manifest import Manifest

MANIFEST = Manifest(
    id="imap",
    title="Mailboxes (IMAP)",
    settings="connectors.imap.config:ImapSettings",
    ports={
        "poll_source": "connectors.imap.poll_source:ImapPoll",
        "checkable": "connectors.imap.checkable:ImapCheck",
    },
    standin="connectors.imap.standin:ImapStandin",
    checked_against="documents",
)
