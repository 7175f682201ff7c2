"""Texts come out as they were written, whatever the feed says of its bytes."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.rss.coding import decode

ZH = "优惠券显示可用，但是付款时没有抵扣。客服说正在处理，已经等了三天还没有结果，非常失望。"
TW = "優惠券顯示可用，但付款時沒有抵扣。客服說正在處理，已經等了三天還沒有結果，非常失望。"
JA = "クーポンが使えません。支払い時に割引が適用されず、サポートに連絡しましたが返事がありません。"
KO = "쿠폰이 적용되지 않습니다. 고객센터에 문의했지만 답변이 없습니다. 매우 실망했습니다."
RU = "Купон не применяется при оплате. Служба поддержки не отвечает уже три дня."
FR = "Le coupon n’est pas appliqué à la caisse. Très déçu, le service client ne répond pas."


def feed(text: str, declared: str | None) -> str:
    head = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    return f"{head}<rss version='2.0'><channel><item><title>{text[:8]}</title><description>{text}</description></item>"


@pytest.mark.parametrize(
    ("text", "real", "declared", "header"),
    [
        (ZH, "utf-8", "utf-8", ""),
        (ZH, "utf-8", "gb2312", "text/xml; charset=gb2312"),  # both declarations are wrong
        (ZH, "utf-8", "iso-8859-1", "text/xml; charset=iso-8859-1"),
        (ZH, "utf-8-sig", None, ""),
        (ZH, "utf-16", "utf-16", ""),
        (ZH, "utf-16-le", "utf-16", ""),
        (ZH, "utf-16-be", None, ""),
        (ZH, "utf-32", None, ""),
        (ZH, "gb18030", "gb2312", ""),
        (ZH, "gbk", None, "application/xml; charset=GBK"),
        (ZH, "gbk", "utf-8", "text/xml; charset=utf-8"),  # GBK declared as UTF-8
        (ZH, "gbk", None, ""),
        (TW, "big5", "big5", ""),
        (TW, "big5", "utf-8", ""),
        (JA, "shift_jis", "Shift_JIS", ""),
        (JA, "euc_jp", "utf-8", ""),
        (KO, "euc_kr", "utf-8", ""),
        (RU, "windows-1251", "utf-8", ""),
        (RU, "koi8-r", "koi8-r", ""),
        (FR, "windows-1252", "iso-8859-1", ""),
        (FR, "windows-1252", "utf-8", ""),
    ],
)
def test_the_words_survive(text: str, real: str, declared: str | None, header: str) -> None:
    assert text in decode(feed(text, declared).encode(real), header)


def test_a_text_that_was_cut_in_a_character_spoils_only_that() -> None:
    whole = feed(ZH, "utf-8").encode()
    broken = whole.replace("付款".encode(), "付款".encode()[:-1])
    text = decode(broken, "text/xml; charset=utf-8")
    assert "优惠券显示可用" in text and "非常失望" in text and "付\ufffd" in text
    chinese = feed(ZH, "gbk").encode("gbk").replace("款".encode("gbk"), "款".encode("gbk")[:1] + b"\xff")
    assert "优惠券显示可用" in decode(chinese)


def test_names_that_are_no_encodings_of_feeds_are_not_tried() -> None:
    body = b'<?xml version="1.0" encoding="punycode"?>' + b"<rss>" + b"\xe9" + b"a-" * 200_000
    begun = time.monotonic()
    assert "<rss>" in decode(body, "text/xml; charset=zlib_codec")
    assert time.monotonic() - begun < 5


@given(st.binary(max_size=300), st.text(max_size=40))
def test_it_never_raises(body: bytes, header: str) -> None:
    assert isinstance(decode(body, header), str)
    assert isinstance(decode(b'<?xml version="1.0" encoding="gbk"?>' + body, f"text/xml; charset={header}"), str)
