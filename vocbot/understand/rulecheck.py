"""Runs the examples that rules carry, so that a rule is tested by the file that holds it.

Used by `vocbot rules test` and by the test suite. An example is read as feedback is: cut into statements, of which
one must hit. It only reports: whether a warning matters is for a person to say.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from vocbot.text.statements import split
from vocbot.understand.rulepack import Rule, RuleIssue, RulePack
from vocbot.understand.rules import Hit, Matcher

_HAN = re.compile(r"[\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class ExampleProblem:
    """An example that does not do what it stands for.

    `missed`: a `match` example that its rule does not hit. `wrong-hit`: a `no_match` example that it hits.
    `wrong-language`: a `match` example not in the rule's language. `also-hits`: a `match` example that hits
    another issue of the pack too; often right, so only a warning.
    """

    kind: Literal["missed", "wrong-hit", "wrong-language", "also-hits"]
    rule_id: str
    example: str
    detail: str
    place: str

    @property
    def is_error(self) -> bool:
        """Whether the pack is wrong, not merely worth a look."""
        return self.kind != "also-hits"

    def __str__(self) -> str:
        """One line for a terminal: file:line, rule, what happened, the example."""
        return f"{self.place}: {self.rule_id}: {self.kind}: {self.detail}: {self.example!r}"


def check_examples(pack: RulePack, fold: Callable[[str], str]) -> list[ExampleProblem]:
    """Run all examples of a pack; `fold` is the folding that feedback goes through before it is matched."""
    matcher = Matcher([pack])

    def hits(example: str) -> list[tuple[Hit, str]]:
        return [hit for statement in split(example) for hit in matcher.explained(fold(statement.text))]

    return [
        problem for issue in pack.issues for rule in issue.rules for problem in _check_rule(pack, issue, rule, hits)
    ]


def _check_rule(
    pack: RulePack, issue: RuleIssue, rule: Rule, hits_of: Callable[[str], list[tuple[Hit, str]]]
) -> Iterator[ExampleProblem]:
    rule_id, key, place = pack.rule_id(rule), pack.issue_key(issue), pack.place(rule)

    for example in rule.match:
        hits = hits_of(example)
        if rule_id not in {hit.rule_id for hit, _ in hits}:
            yield ExampleProblem("missed", rule_id, example, "the rule must hit this example", place)
        if rule.language != "any" and bool(_HAN.search(example)) != (rule.language == "zh"):
            detail = f"the rule is for {rule.language!r}"
            yield ExampleProblem("wrong-language", rule_id, example, detail, place)
        for hit, words in hits:
            if hit.issue_key != key:
                detail = f"{hit.rule_id} hits it on {words!r}"
                yield ExampleProblem("also-hits", rule_id, example, detail, place)
    for example in rule.no_match:
        for hit, words in hits_of(example):
            if hit.rule_id == rule_id:
                detail = f"the rule hits it on {words!r}"
                yield ExampleProblem("wrong-hit", rule_id, example, detail, place)
