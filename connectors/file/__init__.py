"""Feedback from files: exports that people or other programs put into a folder."""

from __future__ import annotations

from vocbot.sdk.manifest import Manifest

MANIFEST = Manifest(
    id="file",
    title="Files: CSV, JSON Lines, Excel",
    settings="connectors.file.config:FileSettings",
    ports={
        "poll_source": "connectors.file.poll_source:FilePoll",
        "checkable": "connectors.file.checkable:FileCheck",
    },
    standin="connectors.file.standin:FileStandin",
    checked_against="documents",
)
