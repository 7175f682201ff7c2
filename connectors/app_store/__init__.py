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
)
