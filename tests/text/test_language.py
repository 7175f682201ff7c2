from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vocbot.text.language import detect


@pytest.mark.parametrize(
    "text",
    [
        "外卖送得太慢了",
        "服務態度很差",
        "这个app的checkout page太慢了",
        "我用iPhone 15 Pro Max升级iOS后App Store打不开",
        "login不了",
        "鲜の味好吃",
        "差评",
        "@shop_cn 一直没人回复 https://shop.example/a",
    ],
)
def test_chinese(text: str) -> None:
    assert detect(text) == "zh"


@pytest.mark.parametrize(
    "text",
    [
        "The coupon is not working",
        "The 微信支付 option is not working",
        "refund",
        "Transfer declined",
        "I am having trouble, call me",
        "good app but 闪退",
        "thx!! 👍",
        "never again :(",
    ],
)
def test_english(text: str) -> None:
    assert detect(text) == "en"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "👍👍",
        "12:30 3,5",
        "[PHONE] VOC-42",
        "@united https://t.co/abc",
        "とても遅いです",
        "私は元気",
        "배송이 너무 늦어요",
        "очень плохо",
        "La livraison est très en retard",
        "Die Lieferung war leider sehr spät",
        "El pedido llegó tarde y frío",
        "La consegna è in ritardo",
        "O pedido não chegou",
        "De bestelling is niet aangekomen",
        "Bonjour",
        "keyi",
    ],
)
def test_undecided(text: str) -> None:
    assert detect(text) == "und"


@given(st.text(alphabet=st.characters(exclude_categories=[]), max_size=100))
def test_is_total(text: str) -> None:
    assert detect(text) in ("zh", "en", "und")


def test_long_text_finishes() -> None:
    assert detect("太慢了 " * 60_000) == "zh"
    assert detect("too slow " * 25_000) == "en"
