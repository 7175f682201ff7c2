"""YAML with the line of every part, so that whatever is wrong with a file can be said with file:line.

Shared by the configuration and the rule packs. It knows neither of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from vocbot.sdk.errors import VocbotError

Place = tuple[str | int, ...]  # where in the document: ("connectors", "desk", "type")

_ALIAS = "is an alias (`*name`)"
_NO_VALUE = "looks to YAML like something that it is not"

# libyaml is ten times as fast, but PyYAML may have been built without it
_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_SIXTIETHS = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?")


class _Loader(_Base):  # type: ignore[misc]
    """YAML 1.1 without numbers to the base of sixty: 17:30 is a text, not 1050."""

    def resolve(self, kind: Any, value: Any, implicit: Any) -> Any:
        if kind is yaml.ScalarNode and implicit[0] and _SIXTIETHS.fullmatch(value):
            return self.DEFAULT_SCALAR_TAG
        return super().resolve(kind, value, implicit)


class FileProblems(VocbotError):
    """Everything that is wrong with one or more files; `problems` holds one line for each."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = list(problems)
        super().__init__("\n".join(self.problems))


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: where, what, and what to write instead."""

    place: Place
    what: str
    hint: str


@dataclass(frozen=True, slots=True)
class YamlFile:
    """A document that is at least YAML; `findings` are what YAML itself lets pass (keys twice, aliases)."""

    path: Path
    data: Any
    findings: tuple[Finding, ...]
    _lines: dict[Place, int] = field(repr=False)

    def where(self, place: Place) -> str:
        """`file:line` of a part, or of the nearest part around it."""
        return f"{self.path}:{self._line(place)}"

    def problems(self, findings: Iterable[Finding]) -> list[str]:
        """One sentence each, in the order of the file: `file:line: path: what is wrong; what to do`."""
        ordered = sorted(set(findings), key=lambda finding: (self._line(finding.place), str(finding.place)))
        return [
            f"{self.where(finding.place)}: {spell(finding.place, self.data)}: {finding.what}; {finding.hint}"
            for finding in ordered
        ]

    def _line(self, place: Place) -> int:
        while place and place not in self._lines:
            place = place[:-1]
        return self._lines.get(place, 1)


def read_yaml(path: Path) -> YamlFile:
    """Read a file as YAML; raises FileProblems when it is none."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise FileProblems([f"{path}:1: cannot be read: {error.strerror}; give the path of a file"]) from error
    except UnicodeDecodeError as error:
        raise FileProblems([f"{path}:1: cannot be read: it is not UTF-8; save it as UTF-8"]) from error
    lines: dict[Place, int] = {}
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        findings = [] if node is None else list(_mark(loader, node, (), lines, set()))
        # A document with aliases may contain itself: it is reported, never built.
        readable = node is not None and not any(finding.what in (_ALIAS, _NO_VALUE) for finding in findings)
        data = loader.construct_document(node) if readable else None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        said = getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be read"
        if str(said).startswith("could not determine a constructor"):  # quotes the tag; a secret may begin with "!"
            said = "a tag (`!name`) that has no meaning here"
        hint = r"check the indentation, and put text with `: `, ` #`, `[`, `{` or `\` into 'single quotes'"
        raise FileProblems([f"{path}:{mark.line + 1 if mark else 1}: not YAML: {said}; {hint}"]) from error
    except RecursionError:
        raise FileProblems([f"{path}:1: not YAML that people write: too deep; take levels out"]) from None
    return YamlFile(path, data, tuple(findings), lines)


def spell(place: Place, data: Any) -> str:
    """A place as a path with the ids a reader can search for: issues[0](coupon).rules[1](coupon-zh)."""
    path, here = "", data
    for step in place:
        if isinstance(step, int):
            here = here[step] if isinstance(here, list) and step < len(here) else None
            name = (here.get("id") or here.get("name")) if isinstance(here, dict) else None
            path += f"[{step}]({name})" if isinstance(name, str) else f"[{step}]"
        else:
            here = here.get(step) if isinstance(here, dict) else None
            path += f".{step}" if path else step
    return path or "the file"


def _mark(loader: Any, node: Any, place: Place, lines: dict[Place, int], seen: set[int]) -> Iterator[Finding]:
    """Note the line of every part below a YAML node; find keys written twice, aliases, and days such as 2027-13-01."""
    lines.setdefault(place, node.start_mark.line + 1)
    if isinstance(node, yaml.ScalarNode):
        try:
            loader.construct_object(node)
        except (ValueError, KeyError, AttributeError):  # what PyYAML's own constructors raise; they quote the value
            yield Finding(place, _NO_VALUE, "put it into 'single quotes', or write it as it should be")
        return
    if id(node) in seen:
        yield Finding(place, _ALIAS, "write it out: every part must be readable where it stands")
        return
    seen.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield from _mark(loader, value, (*place, index), lines, seen)
        return
    keys: set[str] = set()
    for key, value in node.value:
        below = (*place, str(key.value))
        lines[below] = key.start_mark.line + 1
        if str(key.value) in keys:
            yield Finding(below, "is written twice", "keep one: YAML would silently take the last")
        keys.add(str(key.value))
        yield from _mark(loader, value, below, lines, seen)
