from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from vocbot.text.redact_view import BARRIER, before, look, lower, mask, spell


def test_digits_become_ascii_in_place() -> None:
    assert look("１２𝟑 ٤٥ m²").chars == "123 45 m²"


def test_spelled_numbers_become_digits() -> None:
    assert spell("幺三八零零一三八零零零") == "13800138000"
    assert spell("138零零13八000") == "13800138000"
    assert spell("①③⑧00138000") == "13800138000"
    assert spell("三个人，一一，二零二六年") == "三个人，一一，二零二六年"


def test_spelled_numbers_do_not_run_into_written_ones() -> None:
    assert spell("打13800138000一直没人接") == "打13800138000一直没人接"
    assert spell("13800138000幺三八零零一三八") == "13800138000幺三八零零一三八"
    assert spell("13800138000 幺三八零零一三八零零零") == "13800138000 13800138000"


def test_placeholders_are_masked() -> None:
    assert look("a[PHONE-2]b[FOO]").chars == f"a{BARRIER * 9}b[FOO]"


def test_a_barrier_a_user_typed_is_none() -> None:
    assert BARRIER not in look(f"a{BARRIER}b").chars


def test_places_lead_back_to_the_text() -> None:
    text = "a\u200b1\ufe0f\u20e32b"
    view = look(text)
    assert view.chars == "a12b"
    start, end = view.place(1, 3)
    assert text[start:end] == "1\ufe0f\u20e32"


@given(st.text(alphabet=st.characters(exclude_categories=[]), max_size=100))
def test_a_view_maps_character_to_character_and_can_be_encoded(text: str) -> None:
    view = look(text)
    view.chars.encode("utf-8")
    if view.index is None:
        assert len(view.chars) == len(text)
    else:
        assert len(view.chars) == len(view.index)
        assert list(view.index) == sorted(set(view.index))


@given(st.text(max_size=50))
def test_lower_keeps_the_length(text: str) -> None:
    assert len(lower(text)) == len(text)


def test_mask_and_before() -> None:
    assert mask("abcdef", [(1, 2, "QQ"), (3, 5, "QQ")]) == f"a{BARRIER}c{BARRIER * 2}f"
    assert mask("abc", []) == "abc"
    assert before(f"ab{BARRIER}cd", 5, 10) == "cd"
    assert before("abcdef", 4, 2) == "cd"
