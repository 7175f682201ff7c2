"""Who may import whom, how long a module may be, and that nothing hidden is committed."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LONGEST = 400

# A module may import from its own layer's packages of a lower rank only; the five stages share one and never meet.
RANKS = {
    "sdk": 0,
    "text": 1,
    "stats": 1,
    "locale": 1,
    "collector": 1,
    "registry": 1,
    "rights": 1,
    "store": 2,
    "config": 2,
    "data": 2,
    "deliveries": 3,
    "opened": 3,
    "jobs": 3,
    "logs": 3,
    "listen": 4,
    "understand": 4,
    "act": 4,
    "tell": 4,
    "measure": 4,
    "briefs": 5,
    "wordings": 5,
    "reader": 5,
    "ahead": 6,
    "helpers": 6,
    "loop": 6,
    "aftermath": 7,
    "gate": 6,
    "handlers": 7,
    "runtime": 8,
    "worker": 9,
    "importing": 9,
    "privacy": 9,
    "trial": 9,
    "screen": 10,
    "web": 10,
    "demo": 10,
    "cli": 11,
    "__main__": 12,
}
STAGES = {"listen", "understand", "act", "tell", "measure"}
# (importer, imported): a rank too high or a neighbour, each with its reason
EXCEPTIONS = {
    ("config", "data"): "the rules that a configuration names are looked up",
    ("config", "understand"): "`vocbot check` reads the rule packs that the configuration names",
}


def modules() -> list[Path]:
    found = [p for top in ("vocbot", "connectors") for p in (ROOT / top).rglob("*.py")]
    return sorted(p.relative_to(ROOT) for p in found)


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def layer(dotted: str) -> str:
    return dotted.split(".")[1] if dotted.count(".") else "__init__"


@pytest.mark.parametrize("path", [p for p in modules() if p.parts[0] == "vocbot"], ids=str)
def test_the_core_imports_downwards(path: Path) -> None:
    mine = path.parts[1].removesuffix(".py")
    if mine == "__init__":
        return
    for name in imports(path):
        assert not name.startswith(("connectors", "jira", "slack_")), f"the core knows no vendor: {name}"
        if not name.startswith("vocbot."):
            continue
        theirs = layer(name)
        if theirs == mine or (mine, theirs) in EXCEPTIONS:
            continue
        assert theirs in RANKS, f"{name}: give the layer {theirs} a rank"
        assert RANKS[theirs] < RANKS[mine], f"{path} ({mine}) must not import {name} ({theirs})"
        assert not (mine in STAGES and theirs in STAGES), f"stages meet in the store, not in {path}"


@pytest.mark.parametrize("path", [p for p in modules() if p.parts[0] == "connectors"], ids=str)
def test_a_connector_knows_only_the_sdk(path: Path) -> None:
    for name in imports(path):
        if name.startswith("vocbot"):
            assert name.startswith("vocbot.sdk"), f"{path} imports {name}"
            if not path.name.startswith("standin"):
                assert not name.startswith("vocbot.sdk.testing"), f"{path} is no stand-in"
        if name.startswith("connectors."):
            assert layer(name) == path.parts[1], f"{path} imports another connector: {name}"


def test_every_exception_is_needed() -> None:
    used = {
        (p.parts[1].removesuffix(".py"), layer(n)) for p in modules() for n in imports(p) if n.startswith("vocbot.")
    }
    assert set(EXCEPTIONS) <= used


def test_only_two_modules_know_the_engine() -> None:
    knowing = {str(p) for p in modules() if any(n.split(".")[0] == "dbos" for n in imports(p))}
    assert knowing == {"vocbot/deliveries/engine.py", "vocbot/deliveries/rescue.py"}


def test_migrations_import_nothing_of_ours() -> None:
    for path in (p for p in modules() if "migrations" in p.parts):
        assert not [n for n in imports(path) if n.startswith(("vocbot", "connectors"))]


# Migrations are written by a machine, a line a column, and never changed again.
@pytest.mark.parametrize("path", [p for p in modules() if "migrations" not in p.parts], ids=str)
def test_modules_are_short(path: Path) -> None:
    lines = len((ROOT / path).read_text(encoding="utf-8").splitlines())
    assert lines <= LONGEST, f"{path} has {lines} lines: split it"


def test_rules_hold_no_code() -> None:
    assert {p.suffix for p in (ROOT / "rules").rglob("*") if p.is_file()} == {".yaml"}


@pytest.mark.parametrize("path", modules(), ids=str)
def test_every_module_says_why_it_exists(path: Path) -> None:
    text = (ROOT / path).read_text(encoding="utf-8")
    if text.strip():
        assert ast.get_docstring(ast.parse(text)), f"{path} has no docstring"


def test_nothing_committed_names_a_machine_or_a_registry() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    hidden = re.compile(r"/root/|/home/|/work/|pythonhosted|pypi\.org|registry\.npmjs|deb\.debian")
    for name in listed.stdout.splitlines():
        path = ROOT / name
        if path.is_file() and path != Path(__file__):
            found = hidden.search(path.read_text(encoding="utf-8", errors="replace"))
            assert not found, f"{name}: {found[0] if found else ''}"
