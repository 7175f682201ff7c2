"""A poller for the long tail: paths, paging and cursor of a JSON API stand in the configuration, not in code."""

from __future__ import annotations

from vocbot.sdk.manifest import Manifest

MANIFEST = Manifest(
    id="http_json",
    title="Any JSON API, declared in the configuration",
    settings="connectors.http_json.config:HttpJsonSettings",
    ports={
        "poll_source": "connectors.http_json.poll_source:HttpJsonPoll",
        "checkable": "connectors.http_json.checkable:HttpJsonCheck",
    },
    standin="connectors.http_json.standin:HttpJsonStandin",
    checked_against="documents",
)
