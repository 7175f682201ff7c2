"""Making things fit: cut a text, shorten a Document, find the most of a Document that a target takes."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import replace
from typing import Literal, TypeVar

from vocbot.sdk.document import (
    Block,
    Bullets,
    Buttons,
    Divider,
    Document,
    Figures,
    Heading,
    Inline,
    Paragraph,
    Quote,
    Table,
    Text,
)

ELLIPSIS = "…"
_JOINER = "\u200d"

Rendered = TypeVar("Rendered")


def cut(text: str, limit: int, unit: Literal["chars", "bytes"] = "chars") -> str:
    """`text` itself if it has at most `limit` characters (UTF-8 bytes), else its beginning and "…" within the limit.

    Never splits a character, nor a base from its accents or the parts of a joined emoji. A limit too small for "…"
    leaves nothing.
    """
    if _size(text, unit) <= limit:
        return text
    room = limit - _size(ELLIPSIS, unit)
    if room < 0:
        return ""
    end = room if unit == "chars" else len(text.encode()[:room].decode("utf-8", "ignore"))
    while end > 0 and _joined(text[end - 1], text[end]):
        end -= 1
    return text[:end].rstrip() + ELLIPSIS


def _size(text: str, unit: Literal["chars", "bytes"]) -> int:
    return len(text) if unit == "chars" else len(text.encode())


def _joined(before: str, after: str) -> bool:
    """Whether a cut between two characters would tear one that people see as one."""
    return _JOINER in (before, after) or unicodedata.category(after) in ("Mn", "Me") or _tinted(after)


def _tinted(char: str) -> bool:
    return "\U0001f3fb" <= char <= "\U0001f3ff"  # skin tones


class _Budget:
    """What is left for text. Every text costs one more than its length, so that empty parts come to an end, too."""

    def __init__(self, left: int) -> None:
        self.left = left
        self.spent = False

    def text(self, value: str) -> str:
        if self.spent:
            return ""
        if len(value) + 1 > self.left:
            self.spent = True
            return cut(value + ELLIPSIS, max(self.left, 0))
        self.left -= len(value) + 1
        return value

    def runs(self, runs: tuple[Inline, ...]) -> tuple[Inline, ...]:
        kept = (replace(run, text=self.text(run.text)) for run in runs)
        return tuple(run for run in kept if run.text)


def shorten(document: Document, budget: int) -> Document:
    """The document with at most `budget` characters of text: the last text is cut, what follows is left out.

    Buttons stay whatever happens: a question without them cannot be answered.
    """
    left = _Budget(budget)
    blocks: list[Block] = []
    for block in document.blocks:
        if isinstance(block, Buttons):
            blocks.append(block)
        elif not left.spent:
            blocks.append(_shortened(block, left))
    return replace(document, blocks=tuple(blocks)) if left.spent else document


def _shortened(block: Block, left: _Budget) -> Block:
    match block:
        case Heading():
            return replace(block, text=left.text(block.text))
        case Paragraph():
            return Paragraph(left.runs(block.runs))
        case Bullets():
            items = tuple(left.runs(item) for item in block.items if not left.spent)
            return replace(block, items=items)
        case Quote():
            source = left.text(block.source)
            return Quote(left.text(block.text), source)
        case Table():
            header = tuple(left.text(cell) for cell in block.header)
            rows = tuple(tuple(left.text(cell) for cell in row) for row in block.rows if not left.spent)
            return Table(header, rows)
        case Figures():
            pairs = tuple((left.text(label), left.text(value)) for label, value in block.items if not left.spent)
            return Figures(pairs)
        case Divider():
            mark = left.text("")
            return Paragraph((Text(mark),)) if left.spent else block
        case Buttons():
            return block


def fit(
    document: Document,
    limit: int,
    render: Callable[[Document], Rendered],
    size: Callable[[Rendered], int],
) -> Rendered:
    """The rendering of as much of the document's text as keeps `size` within `limit`.

    Raises ValueError where not even the empty frame fits.
    """
    whole = render(document)
    if size(whole) <= limit:
        return whole
    low, high = 0, limit
    best = render(shorten(document, 0))
    if size(best) > limit:
        raise ValueError(f"a limit of {limit} leaves no room for any text")
    while low < high:
        middle = (low + high + 1) // 2
        candidate = render(shorten(document, middle))
        if size(candidate) <= limit:
            low, best = middle, candidate
        else:
            high = middle - 1
    return best
