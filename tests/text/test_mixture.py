"""Groups as mixtures of terms: what fits, what is one, what tells."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import gammaln

from tests.text.topics import stream
from vocbot.text import mixture
from vocbot.text.space import incidence, place, rarity
from vocbot.text.terms import Vocabulary


def read(pairs: list[tuple[str, str]]):  # type: ignore[no-untyped-def]
    vocabulary = Vocabulary()
    texts = [vocabulary.terms(text) for text, _ in pairs]
    labels = np.unique([topic for _, topic in pairs], return_inverse=True)[1]
    return incidence(texts, len(vocabulary.names)), labels, vocabulary


def test_texts_go_where_their_terms_are() -> None:
    found, labels, _ = read(stream(300))
    usual = mixture.background(found)
    some = labels.copy()
    some[::2] = -1  # half of them were not looked at
    assert (mixture.settled(found, some, usual) == labels).all()


def test_halves_of_a_group_are_joined_and_groups_are_not() -> None:
    found, labels, vocabulary = read(stream(600))
    usual = mixture.background(found)
    halves = labels * 2 + np.arange(len(labels)) % 2
    points = place(found, vocabulary.grams, rarity(found))
    joined = mixture.joined(found, halves, usual, points)
    assert len({(a, b) for a, b in zip(joined, labels, strict=True)}) == len(set(labels)) == len(set(joined))


def test_joining_pays_exactly_what_the_evidence_changes() -> None:
    found, labels, _ = read(stream(200, topics=("refund", "crash")))
    usual = mixture.background(found).astype(float)
    counts = mixture.tally(found, labels).astype(float)
    sizes = np.bincount(labels)

    def evidence(c: np.ndarray, size: int) -> float:
        terms = gammaln(usual + c) - gammaln(usual)
        return float(gammaln(mixture.MASS) - gammaln(mixture.MASS + c.sum()) + terms.sum() + gammaln(size))

    whole = evidence(counts[0] + counts[1], sizes.sum())
    apart = evidence(counts[0], sizes[0]) + evidence(counts[1], sizes[1])
    spread = mixture.Spread(labels, np.ones((len(labels), 1), np.float32))
    gain = mixture._Joining(counts, sizes, usual, spread)._gain(0, np.array([1]))[0]
    assert gain == pytest.approx(whole - apart - mixture.DECISIVE, rel=1e-4)


def test_terms_that_all_use_tell_nothing() -> None:
    found, labels, vocabulary = read(stream(600))
    telling = dict(zip(vocabulary.names, mixture.telling(found, labels), strict=True))
    assert telling["refund"] > 3 * telling["pleas"]
    assert telling["崩溃"] > 1.5 * telling["其实"]


def test_certainty_weighs_all_groups_and_none() -> None:
    odds = np.array([[0.0, 0.0], [np.log(3.0), -50.0], [-1000.0, -1000.0], [900.0, 900.0]], np.float32)
    assert mixture.certainty(odds) == pytest.approx([1 / 3, 0.75, 0.0, 0.5], abs=1e-6)


def test_a_text_that_fits_nowhere_is_in_no_group() -> None:
    pairs = [*stream(300), ("quarterly earnings call transcript investors", "odd")]
    found, labels, _ = read(pairs)
    labels = np.where(np.arange(len(labels)) == 300, -1, labels)
    settled = mixture.settled(found, labels, mixture.background(found))
    assert settled[300] == -1
    assert (settled[:300] >= 0).mean() > 0.97
    assert mixture.compact(np.array([7, -1, 3, 7])).tolist() == [1, -1, 0, 1]


def test_nearness_is_between_against_within() -> None:
    points = np.array([[1, 0], [1, 0], [0, 1], [0, 1], [1, 0], [1, 0], [0, 0]], np.float32)
    spread = mixture.Spread(np.array([0, 0, 1, 1, 2, 2, 2]), points)
    assert spread.nearness(0, np.array([1, 2])) == pytest.approx([0, 1])
    spread.join(0, 1)
    assert spread.nearness(0, np.array([2])) == pytest.approx([0.5 / (1 / 3) ** 0.5])
