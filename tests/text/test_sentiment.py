from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from vocbot.text.sentiment import Lexicon, Polarity, polarity

_RULES = Path(__file__).resolve().parents[2] / "rules" / "lexicon" / "sentiment.yaml"
SHIPPED = Lexicon.load(yaml.safe_load(_RULES.read_text(encoding="utf-8")))
SMALL = Lexicon.load(
    {
        "zh": {
            "words": {"好": 1, "不错": 2, "慢": -1},
            "negations": ["不", "没"],
            "degrees": {"很": 1.5},
            "contrasts": ["但"],
        },
        "en": {"words": {"good": 1, "crash": -2, "never again": -3}, "negations": ["not"], "degrees": {"very": 1.5}},
    }
)


@pytest.mark.parametrize(
    "text",
    [
        "味道不错，送餐很快",
        "非常满意，下次还来",
        "客服态度好",
        "服務很貼心",
        "Great service, thank you!",
        "not bad at all",
        "没问题",
    ],
)
def test_praise(text: str) -> None:
    assert polarity(text, SHIPPED).value > 0.2


@pytest.mark.parametrize(
    "text",
    [
        "太慢了，等了两个小时",
        "不好吃",
        "一点都不新鲜",
        "态度恶劣，差评",
        "闪退，登录不了",
        "The app crashes and support is rude",
        "not good",
        "worst flight ever",
        "I don't like it",
        "味道还可以，但是送得太慢，凉了",
    ],
)
def test_blame(text: str) -> None:
    assert polarity(text, SHIPPED).value < -0.2


@pytest.mark.parametrize("text", ["", "👍", "订单号 12345", "see you on monday", "\ud83d"])
def test_a_text_without_a_word_of_the_list_is_undecided(text: str) -> None:
    assert polarity(text, SHIPPED) == Polarity(0.0, ())


def test_names_the_words_it_judged_by() -> None:
    assert polarity("不好，很慢，crashed, never again", SMALL).words == ("不好", "慢", "crashed", "never again")


def test_negation_turns_and_softens() -> None:
    good, bad = polarity("好", SMALL).value, polarity("不好", SMALL).value
    assert 0 < -bad < good
    assert polarity("没不好", SMALL).value == good


def test_negation_does_not_reach_over_a_comma_or_far() -> None:
    assert polarity("不，好", SMALL).value > 0
    assert polarity("不知道你们怎么这么好", SMALL).value > 0
    assert polarity("not now, good", SMALL).value > 0


def test_degree_strengthens() -> None:
    assert polarity("很好", SMALL).value > polarity("好", SMALL).value
    assert polarity("very good", SMALL).value > polarity("good", SMALL).value


def test_what_comes_after_the_contrast_decides() -> None:
    assert polarity("好但慢", SMALL).value < 0 < polarity("慢但好", SMALL).value


def test_the_longest_entry_wins() -> None:
    assert polarity("不错", SMALL).words == ("不错",)


@pytest.mark.parametrize(
    "raw", [{"zh": {"words": {"好": "much"}}}, {"zh": {"wrods": {"好": 1}}}, {"en": {"words": {"...!": None}}}]
)
def test_a_lexicon_with_a_mistake_is_refused(raw: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="lexicon"):
        Lexicon.load(raw)


def test_the_shipped_lexicon_is_large_and_balanced() -> None:
    raw = yaml.safe_load(_RULES.read_text(encoding="utf-8"))
    for language in ("zh", "en"):
        weights = list(raw[language]["words"].values())
        assert len(weights) >= 230
        assert all(-3 <= weight <= 3 for weight in weights)
        assert min(sum(w > 0 for w in weights), sum(w < 0 for w in weights)) >= 80


@given(st.text(alphabet=st.characters(exclude_categories=[]), max_size=60))
def test_is_total_and_bounded(text: str) -> None:
    assert -1 <= polarity(text, SHIPPED).value <= 1


@pytest.mark.parametrize("piece", ["不好", "not good ", "慢", "very ", "好，", "x"])
def test_long_hostile_text_finishes(piece: str) -> None:
    assert -1 <= polarity(piece * (200_000 // len(piece)), SHIPPED).value <= 1


def test_a_bare_no_of_yaml_is_refused() -> None:
    with pytest.raises(ValueError, match=r"en.negations: False is no word: put it in quotes"):
        Lexicon.load(yaml.safe_load("en: {negations: [not, no]}"))


def test_no_turns_what_it_stands_before() -> None:
    assert polarity("no good", SHIPPED).value < 0
    assert polarity("no problems", SHIPPED).value > 0
