from __future__ import annotations

import json

import pytest

from vocbot.sdk.document import Document, Figures, Heading, Link, Paragraph, Quote, Table, Text, bullets, paragraph
from vocbot.sdk.render.adf import LIMIT, to_adf


def content(*blocks: object) -> list[object]:
    result = to_adf(Document("en", "t", blocks))  # type: ignore[arg-type]
    assert (result["type"], result["version"]) == ("doc", 1)
    return result["content"]  # type: ignore[no-any-return]


def text(words: str, *marks: object) -> dict[str, object]:
    return {"type": "text", "text": words, **({"marks": list(marks)} if marks else {})}


def para(*nodes: object) -> dict[str, object]:
    return {"type": "paragraph", "content": list(nodes)}


def test_blocks() -> None:
    assert content(Heading("a\nb", 2)) == [{"type": "heading", "attrs": {"level": 2}, "content": [text("a b")]}]
    assert content(paragraph("a\n\n", Text("b", bold=True, italic=True))) == [
        para(text("a"), {"type": "hardBreak"}, {"type": "hardBreak"}, text("b", {"type": "strong"}, {"type": "em"}))
    ]
    assert content(bullets(["a"], ordered=True)) == [
        {"type": "orderedList", "content": [{"type": "listItem", "content": [para(text("a"))]}]}
    ]
    assert content(Quote("{code}", "chat")) == [
        {"type": "blockquote", "content": [para(text("{code}")), para(text("chat", {"type": "em"}))]}
    ]
    header = {"type": "tableRow", "content": [{"type": "tableHeader", "content": [para(text("a"))]}]}
    assert content(Table(("a",), (("",),))) == [
        {
            "type": "table",
            "content": [header, {"type": "tableRow", "content": [{"type": "tableCell", "content": [para()]}]}],
        }
    ]
    cells = [{"type": "tableHeader", "content": [para(text("a"))]}, {"type": "tableCell", "content": [para(text("1"))]}]
    assert content(Figures((("a", "1"),))) == [{"type": "table", "content": [{"type": "tableRow", "content": cells}]}]


def test_links_are_marks_and_bad_addresses_none() -> None:
    good = {"type": "link", "attrs": {"href": "https://x.example/"}}
    assert content(Paragraph((Link("a", "https://x.example/"), Link("b", "javascript:x")))) == [
        para(text("a", good), text("b"))
    ]


@pytest.mark.parametrize("blocks", [(Heading(""),), (paragraph(""),), (bullets([]),), (Quote("", ""),), (Figures(()),)])
def test_what_is_empty_is_left_out(blocks: tuple[object, ...]) -> None:
    assert content(*blocks) == []


def test_jiras_limit_counts_the_json() -> None:
    result = to_adf(Document("zh", "t", tuple(Quote('"\\\n' * 50, "x") for _ in range(300))))
    assert LIMIT - 400 < len(json.dumps(result, ensure_ascii=False)) <= LIMIT
