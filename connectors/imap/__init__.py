"""Mail from customers: a mailbox is read through IMAP, and waits for news where the server tells of them."""

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
    checked_against="real server",  # Dovecot, in the tests wherever it is installed
    per_second=1.0,  # one round is a log-in, and large providers count those
)
