"""A rule pack before it is a RulePack: YAML with the line of every part, and where it contradicts itself.

It works on the raw document, whatever is wrong with it, so that its complaints stand beside those of the model in
one list. It knows no pydantic and no RE2: those are `vocbot.understand.rulepack`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

Place = tuple[str | int, ...]  # where in the document: ("issues", 0, "rules", 1, "any", 2)

_ALIAS = "is an alias (`*name`)"


class RuleProblems(ValueError):
    """Everything that is wrong with one or more packs; `problems` holds one line for each."""

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
class RuleFile:
    """A document that is at least YAML."""

    path: Path
    data: Any
    findings: tuple[Finding, ...]
    _lines: dict[Place, int] = field(repr=False)

    def where(self, place: Place) -> str:
        """`file:line` of a part, or of the nearest part around it."""
        return f"{self.path}:{self._line(place)}"

    def problems(self, findings: Iterable[Finding]) -> RuleProblems:
        """One sentence each, in the order of the file: `file:line: path: what is wrong; what to do`."""
        ordered = sorted(set(findings), key=lambda finding: (self._line(finding.place), str(finding.place)))
        return RuleProblems(
            f"{self.where(finding.place)}: {spell(finding.place, self.data)}: {finding.what}; {finding.hint}"
            for finding in ordered
        )

    def _line(self, place: Place) -> int:
        while place and place not in self._lines:
            place = place[:-1]
        return self._lines.get(place, 1)


def read_rule_file(path: Path) -> RuleFile:
    """Read a file as YAML; raises RuleProblems when it is none."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        said = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise RuleProblems([f"{path}:1: cannot be read: {said}; give the path of a UTF-8 file"]) from error
    lines: dict[Place, int] = {}
    try:
        # libyaml is ten times as fast, but PyYAML may have been built without it.
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
        node = loader.get_single_node()
        findings = [] if node is None else list(_mark(node, (), lines, set()))
        # A document with aliases may contain itself: it is reported, never built.
        readable = node is not None and not any(finding.what == _ALIAS for finding in findings)
        data = loader.construct_document(node) if readable else None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        said = getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be read"
        hint = r"check the indentation, and put text with `: `, ` #`, `[`, `{` or `\` into 'single quotes'"
        raise RuleProblems([f"{path}:{mark.line + 1 if mark else 1}: not YAML: {said}; {hint}"]) from error
    if readable:
        findings += _contradictions(data, path.stem)
    return RuleFile(path, data, tuple(findings), lines)


def spell(place: Place, data: Any) -> str:
    """A place as a path with the ids a reader can search for: issues[0](coupon).rules[1](coupon-zh)."""
    path, here = "", data
    for step in place:
        if isinstance(step, int):
            here = here[step] if isinstance(here, list) and step < len(here) else None
            name = here.get("id") if isinstance(here, dict) else None
            path += f"[{step}]({name})" if isinstance(name, str) else f"[{step}]"
        else:
            here = here.get(step) if isinstance(here, dict) else None
            path += f".{step}" if path else step
    return path or "the file"


def _mark(node: Any, place: Place, lines: dict[Place, int], seen: set[int]) -> Iterator[Finding]:
    """Note the line of every part below a YAML node; find keys written twice and aliases."""
    lines.setdefault(place, node.start_mark.line + 1)
    if isinstance(node, yaml.ScalarNode):
        return
    if id(node) in seen:
        yield Finding(place, _ALIAS, "write it out: a rule must be readable where it stands")
        return
    seen.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield from _mark(value, (*place, index), lines, seen)
        return
    keys: set[str] = set()
    for key, value in node.value:
        below = (*place, str(key.value))
        lines[below] = key.start_mark.line + 1
        if str(key.value) in keys:
            yield Finding(below, "is written twice", "keep one: YAML would silently take the last")
        keys.add(str(key.value))
        yield from _mark(value, below, lines, seen)


def _contradictions(data: Any, stem: str) -> Iterator[Finding]:
    """What no single field can know."""
    if isinstance(data, dict) and isinstance(data.get("pack"), str) and data["pack"] != stem:
        what = f"{data['pack']!r} is not the name of the file"
        yield Finding(("pack",), what, f"write {stem!r} or rename the file")
    issues = list(_parts(data, "issues"))
    rules = list(_parts(data, "issues", "rules"))
    for kind, parts in (("issue", issues), ("rule", rules)):
        first: dict[str, Place] = {}
        for place, part in parts:
            name = part.get("id")
            if isinstance(name, str) and name in first:
                what = f"the {kind} id {name!r} is taken by {spell(first[name], data)}"
                yield Finding((*place, "id"), what, "give it one of its own")
            elif isinstance(name, str):
                first[name] = place
    for place, issue in issues:
        if issue.get("immediate") is True and (issue.get("severity") != 1 or issue.get("kind") != "problem"):
            what = "`immediate` is for safety and law: it needs `kind: problem` and `severity: 1.0`"
            yield Finding((*place, "immediate"), what, "remove it or raise the severity")
    for place, rule in rules:
        if not rule.get("any") and not rule.get("near"):
            what = "has neither `any` nor `near`, so it never hits"
            yield Finding(place, what, "add `any:` with at least one pattern")


def _parts(data: Any, name: str, *below: str) -> Iterator[tuple[Place, dict[Any, Any]]]:
    """The mappings listed under e.g. issues[].rules[]."""
    listed = data.get(name) if isinstance(data, dict) else None
    for index, part in enumerate(listed if isinstance(listed, list) else ()):
        if below:
            for place, inner in _parts(part, *below):
                yield (name, index, *place), inner
        elif isinstance(part, dict):
            yield (name, index), part
