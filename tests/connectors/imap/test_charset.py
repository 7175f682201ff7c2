"""Bytes to text, under right names, wrong names and none."""

from __future__ import annotations

import base64
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.imap.charset import decode, header

SAID = "优惠券显示已用，但是没有扣钱"
TRADITIONAL = "優惠券顯示已用,但是沒有扣錢"


@pytest.mark.parametrize("codec", ["gbk", "gb2312", "gb18030", "utf-8"])
@pytest.mark.parametrize("name", ["", "x-unknown", "unknown-8bit", "us-ascii", "zlib", "no-such-set"])
def test_chinese_without_a_name_that_helps(codec: str, name: str) -> None:
    assert decode(SAID.encode(codec), name) == SAID


def test_traditional_chinese_without_a_name() -> None:
    assert decode(TRADITIONAL.encode("big5")) == TRADITIONAL


@pytest.mark.parametrize("text", ["déjà vu à Zürich, café", "Größe", "Über Straßen", "señor"])
def test_latin_letters_without_a_name(text: str) -> None:
    assert decode(text.encode("latin-1")) == text


@pytest.mark.parametrize(
    ("text", "codec", "name"),
    [
        ("镕基，㐂", "gb18030", "GB2312"),  # called by the small set's name, with characters of the large one
        ("优惠券", "gbk", '"gbk"'),
        ("優惠券", "cp950", "big5"),
        ("“quoted” – dash", "cp1252", "iso-8859-1"),
        ("déjà vu", "utf-8", "iso-8859-1"),  # wrongly called
        ("优惠券没有用", "utf-8", "gb2312"),
        ("优惠券", "utf-7", "UTF-7"),
        ("优惠券", "utf-7", "unicode-1-1-utf-7"),
        ("クーポン", "iso-2022-jp", "ISO-2022-JP"),
        ("쿠폰", "cp949", "ks_c_5601-1987"),
        ("联通", "gbk", "gbk"),
    ],
)
def test_names_and_what_they_mean(text: str, codec: str, name: str) -> None:
    assert decode(text.encode(codec), name) == text


def test_a_character_cut_in_two_takes_only_itself_away() -> None:
    assert decode(SAID.encode()[:-1], "utf-8") == SAID[:-1]
    assert decode(SAID.encode("gbk")[:-1], "gbk").startswith(SAID[:-1])


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (b"=?UTF-8?B?5LyY5oOg5Yi4?=", "优惠券"),
        (b"=?utf-8?q?Re:_=E4=BC?=\n =?UTF-8?Q?=98=E6=83=A0?=", "Re: 优惠"),
        (b"a =?utf-8?q?b?= c =?utf-8?q?d?=", "a b c d"),
        (b"=?utf-8?q?a?= =?gbk?B?08U=?=", "a优"),
        (b"=?x-bad?B?5LyY?=", "优"),
        (b"=?utf-8*en?q?a?=", "a"),
        (b"=?utf-8?b?5LyY5oOg5Yi4", "=?utf-8?b?5LyY5oOg5Yi4"),
        (b"=?utf-8?b?!!!?=", ""),
        ("优惠券".encode("gbk"), "优惠券"),
        ("优惠券".encode(), "优惠券"),
        (b"plain", "plain"),
    ],
)
def test_header_fields(raw: bytes, shown: str) -> None:
    assert header(raw) == shown


def test_an_encoded_word_cut_within_a_character_and_within_a_group() -> None:
    data = SAID.encode("gbk")
    words = [b"=?gb2312?B?" + base64.b64encode(piece) + b"?=" for piece in (data[:9], data[9:])]
    assert header(b"\r\n ".join(words)) == SAID
    digits = base64.b64encode(data)
    assert header(b"=?gbk?B?" + digits[:10] + b"?= =?gbk?B?" + digits[10:] + b"?=") == SAID


@given(st.binary(max_size=300), st.text(max_size=20))
def test_nothing_fails(data: bytes, name: str) -> None:
    assert isinstance(decode(data, name), str)
    assert isinstance(header(data), str)


@given(st.text(max_size=80))
def test_utf8_is_always_read(text: str) -> None:
    plain = text.encode("utf-8", "ignore").decode()
    assert decode(plain.encode(), "utf-8") == plain


def test_time_grows_with_length_alone() -> None:
    begun = time.process_time()
    header(b"=?utf-8?q?" + b"a" * 50_000)
    header(b"=?" * 50_000)
    header(b"=?a?b??=" * 20_000)
    assert time.process_time() - begun < 2.0
