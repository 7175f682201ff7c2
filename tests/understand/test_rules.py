from __future__ import annotations

import threading
import time
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vocbot.data import rule_paths
from vocbot.understand.rulepack import RulePack, load_packs
from vocbot.understand.rules import Hit, Matcher, Span, closest_pair

EXAMPLES = {"match": ["a", "b", "c"], "no_match": ["d", "e", "f"]}


def rule(name: str, **says: object) -> dict[str, object]:
    return {"id": name, "language": "any", **says, **EXAMPLES}


def pack(*rules: dict[str, object], name: str = "shop") -> RulePack:
    """A pack with one issue `issue-<rule>` for each rule."""
    return RulePack.model_validate(
        {
            "pack": name,
            "version": 1,
            "about": {"en": "e", "zh": "z"},
            "issues": [
                {
                    "id": f"issue-{given_rule['id']}",
                    "title": {"en": "e", "zh": "z"},
                    "kind": "problem",
                    "area": "area",
                    "reason": "reason",
                    "stage": "use",
                    "severity": 0.5,
                    "department": "product",
                    "rules": [given_rule],
                }
                for given_rule in rules
            ],
        }
    )


def hit_rules(matcher: Matcher, text: str) -> list[str]:
    return [hit.rule_id for hit in matcher.match(text)]


def test_a_hit_names_rule_issue_and_words() -> None:
    matcher = Matcher([pack(rule("coupon", any=["券.{0,4}没(抵|减)"]))])
    hit = Hit("shop/coupon", "shop/issue-coupon")
    assert matcher.match("我的券根本没抵扣") == (hit,)
    assert matcher.explained("我的券根本没抵扣") == [(hit, "券根本没抵")]
    assert matcher.match("券抵扣了") == ()
    assert matcher.match("") == ()


def test_any_needs_one_pattern_and_shows_the_first_that_hits() -> None:
    matcher = Matcher([pack(rule("r", any=["zebra", "b+", "a+"]))])
    assert [words for _, words in matcher.explained("aaa bb")] == ["bb"]
    assert [words for _, words in matcher.explained("aaa")] == ["aaa"]


def test_not_beats_any_and_near() -> None:
    matcher = Matcher([pack(rule("r", any=["slow"], near={"a": ["a"], "b": ["z"], "within": 5}, **{"not": ["never"]}))])
    assert hit_rules(matcher, "slow") == hit_rules(matcher, "a z") == ["shop/r"]
    assert hit_rules(matcher, "never slow") == hit_rules(matcher, "a z never") == []


@pytest.mark.parametrize(
    ("text", "hits"), [("券xxx原价", True), ("原价xxx券", True), ("券xxxx原价", False), ("券", False)]
)
def test_near_counts_characters_between_in_either_order(text: str, hits: bool) -> None:
    matcher = Matcher([pack(rule("r", near={"a": ["券"], "b": ["原价"], "within": 3}))])
    assert hit_rules(matcher, text) == (["shop/r"] if hits else [])


def test_near_shows_the_closest_pair() -> None:
    matcher = Matcher([pack(rule("r", near={"a": ["a"], "b": ["b"], "within": 9}))])
    assert [words for _, words in matcher.explained("a...b.a.b")] == ["b.a"]


def test_any_and_near_are_alternatives() -> None:
    matcher = Matcher([pack(rule("r", any=["alone"], near={"a": ["a"], "b": ["z"], "within": 1}))])
    assert hit_rules(matcher, "alone") == hit_rules(matcher, "a z") == ["shop/r"]
    assert hit_rules(matcher, "a....z") == []


def test_hits_come_in_the_order_of_packs_and_rules_whatever_their_language() -> None:
    mixed = [("b", "en"), ("a", "zh"), ("d", "en"), ("c", "zh")]
    first = pack(*({**rule(name, any=["x"]), "language": language} for name, language in mixed), name="one")
    second = pack(rule("e", any=["x"]), name="two")
    assert hit_rules(Matcher([first, second]), "x 券") == ["one/b", "one/a", "one/d", "one/c", "two/e"]
    assert hit_rules(Matcher([second, first]), "x 券") == ["two/e", "one/b", "one/a", "one/d", "one/c"]


@pytest.mark.parametrize(("text", "heard"), [("5 券", ["zh", "any"]), ("5 a", ["en", "any"]), ("5", ["any"])])
def test_a_rule_hears_what_has_a_letter_of_its_language(text: str, heard: list[str]) -> None:
    matcher = Matcher([pack(*({**rule(name, any=["5"]), "language": name} for name in ("zh", "en", "any")))])
    assert hit_rules(matcher, text) == [f"shop/{name}" for name in heard]


def test_rules_that_share_a_pattern_do_not_disturb_each_other() -> None:
    matcher = Matcher([pack(rule("a", any=["x"], **{"not": ["y"]}), rule("b", any=["y"], **{"not": ["z"]}))])
    assert hit_rules(matcher, "x y") == ["shop/b"]
    assert hit_rules(matcher, "x") == ["shop/a"]


def test_rules_of_more_patterns_than_one_filter_bears_still_hit_in_order() -> None:
    rules = [rule(f"r{number}", any=[f"w{number}x{at}" for at in range(100)]) for number in range(9)]
    matcher = Matcher([pack(*rules)])
    assert hit_rules(matcher, " ".join(f"w{number}x{number * 7}" for number in reversed(range(9)))) == [
        f"shop/r{number}" for number in range(9)
    ]


def test_words_near_each_other_are_counted_in_characters_not_bytes() -> None:
    matcher = Matcher([pack(rule("r", near={"a": ["券"], "b": ["减"], "within": 2}))])
    assert [words for _, words in matcher.explained("好😀券原价减")] == ["券原价减"]
    assert hit_rules(matcher, "券原价价减") == []


def test_issues_are_found_by_the_key_of_a_hit() -> None:
    matcher = Matcher([pack(rule("r", any=["x"]))])
    (hit,) = matcher.match("x")
    assert matcher.issues[hit.issue_key].id == "issue-r"


def test_no_packs_no_hits() -> None:
    assert Matcher([]).match("anything") == ()


def test_threads_share_a_matcher() -> None:
    matcher = Matcher([pack(rule("r", any=["n[0-9]+"], near={"a": ["a"], "b": ["b"], "within": 3}))])
    wrong: list[str] = []

    def work(number: int) -> None:
        for _ in range(300):
            got = [words for _, words in matcher.explained(f"say n{number}")]
            if got != [f"n{number}"]:
                wrong.append(str(got))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_half_a_surrogate_pair_is_no_reason_to_fail() -> None:
    matcher = Matcher([pack(rule("r", near={"a": ["券"], "b": ["减"], "within": 3}))])
    assert [words for _, words in matcher.explained("\ud83d券\udc4d减")] == ["券?减"]


def test_a_text_that_repeats_one_word_stays_cheap() -> None:
    matcher = Matcher([pack(rule("r", near={"a": ["a"], "b": ["b"], "within": 3}))])
    started = time.monotonic()
    assert matcher.match("a" * 20_000 + "......" + "b" * 20_000) == ()
    assert time.monotonic() - started < 5  # pair by pair it takes minutes


ANY_TEXT = st.text(st.characters(exclude_categories=()))  # lone surrogates and control characters too
PIECES = st.lists(st.sampled_from(["券", "原价", "减", "a", "ab", " ", "。", "\n", "😀", "x" * 7]), max_size=30).map(
    "".join
)
MIXED = Matcher([pack(rule("r", any=["券.{0,4}减", r"\ba\w+"], near={"a": ["券"], "b": ["原价"], "within": 6}))])


@given(ANY_TEXT | PIECES)
def test_matching_never_raises_and_shows_words_of_the_text(text: str) -> None:
    found = MIXED.explained(text)
    assert tuple(hit for hit, _ in found) == MIXED.match(text)
    for _, words in found:
        assert words
        assert words in text.encode("utf-8", "replace").decode("utf-8")


@given(PIECES, st.integers(0, 8))
def test_near_is_symmetric(text: str, within: int) -> None:
    a, b = ["券", "ab?"], ["原价", "减"]
    there = Matcher([pack(rule("r", near={"a": a, "b": b, "within": within}))])
    back = Matcher([pack(rule("r", near={"a": b, "b": a, "within": within}))])
    assert there.match(text) == back.match(text)


SPANS = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 6)).map(lambda pair: (pair[0], pair[0] + pair[1])))


@given(SPANS, SPANS, st.integers(0, 10))
def test_closest_pair_is_what_trying_all_pairs_finds(a: Sequence[Span], b: Sequence[Span], within: int) -> None:
    gaps = [max(0, max(x[0], y[0]) - min(x[1], y[1])) for x in a for y in b]
    found = closest_pair(a, b, within)
    assert found == closest_pair(b, a, within)
    if not gaps or min(gaps) > within:
        assert found is None
        return
    assert found is not None
    assert any(
        found == (min(x[0], y[0]), max(x[1], y[1])) and max(0, max(x[0], y[0]) - min(x[1], y[1])) == min(gaps)
        for x in a
        for y in b
    )


def test_words_that_a_rule_names_are_told() -> None:
    matcher = Matcher(load_packs(rule_paths(["journey"])))
    (left,) = matcher.match("enough, we switched to acmeflow last week")
    assert (left.issue_key, left.named) == ("journey/gone-to-competitor", ("competitor=acmeflow",))
    (unnamed,) = matcher.match("enough, we switched to another provider last week")
    assert (unnamed.issue_key, unnamed.named) == ("journey/gone-to-competitor", ())
    (promised,) = matcher.match("客服说24小时内回电,三天了没人联系我")
    assert promised.named == ("within=24小时",)
