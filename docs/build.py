"""Build the documents as a site: every Markdown file of the project and what it links to, in the same folders.

`make docs` runs it; a link that leads nowhere, or a page that the contents do not name, makes it fail.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
BUILD = ROOT / "build"
LINK = re.compile(r"(?<!`)\]\(([^)#:\s]+)(?:#[^)\s]*)?\)|<img[^>]* src=\"([^\":]+)\"")
CODE = re.compile(r"^```[\s\S]*?^```$|^ {4}.*$|`[^`\n]+`", re.MULTILINE)


def pages() -> list[Path]:
    """The Markdown files of the project, for readers of the source and of the site alike."""
    found = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("connectors/*/README.md")]
    return sorted([*found, *ROOT.glob("vocbot/**/README.md")])


def targets(page: Path) -> set[Path]:
    """The files of the project that a page links to or shows; they need not exist."""
    text = CODE.sub("", page.read_text(encoding="utf-8"))
    return {(page.parent / (found[1] or found[2])).resolve() for found in LINK.finditer(text)}


def stage() -> Path:
    """Copy pages and targets to build/source, write build/mkdocs.yml, and return its path."""
    source = BUILD / "source"
    shutil.rmtree(source, ignore_errors=True)
    wanted = {*pages(), *(target for page in pages() for target in targets(page) if target.is_file())}
    for path in sorted(wanted):
        copy = source / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    config = yaml.safe_load((ROOT / "docs" / "mkdocs.yml").read_text(encoding="utf-8"))
    config["nav"] = [_expanded(entry) for entry in config["nav"]]
    path = BUILD / "mkdocs.yml"
    path.write_text(yaml.safe_dump(config, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path


def _expanded(entry: dict[str, Any]) -> dict[str, Any]:
    """An entry of the contents, with "*" replaced by the other pages of its folder."""
    ((title, inner),) = entry.items()
    if isinstance(inner, str):
        return entry
    listed = [one for one in inner if "*" not in one]
    known = {value for one in listed for value in one.values()}
    for folder in (one["*"] for one in inner if "*" in one):
        found = sorted(page.relative_to(ROOT).as_posix() for page in pages() if (ROOT / folder) in page.parents)
        listed += [name for name in found if name not in known]
    return {title: listed}


def main() -> int:
    """Build into dist/docs; the exit code is that of the generator."""
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "--clean", "-f", str(stage())]
    return subprocess.run(command, check=False).returncode  # noqa: S603 - our own arguments


if __name__ == "__main__":
    sys.exit(main())
