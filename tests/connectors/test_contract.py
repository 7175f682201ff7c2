"""Every installed connector keeps the contract. What is looked at, and how: `vocbot.sdk.testing.contract`."""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

import pytest

import connectors
from vocbot.registry import GROUP, Broken, find_connectors
from vocbot.sdk.manifest import Manifest
from vocbot.sdk.testing.contract import Case, cases

FOLDER = Path(connectors.__file__).parent
INSTALLED = {point.name: point for point in entry_points(group=GROUP)}
# A checkout that is not installed has no entry points: what lies in the folder is looked at, too.
BUILT_IN = {
    name: EntryPoint(name, f"connectors.{name}:MANIFEST", GROUP)
    for name in sorted(place.parent.name for place in FOLDER.glob("*/__init__.py"))
}
FOUND = find_connectors({**BUILT_IN, **INSTALLED}.values())


@pytest.mark.parametrize("broken", [pytest.param(b, id=b.id) for b in FOUND.broken] or [None])
def test_every_connector_loads(broken: Broken | None) -> None:
    assert broken is None, f"{broken.id}: {broken.error}"


@pytest.mark.parametrize(
    ("manifest", "case"),
    [pytest.param(m, case, id=f"{m.id} {case}") for m in FOUND.manifests.values() for case in cases(m)],
)
def test_contract(manifest: Manifest, case: Case, tmp_path: Path) -> None:
    case.check(manifest, tmp_path)
