"""config.example.yaml is valid, and shows every setting there is: the switched-off ones too."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from pydantic import BaseModel

from vocbot.config.explain import alternatives, is_kind, settings_of
from vocbot.config.load import load
from vocbot.config.model import ConnectorEntry, Settings
from vocbot.registry import Registry
from vocbot.sdk.manifest import resolve

EXAMPLE = Path(__file__).parents[2] / "config.example.yaml"


@pytest.fixture(scope="module")
def text() -> str:
    return EXAMPLE.read_text(encoding="utf-8")


@pytest.fixture
def variables(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every variable that the file names."""
    for name in re.findall(r"\benv:([A-Z_]{2,})\b", text):
        webhook = name.startswith("SHOP_")  # its scheme wants its own form
        monkeypatch.setenv(name, "whsec_" + "QUJD" * 8 if webhook else "a-secret-that-is-long-enough")


def switched_on(text: str) -> dict[str, Any]:
    """The file with `#setting: value` as `setting: value`."""
    tree: dict[str, Any] = yaml.safe_load(re.sub(r"^(\s*)#(?=\S)", r"\1", text, flags=re.MULTILINE))
    return tree


def missing_and_unknown(model: type[BaseModel], tree: dict[str, Any], place: str) -> Iterator[str]:
    """Settings of `model` that `tree` lacks, and the other way round."""
    known = settings_of(model)
    yield from (f"missing: {place}{name}" for name in known if name not in tree)
    yield from (f"unknown: {place}{name}" for name in tree if name not in known)
    for name, info in known.items():
        for kind in alternatives(info.annotation):
            for part in (kind, *get_args(kind)):
                if is_kind(part, BaseModel) and not is_kind(part, ConnectorEntry):
                    given = tree.get(name)
                    parts = given if isinstance(given, list) else list(given.values()) if part is not kind else [given]
                    for inner in parts:
                        yield from missing_and_unknown(part, inner, f"{place}{name}.")


@pytest.mark.usefixtures("variables")
def test_it_is_valid(registry: Registry) -> None:
    found = load(EXAMPLE, registry)
    assert {entry.type for entry in found.settings.connectors.values()} == set(registry.manifests)


@pytest.mark.usefixtures("variables")
def test_nothing_leaves_until_somebody_changes_it(registry: Registry) -> None:
    assert set(load(EXAMPLE, registry).settings.modes.model_dump().values()) == {"shadow"}


def test_every_setting_is_in_it_and_no_other(text: str, registry: Registry) -> None:
    tree = switched_on(text)
    found = list(missing_and_unknown(Settings, tree, ""))
    common = set(settings_of(ConnectorEntry))
    for name, entry in tree["connectors"].items():
        own = {key: value for key, value in entry.items() if key not in common}
        model = resolve(registry.manifests[entry["type"]].settings)
        found += missing_and_unknown(model, own, f"connectors.{name}.")
    assert found == []
    assert common == {key for entry in tree["connectors"].values() for key in entry if key in common}


@pytest.mark.usefixtures("variables")
def test_what_is_switched_off_is_valid_too(
    text: str,
    registry: Registry,
    write: Callable[[str], Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With the settings taken away that the others stand in for."""
    tree = switched_on(text)
    for instead in ("subdomain", "client_id", "client_secret"):
        del tree["connectors"]["zendesk"][instead]
    for instead in ("cloud_id", "email", "api_token"):
        del tree["connectors"]["jira"][instead]
    for instead in ("bearer", "oauth"):
        del tree["connectors"]["kefu"][instead]
    for instead in ("password", "oauth_token"):
        del tree["connectors"]["mailbox"][instead]
    of_other_schemes = ("algorithm", "encoding", "header", "id_header", "message", "prefix", "query_parameter")
    for instead in (*of_other_schemes, "timestamp_header", "timestamp_unit", "send_header", "event_id_header"):
        del tree["connectors"]["shop"][instead]
    tree["connectors"]["jira"]["flavour"] = "datacenter"
    monkeypatch.chdir(tmp_path)
    authority = tmp_path / tree["connectors"]["email"]["ca_file"]
    authority.parent.mkdir()
    authority.touch()
    found = load(write(yaml.safe_dump(tree)), registry)
    assert found.settings.notices.signed_by == "Li Na"
    assert found.settings.connectors["zendesk"].search_lag == 5


def test_no_line_is_too_wide(text: str) -> None:
    assert [line for line in text.splitlines() if len(line) > 120] == []
