"""Corrections change the answers they are about and those like them, and leave the others alone."""

from __future__ import annotations

import itertools
import random
from typing import Any

import numpy as np
import pytest

from vocbot.sdk.errors import VocbotError
from vocbot.text.correcting import Lesson
from vocbot.text.correcting import corrected as corrected_by
from vocbot.text.head import Head
from vocbot.text.reading import shipped
from vocbot.text.training import train, train_several
from vocbot.text.vectors import grams

_WORDS = {
    "delivery": ["快递", "骑手", "送达", "物流", "courier", "parcel"],
    "food": ["米饭", "味道", "面条", "辣", "soup", "dish"],
    "app": ["闪退", "登录", "页面", "更新", "crash", "login"],
}
_REST = ["今天", "昨天", "还是", "有点", "怎么", "又", "really", "again", "my", "the", "so"]


def rows(count: int, seed: int) -> tuple[list[str], list[str]]:
    chance = random.Random(seed)
    labels = [chance.choice(sorted(_WORDS)) for _ in range(count)]
    texts = [" ".join(chance.sample(_WORDS[label], 2) + chance.sample(_REST, 3)) for label in labels]
    return texts, labels


@pytest.fixture(scope="module")
def head() -> Head:
    return train(*rows(600, 0)).head


def corrected(head: Head, texts: list[str], labels: list[Any]) -> Head:
    return corrected_by(head, [Lesson(text, tuple(names)) for text, names in zip(texts, labels, strict=True)])


def labels_of(head: Head, texts: list[str]) -> list[str]:
    return [answer.label for answer in head.predict(texts)]


def test_a_correction_changes_later_answers_without_undoing_others(head: Head) -> None:
    mistakes = {"豆浆洒了 今天 页面": "delivery", "券用不了 又 米饭": "app", "太咸 骑手 昨天": "food"}
    assert all(labels_of(head, [text]) != [label] for text, label in mistakes.items())
    others, _ = rows(500, 9)
    before = labels_of(head, others)
    better = head
    for count in range(1, 4):
        some = dict(list(mistakes.items())[:count])
        better = corrected(head, list(some), [[label] for label in some.values()])
        assert labels_of(better, list(some)) == list(some.values())
    assert labels_of(better, ["豆浆洒了 怎么 又", "我的券用不了", "菜太咸"]) == ["delivery", "app", "food"]
    kept = [now == then for now, then in zip(labels_of(better, others), before, strict=True)]
    assert sum(kept) >= 0.99 * len(kept)
    assert min(answer.confidence for answer in better.predict(list(mistakes))) > 0.55


def test_words_that_many_texts_have_hardly_move(head: Head) -> None:
    better = corrected(head, ["豆 页面"], [["delivery"]])
    moved = [
        np.abs(weight_of(better, word) - (weight_of(head, word) if word == "页面" else 0)).max()
        for word in ("页面", "豆")
    ]
    assert moved[0] < 0.2 * moved[1]


def weight_of(head: Head, word: str) -> Any:
    """What the longest n-gram of a word weighs for each label."""
    read = grams([word])
    known, numbers = head.known(read)
    return head.weights[numbers[known[: read.plain].sum() - 1]]


def test_a_shipped_head_learns_a_companys_words() -> None:
    shipped_head = shipped("sentiment.zh")
    others = [
        "味道很好",
        "太慢了",
        "客服态度差",
        "包装不错",
        "难吃",
        "下次还来",
        "物流给力",
        "质量太差",
        "很一般",
        "推荐",
    ]
    before = labels_of(shipped_head, others)
    slang = ["这家店绝绝子", "奶茶绝绝子"]
    wrong = "negative" if labels_of(shipped_head, slang[:1]) == ["positive"] else "positive"
    better = corrected(shipped_head, slang[:1], [[wrong]])
    assert labels_of(better, slang[:1]) == [wrong]
    assert labels_of(better, others) == before
    assert labels_of(shipped_head, slang[:1]) != [wrong]  # the one that ships is as it was


def test_right_answers_are_left_as_they_are(head: Head) -> None:
    texts = [
        text
        for text, answer in zip(rows(50, 3)[0], head.predict(rows(50, 3)[0]), strict=True)
        if answer.confidence > 0.9
    ]
    better = corrected(head, texts, [[label] for label in labels_of(head, texts)])
    scores = [[a.confidence for a in one.predict(texts)] for one in (head, better)]
    assert scores[0] == pytest.approx(scores[1], abs=0.02)


def test_several_labels_are_corrected_each_by_itself() -> None:
    texts, labels = rows(400, 2)
    both = [f"{a} {b}" for a, b in itertools.pairwise(texts)]
    head = train_several(both, [{a, b} for a, b in itertools.pairwise(labels)]).head
    better = corrected(head, ["豆浆洒了 闪退"], [["delivery", "app"]])
    (answer,) = better.predict(["豆浆洒了 闪退"])
    assert set(answer.labels) == {"delivery", "app"}
    assert [a.labels for a in better.predict(both[:200])] == [a.labels for a in head.predict(both[:200])]


def test_contradictions_and_unknown_labels_are_said(head: Head) -> None:
    with pytest.raises(VocbotError, match="contradict each other"):
        corrected(head, ["豆浆", "豆浆"], [["food"], ["app"]])
    with pytest.raises(VocbotError, match="knows no label 'price', only app, delivery, food"):
        corrected(head, ["太贵"], [["price"]])


def test_a_text_without_ngrams_teaches_nothing(head: Head) -> None:
    better = corrected(head, [""], [["app"]])
    assert labels_of(better, ["米饭 味道"]) == ["food"]
