"""Rule packs: what a pack may say, and every complaint about one that says something else.

A pack is knowledge written by people who know customers, not by programmers. So a faulty pack is answered with all
of its problems at once, each with file, line, what is wrong and what to write instead. Nothing here looks at
feedback: matching is `vocbot.understand.rules`, running the examples is `vocbot.understand.rulecheck`.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

import re2
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PrivateAttr, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from vocbot.config.yamlfile import FileProblems, Finding, Place
from vocbot.understand.rulefile import read_rule_file

__all__ = [
    "Bilingual",
    "Near",
    "Rule",
    "RuleIssue",
    "RulePack",
    "load_pack",
    "load_packs",
    "re2_options",
]

MIN_EXAMPLES = 3

# `(?P<name>`, `(?U)`, `\pL`, `\p{Han}`, `\x{1F600}`, `\W`: capitals that are syntax and no letter of a text.
_SYNTAX = re.compile(r"\(\?P?<\w+>|\(\?[a-zA-Z-]+[:)]|\\[pP](?:\{\^?\w+\}|\w)|\\x\{[0-9a-fA-F]+\}|\\.")


def re2_options() -> re2.Options:
    """RE2's defaults without its logging: it would write customers' words to stderr."""
    options = re2.Options()
    options.log_errors = False
    return options


def _trouble(what: str, hint: str) -> PydanticCustomError:
    return PydanticCustomError("rule", "{what}", {"what": what, "hint": hint})


def _usable_pattern(pattern: str) -> str:
    """Refuse what RE2 cannot compile and what would hit folded text never or always."""
    try:
        compiled = re2.compile(pattern, re2_options())
    except re2.error as error:
        said = error.args[0].decode("utf-8", "replace")
        hint = "RE2 has no look-ahead, look-behind or back-references: use `not:` or `near:`"
        raise _trouble(f"RE2 refuses {pattern!r}: {said}", hint) from error
    if compiled.search("") is not None:
        raise _trouble(f"{pattern!r} hits empty text, so it hits everything", "make a part of it required")
    plain = _SYNTAX.sub("", pattern)
    for letter in plain:
        folded = unicodedata.normalize("NFKC", letter).lower()
        if letter != folded:
            what = f"{pattern!r} has {letter!r}, which never occurs: text is made lower case and half width"
            raise _trouble(what, f"write {folded!r}")
    return pattern


def _wellformed_name(name: str) -> str:
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
        raise _trouble(f"{name!r} is no name", "use lower-case letters, digits and hyphens, as in coupon-zh")
    return name


def _not_blank(text: str) -> str:
    if not text.strip():
        raise _trouble("is empty", "write something or remove it")
    return text


Pattern = Annotated[str, AfterValidator(_usable_pattern)]
Name = Annotated[str, AfterValidator(_wellformed_name)]
Text = Annotated[str, AfterValidator(_not_blank)]
Examples = Annotated[tuple[Text, ...], Field(min_length=MIN_EXAMPLES)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Bilingual(_Part):
    """The same words in English and Chinese."""

    en: Text
    zh: Text


class Near(_Part):
    """A pattern of `a` and one of `b`, in either order, with at most `within` characters between them."""

    a: tuple[Pattern, ...] = Field(min_length=1)
    b: tuple[Pattern, ...] = Field(min_length=1)
    within: int = Field(ge=0, le=200)


class Rule(_Part):
    """One way of saying an issue. It hits when `any` or `near` does and nothing of `not` does."""

    id: Name
    language: Literal["zh", "en", "any"]
    any: tuple[Pattern, ...] = ()
    near: Near | None = None
    not_: tuple[Pattern, ...] = Field(default=(), alias="not")
    match: Examples
    no_match: Examples


Stage = Literal["awareness", "consider", "purchase", "delivery", "use", "service", "leave"]


class HandOff(_Part):
    """Between which steps of the journey customers fall: what one said, the other does not know."""

    from_: Stage = Field(alias="from")
    to: Stage


class RuleIssue(_Part):
    """What rules point at: a recurring problem, a wish, or praise."""

    id: Name
    title: Bilingual
    kind: Literal["problem", "wish", "praise"]
    area: Name
    reason: Text
    stage: Stage
    hand_off: HandOff | None = None
    severity: float = Field(ge=0, le=1)
    immediate: bool = False
    department: Name
    rules: tuple[Rule, ...] = Field(min_length=1)


class RulePack(_Part):
    """One file of `rules/`. Its name and version go into tickets: "rules shop v1"."""

    pack: Name
    version: int = Field(ge=1)
    about: Bilingual
    issues: tuple[RuleIssue, ...] = Field(min_length=1)
    _places: dict[str, str] = PrivateAttr(default_factory=dict)

    def issue_key(self, issue: RuleIssue) -> str:
        """The issue's name over all packs, as in "shop/coupon-not-applied"."""
        return f"{self.pack}/{issue.id}"

    def rule_id(self, rule: Rule) -> str:
        """The rule's name over all packs, as in "shop/coupon-zh": what a Mention gives as its reason."""
        return f"{self.pack}/{rule.id}"

    def place(self, rule: Rule) -> str:
        """`file:line` of a rule, for messages to its author; the pack's name when it came from no file."""
        return self._places.get(rule.id, self.pack)


def load_pack(path: Path, draft: bool = False) -> RulePack:
    """Read one pack; raises FileProblems with every problem the file has. The file of a `draft`, which is not in use,
    may have another name than its pack."""
    return _read_pack(path, draft)


def load_packs(paths: Iterable[Path]) -> tuple[RulePack, ...]:
    """Read several packs, in the order given; raises FileProblems with the problems of all of them."""
    packs: dict[str, RulePack] = {}
    problems: list[str] = []
    origin: dict[str, Path] = {}
    for path in paths:
        try:
            pack = _read_once(path, path.stat().st_mtime_ns if path.is_file() else 0)
        except FileProblems as error:
            problems += error.problems
            continue
        if pack.pack in packs:
            what = f"{pack.pack!r} is already the pack of {origin[pack.pack]}"
            problems.append(f"{path}:1: pack: {what}; rename one of the files")
        packs[pack.pack], origin[pack.pack] = pack, path
    if problems:
        raise FileProblems(problems)
    return tuple(packs.values())


@lru_cache(maxsize=32)  # commands that look which rules fit read them twice
def _read_once(path: Path, changed: int) -> RulePack:
    """The pack in a file that was last changed then (nanoseconds); it is shared, and nobody changes it."""
    return _read_pack(path)


def _read_pack(path: Path, draft: bool = False) -> RulePack:
    file = read_rule_file(path, draft)
    try:
        pack = RulePack.model_validate(file.data)
    except ValidationError as error:
        own = [_explain(details) for details in error.errors() if not _follows_from_others(details)]
        raise FileProblems(file.problems([*file.findings, *own])) from error
    if file.findings:
        raise FileProblems(file.problems(file.findings))
    for i, issue in enumerate(pack.issues):
        for j, rule in enumerate(issue.rules):
            pack._places[rule.id] = file.where(("issues", i, "rules", j))
    return pack


def _follows_from_others(details: ErrorDetails) -> bool:
    """Whether a list is called too short only because entries with problems of their own were not counted."""
    given = details["input"]
    return details["type"] == "too_short" and isinstance(given, list) and len(given) >= details["ctx"]["min_length"]


def _explain(details: ErrorDetails) -> Finding:
    """One complaint of pydantic in the words of somebody who edits the file."""
    place: Place = tuple(details["loc"])
    last = str(place[-1]) if place else ""
    given: Any = details["input"]
    context: Mapping[str, Any] = details.get("ctx", {})
    match details["type"]:
        case "rule":
            return Finding(place, str(context["what"]), str(context["hint"]))
        case "extra_forbidden":
            return Finding(place, f"unknown key {last!r}", _closest(last, _keys_beside(place)))
        case "missing":
            return Finding(place, "is missing", f"add `{last}:`")
        case "too_short" if last in ("match", "no_match"):
            what = f"needs at least {context['min_length']} examples, has {context['actual_length']}"
            return Finding(place, what, "add sentences as customers write them")
        case "too_short":
            return Finding(place, "is empty", "add at least one entry or remove it")
        case "literal_error":
            allowed = re.findall(r"'([^']+)'", str(context["expected"]))
            return Finding(place, f"{given!r} is not allowed", _closest(str(given), allowed))
        case "string_type" if not isinstance(given, (dict, list)):
            return Finding(place, f"must be text, but YAML reads {given!r}", "put it into 'single quotes'")
        case "tuple_type":
            return Finding(place, "must be a list", "write each entry on a line of its own after `- `")
        case "model_type":
            return Finding(place, "must be a mapping", "write `key: value` lines below it")
    return Finding(place, details["msg"], "see docs/rules.md")


def _closest(given: str, allowed: list[str]) -> str:
    close = difflib.get_close_matches(given, allowed, n=1)
    return f"did you mean {close[0]!r}?" if close else f"allowed: {', '.join(allowed)}"


def _keys_beside(place: Place) -> list[str]:
    """The keys known where an unknown one stands."""
    models: Mapping[str, type[_Part]] = {"issues": RuleIssue, "rules": Rule, "near": Near, "hand_off": HandOff}
    above = [step for step in place[:-1] if isinstance(step, str)]
    model = models.get(above[-1], Bilingual) if above else RulePack
    return [field.alias or name for name, field in model.model_fields.items()]
