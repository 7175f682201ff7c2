"""`vocbot check` against the stand-ins of the four connectors, and against a connector that does everything wrong."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from pydantic import BaseModel

from vocbot.config.check import check_all
from vocbot.config.explain import holds_secret, settings_of
from vocbot.registry import Registry
from vocbot.sdk.clock import RealClock
from vocbot.sdk.errors import OutcomeUnknown, Rejected
from vocbot.sdk.manifest import Manifest, resolve
from vocbot.sdk.ports import Context, Finding
from vocbot.sdk.testing.standin import Standin
from vocbot.text.reading import MODELS

PACK = """
pack: mini
version: 3
about: {en: "Mini", zh: "迷你"}
issues:
  - id: late
    title: {en: "Late", zh: "晚到"}
    kind: problem
    area: delivery
    reason: "late"
    stage: delivery
    severity: 0.5
    department: logistics
    rules:
      - id: late-en
        language: en
        any: ['\\blate\\b']
        match: ['it is late', 'late again', 'so late']
        no_match: ['in time', 'early', 'soon']
"""


@pytest.fixture
def standins(registry: Registry, tmp_path: Path) -> Iterator[dict[str, Standin]]:
    made = {}
    for name, manifest in registry.manifests.items():
        standin: Standin = resolve(manifest.standin)(tmp_path / f"{name}.jsonl", RealClock())
        standin.start()
        made[name] = standin
    yield made
    for standin in made.values():
        standin.stop()


@pytest.fixture
def config(
    standins: dict[str, Standin], registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, Any]:
    """A configuration whose connectors point at the stand-ins, with their secrets in files."""
    monkeypatch.setattr("vocbot.config.check.find_connectors", lambda: registry)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    pack = tmp_path / "mini.yaml"
    pack.write_text(PACK, encoding="utf-8")
    connectors: dict[str, Any] = {}
    for name, standin in standins.items():
        known = settings_of(resolve(registry.manifests[name].settings))
        plain = json.loads(json.dumps(standin.settings(), default=str))
        kept = {
            key: keep(value, tmp_path) if holds_secret(known[key].annotation) else value for key, value in plain.items()
        }
        connectors[name] = {"type": name, **kept}
    return {"rules": [str(pack)], "web": {"public_url": "https://voc.acme.example/"}, "connectors": connectors}


def keep(value: Any, folder: Path) -> Any:
    """A secret in a file of its own."""
    if isinstance(value, list):
        return [keep(item, folder) for item in value]
    if isinstance(value, dict):
        return {name: keep(item, folder) for name, item in value.items()}
    path = folder / f"secret-{len(list(folder.iterdir()))}"
    path.write_text(value, encoding="utf-8")
    return f"file:{path}"


def secrets(folder: Path) -> list[str]:
    return [path.read_text(encoding="utf-8") for path in folder.glob("secret-*")]


def write(tmp_path: Path, config: dict[str, Any]) -> Path:
    path = tmp_path / "vocbot.yaml"
    path.write_text(yaml.safe_dump(config, allow_unicode=True), encoding="utf-8")
    return path


def test_all_is_well(config: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check_all(write(tmp_path, config), online=False) == 0
    said = capsys.readouterr().out
    assert "rules: mini v3 (1 issues)" in said
    assert "jira (jira): checkable, ticket tracker, webhook source" in said
    assert "webhooks go to https://voc.acme.example/hooks/jira" in said
    assert "hooks/email" not in said
    assert "only this machine reaches it" not in said
    assert said.endswith("all is well\n")


def test_heads_of_ones_own_are_read(config: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fine = {**config, "connectors": {}, "text": {"heads": {"stage": str(MODELS / "stage.head")}}}
    assert check_all(write(tmp_path, fine), online=False) == 0
    assert "heads of your own: stage" in capsys.readouterr().out
    wrong = {**config, "connectors": {}, "text": {"heads": {"intent": str(MODELS / "stage.head")}}}
    assert check_all(write(tmp_path, wrong), online=False) == 1
    said = " ".join(capsys.readouterr().out.split())
    assert "text.heads:" in said and "is a head for 'stage', not 'intent'" in said


def test_offline_asks_nobody(config: dict[str, Any], standins: dict[str, Standin], tmp_path: Path) -> None:
    check_all(write(tmp_path, config), online=False)
    assert [entry for standin in standins.values() for entry in standin.log()] == []


def test_online_asks_everybody(config: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check_all(write(tmp_path, config), online=True) == 0
    said = capsys.readouterr().out
    for name in config["connectors"]:  # a feed that is still empty is worth a warning
        assert f"\n{name}: ok: " in said or f"\n{name}: warning: " in said
    assert not any(secret in said for secret in secrets(tmp_path))


def test_online_finds_a_wrong_secret_and_does_not_show_it(
    config: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("hunter2-hunter2-hunter2", encoding="utf-8")
    for name, setting in (
        ("zendesk", "client_secret"), ("jira", "api_token"), ("slack", "bot_token"), ("email", "password")
    ):  # fmt: skip
        config["connectors"][name][setting] = f"file:{wrong}"
    problems = check_all(write(tmp_path, config), online=True)
    said = capsys.readouterr().out
    for name in ("zendesk", "jira", "slack", "email"):
        assert f"\n{name}: error: " in said
    assert problems >= 4
    assert said.endswith(f"\n{problems} problems\n")
    assert "hunter2" not in said


def test_online_goes_on_when_one_system_is_away(
    config: dict[str, Any], standins: dict[str, Standin], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    standins["jira"].stop()
    assert check_all(write(tmp_path, config), online=True) == 1
    said = capsys.readouterr().out
    assert "\njira: error: " in said
    assert "\nslack: ok: " in said
    assert said.endswith("\n1 problem\n")


def test_every_problem_of_the_file_is_printed_and_counted(
    config: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path, {**config, "compny": "[bold]x", "tickets": {"connector": "[red]"}, "timezone": "Mars"})
    assert check_all(path, online=True) == 3
    said = capsys.readouterr().out
    assert "compny: unknown setting 'compny'; did you mean 'company'?" in said
    assert "there is no connector with the id '[red]'" in said
    assert "zendesk" not in said.split("\n")[-2]
    assert said.endswith("\n3 problems\n")


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080", "http://localhost:8080", "http://[::1]/"])
def test_an_address_that_nobody_reaches_is_mentioned(
    config: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str], url: str
) -> None:
    config["web"] = {"public_url": url}
    assert check_all(write(tmp_path, config), online=False) == 0
    assert "only this machine reaches it: set web.public_url before slack may call" in capsys.readouterr().out


def test_rule_packs_are_looked_at(config: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config["rules"] = ["shpo"]
    assert check_all(write(tmp_path, config), online=False) == 1
    assert "there is no pack 'shpo'" in capsys.readouterr().out

    faulty = tmp_path / "mini.yaml"
    faulty.write_text(PACK.replace("version: 3", "version: x").replace(', zh: "迷你"', ""), encoding="utf-8")
    config["rules"] = [str(faulty)]
    assert check_all(write(tmp_path, config), online=False) == 2
    said = capsys.readouterr().out
    assert f"{faulty}:3: version: " in said
    assert f"{faulty}:4: about.zh: is missing" in said


def test_nothing_configured_is_said(config: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check_all(write(tmp_path, {"rules": config["rules"]}), online=True) == 0
    assert "no connector is configured" in capsys.readouterr().out


# -- a connector of somebody else that does everything wrong


class Own(BaseModel):
    how: str


class Wrong:
    """A checkable port, and a port that cannot be built."""

    def __init__(self, settings: Own, context: Context) -> None:
        self.how = settings.how
        if self.how == "build":
            raise KeyError("hunter2")

    def check(self) -> list[Finding]:
        errors = {"unknown": OutcomeUnknown("no answer"), "bug": ZeroDivisionError("hunter2"), "no": Rejected("no [x]")}
        raise errors[self.how]


@pytest.fixture
def wrong(monkeypatch: pytest.MonkeyPatch) -> Any:
    module = ModuleType("acme_wrong")
    module.__dict__.update(Own=Own, Wrong=Wrong)
    monkeypatch.setitem(sys.modules, "acme_wrong", module)

    def register(**ports: str) -> None:
        declared: Any = {port: f"acme_wrong:{target}" for port, target in ports.items()}
        manifest = Manifest("acme", "Acme", "acme_wrong:Own", declared, "acme_wrong:None", "documents")
        monkeypatch.setattr("vocbot.config.check.find_connectors", lambda: Registry({"acme": manifest}, ()))

    return register


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("unknown", "acme: error: no answer"),
        ("no", "acme: error: no [x]"),
        ("bug", "acme: error: the check failed: ZeroDivisionError at "),
    ],
)
def test_whatever_a_check_raises_is_one_line(
    config: dict[str, Any], wrong: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str], how: str, said: str
) -> None:
    wrong(checkable="Wrong")
    config["connectors"] = {"acme": {"type": "acme", "how": how}, "more": {"type": "acme", "how": how}}
    assert check_all(write(tmp_path, config), online=True) == 2
    printed = capsys.readouterr().out
    assert said in printed
    assert said.replace("acme:", "more:") in printed
    assert "hunter2" not in printed


def test_ports_that_do_not_load(
    config: dict[str, Any], wrong: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong(checkable="Wrong", channel="Wrong", crm="Gone")
    config["connectors"] = {"acme": {"type": "acme", "how": "fine"}}
    assert check_all(write(tmp_path, config), online=False) == 2
    said = capsys.readouterr().out
    assert "acme: the port channel does not load: acme_wrong:Wrong does not do what the port channel asks" in said
    assert "acme: the port crm does not load: module 'acme_wrong' has no attribute 'Gone'" in said

    wrong(checkable="Wrong")
    config["connectors"] = {"acme": {"type": "acme", "how": "build"}}
    assert check_all(write(tmp_path, config), online=False) == 1
    said = capsys.readouterr().out
    assert "acme: the port checkable does not load: KeyError at " in said
    assert "hunter2" not in said


def test_a_connector_that_cannot_be_asked(
    config: dict[str, Any], wrong: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong()
    config["connectors"] = {"acme": {"type": "acme", "how": "fine"}}
    assert check_all(write(tmp_path, config), online=True) == 0
    assert "acme: cannot be asked" in capsys.readouterr().out


def test_a_line_number_stays_a_number(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """`:100:` is the name of an emoji."""
    path = tmp_path / "vocbot.yaml"
    path.write_text("\n" * 99 + "timezone: Nowhere\n")
    assert check_all(path, online=False)
    assert f"{path}:100: timezone" in capsys.readouterr().out
