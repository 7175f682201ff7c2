"""Every installed connector keeps the contract. What is looked at, and how: `vocbot.sdk.testing.contract`."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest

from connectors.zendesk.standin_world import COLLEAGUE
from vocbot.sdk.events import Author
from vocbot.sdk.manifest import Manifest, resolve
from vocbot.sdk.testing.contract import Case, Targets, cases

BUILT_IN = ("zendesk", "jira", "slack", "email")


def zendesk_ticket(standin: Any) -> str:
    """A ticket whose customer can be answered."""
    return str(standin.open_ticket("It stops.", Author("sam"), "email", standin.clock.now()))


TARGETS: dict[str, Targets] = {
    "zendesk": {"replier": zendesk_ticket, "desk": lambda _: str(COLLEAGUE)},
    "slack": {"channel": lambda _: "C0STANDIN", "approver": lambda _: "C0STANDIN"},
    "email": {"replier": lambda _: "sam@customer.example"},
}


def manifests() -> Iterator[Manifest]:
    """The installed connectors; from a checkout that is not installed, the built-in ones."""
    installed = [point.load() for point in entry_points(group="vocbot.connectors")]
    yield from installed or (resolve(f"connectors.{name}:MANIFEST") for name in BUILT_IN)


@pytest.mark.parametrize(
    ("manifest", "case"),
    [pytest.param(m, case, id=f"{m.id} {case}") for m in manifests() for case in cases(m)],
)
def test_contract(manifest: Manifest, case: Case, tmp_path: Path) -> None:
    case.check(manifest, tmp_path, TARGETS.get(manifest.id, {}))
