"""What is kept of a text holds no personal data, its author's own name least of all."""

from __future__ import annotations

import pytest

from vocbot.text.jieba_words import jieba_words
from vocbot.text.safe import Words, hide, safe_words


@pytest.mark.parametrize(
    ("text", "name", "shown"),
    [
        ("Ann Example here: it fails", "Ann Example", "[NAME] here: it fails"),
        ("ANN EXAMPLE wrote, ann example signed", "Ann Example", "[NAME] wrote, [NAME] signed"),
        ("It cannot open the annual plan", "Ann", "It cannot open the annual plan"),
        ("The same sample, Sam", "Sam", "The same sample, [NAME]"),
        ("我是Sam你好", "Sam", "我是[NAME]你好"),
        ("我叫李雷的朋友", "李雷", "我叫[NAME]的朋友"),
        ("Sam_1 and Sam2", "Sam", "Sam_1 and Sam2"),
        ("It is J. R. here", "J. R.", "It is [NAME] here"),
        ("a is short", "a", "a is short"),
        ("blank stays", "  ", "blank stays"),
        ("C++ (pro) is nice", "C++ (pro)", "[NAME] is nice"),
        ("nobody", None, "nobody"),
    ],
)
def test_the_authors_own_name_goes_wherever_it_stands(text: str, name: str | None, shown: str) -> None:
    assert hide(text, name) == shown


def test_safe_words_are_clean_and_have_their_language() -> None:
    assert safe_words("<p>我叫李雷，电话 138 0013 8000</p>", "李雷") == Words("我叫[NAME]，电话 [PHONE]", "zh")
    assert safe_words("It fails, says Ann Example", "Ann Example") == Words("It fails, says [NAME]", "en")


def test_the_word_list_gives_word_count_and_tag() -> None:
    lines = jieba_words().splitlines()
    assert len(lines) > 300_000 and all(line.count(" ") == 2 for line in lines[:1000])
    assert "退款 " in jieba_words()
