from __future__ import annotations

import pytest

from vocbot.sdk.document import (
    Button,
    Buttons,
    Divider,
    Document,
    Figures,
    Heading,
    Link,
    Quote,
    Table,
    Text,
    bullets,
    paragraph,
)
from vocbot.sdk.render.slack import escape, to_slack_blocks


def blocks(*found: object) -> list[dict[str, object]]:
    return to_slack_blocks(Document("en", "t", found))  # type: ignore[arg-type]


def rich(element: object) -> dict[str, object]:
    return {"type": "rich_text", "elements": [element]}


def section(*elements: object) -> dict[str, object]:
    return {"type": "rich_text_section", "elements": list(elements)}


def plain(text: str) -> dict[str, object]:
    return {"type": "plain_text", "text": text, "emoji": False}


def test_text_goes_where_there_is_no_markup() -> None:
    words = "<!channel> *b* &amp; `c`"
    assert blocks(paragraph(words, Text("B", bold=True, italic=True), Link("see", "https://x.example"))) == [
        rich(
            section(
                {"type": "text", "text": words},
                {"type": "text", "text": "B", "style": {"bold": True, "italic": True}},
                {"type": "link", "url": "https://x.example", "text": "see"},
            )
        )
    ]
    assert blocks(Heading("a <b> & c", 1)) == [{"type": "header", "text": plain("a &lt;b&gt; &amp; c")}]
    assert blocks(paragraph(Link("x", "javascript:y"))) == [rich(section({"type": "text", "text": "x"}))]


def test_blocks() -> None:
    item = section({"type": "text", "text": "a"})
    assert blocks(bullets(["a", ""])) == [rich({"type": "rich_text_list", "style": "bullet", "elements": [item]})]
    assert blocks(Quote("a", "chat")) == [
        rich(
            {
                "type": "rich_text_quote",
                "elements": [
                    {"type": "text", "text": "a\n"},
                    {"type": "text", "text": "chat", "style": {"italic": True}},
                ],
            }
        )
    ]
    assert blocks(Table(("名称", "n"), (("a", "10"), ("宽宽宽", "2")))) == [
        rich(
            {
                "type": "rich_text_preformatted",
                "elements": [{"type": "text", "text": "名称    n\na       10\n宽宽宽  2"}],
            }
        )
    ]
    fields = blocks(Figures(tuple((f"l{n}", f"v{n}") for n in range(12))))
    assert [len(block["fields"]) for block in fields] == [10, 2]  # type: ignore[arg-type]
    assert fields[1] == {"type": "section", "fields": [plain("l10\nv10"), plain("l11\nv11")]}
    assert blocks(Divider()) == [{"type": "divider"}]


def test_buttons_carry_action_and_token() -> None:
    row = (Button("Yes", "approve", "t1", primary=True), Button("No", "reject", "t1"), Button("Yes", "approve", "t2"))
    first, second = blocks(Buttons(row))
    yes = {"type": "button", "text": plain("Yes"), "action_id": "approve", "value": "t1", "style": "primary"}
    no = {"type": "button", "text": plain("No"), "action_id": "reject", "value": "t1"}
    assert first == {"type": "actions", "elements": [yes, no]}
    assert second == {
        "type": "actions",
        "elements": [{**no, "text": plain("Yes"), "action_id": "approve", "value": "t2"}],
    }
    assert blocks(Buttons((Button("<" * 100, "a", "t"),)))[0]["elements"][0]["text"] == plain("&lt;" * 18 + "…")  # type: ignore[index]


@pytest.mark.parametrize("button", [Button("x", "a", "t" * 2001), Button("x", "a" * 256, "t")])
def test_a_token_is_never_cut(button: Button) -> None:
    with pytest.raises(ValueError, match="longer than Slack takes"):
        blocks(Buttons((button,)))


def test_header_and_section_are_cut_within_their_limits() -> None:
    assert blocks(Heading("字" * 151, 1)) == [{"type": "header", "text": plain("字" * 149 + "…")}]
    assert blocks(Heading("字" * 150, 2)) == [{"type": "header", "text": plain("字" * 150)}]
    (only,) = blocks(paragraph("字" * 2000, Text("文" * 2000, bold=True)))
    parts = only["elements"][0]["elements"]  # type: ignore[index]
    assert [len(part["text"]) for part in parts] == [2000, 1000]
    assert parts[1]["text"].endswith("…")


def test_more_blocks_than_slack_takes() -> None:
    ask = Buttons((Button("Yes", "approve", "t"),))
    result = blocks(*[Divider()] * 30, ask, *[Divider()] * 30, ask)
    assert len(result) == 50
    assert [index for index, block in enumerate(result) if block["type"] == "actions"] == [30, 49]
    assert result[48] == rich(section({"type": "text", "text": "…"}))
    assert len(blocks(*[Divider()] * 50)) == 50
    assert {block["type"] for block in blocks(*[Divider()] * 50)} == {"divider"}
    assert len(blocks(*[ask] * 70)) == 50


def test_escape_is_for_the_text_of_a_message() -> None:
    assert escape("<!here> a & b\x00") == "&lt;!here&gt; a &amp; b"
