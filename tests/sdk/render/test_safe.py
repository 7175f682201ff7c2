from __future__ import annotations

from unicodedata import bidirectional, category

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vocbot.sdk.document import Link, Text
from vocbot.sdk.render.safe import address, clean, merged, one_line


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("a\r\nb\rc\nd", "a\nb\nc\nd"),
        ("a\x0bb\x0cc\x85d\u2028e\u2029f", "a\nb\nc\nd\ne\nf"),
        ("nul\x00 esc\x1b[31m del\x7f", "nul esc[31m del"),
        ("lone\ud800 non\ufffe\uffff\ufdd0", "lone non"),
        ("\u202eevil\u202c \u2066x\u2069", "evil x"),
        ("tab\tstays, عربي 中文 👩\u200d👧 e\u0301 \u200e", "tab\tstays, عربي 中文 👩\u200d👧 e\u0301 \u200e"),
    ],
)
def test_clean(text: str, result: str) -> None:
    assert clean(text) == result


@given(st.text(st.characters(codec="utf-16", categories=["Cs", "Cc", "Cf", "L", "Zl", "Zp"])))
def test_clean_text_can_be_written_anywhere_and_cleaning_again_changes_nothing(text: str) -> None:
    result = clean(text)
    assert clean(result) == result
    assert {char for char in result if category(char) in ("Cc", "Cs", "Zl", "Zp")} <= {"\n", "\t"}
    assert {bidirectional(char) for char in result}.isdisjoint(
        {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
    )
    result.encode()
    assert "\n" not in one_line(text)


@pytest.mark.parametrize(
    ("url", "result"),
    [
        ("https://voc.example/i/42", "https://voc.example/i/42"),
        ("HTTPS://voc.example:8443/i?a=1&b=2#c", "https://voc.example:8443/i?a=1&b=2#c"),
        ("http://例子.中国/路径", "http://例子.中国/%E8%B7%AF%E5%BE%84"),
        ("https://x.example/a(b)|c]>d e\"'<", "https://x.example/a%28b%29%7Cc%5D%3Ed%20e%22%27%3C"),
        ("https://x.example/%41%zz", "https://x.example/%41%zz"),
        ("https://x.example/\ud800", "https://x.example/%3F"),
        (" https://x.example/ ", "https://x.example/"),
        ("https://x.example/a\nb", "https://x.example/ab"),
        ("mailto:help@x.example?subject=hi there", "mailto:help@x.example?subject=hi%20there"),
        ("javascript:alert(1)", None),
        ("java\nscript:alert(1)", None),
        ("data:text/html,x", None),
        ("ftp://x.example/", None),
        ("//x.example/", None),
        ("x.example", None),
        ("", None),
        ("https://", None),
        ("https:///path", None),
        ("https://bank.example@evil.example/", None),
        ("https://evil.example\\@bank.example/", None),
        ("https://x.example:port/", None),
        ("https://[::1", None),
        ("mailto:nobody", None),
        ("mailto://x@y", None),
        ("https://x.example/" + "a" * 2000, None),
    ],
)
def test_address(url: str, result: str | None) -> None:
    assert address(url) == result


@given(st.text())
def test_no_address_can_leave_its_place(tail: str) -> None:
    for url in (f"https://x.example/{tail}", f"https://{tail}", f"mailto:a@b{tail}", tail):
        result = address(url)
        if result is not None:
            assert result.startswith(("http://", "https://", "mailto:"))
            assert not set(result) & set("<>\"'|[](){}\\^` \n\t\r")


def test_runs_of_one_kind_become_one() -> None:
    link = Link("x", "https://x.example")
    runs = (Text("h1"), Text(". a"), Text("b", bold=True), Text("c", bold=True), link, link, Text("d"))
    assert merged(runs) == [Text("h1. a"), Text("bc", bold=True), link, link, Text("d")]
    assert merged(()) == []
