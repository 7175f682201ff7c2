"""E-mail: writes notices to customers through an SMTP server."""

from __future__ import annotations

from vocbot.sdk.manifest import Manifest

MANIFEST = Manifest(
    id="email",
    title="E-mail (SMTP)",
    settings="connectors.email.config:EmailSettings",
    ports={
        "replier": "connectors.email.replier:EmailReplier",
        "checkable": "connectors.email.checkable:EmailCheck",
    },
    standin="connectors.email.standin:EmailStandin",
    checked_against="documents",
    per_second=5.0,
    blind=frozenset({"replier"}),  # SMTP hands a letter over and cannot be asked about it afterwards
)
