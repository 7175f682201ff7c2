"""Zendesk Support and Guide: tickets come in, replies and articles go out."""

from __future__ import annotations

from vocbot.sdk.manifest import Manifest

MANIFEST = Manifest(
    id="zendesk",
    title="Zendesk Support and Guide",
    settings="connectors.zendesk.config:ZendeskSettings",
    ports={
        "webhook_source": "connectors.zendesk.webhook_source:ZendeskWebhooks",
        "poll_source": "connectors.zendesk.poll_source:ZendeskPoll",
        "replier": "connectors.zendesk.replier:ZendeskReplier",
        "knowledge_base": "connectors.zendesk.knowledge_base:ZendeskGuide",
        "desk": "connectors.zendesk.desk:ZendeskDesk",
        "checkable": "connectors.zendesk.checkable:ZendeskCheck",
    },
    standin="connectors.zendesk.standin:ZendeskStandin",
    checked_against="vendor contract",
    find_lag=5.0,  # audits are read from the primary store; the list of a section's articles may trail a moment
    per_second=5.0,  # the smallest plan allows 200 calls a minute, and agents need some of them
)
