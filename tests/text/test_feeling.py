"""Head and word list together: what either alone gets wrong, how sure both are, and what a correction does."""

from __future__ import annotations

import pytest

from vocbot.data import sentiment_lexicon
from vocbot.text.correcting import Lesson
from vocbot.text.feeling import Feeling
from vocbot.text.reading import shipped
from vocbot.text.sentiment import Lexicon


def feeling(lexicon: Lexicon | None = None) -> Feeling:
    known = sentiment_lexicon() if lexicon is None else lexicon
    return Feeling.joined(shipped("sentiment.zh"), shipped("sentiment.en"), known)


@pytest.mark.parametrize(
    ("text", "side"),
    [
        ("it is a zorp day with you", "negative"),
        ("这个嘟噜嘟噜", "negative"),
        ("zorp zorp", "negative"),
    ],
)
def test_a_word_that_only_the_list_knows_decides(text: str, side: str) -> None:
    words = Lexicon.load({"en": {"words": {"zorp": -3}, "negations": ["not"]}, "zh": {"words": {"嘟噜": -3}}})
    (answer,) = feeling(words).predict([text])
    assert (answer.label, answer.undecided) == (side, False)
    reasons = feeling(words).explain(text, side)
    assert [reason.words for reason in reasons if reason.weight > 1 and reason.words in ("zorp", "嘟噜")]


def test_both_agree_and_are_surer_than_the_head_alone() -> None:
    alone, together = feeling(Lexicon.load({})), feeling()
    texts = ["味道很好", "太难吃了", "terrible delay", "what a lovely crew"]
    for text, one, both in zip(texts, alone.predict(texts), together.predict(texts), strict=True):
        assert one.label == both.label, text
        assert both.confidence > one.confidence


def test_of_what_neither_knows_both_are_undecided() -> None:
    (answer,) = feeling().predict(["ⲁⲃⲅ ⲇⲉⲍ"])
    assert answer.undecided


def test_languages_that_mix_come_back_in_order_and_as_they_do_alone() -> None:
    texts = ["很好吃", "awful", "太差了", "great", "", "not good", "不好吃"]
    together = feeling().predict(texts)
    assert [answer.label for answer in together] == [feeling().predict([text])[0].label for text in texts]


def test_a_correction_outweighs_the_list() -> None:
    text = "terrible terrible terrible flamingo"
    (before,) = feeling().predict([text])
    assert before.label == "negative"
    better = feeling().taught([Lesson(text, ("positive",))])
    (after,) = better.predict([text])
    assert after.label == "positive"
    assert after.confidence == pytest.approx(0.95, abs=0.01)
    assert better.predict(["a terrible delay"])[0].label == "negative"


def test_teaching_one_language_leaves_the_other_head() -> None:
    before = feeling()
    after = before.taught([Lesson("flamingo", ("positive",))])
    assert after.chinese is before.chinese
    assert after.other is not before.other
