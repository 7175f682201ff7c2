"""Whatever stands in a text is found by the pieces that somebody looks for."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from vocbot.text.tokens import query, tokens

WORDS = st.text(alphabet="退款慢到账ab1é ，。-_ＡかなЖ", max_size=30)


def holds(text: str, sought: str) -> bool:
    have = tokens(text)
    return all(any(h.startswith(w) if more else h == w for h in have) for w, more in query(sought))


def test_pairs_and_words() -> None:
    assert tokens("退款慢, App5 refund_x") == ["退款", "款慢", "慢", "app5", "refund", "x"]
    assert query("退款慢 Refund") == [("退款", False), ("款慢", False), ("refund", True)]
    assert query("退") == [("退", True)]
    assert query("，。 !") == []


@given(WORDS, WORDS, WORDS)
def test_a_piece_of_a_text_is_found_in_it(before: str, piece: str, after: str) -> None:
    assert holds(f"{before} {piece} {after}", piece)


@given(st.text(alphabet="退款慢到账", min_size=1, max_size=12), st.data())
def test_every_stretch_of_chinese_is_found(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    assert holds(text, text[start:end])


@given(st.text(max_size=60))
def test_tokens_hold_nothing_that_is_special_to_a_database(text: str) -> None:
    for token in tokens(text) + [word for word, _ in query(text)]:
        assert token and not set(token) & set("'\"*()&|!:<>\\ \t\n")
    assert len(query(text * 50)) <= 40
