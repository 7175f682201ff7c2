"""Document to Slack blocks, within Block Kit's limits.

Text goes into rich_text and plain_text, which know no markup: mrkdwn cannot escape * _ ~ and the backtick, and would
parse mentions. Lists, quotes and tables come out better, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from unicodedata import east_asian_width

from vocbot.sdk.document import (
    Block,
    Bullets,
    Button,
    Buttons,
    Divider,
    Document,
    Figures,
    Heading,
    Inline,
    Link,
    Paragraph,
    Quote,
    Table,
    Text,
)
from vocbot.sdk.render.safe import address, clean, one_line
from vocbot.sdk.render.width import ELLIPSIS, cut, shorten

Json = dict[str, Any]

BLOCKS = 50  # docs.slack.dev, Block Kit reference; the others likewise
HEADER = 150
SECTION = 3000
FIELDS = 10
FIELD = 2000
BUTTON_TEXT = 75
BUTTON_VALUE = 2000
ACTION_ID = 255
ACTIONS = 25
MESSAGE = 12_000  # characters of all text; Slack refuses blocks that are too long together and names no figure


def to_slack_blocks(document: Document) -> list[Json]:
    """The document as at most 50 blocks. What is too long is cut; buttons stay.

    A button's action_id is its action, its value its token. Raises ValueError for a token or action that is longer
    than Slack takes: cut, it would name something else.
    """
    shown = shorten(document, MESSAGE)
    blocks = [piece for block in shown.blocks for piece in _block(block)]
    return blocks if len(blocks) <= BLOCKS else _fewer(blocks)


def escape(text: str) -> str:
    """Text for the `text` of a message, and for every place where Slack reads & < > as control characters."""
    return clean(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def plain(text: str, limit: int) -> Json:
    """A plain_text object, cut to its `limit`. The limit holds for what is sent, where & < > take more room."""
    room = limit
    while len(shown := escape(cut(text, room))) > limit:
        room -= max(1, (len(shown) - limit) // 5)
    return {"type": "plain_text", "text": shown, "emoji": False}


def _fewer(blocks: list[Json]) -> list[Json]:
    """The first blocks and all buttons, with a sign where something is missing."""
    room = BLOCKS - 1 - sum(block["type"] == "actions" for block in blocks)
    kept: list[Json] = []
    for block in blocks:
        if block["type"] == "actions":
            kept.append(block)
            continue
        room -= 1
        if room >= 0:
            kept.append(block)
        elif room == -1:
            kept.append(_rich(_section([{"type": "text", "text": ELLIPSIS}])))
    return kept[:BLOCKS]


def _block(block: Block) -> Iterator[Json]:
    match block:
        case Heading():
            text = one_line(block.text)
            if text and block.level < 3:
                yield {"type": "header", "text": plain(text, HEADER)}
            elif text:
                yield _rich(_section([_element(Text(cut(text, SECTION), bold=True))]))
        case Paragraph():
            if elements := _runs(block.runs):
                yield _rich(_section(elements))
        case Bullets():
            items = [_section(elements) for item in block.items if (elements := _runs(item))]
            if items:
                style = "ordered" if block.ordered else "bullet"
                yield _rich({"type": "rich_text_list", "style": style, "elements": items})
        case Quote():
            words, source = clean(block.text).strip(), one_line(block.source)
            runs = (Text(words + ("\n" if source else "")), Text(source, italic=True))
            if elements := _runs(runs):
                yield _rich({"type": "rich_text_quote", "elements": elements})
        case Table():
            text = cut(_columns((block.header, *block.rows)), SECTION)
            if text.strip():
                element = {"type": "text", "text": text}
                yield _rich({"type": "rich_text_preformatted", "elements": [element]})
        case Figures():
            fields = [plain(text, FIELD) for item in block.items if (text := "\n".join(map(one_line, item)).strip())]
            for start in range(0, len(fields), FIELDS):
                yield {"type": "section", "fields": fields[start : start + FIELDS]}
        case Divider():
            yield {"type": "divider"}
        case Buttons():
            yield from _actions(block.items)


def _actions(buttons: tuple[Button, ...]) -> Iterator[Json]:
    """Rows of buttons; an action_id may stand only once in a row."""
    row: dict[str, Json] = {}
    for button in buttons:
        if button.action in row or len(row) == ACTIONS:
            yield {"type": "actions", "elements": list(row.values())}
            row = {}
        row[button.action] = _button(button)
    if row:
        yield {"type": "actions", "elements": list(row.values())}


def _button(button: Button) -> Json:
    if len(button.token) > BUTTON_VALUE or len(button.action) > ACTION_ID:
        raise ValueError("a button's token or action is longer than Slack takes")
    style = {"style": "primary"} if button.primary else {}
    text = plain(one_line(button.text) or button.action, BUTTON_TEXT)
    return {"type": "button", "text": text, "action_id": button.action, "value": button.token, **style}


def _rich(element: Json) -> Json:
    return {"type": "rich_text", "elements": [element]}


def _section(elements: list[Json]) -> Json:
    return {"type": "rich_text_section", "elements": elements}


def _runs(runs: tuple[Inline, ...]) -> list[Json]:
    """Rich text elements of together at most SECTION characters; empty ones are no elements for Slack."""
    left = SECTION
    elements = []
    for run in runs:
        text = cut(clean(run.text), left)
        left -= len(text)
        if text:
            elements.append(_element(run, text))
    return elements


def _element(run: Inline, text: str | None = None) -> Json:
    shown = run.text if text is None else text
    if isinstance(run, Link):
        url = address(run.url)
        return {"type": "link", "url": url, "text": shown} if url else {"type": "text", "text": shown}
    style = {name: True for name, on in (("bold", run.bold), ("italic", run.italic)) if on}
    return {"type": "text", "text": shown, **({"style": style} if style else {})}


def _columns(rows: tuple[tuple[str, ...], ...]) -> str:
    """Cells in columns of equal width, in a font where Chinese takes two places."""
    cells = [[one_line(cell) for cell in row] for row in rows]
    widths = [max(map(_width, column)) for column in zip(*cells, strict=True)]
    padded = ([cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)] for row in cells)
    return "\n".join("  ".join(row).rstrip() for row in padded)


def _width(text: str) -> int:
    return sum(2 if east_asian_width(char) in "WF" else 1 for char in text)
