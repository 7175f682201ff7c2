"""A rule pack before it is a RulePack: YAML with the line of every part, and where it contradicts itself.

It works on the raw document, whatever is wrong with it, so that its complaints stand beside those of the model in
one list. It knows no pydantic and no RE2: those are `vocbot.understand.rulepack`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from vocbot.config.yamlfile import Finding, Place, YamlFile, read_yaml, spell


def read_rule_file(path: Path, draft: bool = False) -> YamlFile:
    """Read a file as YAML, with what it says against itself; raises FileProblems when it is none. The file of a `draft`
    may have another name than its pack."""
    file = read_yaml(path)
    if file.data is None:
        return file
    return replace(file, findings=(*file.findings, *_contradictions(file.data, None if draft else path.stem)))


def _contradictions(data: Any, stem: str | None) -> Iterator[Finding]:
    """What no single field can know."""
    if isinstance(data, dict) and isinstance(data.get("pack"), str) and stem not in (None, data["pack"]):
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
