"""What a customer reads, and what their answer means."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vocbot.sdk.render.plain import to_plain
from vocbot.store.tables import Change, Issue, Mention
from vocbot.tell.notice_text import LONGEST_WORDS, notice_document, own_words, reaction

ZONE = ZoneInfo("Asia/Shanghai")
SPOKE = datetime(2026, 10, 29, 17, 30, tzinfo=UTC)  # the 30th in Shanghai
OUT = datetime(2026, 11, 24, 10, tzinfo=UTC)


def letter(language: str, words: str = "", kind: str = "problem", **change: str) -> str:
    issue = Issue(
        number=42, title_zh="优惠券不抵扣", title_en="Coupon not applied", kind=kind, first_seen=SPOKE, last_seen=SPOKE
    )
    mention = Mention(feedback_id=1, issue_id=1, start=0, end=1, text=words, time=SPOKE, day=SPOKE.date())
    about = Change(id=7, added_by="Shen", released_at=OUT, **change)
    return to_plain(notice_document(issue, about, mention, language, "Daybreak", ZONE)).strip()


def test_english() -> None:
    text = letter(
        "en",
        "Coupon says applied, card charged in full.",
        version="5.4.1",
        what_en="A coupon shown as available is now taken off at payment.",
        what_zh="不是给您的。",
        check_en="update, and pick any coupon at checkout.",
    )
    assert text.split("\n\n") == [
        "On 30 October you told us: “Coupon says applied, card charged in full”.",
        "We have changed this. A coupon shown as available is now taken off at payment. It came with version 5.4.1 on "
        "24 November.",
        "To check: update, and pick any coupon at checkout.",
        "Still not right? Reply “still”. No more notes like this one? Reply “stop”.",
        "Thank you for telling us. Daybreak",
    ]


def test_chinese() -> None:
    text = letter(
        "zh", "明明写着可用，一付款就变原价", what_zh="显示可用的券现在会直接抵扣。", check_zh="随便选一张券。"
    )
    assert text.split("\n\n") == [
        "您好，10 月 30 日您跟我们说：“明明写着可用，一付款就变原价”。",
        "这个问题我们改好了。显示可用的券现在会直接抵扣。11 月 24 日起生效。",
        "怎么看效果：随便选一张券。",
        "还是不行？回复“没好”。不想再收到这类消息？回复“停”。",
        "谢谢您告诉我们。Daybreak",
    ]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("kind", ["problem", "wish"])
def test_without_own_words_or_a_description(language: str, kind: str) -> None:
    text = letter(language, "my number is [PHONE-1]", kind)
    assert "PHONE" not in text and "[" not in text
    assert {"zh": "反映过：优惠券不抵扣", "en": "about this: Coupon not applied"}[language] in text
    expected = {
        ("en", "problem"): "What you described should not happen any more.",
        ("en", "wish"): "You asked for it, and it is here. What you had in mind is possible now.",
        ("zh", "problem"): "您说的情况应该不会再出现了。",
        ("zh", "wish"): "您提的建议，我们做好了。您想要的功能现在有了。",
    }
    assert expected[language, kind] in text


def test_a_version_that_is_in_the_description_is_not_said_twice() -> None:
    text = letter("en", "x", version="5.4.1", what_en="From version 5.4.1 coupons work.")
    assert text.count("5.4.1") == 1 and "In place since 24 November." in text


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_numbers_of_ours(language: str) -> None:
    text = letter(language, "Coupon says applied", version="5.4.1")
    assert not re.search(r"VOC-|CHANGE-|DEMO-|[{}]|None", text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Coupon ignored!", "Coupon ignored"),
        ("  券没抵扣。 ", "券没抵扣"),
        ("but I paid in full.", "I paid in full"),
        ("但是一付款就变原价", "一付款就变原价"),
        ("However, nothing came", "nothing came"),
        ("butter melted on the way", "butter melted on the way"),
        ("call [PHONE-1] now", None),
        ("[NAME] was rude", None),
        ("...", None),
        ("", None),
        ("but", None),
        ("字" * 60, "字" * 60),
        ("字" * 61, "字" * 59 + "…"),
        (
            "The page says one coupon applied, and then the payment screen asks for the whole amount once again, plus "
            "delivery fees",
        )
        * 2,
        ("word " * 23 + "another, word", "word " * 22 + "word…"),
        ("字" * 55 + " 5.4.0 版", "字" * 55 + "…"),
        ("x" * 130, "x" * 119 + "…"),
        ("App " + "字" * 55 + "abc", "App " + "字" * 55 + "…"),
    ],
)
def test_own_words(text: str, words: str | None) -> None:
    assert own_words(text) == words


@given(st.text(max_size=200))
def test_own_words_are_short_and_hold_no_placeholder(text: str) -> None:
    words = own_words(text)
    assert words is None or (0 < len(words) <= LONGEST_WORDS["en"] and "[" not in words)


STOP = (
    "stop",
    "STOP!",
    "“stop”",
    "Stop.",
    "please stop",
    "Stop sending me these messages please",
    "unsubscribe",
    "停",
    "“停”。",
    "停止",
    "请停止发送这类消息，谢谢",
    "退订",
    "不要再发了",
    "别再发消息给我了",
)
STILL = (
    "still",
    "“still”",
    "Still!",
    "still broken",
    "It is still not working",
    "Still doesn't work",
    "I still can't log in",
    "still charged in full",
    "not fixed",
    "It isn't fixed",
    "没好",
    "“没好”",
    "还没修好",
    "还是不行啊",
    "没有解决",
    "依然没有抵扣",
)
OTHER = (
    "",
    "thanks!",
    "谢谢",
    "works now",
    "it still works great",
    "Still love your shop",
    "stopped working",
    "stop the charges on my card",
    "The bus stop is far",
    "停了半天才发货",
    "停车位太少",
    "没好评",
    "有没有好消息",
    "依然喜欢你们",
    "好了",
    "still " + "x" * 100,
    "stop" + " please" * 30,
)


@pytest.mark.parametrize(
    ("text", "meant"),
    [(t, m) for texts, m in ((STOP, "stop"), (STILL, "still"), (OTHER, "other")) for t in texts],
)
def test_what_a_reply_means(text: str, meant: str) -> None:
    assert reaction(text) == meant


@given(st.text())
def test_any_reply_means_something(text: str) -> None:
    assert reaction(text) in ("stop", "still", "other")
