from __future__ import annotations

import logging

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


def test_the_tokenizer_keeps_quiet(caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]) -> None:
    with caplog.at_level(logging.DEBUG):
        phrases(spoken("跟变戏法一样"), QUIET)
    assert not [record for record in caplog.records if "jieba" in record.name]
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("piece", ["变戏法", "magic trick ", "a", "，", "1 "])
def test_long_text_finishes(piece: str) -> None:
    long = piece * (100_000 // len(piece))
    phrases([(long, "a"), (long, "b"), (long, "c")], [(long, "d")])
