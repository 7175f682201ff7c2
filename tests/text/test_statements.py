from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vocbot.text.statements import split


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the food was great but the rider was rude", ["the food was great", "but the rider was rude"]),
        ("物流快，可是包装破了。下次不来了！！", ["物流快，", "可是包装破了。", "下次不来了！！"]),
        ("好吃但贵", ["好吃", "但贵"]),
        ("味道不错不过分量少", ["味道不错", "不过分量少"]),
        ("It crashed. I left; never again", ["It crashed.", "I left;", "never again"]),
        ("Support helped, however it took days", ["Support helped,", "however it took days"]),
        ("一\n二\r\n三", ["一", "二", "三"]),
        ("真的吗?!不行…算了", ["真的吗?!", "不行…", "算了"]),
        ("他说“不行。”我走了", ["他说“不行。”", "我走了"]),
        ("", []),
        ("  \n ", []),
        ("👍", ["👍"]),
    ],
)
def test_cuts_between_statements(text: str, expected: list[str]) -> None:
    assert [statement.text for statement in split(text)] == expected


@pytest.mark.parametrize(
    "text",
    [
        "Version 5.4.1 costs 3.5 e.g. at Mr. Smith",
        "1. first point",
        "不但好吃",
        "但凡有点良心也不会这样",
        "但愿会好",
        "只不过有点贵",
        "不过分",
        "但是",
        "nothing but trouble here",
        "Not only slow but also rude",
        "good but",
        "the last one, but",
        "butter is bad here",
    ],
)
def test_what_looks_like_a_cut_is_none(text: str) -> None:
    assert [statement.text for statement in split(text)] == [text]


_PIECES = st.sampled_from(
    [
        "但是",
        "但",
        "不过",
        "but",
        "However",
        ".",
        ". ",
        "。",
        "！",
        ";",
        "\n",
        " ",
        "\t",
        "”",
        "(",
        "1",
        "a",
        "好吃",
        "Mr",
        "\u3000",
    ]
)


@given(st.one_of(st.text(max_size=80), st.lists(_PIECES, max_size=30).map("".join)))
def test_statements_are_slices_in_order_that_leave_only_white_space(text: str) -> None:
    end = 0
    for statement in split(text):
        assert text[statement.start : statement.end] == statement.text == statement.text.strip() != ""
        assert statement.start >= end
        assert not text[end : statement.start].strip()
        end = statement.end
    assert not text[end:].strip()


@pytest.mark.parametrize("piece", [".", "1. ", "a but b ", "但", "。", "\n", "e.g. ", "x"])
def test_long_hostile_text_finishes(piece: str) -> None:
    text = piece * (200_000 // len(piece))
    assert sum(len(statement.text) for statement in split(text)) <= len(text)
