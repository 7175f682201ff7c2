"""Document to plain text: the text part of a mail, a digest in a terminal, a desk's comment. Wraps nothing.

Buttons are left out.
"""

from __future__ import annotations

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
from vocbot.sdk.render.safe import address, clean, one_line
from vocbot.sdk.render.width import fit

LIMIT = 60_000  # characters; desks cut comments at 64 KiB


def to_plain(document: Document, limit: int = LIMIT) -> str:
    """The document as text of at most `limit` characters, blocks parted by an empty line."""
    return fit(document, limit, _text, len)


def _text(document: Document) -> str:
    chinese = document.language == "zh"
    return "\n\n".join(part for block in document.blocks if (part := _block(block, chinese)))


def _block(block: Block, chinese: bool) -> str:
    colon = "：" if chinese else ": "
    match block:
        case Heading():
            text = one_line(block.text)
            if not text:
                return ""
            return f"【{text}】" if chinese else f"{text}\n{'-' * min(len(text), 60)}"
        case Paragraph():
            return _runs(block.runs, chinese).strip()
        case Bullets():
            marks = [f"{n}. " if block.ordered else "- " for n in range(1, len(block.items) + 1)]
            lines = (_runs(item, chinese).strip() for item in block.items)
            return "\n".join(mark + _hanging(line, mark) for mark, line in zip(marks, lines, strict=True))
        case Quote():
            lines_ = clean(block.text).strip().split("\n") if block.text.strip() else []
            source = one_line(block.source)
            if source:
                lines_.append(f"{'——' if chinese else '— '}{source}")
            return "\n".join(f"> {line}" for line in lines_)
        case Table():
            return "\n".join(_row(block.header, row, chinese) for row in block.rows)
        case Figures():
            return "\n".join(f"{one_line(label)}{colon}{one_line(value)}" for label, value in block.items)
        case Divider():
            return "-" * 20
        case Buttons():
            return ""


def _row(header: tuple[str, ...], row: tuple[str, ...], chinese: bool) -> str:
    """One row as one line that says what each value is: columns do not survive a proportional font."""
    colon, comma = ("：", "；") if chinese else (": ", "; ")
    pairs = zip(header, row, strict=True)
    return "- " + comma.join(f"{one_line(name)}{colon}{one_line(cell)}" for name, cell in pairs)


def _runs(runs: tuple[Inline, ...], chinese: bool) -> str:
    return "".join(_link(run, chinese) if isinstance(run, Link) else clean(run.text) for run in runs)


def _link(link: Link, chinese: bool) -> str:
    text, url = one_line(link.text), address(link.url)
    if url is None or text in (url, url.removeprefix("mailto:")):
        return text
    if not text:
        return url
    return f"{text}（{url}）" if chinese else f"{text} ({url})"


def _hanging(text: str, mark: str) -> str:
    return text.replace("\n", "\n" + " " * len(mark))
