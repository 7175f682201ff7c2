"""Posts of forums, blogs and review sites that have a feed."""

from __future__ import annotations

from vocbot.sdk.manifest import Manifest

MANIFEST = Manifest(
    id="rss",
    title="RSS and Atom feeds",
    settings="connectors.rss.config:RssSettings",
    ports={
        "poll_source": "connectors.rss.poll_source:RssPoll",
        "checkable": "connectors.rss.checkable:RssCheck",
    },
    standin="connectors.rss.standin:RssStandin",
    checked_against="documents",
    # history stays None: a feed shows a number of entries, not of days. The poll itself says what fell out (Page.gap).
    per_second=2.0,  # a feed a call, mostly from different hosts
)
