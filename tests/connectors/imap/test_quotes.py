"""What is new in a mail: how mail programs quote, sign and introduce, and what customers write like it."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.imap.quotes import new_words

ENGLISH = [
    "On Tue, 3 Nov 2026 at 10:00, Acme <voice@acme.example> wrote:\n> We fixed it.\n> Say stop.",
    "On Tue, 3 Nov 2026 at 10:00, Acme\n<voice@acme.example> wrote:\n\n> We fixed it.",
    "On 3 November 2026 at 10:00:00, Acme (voice@acme.example) wrote:\n\nWe fixed it.",
    'At 2026-11-03 10:00:00, "Acme" <voice@acme.example> wrote:\n>We fixed it.',
    "-----Original Message-----\nFrom: Acme\nSent: Tuesday\n\nWe fixed it.",
    "---------- Forwarded message ---------\nFrom: Acme <voice@acme.example>\n\nWe fixed it.",
    "Begin forwarded message:\n\nFrom: Acme\n\nWe fixed it.",
    "From: Acme <voice@acme.example>\nSent: Tuesday, 3 November 2026 10:00\nTo: Sam\nSubject: News\n\nWe fixed it.",
    "________________________________\nFrom: Acme\nSent: Tuesday\nTo: Sam\nSubject: News\n\nWe fixed it.",
    "*From:* Acme <voice@acme.example>\n*Sent:* Tuesday\n*To:* Sam\n*Subject:* News\n\nWe fixed it.",
    "> We fixed it.\n>> Older.\n&gt; Escaped.",
    "##- Please type your reply above this line -##\nWe fixed it.",
    "-- \nSam Lee\nHead of nothing",
    "Sent from my iPhone",
    "Get Outlook for iOS",
    "Best regards,\nSam Lee\nAcme Ltd",
    "Thanks!\nSam\n\nSent from my iPhone",
]
CHINESE = [
    "在 2026年11月3日 10:00，Acme <voice@acme.example> 写道：\n> 已修复。",
    "在 2026年11月3日，星期二，Acme 写道：\n已修复。",
    '在 2026-11-03 10:00:00，"Acme" <voice@acme.example> 写道：\n>已修复。',
    "Acme <voice@acme.example> 于2026年11月3日周二 10:00写道：\n\n> 已修复。",
    "于 2026年11月3日 10:00, Acme 写道:\n> 已修复。",
    "2026年11月3日 10:00，Acme <voice@acme.example> 写道：\n> 已修复。",
    '-----原始邮件-----\n发件人:"Acme" <voice@acme.example>\n发送时间:2026-11-03\n收件人: sam\n主题: 消息\n\n已修复。',
    '------------------ 原始邮件 ------------------\n发件人: "Acme"<voice@acme.example>;\n已修复。',
    "------------------\u00a0原始邮件\u00a0------------------\n已修复。",
    "---- 回复的原邮件 ----\n| 发件人 | Acme |\n已修复。",
    "---- 转发的邮件 ----\n已修复。",
    "发件人： Acme <voice@acme.example>\n发送时间： 2026年11月3日\n收件人： sam\n主题： 消息\n\n已修复。",
    "寄件者: Acme\n寄件日期: 2026年11月3日\n收件者: sam\n主旨: 消息\n\n已修復。",
    "发自我的iPhone",
    "发自我的 iPhone",
    "来自我的华为手机",
    "从我的 iPhone 发送",
    "发送自 Windows 版邮件应用",
    "发自网易邮箱大师",
    "此致\n敬礼\n李娜",
    "祝好\n李娜\n\n来自我的华为手机",
]


@pytest.mark.parametrize("rest", ENGLISH)
def test_what_english_programs_add_goes(rest: str) -> None:
    assert new_words(f"Stop it.\n\n{rest}", answers=True) == "Stop it."


@pytest.mark.parametrize("rest", CHINESE)
def test_what_chinese_programs_add_goes(rest: str) -> None:
    assert new_words(f"还是不行。\n\n{rest}", answers=True) == "还是不行。"


@pytest.mark.parametrize(
    "rest",
    [
        "Am 03.11.2026 um 10:00 schrieb Acme <voice@acme.example>:\nErledigt.",
        "Von: Acme <voice@acme.example>\nGesendet: Dienstag\nAn: Sam\nBetreff: Neues\n\nErledigt.",
        "Le mar. 3 nov. 2026 à 10:00, Acme <voice@acme.example> a écrit :\n\nC'est fait.",
        "El mar, 3 nov 2026 a las 10:00, Acme (<voice@acme.example>) escribió:\n\nListo.",
    ],
)
def test_heads_in_other_languages_go_from_answers_alone(rest: str) -> None:
    assert new_words(f"Nein.\n\n{rest}", answers=True) == "Nein."
    assert new_words(f"Nein.\n\n{rest}", answers=False) != "Nein."


@pytest.mark.parametrize(
    "said",
    [
        "Three things:\n- the coupon\n- the cart\n- the map",
        "Warning: the page fails. I get no mail.",
        "Thanks, but it still fails.",
        "Hello\nThanks, but it still fails when I log in.\nSee the log.",
        "From: Berlin\nTo: Paris\nDate: 3 Nov\nPlease change my booking.",
        "昨天客服写道：\n已修复，但没有",
        "On Monday you wrote:\nit is fixed. It is not.",
        "On 3 November you wrote:\nit is fixed. It is not.",
        "在11月3日的邮件里你们写道：\n已修复，但没有",
        "Thank you",
        "谢谢！",
        "It was sent from my iPhone and never arrived.",
        "这是发自我的iPhone的订单，一直没有到货",
        "I pay 5 > 3 coupons",
        "--- it breaks\nalways",
        "Data: 5 GB\nDo: nothing",
        "From: sam@customer.example\nI cannot log in with it.",
        "It fails.\nThanks!\nThe coupon is gone. Look at it.",
        "Best regards to the team.\nBut the coupon is not counted. It is charged in full.",
    ],
)
@pytest.mark.parametrize("answers", [True, False])
def test_what_customers_write_like_it_stays(said: str, answers: bool) -> None:
    assert new_words(said, answers) == said


def test_answers_between_the_lines_stay() -> None:
    text = "On 3 Nov 2026, Acme <voice@acme.example> wrote:\n> Is it fixed?\nNo.\n> Since when?\nSince Monday.\n"
    assert new_words(text, answers=True) == "No.\nSince Monday."


def test_a_mail_of_quotation_alone_says_nothing() -> None:
    assert new_words("> all of it\n> is old\n\nSent from my iPhone", answers=True) == ""


@given(
    st.text(alphabet="On At在于 写道wrote:：\n>&gt;-_=From发件人:@<>2026年x \u00a0*Sent|", max_size=400), st.booleans()
)
@settings(max_examples=300, deadline=None)
def test_nothing_is_invented(text: str, answers: bool) -> None:
    words = new_words(text, answers)
    assert all(line in text.split("\n") or line.strip() in text for line in words.split("\n"))


@pytest.mark.parametrize(
    "line",
    [
        "Am " * 130,
        "Il " * 130,
        "Den " * 99,
        "* " * 190,
        "On 1 " * 80,
        "在" * 390,
        "From: a",
        "> " * 190,
        "-" * 400,
        " " * 400,
    ],
)
def test_time_grows_with_length_alone(line: str) -> None:
    begun = time.process_time()
    new_words("\n".join([line] * (200_000 // len(line))), answers=True)
    new_words("\n".join([line] * (8_000 // len(line))), answers=True)
    assert time.process_time() - begun < 2.0
