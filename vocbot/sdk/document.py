"""One neutral message format: a message is written once as a Document and rendered by `vocbot.sdk.render`.

All text is plain: renderers escape it for their target, so nothing a customer wrote can become markup.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Text:
    """A run of text."""

    text: str
    bold: bool = False
    italic: bool = False


@dataclass(frozen=True)
class Link:
    """A link with a label. Only http(s) and mailto addresses are rendered as links."""

    text: str
    url: str


Inline = Text | Link


@dataclass(frozen=True)
class Heading:
    """A heading of level 1 to 3."""

    text: str
    level: int = 2


@dataclass(frozen=True)
class Paragraph:
    """A paragraph of inline runs."""

    runs: tuple[Inline, ...]


@dataclass(frozen=True)
class Bullets:
    """A list; each item is one line of inline runs."""

    items: tuple[tuple[Inline, ...], ...]
    ordered: bool = False


@dataclass(frozen=True)
class Quote:
    """Somebody's words and where they were said (channel and date, never who).

    `behind`: our ids of what people said who make the point, for the last gate; no connector shows or sends them.
    """

    text: str
    source: str = ""
    behind: tuple[int, ...] = ()


@dataclass(frozen=True)
class Table:
    """A small table; every row has as many cells as the header."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Figures:
    """Labelled numbers that are read together, as (label, value)."""

    items: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Button:
    """Something a reader can press: `action` is approve or reject, `token` names what is decided."""

    text: str
    action: str
    token: str
    primary: bool = False


@dataclass(frozen=True)
class Buttons:
    """A row of buttons. Targets without buttons leave them out."""

    items: tuple[Button, ...]


@dataclass(frozen=True)
class Divider:
    """A line between parts."""


Block = Heading | Paragraph | Bullets | Quote | Table | Figures | Buttons | Divider


@dataclass(frozen=True)
class Document:
    """A message: its language (zh or en), a one-line title (subject, notification text) and its blocks."""

    language: str
    title: str
    blocks: tuple[Block, ...]


def paragraph(*runs: str | Inline) -> Paragraph:
    """A paragraph from strings and runs."""
    return Paragraph(tuple(Text(run) if isinstance(run, str) else run for run in runs))


def bullets(items: list[str] | tuple[str, ...], ordered: bool = False) -> Bullets:
    """A list of plain lines."""
    return Bullets(tuple((Text(item),) for item in items), ordered)
