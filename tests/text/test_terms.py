"""Texts as terms: stems, characters and pairs, no numbers, no handles, whatever comes in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vocbot.text.terms import LONGEST, Vocabulary


def names(text: str) -> list[str]:
    vocabulary = Vocabulary()
    return [vocabulary.names[number] for number in vocabulary.terms(text)]


def test_forms_of_a_word_are_one_term_and_numbers_are_all_alike() -> None:
    assert names("Charged charges CHARGING 17 times, 2026!") == ["charg", "#", "time"]


def test_chinese_is_characters_and_words_folded() -> None:
    assert names("登錄失败") == names("登录失败") == ["登", "录", "失", "败", "登录", "失败"]


@pytest.mark.parametrize("noise", ["@united ", "https://t.co/x1 ", "[PHONE-2] ", "www.example.com/a "])
def test_addresses_and_placeholders_are_no_terms(noise: str) -> None:
    assert names(noise + "bag lost") == ["bag", "lost"]


def test_the_same_word_has_the_same_number_and_pieces_of_its_spelling() -> None:
    vocabulary = Vocabulary()
    first, second = vocabulary.terms("refund please"), vocabulary.terms("please refunds")
    assert list(first) == list(second)[::-1]
    refund, other = vocabulary.terms("refund refnud")
    assert set(vocabulary.grams[refund]) & set(vocabulary.grams[other])


@given(st.text())
def test_any_text_has_terms_or_none(text: str) -> None:
    vocabulary = Vocabulary()
    terms = vocabulary.terms(text)
    assert len(set(terms.tolist())) == len(terms)
    assert len(vocabulary.names) == len(vocabulary.grams) == len(terms)


def test_a_text_of_a_megabyte_costs_no_more_than_its_beginning() -> None:
    assert len(names("a1b" * 300_000)) <= 4
    assert len(names("很长" * 500_000)) <= 4
    assert names("x " * LONGEST + "refund") == ["x"]
    assert names("\ud800 lone \udfff surrogates") == ["lone", "surrog"]
    assert names("🎉🎉") == ["🎉"]
