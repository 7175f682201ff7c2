"""Slack: posts to colleagues, puts questions with buttons before named people, answers a slash command."""

from __future__ import annotations

from vocbot.sdk.manifest import Manifest

MANIFEST = Manifest(
    id="slack",
    title="Slack",
    settings="connectors.slack.config:SlackSettings",
    ports={
        "webhook_source": "connectors.slack.webhook_source:SlackWebhookSource",
        "channel": "connectors.slack.channel:SlackChannel",
        "approver": "connectors.slack.approver:SlackApprover",
        "window": "connectors.slack.window:SlackWindow",
        "checkable": "connectors.slack.checkable:SlackCheck",
    },
    standin="connectors.slack.standin:SlackStandin",
    checked_against="vendor contract",
    find_lag=2.0,
    per_second=1.0,  # Slack takes about one message a second and channel
)
