"""The connectors of the package, installed or not, and a way to write a file and see what is wrong with it."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from vocbot.config.load import load
from vocbot.config.yamlfile import FileProblems
from vocbot.registry import GROUP, Registry, find_connectors

ROOT = Path(__file__).parents[2]
SECRET = "s3cr3t-value-that-is-long-enough"


@pytest.fixture(scope="session")
def registry() -> Registry:
    """The connectors that pyproject.toml names, whether the package is installed or not."""
    named = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["entry-points"][GROUP]
    found = find_connectors([EntryPoint(name, value, GROUP) for name, value in named.items()])
    assert set(found.manifests) == {path.parent.name for path in (ROOT / "connectors").glob("*/__init__.py")}
    assert not found.broken
    return found


@pytest.fixture
def secret(monkeypatch: pytest.MonkeyPatch) -> str:
    """A secret that `env:SECRET` stands for."""
    monkeypatch.setenv("SECRET", SECRET)
    return SECRET


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str | bytes], Path]:
    """Write a configuration."""

    def make(content: str | bytes) -> Path:
        path = tmp_path / "vocbot.yaml"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return make


@pytest.fixture
def problems(write: Callable[[str | bytes], Path], registry: Registry, secret: str) -> Callable[..., list[str]]:
    """What is wrong with a configuration: each problem without the path of the file, so from the line on."""

    def find(content: str | bytes, known: Registry = registry) -> list[str]:
        path = write(content)
        try:
            load(path, known)
        except FileProblems as error:
            assert secret not in str(error)
            assert all(problem.startswith(f"{path}:") for problem in error.problems)
            return [problem.removeprefix(f"{path}:") for problem in error.problems]
        return []

    return find
