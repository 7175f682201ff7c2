from __future__ import annotations

import pytest

from vocbot.text.phrases import Phrase, phrases

QUIET = [("今天收到货了，质量还可以", f"b{i}") for i in range(100)] + [
    ("the parcel came today", f"e{i}") for i in range(100)
]


def spoken(*texts: str, times: int = 6) -> list[tuple[str, str]]:
    return [(text, f"p{i}") for text in texts for i in range(times)]


def texts(found: list[Phrase]) -> list[str]:
    return [phrase.text for phrase in found]


def test_new_phrases_stand_out_against_the_weeks_before() -> None:
    current = spoken("跟变戏法一样", "变戏法吗", "It is like a magic trick") + QUIET[:20] + QUIET[100:120]
    found = phrases(current, QUIET)
    assert any("变戏法" in text for text in texts(found))
    assert any("magic trick" in text for text in texts(found))
    assert not any("收到货" in text or "parcel" in text for text in texts(found))


def test_counts_people_lift_and_example() -> None:
    current = [("跟变戏法一样", "anna"), ("又变戏法了", "anna"), ("真会变戏法。下次不来", "ben"), ("变戏法呢", "carl")]
    (phrase,) = [p for p in phrases(current, [("变戏法", "x"), *QUIET[:39]]) if "变戏法" in p.text]
    assert (phrase.count, phrase.people, phrase.baseline) == (4, 3, 1)
    assert phrase.lift == pytest.approx((4 + 1) / (1 * 4 / 40 + 1))
    assert "变戏法" in phrase.example
    assert "下次不来" not in phrase.example


def test_what_fewer_people_say_is_no_phrase() -> None:
    current = [("跟变戏法一样", "anna")] * 10 + [("跟变戏法一样", "ben")]
    assert phrases(current, QUIET) == []
    assert phrases(current, QUIET, min_people=2) != []


def test_the_longer_phrase_swallows_its_parts() -> None:
    found = texts(phrases(spoken("the coupon code expired overnight"), QUIET))
    assert found == ["coupon code expired overnight"]


def test_single_common_words_and_stop_words_are_no_phrases() -> None:
    assert phrases(spoken("问题", "我们的", "of the"), QUIET) == []


def test_nothing_reaches_over_punctuation_placeholders_or_handles() -> None:
    current = spoken("coupon, broken", "call [PHONE] tomorrow", "@shop magic trick", "magic 👍 wand")
    found = texts(phrases(current, QUIET))
    assert "magic trick" in found
    assert not any("phone" in t or "coupon broken" in t or "shop" in t or "magic wand" in t for t in found)


def test_the_phrase_is_spelled_as_people_wrote_it() -> None:
    found = texts(phrases(spoken("App闪退太严重"), QUIET))
    assert any("app闪退" in text for text in found)


def test_without_a_baseline_the_most_said_comes_first() -> None:
    found = phrases(spoken("like a magic trick", times=9) + spoken("eats the battery"), [])
    assert texts(found)[0].endswith("magic trick")
    assert all(p.baseline == 0 for p in found)


def test_limit_and_nothing() -> None:
    current = spoken("magic trick", "red wine stain", "blue screen error")
    assert len(phrases(current, QUIET, limit=2)) == 2
    assert phrases([], QUIET) == []
    assert phrases([("", "a"), ("👍", "b"), ("\ud83d", "c")], []) == []


def test_a_word_all_know_is_told_where_it_is_strikingly_frequent() -> None:
    quiet = QUIET * 2
    usual = [("the fries are fine", f"q{i}") for i in range(40)]
    current = spoken("fries are soggy", "配送又翻车了") + QUIET[:20]
    found = texts(phrases(current, quiet + usual))
    assert any("soggy" in text for text in found)
    assert any("翻车" in text for text in found)
    assert "fries" not in found
    assert "soggy" not in texts(phrases(current, QUIET[:100]))  # too little is known


def test_two_characters_no_dictionary_joins_are_a_word_where_they_stand_together() -> None:
    found = texts(phrases(spoken("这个尊嘟假的", "尊嘟吗"), QUIET))
    assert any("尊嘟" in text for text in found)
    apart = spoken("尊嘟", times=3) + spoken("尊重", "嘟着", times=9)
    assert "尊嘟" not in texts(phrases(apart, QUIET))


def test_the_baseline_is_found_however_it_is_cut() -> None:
    phrase = "会变戏法"
    assert "变戏法" not in texts(phrases(spoken(phrase), [("又变戏法了哈", f"b{i}") for i in range(30)]))


@pytest.mark.parametrize("piece", ["变戏法", "magic trick ", "a", "，", "1 "])
def test_long_text_finishes(piece: str) -> None:
    long = piece * (100_000 // len(piece))
    phrases([(long, "a"), (long, "b"), (long, "c")], [(long, "d")])
