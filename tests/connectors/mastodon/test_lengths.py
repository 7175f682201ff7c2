"""Counting as the server does, never fewer; cutting at places where nothing is torn."""

from __future__ import annotations

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from connectors.mastodon.lengths import count, cut
from connectors.mastodon.standin_world import measure

LONG = "https://shop.example.com/" + "x" * 80


@pytest.mark.parametrize(
    ("text", "counted"),
    [
        ("", 0),
        ("hello", 5),
        ("你好，世界", 5),
        ("👩‍👩‍👧‍👦🇨🇳👍🏽", 3),
        ("e\u0301", 1),
        ("한국", 2),
        ("क्ष", 2),  # one for new servers, two for old ones
        (LONG, 23),
        ("https://a.cn", 23),
        (f"见{LONG}。", 25),
        (f"({LONG})", 25),
        (f"{LONG}?a=1&b=2#top", 23),
        (f"{LONG}. Next", 29),
        (f"{LONG} {LONG}", 47),
        ("HTTPS://SHOP.EXAMPLE.COM/" + "X" * 80, 23),
        ("https://shop.co.uk:8443/" + "x" * 80, 23),
        # What the server may not take for an address counts in full, and never less than one.
        ("https://voc.example/i/42", 40),
        ("http://localhost:8080/a", 39),
        ("https://shop.museum/" + "x" * 80, 116),
        ("x" + LONG, 122),
        ("https://shop_one.com/" + "x" * 80, 117),
        ("shop.example.com/" + "x" * 80, 97),
        ("@sam@people.example", 19),
    ],
)
def test_what_counts(text: str, counted: int) -> None:
    assert count(text, 23) == counted
    assert counted >= measure(text)


PARTS = st.sampled_from(
    [
        *(
            "https://",
            "http://",
            "HTTPS://",
            "a.com",
            "shop.example.com",
            "a.museum",
            "-",
            ".",
            ",",
            ":",
            ";",
            "/",
            "//",
        ),
        *(
            "?",
            "#",
            "=",
            "&",
            "%20",
            "(",
            ")",
            "[",
            "]",
            "@",
            "＠",
            "_",
            " ",
            "\n",
            "x" * 30,
            "ab",
            "9",
            ":80",
            "!",
            "'",
        ),
        *(
            "你",
            "。",
            "（",
            "）",
            "「",
            "e\u0301",
            "\u0301",
            "👩‍👧",
            "🇨🇳",
            "क्ष",
            "é",
            "ſ",
            "K",
            "\u2060",
            "\u202e",
            "…",
            ".cn",
        ),
    ]
)
TEXTS = st.one_of(st.lists(PARTS, max_size=25).map("".join), st.text(max_size=60))


@given(TEXTS)
def test_never_fewer_than_the_server_counts(text: str) -> None:
    assert count(text, 23) >= measure(text)


@given(TEXTS, st.integers(0, 60))
def test_what_is_cut_fits_and_tears_nothing(text: str, limit: int) -> None:
    made = cut(text, limit, 23)
    assert count(made, 23) <= limit or made == text == ""
    if made == text:
        return
    assert count(text, 23) > limit
    assert made == "" if limit == 0 else made.endswith("…")
    kept = made.removesuffix("…").removesuffix(" ") if "://" in made else made.removesuffix("…")
    assert text.startswith(kept)
    for address in regex.finditer(r"https?://[a-z.]+(?:/[a-zA-Z/]*)?(?=\s|$)", text):
        assert not address.start() < len(kept) < address.end(), "an address is torn"
    edges = {0, *(found.end() for found in regex.finditer(r"\X", text))}
    assert len(kept) in edges or not kept.strip()


@pytest.mark.parametrize(
    ("text", "limit", "made"),
    [
        ("hello wonderful world", 21, "hello wonderful world"),
        ("hello wonderful world", 20, "hello wonderful…"),
        ("hello wonderful world", 16, "hello…"),
        ("优惠券显示可用但不抵扣", 8, "优惠券显示可…"),
        ("版本 v5.4.0 的优惠券", 10, "版本 v5.4.…"),
        ("x" * 100, 12, "x" * 10 + "…"),
        (f"see {LONG} and more of it", 32, f"see {LONG} …"),
        (f"see {LONG} and more of it", 28, "see…"),
        ("👩‍👩‍👧‍👦" * 9, 5, "👩‍👩‍👧‍👦" * 3 + "…"),
        ("abc", 2, "…"),
        ("abc", 0, ""),
    ],
)
def test_where_a_text_ends(text: str, limit: int, made: str) -> None:
    assert cut(text, limit, 23) == made
