"""Document to the Atlassian Document Format (Jira and Confluence Cloud), valid against Atlassian's `full` schema.

ADF has no markup to escape: text is text. Buttons are left out.
"""

from __future__ import annotations

import json
from typing import Any

from vocbot.sdk.document import (
    Block,
    Bullets,
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
from vocbot.sdk.render.width import fit

Node = dict[str, Any]

LIMIT = 32_767  # Jira Cloud, description and comment. Whether Jira counts text or JSON is not written: JSON is safe.


def to_adf(document: Document, limit: int = LIMIT) -> Node:
    """The document as an ADF `doc` whose JSON has at most `limit` characters."""
    return fit(document, limit, _doc, lambda node: len(json.dumps(node, ensure_ascii=False)))


def _doc(document: Document) -> Node:
    content = [node for block in document.blocks for node in _block(block)]
    return {"type": "doc", "version": 1, "content": content}


def _block(block: Block) -> list[Node]:
    match block:
        case Heading():
            text = one_line(block.text)
            level = {"level": min(max(block.level, 1), 6)}
            return [{"type": "heading", "attrs": level, "content": _text(text)}] if text else []
        case Paragraph():
            content = _runs(block.runs)
            return [_paragraph(content)] if content else []
        case Bullets():
            items = [{"type": "listItem", "content": [_paragraph(_runs(item))]} for item in block.items]
            kind = "orderedList" if block.ordered else "bulletList"
            return [{"type": kind, "content": items}] if items else []
        case Quote():
            parts = [_paragraph(_text(block.text))] if block.text else []
            if block.source:
                parts.append(_paragraph(_text(block.source, {"type": "em"})))
            return [{"type": "blockquote", "content": parts}] if parts else []
        case Table():
            rows = [_row("tableHeader", block.header), *(_row("tableCell", row) for row in block.rows)]
            return [{"type": "table", "content": rows}] if block.header else []
        case Figures():
            cells = [
                {"type": "tableRow", "content": [_cell("tableHeader", label), _cell("tableCell", value)]}
                for label, value in block.items
            ]
            return [{"type": "table", "content": cells}] if cells else []
        case Divider():
            return [{"type": "rule"}]
        case Buttons():
            return []


def _row(kind: str, cells: tuple[str, ...]) -> Node:
    return {"type": "tableRow", "content": [_cell(kind, cell) for cell in cells]}


def _cell(kind: str, text: str) -> Node:
    return {"type": kind, "content": [_paragraph(_text(text))]}


def _paragraph(content: list[Node]) -> Node:
    return {"type": "paragraph", "content": content}


def _runs(runs: tuple[Inline, ...]) -> list[Node]:
    nodes: list[Node] = []
    marks: list[Node]
    for run in runs:
        match run:
            case Link():
                href = address(run.url)
                marks = [{"type": "link", "attrs": {"href": href}}] if href else []
            case Text():
                marks = [{"type": "strong"}] * run.bold + [{"type": "em"}] * run.italic
        nodes.extend(_text(run.text, *marks))
    return nodes


def _text(text: str, *marks: Node) -> list[Node]:
    """Text nodes with hard breaks between lines; ADF knows no empty text node."""
    nodes: list[Node] = []
    for number, line in enumerate(clean(text).split("\n")):
        if number:
            nodes.append({"type": "hardBreak"})
        if line:
            nodes.append({"type": "text", "text": line, **({"marks": list(marks)} if marks else {})})
    return nodes
