"""Verbs for a customer's rights: an address stands in no shell history, and nothing goes without being asked."""

from __future__ import annotations

import io
import json
import stat
import sys
from pathlib import Path

import pytest

from tests.test_cli import Run, installation
from vocbot.store.tables import Person


def test_a_customer_is_exported_and_forgotten(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with installation(tmp_path) as (config, _, world):
        world.burst()
        name = world.all(Person)[0].pseudonym

        def typed(line: str) -> None:
            monkeypatch.setattr(sys, "stdin", io.StringIO(line))

        done = run("forget", "c0@example.com", "--by", "Li Na", "--yes", "-c", str(config))
        assert done.code == 2 and "stay in the shell's history" in done.err and "c0@" not in done.err
        typed("c0@example.com\n")
        done = run("export", "-c", str(config))
        file = tmp_path / f"{name}.json"
        assert (done.code, str(file.name) in done.out) == (0, True), done.err
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        found = json.loads(file.read_text())
        assert {c["value"] for c in found["contacts"]} == {"c0@example.com"}
        assert run("export", name, "-c", str(config)).err == f"{file.name} is there already: name a new file\n"

        typed("c0@example.com\n")
        assert "--yes is missing" in run("forget", "--by", "Li Na", "-c", str(config)).err
        typed("c0@example.com\n")
        assert "--by is empty" in run("forget", "--yes", "-c", str(config)).err
        typed("c0@example.com\n")
        paper = tmp_path / "certificate.json"
        words = ("--by", "Li Na", "--yes", "-c", str(config), "--certificate", str(paper))
        done = run("forget", *words)
        assert done.code == 0, done.err
        assert done.out.startswith(f"{name} is forgotten") and "c0@" not in done.out
        assert json.loads(paper.read_text())["asked"][0]["by"] == "Li Na"
        assert stat.S_IMODE(paper.stat().st_mode) == 0o600
        typed("c0@example.com\n")
        assert "nobody here is known by that" in run("forget", *words[:-2]).err
        again = run("forget", name, *words[:-2], "--json").json
        assert again == json.loads(paper.read_text())
        assert "forgotten" in run("audit", "show", name, "-c", str(config)).out
        assert run("audit", "verify", "-c", str(config)).code == 0
