"""Mentions, replies, quotes and searches on Bluesky come in, replies go out."""

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
    find_lag=1.0,  # a reply is looked up where it was written, by its record key: no index lies between
    per_second=0.4,  # an account may create 1,666 records in an hour
)
