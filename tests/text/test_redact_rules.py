from __future__ import annotations

from collections.abc import Iterator

import pytest

from vocbot.text.redact_rules import Place, Rules, rule
from vocbot.text.redact_view import BARRIER


def _all_of(wanted: str) -> Iterator[Place]:
    yield from ((2, 4), (0, 3), (0, 3), (5, 5)) if wanted else ()


def test_a_rule_is_tried_only_where_its_sign_stands() -> None:
    seen: list[str] = []

    def find(chars: str, low: str) -> list[Place]:
        seen.append(low)
        return [(0, 1)]

    rules = Rules([rule("QQ", "qq", find)])
    assert rules.look("nothing") == ([], "nothing")
    assert seen == []
    assert rules.look("QQ") == ([(0, 1, "QQ")], f"{BARRIER}Q")
    assert seen == ["qq"]


def test_the_earlier_rule_takes_its_share_first() -> None:
    def whole(chars: str, low: str) -> list[Place]:
        return [] if BARRIER in chars else [(0, len(chars))]

    def first(chars: str, low: str) -> list[Place]:
        return [(0, 1)]

    assert Rules([rule("QQ", "a", first), rule("IP", "a", whole)]).look("ab")[0] == [(0, 1, "QQ")]
    assert Rules([rule("IP", "a", whole), rule("QQ", "x", first)]).look("ab")[0] == [(0, 2, "IP")]


def test_of_overlapping_finds_the_first_counts_and_empty_ones_do_not() -> None:
    rules = Rules([rule("IP", "a", lambda chars, low: _all_of("x"))])
    assert rules.look("aaaaaa")[0] == [(0, 3, "IP")]


def test_without_an_answer_of_the_automaton_every_rule_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    class OutOfMemory:
        def Match(self, text: str) -> None:
            return None

    rules = Rules(
        [rule("QQ", "never there", lambda chars, low: [(0, 1)]), rule("IP", "nor this", lambda c, _: [(1, 2)])]
    )
    monkeypatch.setattr(rules, "_signs", OutOfMemory())
    assert rules.look("ab")[0] == [(0, 1, "QQ"), (1, 2, "IP")]
