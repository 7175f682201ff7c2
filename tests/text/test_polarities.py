"""Many texts read with the word list at once are judged as each by itself."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from vocbot.text import polarities
from vocbot.text.levelled import LONGEST, Levelled
from vocbot.text.polarities import ListReader
from vocbot.text.sentiment import Lexicon, polarity

_RULES = Path(__file__).resolve().parents[2] / "rules" / "lexicon" / "sentiment.yaml"
SHIPPED = Lexicon.load(yaml.safe_load(_RULES.read_text(encoding="utf-8")))
SMALL = Lexicon.load(
    {
        "zh": {
            "words": {"好": 1, "不错": 2, "慢": -1, "好不好": 0.5},
            "negations": ["不", "没", "一点不"],
            "degrees": {"很": 1.5, "太": 1.7},
            "contrasts": ["但", "但是"],
        },
        "en": {
            "words": {
                "good": 1,
                "crash": -2,
                "never again": -3,
                "not working": -2,
                "don't": -1,
                "😡": -2,
                "roll": 1.5,
                "try": 0.1,
            },
            "negations": ["not", "never"],
            "degrees": {"very": 1.5, "so": 1.2},
            "contrasts": ["but"],
        },
    }
)
_PIECES = [
    "好",
    "不错",
    "慢",
    "好不好",
    "不",
    "没",
    "一点",
    "一点不",
    "很",
    "太",
    "但",
    "但是",
    "。",
    "，",
    "…",
    "……",
    "～",
    "!",
    "Good",
    "good",
    "crash",
    "crashed",
    "crashing",
    "tries",
    "trying",
    "never",
    "again",
    "not",
    "working",
    "works",
    "don't",
    "don’t",
    "rock'n'roll",
    "a'b'c'd",
    "'",
    "very",
    "so",
    "but",
    "😡",
    "👍🏽",
    "🇨🇳",
    "é",
    "é",
    "½",
    "℃",
    "™",
    "Ⅳ",
    "１２",
    "12",
    "_",
    "貨",
    "體",
    "ｇｏｏｄ",
    "𝐠𝐨𝐨𝐝",
    "goood",
    "goooood",
    "好好好好",
    "不不不",
    "İ",
    "ﾞ",
    "が",
    "が",
    "ㅎㅏ",
    "①",
    "、",
    "(",
    ")",
    "☃",
    "⅓",
    "ﬁ",
]
_BLANKS = [" ", "\n", "\x0b", "\u2028", "\u3000", "\ud800"]
_TEXT = st.lists(st.sampled_from([*_PIECES, *_BLANKS]), max_size=14).map("".join) | st.text(max_size=20)
#: Beside these none is read by itself.
_MANY = ["好", "not good", "", "x", "不太好"]


def both(texts: list[str], lexicon: Lexicon) -> None:
    texts = [*texts, *_MANY]
    found = ListReader(lexicon)(texts, Levelled(texts))
    said = [polarity(text[:LONGEST], lexicon) for text in texts]
    assert found.words.tolist() == [len(one.words) for one in said]
    assert found.odds.tolist() == pytest.approx([one.odds for one in said], abs=1e-12)


@settings(deadline=None, max_examples=300)
@given(st.lists(_TEXT, max_size=5))
def test_a_small_list_judges_many_as_one_by_one(texts: list[str]) -> None:
    both(texts, SMALL)


@settings(deadline=None)
@given(st.lists(_TEXT, max_size=5))
def test_the_shipped_list_judges_many_as_one_by_one(texts: list[str]) -> None:
    both(texts, SHIPPED)


def test_examples_that_need_each_rule() -> None:
    both(["不，好", "不知道你们怎么这么好", "没不好", "很太好", "太很很好", "好但慢但好", "好 不 好"], SMALL)
    both(["不没不没好", "not never not never good", "rock'n'roll", "a'b'roll"], SMALL)
    both(["not very good", "very not good", "never again but good", "so very good", "not not not good"], SMALL)


def test_words_are_remembered_and_their_neighbours_not_mixed_up() -> None:
    reader = ListReader(SMALL)
    texts = [f"good{'x' * at} crash{'y' * at}" for at in range(50)]
    first = reader(texts, Levelled(texts))
    again = reader(texts, Levelled(texts))
    assert first.odds.tolist() == again.odds.tolist() == [pytest.approx(polarity(t, SMALL).odds) for t in texts]


def test_words_that_share_a_place_in_memory_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polarities, "_WORD_BITS", 2)
    reader = ListReader(SMALL)
    texts = ["good", "crash", "not good", "very roll", "try", "so good but crashed"] * 3
    found = reader(texts, Levelled(texts))
    assert found.odds.tolist() == [pytest.approx(polarity(text, SMALL).odds) for text in texts]
    again = reader(texts[::-1], Levelled(texts[::-1]))
    assert again.odds.tolist() == found.odds.tolist()[::-1]


def test_an_empty_list_and_no_text() -> None:
    both(["好"], Lexicon.load({}))
    assert len(ListReader(SMALL)([], Levelled([])).odds) == 0
