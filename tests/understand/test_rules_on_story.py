"""The shop pack against the story of the demo: what the demo shows must come from the rules it ships with."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from vocbot.text.clean import fold
from vocbot.text.statements import split
from vocbot.understand.rulepack import load_pack
from vocbot.understand.rules import Matcher

ROOT = Path(__file__).parents[2]
LABELS: dict[str, Any] = yaml.safe_load((ROOT / "tests/demo/story_labels.yaml").read_text(encoding="utf-8"))
WAVES = ("coupon-not-applied", "tracking-not-updated", "login-code-missing")


@cache
def hits() -> dict[str, set[str]]:
    """The issues that the statements of each feedback hit."""
    matcher = Matcher([load_pack(ROOT / "rules/shop.yaml")])
    lines = (ROOT / "vocbot/demo/story/feedback.jsonl").read_text(encoding="utf-8").splitlines()
    return {
        row["id"]: {
            hit.issue_key.removeprefix("shop/")
            for statement in split(row["text"])
            for hit in matcher.match(fold(statement.text))
        }
        for row in map(json.loads, lines)
    }


@pytest.mark.parametrize("issue", LABELS["issues"])
def test_nearly_all_of_an_issue_is_found(issue: str) -> None:
    missed = [name for name in LABELS["issues"][issue] if issue not in hits()[name]]
    assert len(missed) <= 0.05 * len(LABELS["issues"][issue]), missed


@pytest.mark.parametrize("issue", WAVES)
def test_the_waves_hit_nothing_else(issue: str) -> None:
    wrong = [name for name, found in hits().items() if issue in found and name not in LABELS["issues"][issue]]
    assert wrong == []


@pytest.mark.parametrize("kind", ["competitor", "emoji", "nonsense", "japanese", "thanks"])
def test_what_is_no_issue_hits_none(kind: str) -> None:
    assert {name: hits()[name] for name in LABELS["other"][kind] if hits()[name]} == {}
