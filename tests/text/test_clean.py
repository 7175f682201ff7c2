from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vocbot.text.clean import clean, fold


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("<p>Hello&nbsp;<b>world</b></p><p>again</p>", "Hello world\nagain"),
        ("one<br/>two<BR>three", "one\ntwo\nthree"),
        ("<style>p {color: red}</style>seen<script>alert(1)</script>", "seen"),
        ("before<!-- a <b>note</b> -->after", "beforeafter"),
        ("a &lt;b&gt; &amp; c &#20320;&#x597D;", "a <b> & c 你好"),
        ("1 < 2 and 3 > 2, a<b", "1 < 2 and 3 > 2, a<b"),
        ("AT&T & Co; &nosuch;", "AT&T & Co; &nosuch;"),
        ("a\x00b\x07c\u202ed", "abcd"),
        ("pair \ud83d\ude00, lone \ud83d!", "pair 😀, lone !"),
        ("  a \t b\u3000c \r\n\r\n\r\n d  ", "a b c\nd"),
        ("", ""),
        ("👍👍", "👍👍"),
    ],
)
def test_what_machines_put_around_words_goes(raw: str, expected: str) -> None:
    assert clean(raw) == expected


@pytest.mark.parametrize(
    "mail",
    [
        "It broke.\n> did you restart?\n> yours",
        "It broke.\n\nOn Mon, 2 Nov 2026 at 10:00, Shop <help@shop.example> wrote:\n> did you restart?",
        "It broke.\nOn Mon, 2 Nov 2026 at 10:00, Shop wrote:\ndid you restart?\nyours",
        "It broke.\n-----Original Message-----\nFrom: shop\nold words",
        "It broke.\n---------- Forwarded message ---------\nold words",
        "It broke.\n在 2026年11月2日，客服 <kf@shop.example> 写道：\n> 您好",
        "It broke.\n发件人: 客服\n发送时间: 2026年11月2日\n收件人: 我\n旧的话",
        "It broke.\nFrom: Shop\nSent: Monday\nTo: me\nold words",
        "It broke.\n-- \nJo Doe\nAcme Ltd",
        "It broke.\n--\nJo Doe",
        "It broke.\nSent from my iPhone",
        "It broke.\n发自我的iPhone",
        "It broke.\n来自我的华为手机",
        "It broke.\nGet Outlook for iOS",
    ],
)
def test_quoted_mail_and_signatures_go(mail: str) -> None:
    assert clean(mail) == "It broke."


def test_an_answer_below_the_quotation_stays() -> None:
    mail = "On Mon, 2 Nov 2026, Shop <help@shop.example> wrote:\n> did you restart?\n> yours\n\nYes, twice."
    assert clean(mail) == "Yes, twice."


@pytest.mark.parametrize("text", ["> only a quotation", "发件人: 王\n主题: 坏了\n请看下面"])
def test_a_text_that_is_nothing_but_quotation_stays(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize("text", ["From: the start it was bad", "在店里写道歉信", "我从我的角度看很差", "see a -- b"])
def test_words_that_look_like_mail_stay(text: str) -> None:
    assert clean(text) == text


@given(st.text(alphabet=st.characters(exclude_categories=[]), max_size=200))
def test_clean_text_can_be_stored_and_shown(text: str) -> None:
    tidy = clean(text)
    tidy.encode("utf-8")
    assert tidy == tidy.strip()
    assert not any(ord(char) < 32 and char != "\n" for char in tidy)
    assert "  " not in tidy
    assert "\n\n" not in tidy


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("軟體太爛了！！！！", "软体太烂了!!"),
        ("後臺 優惠券", "后台 优惠券"),
        ("ＨＥＬＬＯ　Ｗorld", "hello world"),
        ("Soooooo good", "soo good"),
        ("哈哈哈哈", "哈哈"),
        ("1000元，10000元", "1000元,10000元"),
        ("ﬁne ½", "fine 1⁄2"),
    ],
)
def test_fold_makes_spellings_equal(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text(alphabet=st.characters(exclude_categories=[]), max_size=100))
def test_fold_is_total_and_stable_for_what_people_type(text: str) -> None:
    fold(text)
    plain = "".join(char for char in text if char.isascii() or "\u4e00" <= char <= "\u9fff")
    assert fold(fold(plain)) == fold(plain)


@pytest.mark.parametrize("piece", ["<script>", "<a ", "<!--", "&", "> \n", "On 1 wrote:\n", "发件人: \n", "-- \n", "a"])
def test_long_hostile_text_finishes(piece: str) -> None:
    text = piece * (200_000 // len(piece))
    assert len(clean(text)) <= len(text)
    assert fold(text)


def test_what_lower_case_leaves_apart_is_put_together() -> None:
    assert fold("İ\u0327") == fold(fold("İ\u0327"))
