"""Mentions, replies and searches on Bluesky come in, replies go out."""

from __future__ import annotations

from vocbot.sdk.manifest import Manifest

MANIFEST = Manifest(
    id="bluesky",
    title="Bluesky",
    settings="connectors.bluesky.config:BlueskySettings",
    ports={
        "poll_source": "connectors.bluesky.poll_source:BlueskyPoll",
        "replier": "connectors.bluesky.replier:BlueskyReplier",
        "checkable": "connectors.bluesky.checkable:BlueskyCheck",
    },
    standin="connectors.bluesky.standin:BlueskyStandin",
    checked_against="vendor contract",
)
