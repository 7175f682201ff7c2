"""The documents: every link leads somewhere, every command that a README names exists, both READMEs say the same."""

from __future__ import annotations

import importlib.util
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import typer

from vocbot.cli import app

ROOT = Path(__file__).parent.parent
README = {"en": ROOT / "README.md", "zh": ROOT / "README.zh-CN.md"}
ANCHORED = re.compile(r"\]\(([^)\s:]*)#([^)\s]+)\)")


def _build() -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_docs", ROOT / "docs" / "build.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


BUILD = _build()


@pytest.mark.parametrize("page", BUILD.pages(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(page: Path) -> None:
    assert [target for target in BUILD.targets(page) if not target.exists()] == []
    text = BUILD.CODE.sub("", page.read_text(encoding="utf-8"))
    for name, anchor in ANCHORED.findall(text):
        target = (page.parent / name).resolve() if name else page
        assert anchor in anchors(target), f"{name}#{anchor}"


def anchors(page: Path) -> set[str]:
    """As GitHub makes them of headings."""
    text = BUILD.CODE.sub(lambda found: found[0].strip("`") if "\n" not in found[0] else "", page.read_text("utf-8"))
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def commands(text: str) -> Iterator[list[str]]:
    """Command lines that begin with `vocbot`, in blocks and in the text."""
    text = text.replace("\\\n", " ")
    blocks = [line for block in re.findall(r"^```\w*\n(.*?)^```", text, re.S | re.M) for line in block.splitlines()]
    spans = re.findall(r"`(vocbot [^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.S | re.M))
    for line in (*blocks, *spans):
        for part in re.split(r"&&|\|", line.split("  #")[0]):
            words = shlex.split(part) if part.count('"') % 2 == 0 else []
            if words[:1] == ["vocbot"]:
                yield words[1:]


@pytest.mark.parametrize("language", README)
def test_every_command_that_is_named_exists(language: str) -> None:
    seen = 0
    for words in commands(README[language].read_text(encoding="utf-8")):
        command: Any = typer.main.get_command(app)  # of a class of typer's own
        while hasattr(command, "commands") and words and not words[0].startswith("-"):
            assert words[0] in command.commands, words
            command, words = command.commands[words[0]], words[1:]
        options = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
        assert {word.split("=")[0] for word in words if word.startswith("-")} <= {*options, "--help"}, words
        seen += 1
    assert seen > 40


@pytest.mark.parametrize("language", README)
def test_every_target_of_make_that_is_named_exists(language: str) -> None:
    made = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = set(re.findall(r"\bmake ([a-z]+)\b", BUILD.LINK.sub("", README[language].read_text(encoding="utf-8"))))
    assert {"demo", "test", "docs"} <= named & made
    assert {name for name in named if f"make {name}" in README[language].read_text("utf-8")} - {"an", "it"} <= made


def test_both_readmes_say_the_same() -> None:
    """As many parts, blocks, rows, pictures and steps, the same commands and the same links."""
    en, zh = (README[language].read_text(encoding="utf-8") for language in ("en", "zh"))
    for pattern in (r"^#+ ", r"^```", r"^\|", r"!\[", r"^\d\. ", r"^- ", r"^\*\*"):
        assert len(re.findall(pattern, en, re.M)) == len(re.findall(pattern, zh, re.M)), pattern
    first = [{tuple(words[:1]) for words in commands(text)} for text in (en, zh)]
    assert first[0] == first[1]
    linked = [{t for t in BUILD.targets(README[language]) if "loop-" not in t.name} for language in ("en", "zh")]
    assert linked[0] - {README["zh"]} == linked[1] - {README["en"]}


def test_the_site_is_built_without_a_complaint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("mkdocs", reason="mkdocs is not installed: the site was not built")
    monkeypatch.setattr(BUILD, "BUILD", tmp_path / "build")
    assert BUILD.main() == 0
    assert "<h1" in (tmp_path / "dist" / "docs" / "index.html").read_text(encoding="utf-8")
    assert not re.search(
        r"""(src|href)=["']https?://[^"']+\.(js|css)""", (tmp_path / "dist/docs/index.html").read_text()
    )
