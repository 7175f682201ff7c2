"""A connector that keeps the contract, and what the suite says of it once a part of it was made worse."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from vocbot.sdk.manifest import Manifest
from vocbot.sdk.testing import example
from vocbot.sdk.testing.contract import cases
from vocbot.sdk.testing.example import MANIFEST

Worsen = Callable[[str, type], None]
Failures = Callable[..., dict[str, str]]


@pytest.fixture
def worsen(monkeypatch: pytest.MonkeyPatch) -> Worsen:
    """Puts a worse part in the place of the example's."""
    return lambda name, part: monkeypatch.setattr(example, name, part)


@pytest.fixture
def failures(tmp_path: Path) -> Failures:
    """Runs the cases whose names hold `only`: the names of those that fail, with what they say."""

    def run(manifest: Manifest = MANIFEST, only: str = "") -> dict[str, str]:
        found = {}
        for number, case in enumerate(case for case in cases(manifest) if only in case.name):
            place = tmp_path / f"{case.name[:20]} {number}".replace("/", "")
            place.mkdir(parents=True)
            try:
                case.check(manifest, place)
            except AssertionError as error:
                found[case.name] = str(error)
        return found

    return run
