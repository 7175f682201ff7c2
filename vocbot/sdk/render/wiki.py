"""Document to Jira's wiki markup (Jira Data Center, and fields of Jira Cloud's version 2 calls).

The renderer of Jira knows a backslash before - # * _ + ? ^ ~ | % { } [ ] ( ) ! @ and keeps HTML entities; entities
therefore stop what a backslash cannot (headings, smileys, bare addresses, a backslash itself). Buttons are left out.
"""

from __future__ import annotations

import re

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
from vocbot.sdk.render.safe import address, clean, merged, one_line
from vocbot.sdk.render.width import fit

LIMIT = 32_767  # characters; Jira's default for text fields

_SPECIAL = re.compile(r"[-#*_+?^~|%{}\[\]()!@]")
_BLOCK_WORD = re.compile(r"^([ \t]*(?:h[1-6]|bq))\.", re.MULTILINE)
_COLON = re.compile(r":(?=//|[DP])|(?<=mailto):", re.IGNORECASE)
_BREAK = r" \\ "


def to_wiki(document: Document, limit: int = LIMIT) -> str:
    """The document as wiki markup of at most `limit` characters."""
    return fit(document, limit, _text, len)


def _text(document: Document) -> str:
    return "\n\n".join(part for block in document.blocks if (part := _block(block)))


def _block(block: Block) -> str:
    match block:
        case Heading():
            text = _escape(one_line(block.text))
            return f"h{min(max(block.level, 1), 6)}. {text}" if text else ""
        case Paragraph():
            return _runs(block.runs, "\n")
        case Bullets():
            mark = "#" if block.ordered else "*"
            return "\n".join(f"{mark} {_runs(item, _BREAK)}" for item in block.items)
        case Quote():
            source = f"\n{{_}}{_escape(one_line(block.source))}{{_}}" if block.source.strip() else ""
            return f"{{quote}}\n{_escape(block.text).strip()}{source}\n{{quote}}"
        case Table():
            rows = [_row("||", block.header), *(_row("|", row) for row in block.rows)]
            return "\n".join(rows) if block.header else ""
        case Figures():
            return "\n".join(f"||{_cell(label)}|{_cell(value)}|" for label, value in block.items)
        case Divider():
            return "----"
        case Buttons():
            return ""


def _row(bar: str, cells: tuple[str, ...]) -> str:
    return bar + "".join(_cell(cell) + bar for cell in cells)


def _cell(text: str) -> str:
    """A cell's text; an empty cell needs a blank, else its bars would read as a heading's."""
    return _escape(one_line(text)) or " "


def _runs(runs: tuple[Inline, ...], line_break: str) -> str:
    text = "".join(_run(run) for run in merged(runs))
    return line_break.join(line for part in text.split("\n") if (line := part.strip()))


def _run(run: Inline) -> str:
    if isinstance(run, Link):
        url = address(run.url)
        label = _escape(one_line(run.text))
        return f"[{label}|{url}]" if url and label else label
    mark = "{*}" * run.bold + "{_}" * run.italic
    closing = "{_}" * run.italic + "{*}" * run.bold
    lines = clean(run.text).split("\n")
    return "\n".join(f"{mark}{_escape(line)}{closing}" if line.strip() else line for line in lines)


def _escape(text: str) -> str:
    text = clean(text).replace("&", "&amp;")
    text = text.replace("<", "&lt;").replace(">", "&gt;")
    text = _BLOCK_WORD.sub(r"\1&x46;", text)
    text = _COLON.sub("&x58;", text)
    text = text.replace("\\", "&x92;")
    # The numbers' own sign is special, so the entities are finished last.
    return re.sub(r"&x(46|58|92);", r"&#\1;", _SPECIAL.sub(r"\\\g<0>", text))
