"""Connectors are found by their entry points; a broken one is listed with its error and stops nobody else."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from importlib.metadata import EntryPoint
from types import ModuleType
from typing import Any

import pytest
from pydantic import BaseModel

from vocbot.registry import GROUP, PORTS, Configured, find_connectors
from vocbot.sdk.manifest import Manifest
from vocbot.sdk.ports import Context, Finding
from vocbot.sdk.testing.clock import HandClock


class Settings(BaseModel):
    """Has none."""


class Good:
    """A checkable port."""

    def __init__(self, settings: BaseModel, context: Context) -> None:
        self.context = context

    def check(self) -> list[Finding]:
        return [Finding("ok", self.context.connector)]


class Liar:
    """Says in the manifest that it can be checked."""

    def __init__(self, settings: BaseModel, context: Context) -> None: ...


def manifest(name: str, **ports: str) -> Manifest:
    declared: Any = {port: f"acme_voc:{target}" for port, target in ports.items()}
    return Manifest(name, f"The {name}", "pydantic:BaseModel", declared, "acme_voc:Standin", "documents")


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A package of somebody else."""
    made = ModuleType("acme_voc")
    made.__dict__.update(
        GOOD=manifest("good", checkable="Good", crm="Gone"),
        LIAR=manifest("liar", checkable="Liar"),
        NOTHING=object(),
        Good=Good,
        Liar=Liar,
    )
    monkeypatch.setitem(sys.modules, "acme_voc", made)
    return made


def points(**targets: str) -> list[EntryPoint]:
    return [EntryPoint(name, target, GROUP) for name, target in targets.items()]


def test_a_connector_is_known_by_the_name_of_its_entry_point(module: ModuleType) -> None:
    found = find_connectors(points(liar="acme_voc:LIAR", good="acme_voc:GOOD"))
    assert found.manifests == {"good": module.GOOD, "liar": module.LIAR}
    assert list(found.manifests) == ["good", "liar"]
    assert found.broken == ()


def test_broken_ones_are_listed_with_their_error_and_stop_nobody(
    module: ModuleType, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "acme_raises.py").write_text("raise OSError('no licence file')\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    found = find_connectors(
        points(
            missing="acme_not_installed:MANIFEST",
            attribute="acme_voc:NOT_THERE",
            raises="acme_raises:MANIFEST",
            nothing="acme_voc:NOTHING",
            other="acme_voc:GOOD",
            good="acme_voc:GOOD",
        )
    )
    assert list(found.manifests) == ["good"]
    errors = {broken.id: broken.error for broken in found.broken}
    assert errors == {
        "missing": "ModuleNotFoundError: No module named 'acme_not_installed'",
        "attribute": "AttributeError: module 'acme_voc' has no attribute 'NOT_THERE'",
        "raises": "OSError: no licence file",
        "nothing": "acme_voc:NOTHING is not a Manifest",
        "other": "its manifest calls itself 'good'",
    }


def test_without_points_it_asks_what_is_installed(module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def installed(group: str) -> list[EntryPoint]:
        asked.append(group)
        return points(good="acme_voc:GOOD")

    monkeypatch.setattr("vocbot.registry.entry_points", installed)
    assert list(find_connectors().manifests) == ["good"]
    assert asked == ["vocbot.connectors"]


def configured(declared: Manifest) -> Configured:
    clock = HandClock(datetime(2026, 11, 24, 8, 0, tzinfo=UTC))
    return Configured(declared, Settings(), Context("mine", clock), 0.0)


def test_a_port_is_built_from_settings_and_context(module: ModuleType) -> None:
    connector = configured(module.GOOD)
    assert connector.has("checkable")
    assert not connector.has("channel")
    assert connector.port("checkable").check() == [Finding("ok", "mine")]


def test_a_port_that_lies_is_refused(module: ModuleType) -> None:
    with pytest.raises(TypeError, match="acme_voc:Liar does not do what the port checkable asks"):
        configured(module.LIAR).port("checkable")


def test_a_port_that_is_not_declared_or_not_there(module: ModuleType) -> None:
    with pytest.raises(KeyError):
        configured(module.GOOD).port("channel")
    with pytest.raises(AttributeError, match="Gone"):
        configured(module.GOOD).port("crm")


def test_every_port_of_the_sdk_can_be_built() -> None:
    from typing import get_args

    from vocbot.sdk.manifest import PortName

    assert set(PORTS) == set(get_args(PortName))
