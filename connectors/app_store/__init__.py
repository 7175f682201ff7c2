"""Reviews in the App Store, from its public feed."""

from __future__ import annotations

from vocbot.sdk.manifest import Manifest

MANIFEST = Manifest(
    id="app_store",
    title="App Store reviews",
    settings="connectors.app_store.config:AppStoreSettings",
    ports={
        "poll_source": "connectors.app_store.poll_source:AppStorePoll",
        "checkable": "connectors.app_store.checkable:AppStoreCheck",
    },
    standin="connectors.app_store.standin:AppStoreStandin",
    checked_against="documents",
    # history stays None: the feed ends after 500 reviews of a country, however many days those are. The poll itself
    # says what fell out (Page.gap).
    per_second=1.0,  # no limit is documented, and some callers were answered 403
)
