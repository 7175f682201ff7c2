"""The same thing is the same concept in both languages, whatever its ending."""

from __future__ import annotations

import pytest

from vocbot.data import concepts
from vocbot.text.concepts import Concepts


@pytest.mark.parametrize(
    ("zh", "en", "shared"),
    [
        ("电梯坏了，无线网连不上", "The elevators are broken and the WiFi drops", {"elevator", "wifi"}),
        ("APP闪退，更新以后打不开", "It keeps crashing since I updated", {"crash", "update"}),
        ("早餐的咖啡太難喝", "Breakfast coffees were awful", {"breakfast", "coffee"}),
        ("停车场收费", "paid for the parking", {"parking"}),
        ("收不到验证码", "I get no verification code", {"code"}),
    ],
)
def test_a_sentence_and_its_translation_share_concepts(zh: str, en: str, shared: set[str]) -> None:
    assert shared <= concepts().of(zh) & concepts().of(en)


@pytest.mark.parametrize("text", ["", "\ud800", "no such thing", "今天天气不错", "codes of conduct", "wifistick"])
def test_what_names_none_has_none(text: str) -> None:
    assert concepts().of(text) == frozenset()


def test_a_word_of_two_concepts_and_one_without_both_languages_are_refused() -> None:
    one = {"zh": ["灯"], "en": ["lamp"]}
    with pytest.raises(ValueError, match="lamps is of light and of bulb"):
        Concepts.load({"light": one, "bulb": {"zh": ["泡"], "en": ["lamps"]}})
    with pytest.raises(ValueError, match="light needs words in zh and en"):
        Concepts.load({"light": {"en": ["lamp"]}})
