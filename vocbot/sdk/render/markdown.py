"""Document to Markdown as GitHub, GitLab, Linear, Discourse and most trackers read it (CommonMark with tables).

A backslash stops what CommonMark means by a character; names and references (@somebody, #12) are found in the finished
text by these systems, so a zero-width space parts their sign from what follows. Buttons are left out.
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
    Text,
)
from vocbot.sdk.render.safe import address, clean, merged, one_line
from vocbot.sdk.render.width import fit

LIMIT = 60_000  # characters; GitHub takes 65,536

_NOTHING = "\u200b"  # zero-width space: neither white space nor punctuation to CommonMark
_SPECIAL = re.compile(r"[\\`*_{}\[\]()<>|~$&^!]")
_REFERENCE = re.compile(r"([@#!])(?=\w)")
_SCHEME = re.compile(r":(?=//)|(?<=[Ww]{3})\.|(?<=mailto):", re.IGNORECASE)
_LINE_START = re.compile(r"^(?:([#+=:-])|([0-9]+)([.)]))")


def to_markdown(document: Document, limit: int = LIMIT) -> str:
    """The document as Markdown of at most `limit` characters."""
    return fit(document, limit, _text, len)


def _text(document: Document) -> str:
    return "\n\n".join(part for block in document.blocks if (part := _block(block)))


def _block(block: Block) -> str:
    match block:
        case Heading():
            text = _line(block.text)
            return f"{'#' * min(max(block.level, 1), 6)} {text}" if text else ""
        case Paragraph():
            return _runs(block.runs, "\\\n")
        case Bullets():
            marks = [f"{n}." if block.ordered else "-" for n in range(1, len(block.items) + 1)]
            pairs = zip(marks, block.items, strict=True)
            return "\n".join(f"{mark} {_runs(item, ' ')}" for mark, item in pairs)
        case Quote():
            lines = _lines(_escape(block.text))
            if source := _line(block.source):
                lines.append(f"— {source}")
            return "\\\n".join(f"> {line}" for line in lines)
        case Table():
            rule = "|".join(["", *("---" for _ in block.header), ""])
            return "\n".join([_row(block.header), rule, *(_row(row) for row in block.rows)]) if block.header else ""
        case Figures():
            return "\n".join(f"- {_figure(label, value)}" for label, value in block.items)
        case Divider():
            return "---"
        case Buttons():
            return ""


def _figure(label: str, value: str) -> str:
    return _runs((Text(one_line(label), bold=True), Text(f": {one_line(value)}")), " ")


def _row(cells: tuple[str, ...]) -> str:
    return "|".join(["", *(f" {_line(cell)} " for cell in cells), ""])


def _runs(runs: tuple[Inline, ...], line_break: str) -> str:
    text = ""
    for run in merged(runs):
        part = _run(run)
        text += _NOTHING * (text.endswith("*") and part.startswith("*")) + part  # else the marks would run together
    return line_break.join(_lines(text))


def _run(run: Inline) -> str:
    if isinstance(run, Link):
        url = address(run.url)
        label = _line(run.text)
        return f"[{label}](<{url}>)" if url and label else label
    mark = "**" * run.bold + "*" * run.italic
    if not mark:
        return _escape(run.text)
    return "\n".join(_marked(line, mark) for line in clean(run.text).split("\n"))


def _marked(line: str, mark: str) -> str:
    """One line in marks. They hold only where they touch a letter from inside, also in 说**“词”**吧."""
    core = line.strip()
    if not core:
        return line
    start, _, end = line.partition(core)
    first = "" if core[0].isalnum() else _NOTHING
    last = "" if core[-1].isalnum() else _NOTHING
    return f"{start}{mark}{first}{_escape(core)}{last}{mark}{end}"


def _line(text: str) -> str:
    return "".join(_lines(_escape(one_line(text))))


def _lines(text: str) -> list[str]:
    """The lines of escaped text that are not empty, none of which begins a list, a heading or an indented block."""
    stripped = (line.strip() for line in text.split("\n"))
    return [_LINE_START.sub(lambda m: f"\\{m[1]}" if m[1] else f"{m[2]}\\{m[3]}", line) for line in stripped if line]


def _escape(text: str) -> str:
    """Text that stands for itself inside a line."""
    text = _SPECIAL.sub(r"\\\g<0>", clean(text))
    text = _SCHEME.sub(r"\\\g<0>", text)
    return _REFERENCE.sub(rf"\1{_NOTHING}", text)
