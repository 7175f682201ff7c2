"""What the containers are told to do is what vocbot can do. No Docker runs here: files are compared with the code."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import typer.main
import yaml

from vocbot import cli
from vocbot.web.serve import ROLES

ROOT = Path(__file__).parent.parent
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))


def test_one_web_server_and_two_workers_on_one_database() -> None:
    services = COMPOSE["services"]
    assert set(services) == {"db", "web", "worker"}
    assert services["worker"]["deploy"]["replicas"] == 2
    for name in ("web", "worker"):
        command = services[name]["command"]
        assert command == ["vocbot", "serve", "--role", name] and name in ROLES
        assert services[name]["depends_on"]["db"]["condition"] == "service_healthy"
        assert services[name]["environment"]["DATABASE_URL"].endswith("@db/vocbot")


def test_no_password_stands_in_it() -> None:
    text = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    for line in text.splitlines():
        if "PASSWORD" in line and "#" not in line:
            assert "${POSTGRES_PASSWORD:?" in line


@pytest.mark.parametrize("path", ["compose.yaml", "Dockerfile"])
def test_every_command_is_a_verb(path: str) -> None:
    verbs = typer.main.get_command(cli.app).commands  # type: ignore[attr-defined]
    said = re.findall(r"\[\"?vocbot\"?, \"?(\w+)\"?", (ROOT / path).read_text(encoding="utf-8"))
    assert said and set(said) <= set(verbs)


def test_the_image_does_not_run_as_root_and_looks_after_itself() -> None:
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    (user,) = [line for line in lines if line.startswith("USER")]
    assert user == "USER vocbot"
    assert lines.index(user) < next(i for i, line in enumerate(lines) if line.startswith("CMD"))
    assert any(line.startswith("HEALTHCHECK") for line in lines)
