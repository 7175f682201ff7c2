"""A message as our receivers get it: JSON with the blocks, and the same as plain text and as Markdown."""

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
)
from vocbot.sdk.render.markdown import to_markdown
from vocbot.sdk.render.plain import to_plain
from vocbot.sdk.render.safe import address, clean, one_line
from vocbot.sdk.render.width import cut, fit

TYPE = "vocbot.message"
_TITLE = 500  # characters
_ANY = 10**9  # each form may be as long as it is: what counts is the whole


def body(key: str, target: str, document: Document, max_bytes: int) -> bytes:
    """At most `max_bytes` of UTF-8: where the text is too long it is cut in all three forms alike.

    Raises ValueError where not even the frame fits.
    """
    return fit(document, max_bytes, lambda shown: _whole(key, target, shown), len)


def _whole(key: str, target: str, document: Document) -> bytes:
    content = {
        "type": TYPE,
        "key": key,
        "target": target,
        "language": document.language,
        "title": cut(one_line(document.title), _TITLE),
        "text": to_plain(document, _ANY),
        "markdown": to_markdown(document, _ANY),
        "blocks": [block for block in map(_block, document.blocks) if block],
    }
    return json.dumps(content, ensure_ascii=False).encode()


def _block(block: Block) -> dict[str, Any]:
    match block:
        case Heading():
            return {"kind": "heading", "level": block.level, "text": one_line(block.text)}
        case Paragraph():
            return {"kind": "paragraph", "runs": _runs(block.runs)}
        case Bullets():
            return {"kind": "list", "ordered": block.ordered, "items": [_runs(item) for item in block.items]}
        case Quote():
            return {"kind": "quote", "text": clean(block.text), "source": clean(block.source)}
        case Table():
            rows = [[clean(cell) for cell in row] for row in block.rows]
            return {"kind": "table", "header": [clean(cell) for cell in block.header], "rows": rows}
        case Figures():
            pairs = [{"label": clean(label), "value": clean(value)} for label, value in block.items]
            return {"kind": "figures", "items": pairs}
        case Divider():
            return {"kind": "divider"}
        case Buttons():
            return {}  # a press would have to come back with a name, and nothing says whose


def _runs(runs: tuple[Inline, ...]) -> list[dict[str, Any]]:
    return [_run(run) for run in runs]


def _run(run: Inline) -> dict[str, Any]:
    found: dict[str, Any] = {"text": clean(run.text)}
    if isinstance(run, Link):
        url = address(run.url)
        return {**found, "url": url} if url else found
    return found | {name: True for name in ("bold", "italic") if getattr(run, name)}
