"""Mentions and hashtags on Mastodon come in, replies go out."""

from __future__ import annotations

from vocbot.sdk.manifest import Manifest

MANIFEST = Manifest(
    id="mastodon",
    title="Mastodon",
    settings="connectors.mastodon.config:MastodonSettings",
    ports={
        "poll_source": "connectors.mastodon.poll_source:MastodonPoll",
        "replier": "connectors.mastodon.replier:MastodonReplier",
        "checkable": "connectors.mastodon.checkable:MastodonCheck",
    },
    standin="connectors.mastodon.standin:MastodonStandin",
    checked_against="vendor contract",
    per_second=1.0,  # 300 calls in five minutes
    blind=frozenset({"replier"}),  # a post carries nothing that only we would see, README.md says more
)
