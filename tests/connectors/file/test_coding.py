"""Encodings that are found out, and bytes that must not become wrong letters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.file.coding import Coding, Decoder, Unclear, detect, read_chinese, split

CHINESE = "编号,评论\n" + "".join(f"{n},质量很好，客服态度也不错，囧\n" for n in range(30))
RUSSIAN = "номер,отзыв\n" + "".join(f"{n},Доставка опоздала на три дня, коробка была открыта\n" for n in range(30))
JAPANESE = "番号,レビュー\n" + "".join(f"{n},商品の到着が遅れました。とても残念です\n" for n in range(30))
KOREAN = "번호,리뷰\n" + "".join(f"{n},배송이 늦었고 상자가 열려 있었습니다\n" for n in range(30))
TAIWAN = "編號,評論\n" + "".join(f"{n},這個產品的質量很好,客服態度也不錯\n" for n in range(30))
GERMAN = "nr,text\n" + "".join(f"{n},Die Lieferung kam zu spät, größte Enttäuschung für mich\n" for n in range(30))
FRENCH = "nr,text\n" + "".join(f"{n},Je suis très déçu, ça ne va pas être réparé\n" for n in range(30))


@pytest.mark.parametrize(
    ("text", "encoding", "name"),
    [
        (CHINESE, "utf-8", "utf-8"),
        (CHINESE, "utf-8-sig", "utf-8"),
        (CHINESE, "utf-16", "utf-16-le"),
        ("\ufeff" + CHINESE, "utf-16-be", "utf-16-be"),
        ("\ufeff" + CHINESE, "utf-32-le", "utf-32-le"),
        (GERMAN, "utf-16-le", "utf-16-le"),
        (GERMAN, "utf-16-be", "utf-16-be"),
        (CHINESE, "gbk", "gb18030"),
        ("a,b\n1,好评😀\n", "gb18030", "gb18030"),
        (RUSSIAN, "cp1251", "cp1251"),
        (RUSSIAN, "koi8_r", "koi8-r"),
        (JAPANESE, "shift_jis", "cp932"),
        (JAPANESE, "euc_jp", "euc-jp"),
        (KOREAN, "euc_kr", "cp949"),
        (TAIWAN, "big5", "big5"),
        (GERMAN, "cp1252", "cp1252"),
        ("a,b\n1,2\n", "ascii", "utf-8"),
    ],
)
def test_what_is_found_out_reads_every_line(text: str, encoding: str, name: str) -> None:
    raw = text.encode(encoding)
    found = detect(raw)
    assert found.name == name
    decoder = Decoder(found)
    lines = split(raw[found.skip :], found)
    assert "".join(decoder(line) or "?" for line in lines) == text.lstrip("\ufeff")
    assert decoder.foreign == 0


@pytest.mark.parametrize("text", ["质量很好" * 10, "Très déçu, ça va être réparé, peut-être, côté été é"])
def test_a_sign_cut_by_the_end_of_the_sample_is_no_fault(text: str) -> None:
    assert detect(text.encode()[:-1]).name == "utf-8"


def test_short_words_that_could_be_two_keep_the_encoding_of_the_file() -> None:
    raw = "模".encode("gbk")
    assert raw.decode() == "ģ"
    assert Decoder(Coding("gb18030"))(raw) == "模"
    assert Decoder(Coding("utf-8"))(raw) == "ģ"


def test_what_two_alphabets_make_sense_of_is_not_guessed() -> None:
    with pytest.raises(Unclear, match="cp1252"):
        detect(FRENCH.encode("cp1252"))
    assert detect(FRENCH.encode("cp1252"), "cp1252").name == "cp1252"


def test_what_the_owner_says_counts_for_every_line() -> None:
    fixed = detect(b"\xef\xbb\xbfa", "utf-8")
    assert (fixed.skip, fixed.fixed) == (3, True)
    assert detect("\ufeffa".encode("utf-16-le"), "utf-16").skip == 2
    assert detect(b"a\0", "utf-16").name == "utf-16-le"
    assert Decoder(fixed)("质量很好".encode("gbk")) is None
    assert Decoder(detect(b"", "latin-1"))("质".encode()) == "è´¨"


@pytest.mark.parametrize(
    "text", ["优", "好评", "联通", "质量不错。", "Very good 不错", "发货太慢了，客服一直不回复，等了三天"]
)
def test_lines_of_two_encodings(text: str) -> None:
    for main, other in (("utf-8", "gbk"), ("gb18030", "utf-8")):
        decoder = Decoder(Coding(main))
        assert decoder(text.encode(main)) == text
        assert decoder.foreign == 0
        assert decoder(text.encode(other)) == text
        assert decoder.foreign == 1


@pytest.mark.parametrize(
    "raw",
    [
        "质量很好".encode()[:-1],
        "质量很好，下次再来".encode()[:-2] + b",5\n",
        b"caf\xe9,3\n",
        b"caf\xe9s,3\n",
        b"T\xfcr auf\n",
        "とても残念です".encode("shift_jis"),
        "品質が良い".encode("euc_jp"),
        "배송이 늦었고 상자가 열려 있었습니다".encode("euc_kr"),
        b"\xff\xfe",
    ],
)
def test_what_is_neither_is_no_text(raw: bytes) -> None:
    assert Decoder(Coding("utf-8"))(raw) is None
    assert read_chinese(raw) is None


@given(st.text(max_size=50), st.sampled_from(["utf-16-le", "utf-16-be", "utf-32-le", "utf-8"]))
def test_lines_joined_are_the_whole(text: str, name: str) -> None:
    raw = text.encode(name, "surrogatepass")
    for data in (raw, raw[:-1], raw + b"\xff"):
        assert b"".join(split(data, Coding(name))) == data


@given(st.binary(max_size=200))
def test_any_bytes_have_a_coding_or_are_unclear(raw: bytes) -> None:
    try:
        found = detect(raw)
    except Unclear:
        return
    decoder = Decoder(found)
    for line in split(raw[found.skip :], found):
        assert decoder(line) is None or decoder.anyhow(line) is not None
