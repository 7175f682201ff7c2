from __future__ import annotations

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vocbot.sdk.document import (
    Bullets,
    Button,
    Buttons,
    Divider,
    Document,
    Figures,
    Heading,
    Paragraph,
    Quote,
    Table,
    Text,
)
from vocbot.sdk.render.width import cut, fit, shorten

FAMILY = "👩\u200d👩\u200d👧"


@given(st.text(max_size=60), st.integers(0, 70), st.sampled_from(["chars", "bytes"]))
def test_cut_keeps_the_limit_and_the_beginning(text: str, limit: int, unit: Literal["chars", "bytes"]) -> None:
    result = cut(text, limit, unit)
    size = len(result) if unit == "chars" else len(result.encode())
    whole = len(text) if unit == "chars" else len(text.encode())
    assert size <= limit
    if whole <= limit:
        assert result == text
    elif result:
        assert result.endswith("…")
        assert text.startswith(result.removesuffix("…").rstrip())


@pytest.mark.parametrize(
    ("text", "limit", "unit", "result"),
    [
        ("一二三四五", 4, "chars", "一二三…"),
        ("一二三四五", 15, "bytes", "一二三四五"),
        ("一二三四五", 14, "bytes", "一二三…"),
        ("一二三四五", 11, "bytes", "一二…"),
        ("一二三四五", 3, "bytes", "…"),
        ("一二三四五", 2, "bytes", ""),
        ("abc", 0, "chars", ""),
        ("", 0, "chars", ""),
        ("one two three", 5, "chars", "one…"),
        ("ae\u0301bc", 3, "chars", "a…"),  # not a, e without its accent
        (f"a{FAMILY}b", 4, "chars", "a…"),  # not half a family
        (f"a{FAMILY}bcd", 8, "chars", f"a{FAMILY}b…"),
        ("👍🏽👍🏽", 3, "chars", "👍🏽…"),
        ("👍🏽👍🏽", 2, "chars", "…"),
    ],
)
def test_cut_at_the_borders(text: str, limit: int, unit: Literal["chars", "bytes"], result: str) -> None:
    assert cut(text, limit, unit) == result


def texts(document: Document) -> int:
    return len(repr(document.blocks))


def doc(*blocks: object) -> Document:
    return Document("en", "title", blocks)  # type: ignore[arg-type]


YES = Buttons((Button("yes", "approve", "t"),))


def test_shorten_cuts_the_last_text_and_leaves_out_what_follows() -> None:
    long = doc(Heading("abc"), Paragraph((Text("defghij"), Text("klm"))), Divider(), Quote("nop"), YES)
    assert shorten(long, 10) == doc(Heading("abc"), Paragraph((Text("defgh…"),)), YES)
    assert shorten(long, 4) == doc(Heading("abc"), Paragraph(()), YES)
    assert shorten(long, 5) == doc(Heading("abc"), Paragraph((Text("…"),)), YES)
    assert shorten(long, 0) == doc(Heading(""), YES)
    assert shorten(long, 1000) is long


def test_shorten_says_that_something_is_missing_even_at_a_seam() -> None:
    assert shorten(doc(Heading("abc"), Divider()), 5) == doc(Heading("abc"), Divider())
    assert shorten(doc(Heading("abc"), Divider(), Heading("x")), 6) == doc(Heading("abc"), Divider(), Heading("…"))
    assert shorten(doc(*[Divider()] * 3), 2) == doc(Divider(), Divider(), Paragraph((Text(""),)))


def test_shorten_keeps_tables_rectangular_and_lists_short() -> None:
    table = Table(("a", "b"), (("1", "2"), ("33333", "4"), ("5", "6")))
    assert shorten(doc(table), 12) == doc(Table(("a", "b"), (("1", "2"), ("333…", ""))))
    assert shorten(doc(Figures((("a", "1"), ("b", "2"), ("c", "3")))), 9) == doc(
        Figures((("a", "1"), ("b", "2"), ("…", "")))
    )
    items = Bullets(((Text("a"),), (Text("bbb"),), (Text("c"),)))
    assert shorten(doc(items), 5) == doc(Bullets(((Text("a"),), (Text("bb…"),))))


@given(st.lists(st.text(max_size=9), max_size=9), st.integers(0, 60))
def test_shorten_never_exceeds_its_budget(words: list[str], budget: int) -> None:
    blocks = shorten(doc(*(Paragraph((Text(word),)) for word in words)), budget).blocks
    assert sum(len(run.text) for b in blocks if isinstance(b, Paragraph) for run in b.runs) <= budget


def test_fit_finds_the_most_that_fits() -> None:
    calls = []

    def render(document: Document) -> str:
        calls.append(document)
        return "".join(f"[{b.text}]" * 2 for b in document.blocks if isinstance(b, Quote))

    assert fit(doc(Quote("abcdef")), 50, render, len) == "[abcdef][abcdef]"
    assert len(calls) == 1
    assert fit(doc(Quote("abcdef" * 1000)), 50, render, len) == f"[{('abcdef' * 4)[:22]}…]" * 2
    assert len(calls) < 12


def test_fit_says_when_there_is_no_room_at_all() -> None:
    with pytest.raises(ValueError, match="a limit of 3 leaves no room"):
        fit(doc(Quote("abc")), 3, lambda _: "frame", len)
