"""Any system that can send or take a signed webhook."""

from __future__ import annotations

from vocbot.sdk.manifest import Manifest

MANIFEST = Manifest(
    id="webhook",
    title="Signed webhooks, in and out",
    settings="connectors.webhook.config:WebhookSettings",
    ports={
        "webhook_source": "connectors.webhook.webhook_source:WebhookInbox",
        "channel": "connectors.webhook.channel:WebhookChannel",
        "checkable": "connectors.webhook.checkable:WebhookCheck",
    },
    standin="connectors.webhook.standin:WebhookStandin",
    checked_against="documents",
    blind=frozenset({"channel"}),  # nobody can be asked what he took; the webhook-id lets him drop what comes twice
)
