"""What rules see: no links and handles, hashtags as words, common misspellings put right."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vocbot.text import spelling
from vocbot.text.clean import fold
from vocbot.text.spelling import matchable


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("登陆不了，帐号被锁", "登录不了,账号被锁"),
        ("優惠卷用不了，劵呢", "优惠券用不了,券呢"),
        ("验正码收不到，客扶态渡差", "验证码收不到,客服态度差"),
        ("Never RECIEVED my Delievery", "never received my delivery"),
        ("recieves and tehran stay", "recieves and tehran stay"),
        ("see https://t.co/Cancelled123 坏了", "see   坏了"),
        ("www.example.com/退款坏了", " 退款坏了"),
        ("@SouthwestAir late, mail a@b.example", "  late, mail a@b.example"),
        ("#LostLuggage again #never_again", "lost luggage again never again"),
        ("#话题# 卡顿", "#话题# 卡顿"),
        ("sooooo 慢慢慢慢", "soo 慢慢"),
        ("", ""),
    ],
)
def test_what_rules_see(text: str, seen: str) -> None:
    assert matchable(text) == seen


@given(st.text(alphabet=st.characters(exclude_categories=[]), max_size=200))
def test_is_total(text: str) -> None:
    matchable(text)


@given(
    st.lists(
        st.sampled_from([*spelling._CHINESE, *spelling._ENGLISH, " ", "卷", "账", "received", "号", ","]), max_size=9
    )
)
def test_what_is_right_stays(parts: list[str]) -> None:
    once = matchable(" ".join(parts))
    assert matchable(once) == once


def test_every_pair_can_be_met() -> None:
    """A wrong spelling that folding changes would never be seen, and a right one must not be wrong elsewhere."""
    pairs = {**spelling._CHINESE, **spelling._ENGLISH}
    assert [wrong for wrong in pairs if fold(wrong) != wrong] == []
    assert [right for right in pairs.values() if matchable(right) != right] == []
