"""Texts as points: near where they say the same, of length 1, also where there is nothing to say."""

from __future__ import annotations

import numpy as np
import pytest

from tests.text.topics import stream
from vocbot.text.space import incidence, place, rarity
from vocbot.text.terms import Vocabulary


def points(texts: list[str]) -> np.ndarray:
    vocabulary = Vocabulary()
    found = incidence([vocabulary.terms(text) for text in texts], len(vocabulary.names))
    return place(found, vocabulary.grams, rarity(found))


def test_texts_about_the_same_are_nearer() -> None:
    pairs = stream(400)
    at = points([text for text, _ in pairs])
    assert np.linalg.norm(at, axis=1) == pytest.approx(1, abs=1e-4)
    topics = np.array([topic for _, topic in pairs])
    cosines = at @ at.T
    same = topics[:, None] == topics[None, :]
    assert cosines[same].mean() > cosines[~same].mean() + 0.2


def test_words_spelled_alike_are_near() -> None:
    texts = ["stroller"] * 3 + ["strollr", "strollr", "window", "window"]
    at = points(texts)
    assert at[0] @ at[3] > at[0] @ at[5] + 0.05


@pytest.mark.parametrize("texts", [[], [""], ["a", ""], ["one", "two", "three"]])
def test_texts_that_share_nothing_are_nowhere(texts: list[str]) -> None:
    at = points(texts)
    assert at.shape[0] == len(texts)
    assert not at.any()


def test_rare_terms_weigh_more() -> None:
    found = incidence([np.array([0, 1]), np.array([0]), np.array([0])], 2)
    assert rarity(found) == pytest.approx([0.0, np.log(2)], abs=1e-6)
