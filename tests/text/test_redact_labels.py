from __future__ import annotations

import pytest

from vocbot.text.redact_labels import label
from vocbot.text.redact_view import BARRIER


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("订单号", "order"),
        ("i lost my card. my number is ", None),
        ("about my credit card. number is ", "bank"),
        ("order no. ", "order"),
        ("订单编号是：", "order"),
        ("order number is #", "order"),
        ("tracking no. ", "order"),
        ("版本号", "order"),
        ("订单卡号", "bank"),
        ("卡号为 ", "bank"),
        ("my card ", "bank"),
        ("credit card. number is ", "bank"),
        ("身份证号码：", "id"),
        ("客服热线", "hotline"),
        ("联系电话：", "phone"),
        ("call me on ", "phone"),
        ("fax:\n", "phone"),
        ("tel/", "phone"),
        ("ssn: ", "ssn"),
        ("vx", "chat"),
        ("电话打了", "phone"),
        ("批次号", "order"),
        ("下单了", None),
        ("退款到", None),
        ("recall ", None),
        ("花了", None),
        ("", None),
        (f"卡号{BARRIER}", None),
        (f"order {BARRIER} card ", "bank"),
    ],
)
def test_the_nearest_words_say_what_a_number_is(words: str, name: str | None) -> None:
    assert label(words + "123", len(words)) == name


def test_looks_back_a_few_words_only() -> None:
    assert label("card number is " + "the " * 20 + "123", 95) is None
