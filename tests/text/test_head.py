"""Heads: what they learn, how sure they are, what they say of what decided, and what they do with odd texts."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vocbot.sdk.errors import VocbotError
from vocbot.text import headfile, training
from vocbot.text.head import Head
from vocbot.text.machines import Recipe
from vocbot.text.training import Trained, train, train_several
from vocbot.text.vectors import grams

_GOOD = ["好吃", "很好", "满意", "推荐", "不错", "准时", "热情", "great", "fast", "friendly"]
_BAD = ["难吃", "很差", "失望", "恶心", "迟到", "冷漠", "退款", "awful", "slow", "rude"]
_THINGS = ["米饭", "骑手", "包装", "客服", "味道", "汤", "the", "rider", "the", "food", "the", "app"]


def rows(count: int, seed: int = 0, noise: float = 0.0) -> tuple[list[str], list[str]]:
    """Texts of one thing and two words of one feeling; a share of the labels is wrong."""
    chance = random.Random(seed)
    texts, labels = [], []
    for _ in range(count):
        good = chance.random() < 0.5
        words = chance.sample(_GOOD if good else _BAD, 2)
        texts.append(f"{chance.choice(_THINGS)} {' '.join(words)}")
        labels.append("good" if good != (chance.random() < noise) else "bad")
    return texts, labels


@pytest.fixture(scope="module")
def learned() -> Trained:
    return train(*rows(600))


@pytest.fixture(scope="module")
def several_kinds() -> Trained:
    topics = {"food": "米饭 汤 味道", "rider": "骑手 迟到 超时", "app": "闪退 登录 卡顿", "rare": "发票 抬头 税号"}
    chance = random.Random(1)
    texts, labels = [], []
    for topic, words in topics.items():
        for _ in range(2 if topic == "rare" else 60):
            texts.append(f"{chance.choice(words.split())} {chance.choice(_GOOD + _BAD)} {chance.choice(words.split())}")
            labels.append(topic)
    return train(texts, labels)


def test_it_learns_and_says_how_well(learned: Trained) -> None:
    texts, labels = rows(200, seed=1)
    answers = learned.head.predict(texts)
    assert np.mean([answer.label == label for answer, label in zip(answers, labels, strict=True)]) > 0.98
    assert learned.about["accuracy"] > 0.98
    assert learned.about["rows"] == 600
    assert sum(learned.about["labels"].values()) == 600


def test_it_learns_more_than_two_kinds_and_rare_ones(several_kinds: Trained) -> None:
    asked = ["汤 不错", "骑手 超时", "app 闪退", "发票 抬头"]
    assert [answer.label for answer in several_kinds.head.predict(asked)] == ["food", "rider", "app", "rare"]


def test_confidence_is_the_share_of_right_answers() -> None:
    head = train(*rows(1500, noise=0.25)).head
    texts, labels = rows(1000, seed=5, noise=0.25)
    answers = head.predict(texts)
    right = np.mean([answer.label == label for answer, label in zip(answers, labels, strict=True)])
    assert abs(np.mean([answer.confidence for answer in answers]) - right) < 0.06
    assert max(answer.confidence for answer in answers) < 0.95


def test_the_owner_says_how_sure_is_sure_enough(learned: Trained) -> None:
    (answer,) = learned.head.predict(["米饭 好吃 恶心"])
    assert [
        learned.head.predict(["米饭 好吃 恶心"], least)[0].undecided for least in (0.5, answer.confidence + 0.01)
    ] == [
        False,
        True,
    ]


@pytest.mark.parametrize("text", ["", " \n", "zzzz", "😀", "\ud800", "Привет"])
def test_what_it_knows_nothing_of_is_undecided_and_has_a_label(learned: Trained, text: str) -> None:
    (answer,) = learned.head.predict([text])
    assert answer.undecided
    assert answer.label in ("good", "bad")
    assert learned.head.explain(text, answer.label) == []


@settings(deadline=None)
@given(st.lists(st.text(max_size=12) | st.sampled_from(["米饭 好吃", "骑手 很差 x"]), max_size=9))
def test_one_at_a_time_says_the_same_as_many(texts: list[str]) -> None:
    head = _small()
    many = head.predict(texts)
    for text, answer in zip(texts, many, strict=True):
        (alone,) = head.predict([text])
        assert (alone.label, alone.undecided) == (answer.label, answer.undecided)
        assert abs(alone.confidence - answer.confidence) < 1e-5


_kept: list[Head] = []


def _small() -> Head:
    if not _kept:
        _kept.append(train(*rows(120)).head)
    return _kept[0]


def test_what_decided_stands_in_the_text(learned: Trained) -> None:
    text = "骑手 迟到，但是味道 不错 推荐"
    for label, for_it, against in (("good", "推荐", "迟到"), ("bad", "迟到", "推荐")):
        weights = {reason.words: reason.weight for reason in learned.head.explain(text, label)}
        assert all(words in text for words in weights)
        assert max(weight for words, weight in weights.items() if for_it in words) > 0.05
        assert min(weight for words, weight in weights.items() if against in words) < -0.05


def test_what_decided_among_many_is_against_the_rival(several_kinds: Trained) -> None:
    weights = {reason.words: reason.weight for reason in several_kinds.head.explain("米饭 好吃 闪退", "app")}
    assert weights["闪退"] > 0.05
    assert weights["米饭"] < -0.05  # it spoke for food


def test_order_and_repetition_of_rows_change_nothing_else(tmp_path: Path) -> None:
    texts, labels = rows(200)
    once, again = train(texts, labels), train(texts, labels)
    for name, trained in (("a", once), ("b", again)):
        headfile.write(trained.head, tmp_path / name, trained.about)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize(("labels", "said"), [(["a", "a"], "only 'a'"), ([], "no row")])
def test_one_label_is_none(labels: list[str], said: str) -> None:
    with pytest.raises(VocbotError, match=said):
        train(["x"] * len(labels), labels)


@pytest.mark.parametrize("labels", [["a", "b"], ["a", "b", "c"], ["a", "a", "b"], ["a"] * 9 + ["b"]])
def test_the_fewest_rows_that_tell_labels_apart_are_enough(labels: list[str]) -> None:
    texts = [f"text{n} {label * 4}" for n, label in enumerate(labels)]
    head = train(texts, labels).head
    assert [answer.label for answer in head.predict(texts)] == labels


def test_identical_lines(learned: Trained) -> None:
    answers = learned.head.predict(["米饭 好吃"] * 10_000)
    assert len(answers) == 10_000
    assert len({(answer.label, round(answer.confidence, 4)) for answer in answers}) == 1


def test_a_megabyte(learned: Trained) -> None:
    (answer,) = learned.head.predict(["米饭 好吃 推荐。" * 100_000])
    assert answer.label == "good"


def test_ratios_look_away_from_words_that_tell_nothing() -> None:
    texts, labels = rows(600)

    def share(recipe: Recipe) -> float:
        """How much a word that both sides use weighs, of one that tells them apart."""
        head = train(texts, labels, recipe).head
        weight = [abs(float((head.weights[head.known(grams([word]))[1]][:1]).sum())) for word in ("food", "awful")]
        return weight[0] / weight[1]

    assert share(Recipe(0, False, True)) < 0.5 * share(Recipe(0.5, False, False))


def test_several_rare_labels_are_found_as_well_as_it_says() -> None:
    """Of each label there are words that mean it mostly, and words that hint at it: a hint should not be enough."""
    chance = random.Random(4)
    texts, labels = [], []
    for _ in range(5200):
        topics = ("price", "taste", "late")
        meant = [topic for topic in topics if chance.random() < 0.06]
        hinted = [topic for topic in topics if chance.random() < 0.2]
        words = [f"{one}x" for one in meant] + [f"{one[::-1]}w" for one in hinted]
        texts.append(" ".join(chance.sample(_THINGS, 3) + words))
        likely = {**dict.fromkeys(hinted, 0.1), **dict.fromkeys(meant, 0.7)}
        labels.append({one for one, share in likely.items() if chance.random() < share})
    trained = train_several(texts[:1200], labels[:1200])
    chances = trained.head.probabilities(trained.head.scores(trained.head.vectors(grams(texts[1200:])), 4000))
    found = [{trained.head.labels[i] for i in np.flatnonzero(row >= 0.5)} for row in chances]
    hits = sum(len(one & other) for one, other in zip(found, labels[1200:], strict=True))
    both = sum(map(len, found)) + sum(map(len, labels[1200:]))
    assert trained.about["micro_f1"] > 0.5
    assert 2 * hits / both > trained.about["micro_f1"] - 0.08


def test_starts_are_moved_so_that_all_labels_together_are_right_where_the_likeliest_is_always_said() -> None:
    truth = np.asarray([[1, 0], [0, 1], [0, 1], [1, 0]])
    scores = np.asarray([[0.3, -1], [0.2, 0.5], [-1, 0.4], [-0.1, -0.9]], np.float32)
    order = np.asarray([2, 0, 3, 1])  # each label was held out in its own order
    rows = [np.arange(4), order]
    found = [
        training._Started(truth[mine, label], scores[mine, label][:, None], 0.0) for label, mine in enumerate(rows)
    ]
    better, f1 = training._started_together(found, rows)
    assert f1 == 1.0
    assert 0.2 < better[0].start < 0.5  # row 1 is not about the first label; row 3 is, as the likeliest
    assert np.allclose(better[0].scores, found[0].scores - better[0].start)


@given(st.integers(1, 5), st.integers(0, 2**32 - 1))
def test_moved_starts_are_never_worse(labels: int, seed: int) -> None:
    chance = np.random.default_rng(seed)
    truth = chance.random((30, labels)) < 0.3
    scores = chance.normal(size=(30, labels)).astype(np.float32)
    found = [training._Started(truth[:, k].astype(np.int64), scores[:, [k]], 0.0) for k in range(labels)]
    _, f1 = training._started_together(found, [np.arange(30)] * labels)
    assert f1 >= training._said_f1(scores, truth)


def test_where_each_row_has_a_label_chances_are_in_the_order_of_scores() -> None:
    texts = [f"{word} {number}" for number in range(60) for word in ("slow", "cold", "slow cold")]
    labels = [set(text.split()[:-1]) for text in texts]
    assert len(set(train_several(texts, labels).head.steep.tolist())) == 1
    without = train_several([*texts, *["fine"] * 60], [*labels, *[set[str]()] * 60])
    assert len(set(without.head.steep.tolist())) > 1
