"""Jira, Cloud and Data Center: tickets out, their fate back in."""

from vocbot.sdk.manifest import Manifest

MANIFEST = Manifest(
    id="jira",
    title="Jira (Cloud and Data Center)",
    settings="connectors.jira.config:JiraSettings",
    ports={
        "webhook_source": "connectors.jira.webhook_source:JiraWebhook",
        "ticket_tracker": "connectors.jira.ticket_tracker:JiraTracker",
        "checkable": "connectors.jira.checkable:JiraCheck",
    },
    standin="connectors.jira.standin:JiraStandin",
    checked_against="vendor contract",
    # Search is "eventually consistent" without a figure; a doubt is rare, a duplicate ticket is worse than a wait.
    find_lag=10.0,
    per_second=5.0,
)
