"""A stream of texts falls into what it is about, at once and better later; numbers stay."""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np
import pytest

from tests.text.topics import TOPICS, stream
from vocbot.text.grouper import Grouper, neighbours


def purity(groups: list[int], topics: list[str]) -> float:
    inside: dict[int, Counter[str]] = defaultdict(Counter)
    for group, topic in zip(groups, topics, strict=True):
        inside[group][topic] += 1
    return sum(max(c.values()) for c in inside.values()) / len(groups)


@pytest.fixture(scope="module")
def heard() -> tuple[Grouper, list[int], list[str]]:
    pairs = stream(1000)
    grouper = Grouper()
    live = [grouper.add(text) for text, _ in pairs]
    return grouper, live, [topic for _, topic in pairs]


def test_texts_are_grouped_at_once_and_better_later(heard: tuple[Grouper, list[int], list[str]]) -> None:
    grouper, live, topics = heard
    assert purity(live[200:], topics[200:]) > 0.95
    final = grouper.groups()
    assert purity(final, topics) > 0.98
    largest = Counter(final).most_common(2 * len(TOPICS))
    assert sum(count for _, count in largest) > 0.7 * len(final)


def test_numbers_stay_from_review_to_review(heard: tuple[Grouper, list[int], list[str]]) -> None:
    grouper, _, topics = heard
    before = grouper.groups()
    grouper.review()
    after = grouper.groups()
    assert sum(a == b for a, b in zip(before, after, strict=True)) > 0.8 * len(after)
    assert len(before) == len(topics)


def test_membership_is_explained_by_the_terms_that_decided(heard: tuple[Grouper, list[int], list[str]]) -> None:
    grouper, _, topics = heard
    final = grouper.groups()
    group = Counter(g for g, topic in zip(final, topics, strict=True) if topic == "refund").most_common(1)[0][0]
    told = grouper.explain("please where is my refund", group)
    assert "refund" in {term for term, _ in told[:2]}
    assert [weight for _, weight in told] == sorted((weight for _, weight in told), reverse=True)
    assert grouper.explain("", group) == grouper.explain("refund", -5) == []


def test_a_flood_of_one_text_is_one_text() -> None:
    grouper = Grouper()
    assert len({grouper.add("Refund!! now" if i % 2 else "refund now") for i in range(10_000)}) == 1
    assert len(grouper._texts) == 1
    assert len(grouper.groups()) == 10_000


@pytest.mark.parametrize("texts", [[], [""], ["", "🎉", "a", "!!!"], ["x" * 1_000_000], ["\ud800", "\ud800"]])
def test_anything_can_be_added_and_reviewed(texts: list[str]) -> None:
    grouper = Grouper()
    live = [grouper.add(text) for text in texts]
    grouper.review()
    assert len(grouper.groups()) == len(live) == len(texts)


def test_the_same_stream_is_grouped_the_same() -> None:
    texts = [text for text, _ in stream(400, seed=3)]
    one, other = Grouper(), Grouper()
    assert [one.add(t) for t in texts] == [other.add(t) for t in texts]
    assert one.groups() == other.groups()


def test_neighbours_are_the_nearest() -> None:
    at = np.eye(40, dtype=np.float32)
    at[1] = at[0]
    graph = neighbours(at)
    assert graph[0, 1] == pytest.approx(2.0)
    assert graph.shape == (40, 40)
    assert (graph != graph.T).nnz == 0


def test_those_who_wait_for_a_second_text_are_not_many() -> None:
    grouper = Grouper(_due=10_000)
    for i in range(400):
        grouper.add(f"{chr(97 + i % 26) * 2}x{chr(97 + i // 26) * 2} {chr(97 + i // 26)}y{chr(97 + i % 26)}")
    assert len(grouper._groups) == 256
    assert len(set(grouper.groups())) == 400


def test_another_takes_up_where_one_left_off(heard: tuple[Grouper, list[int], list[str]]) -> None:
    pairs = stream(1000)
    grouper, _, _ = heard
    other = Grouper()
    other.restore([text for text, _ in pairs], grouper.groups())
    assert other.groups() == grouper.groups()
    more = [text for text, _ in stream(200, seed=9)]
    one = [grouper.add(text) for text in more]
    same = sum(a == b for a, b in zip(one, [other.add(text) for text in more], strict=True))
    assert same > 180
    Grouper().restore([], [])


def test_a_thorough_review_looks_at_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vocbot.text.grouper._SAMPLE", 50)
    looked: list[int] = []
    monkeypatch.setattr("vocbot.text.grouper.neighbours", lambda at: looked.append(len(at)) or neighbours(at))
    grouper = Grouper(_due=10_000)
    for text, _ in stream(120):
        grouper.add(text)
    grouper.review()
    grouper.review(thorough=True)
    assert looked == [50, len(grouper)]
