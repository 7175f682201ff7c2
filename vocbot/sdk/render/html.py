"""Document to a small complete HTML page for mail: inline styles only, no scripts, no images, nothing loaded.

Buttons are left out: a press in a mail proves nobody's name.
"""

from __future__ import annotations

import html

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
from vocbot.sdk.render.width import cut, fit

LIMIT = 100_000  # bytes; large mail programs hide what lies beyond 102 KB
TITLE = 200  # characters; nobody sees more of it

_FONT = "-apple-system,'Segoe UI',Helvetica,Arial,'PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif"
_BODY = f"margin:0;padding:24px;background:#ffffff;color:#1f2328;font:15px/1.6 {_FONT}"
_PAGE = "max-width:640px;margin:0 auto;overflow-wrap:break-word"
_HEADING = {1: "24px", 2: "19px", 3: "16px"}
_QUOTE = "margin:0 0 16px;padding:2px 0 2px 14px;border-left:3px solid #d0d7de;color:#3d444d"
_SOURCE = "margin-top:2px;font-size:13px;color:#59636e"
_CELL = "padding:6px 12px 6px 0;border-bottom:1px solid #d0d7de;text-align:left;vertical-align:top"
_FIGURE = "padding:2px 16px 2px 0;vertical-align:top;text-align:left"
_LANGUAGES = {"zh": "zh-CN", "en": "en"}


def to_html(document: Document, limit: int = LIMIT) -> str:
    """The document as an HTML page of at most `limit` bytes, its title in <title>, its language in `lang`."""
    return fit(document, limit, _page, lambda page: len(page.encode()))


def _page(document: Document) -> str:
    content = "\n".join(part for block in document.blocks if (part := _block(block)))
    language = _LANGUAGES.get(document.language, "en")
    return (
        f'<!DOCTYPE html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width,initial-scale=1">\n'
        f"<title>{_escape(cut(one_line(document.title), TITLE))}</title>\n</head>\n"
        f'<body style="{_BODY}">\n<div style="{_PAGE}">\n{content}\n</div>\n</body>\n</html>\n'
    )


def _block(block: Block) -> str:
    match block:
        case Heading():
            text = _escape(one_line(block.text))
            level = min(max(block.level, 1), 3)
            style = f"margin:24px 0 8px;line-height:1.3;font-size:{_HEADING[level]}"
            return f'<h{level} style="{style}">{text}</h{level}>' if text else ""
        case Paragraph():
            content = _runs(block.runs)
            return f'<p style="margin:0 0 14px">{content}</p>' if content else ""
        case Bullets():
            tag = "ol" if block.ordered else "ul"
            items = "".join(f'<li style="margin:0 0 4px">{_runs(item)}</li>' for item in block.items)
            return f'<{tag} style="margin:0 0 14px;padding-left:24px">{items}</{tag}>' if items else ""
        case Quote():
            source = f'<div style="{_SOURCE}">{_lines(block.source)}</div>' if block.source else ""
            return f'<blockquote style="{_QUOTE}">{_lines(block.text)}{source}</blockquote>'
        case Table():
            head = "".join(f'<th style="{_CELL}">{_lines(cell)}</th>' for cell in block.header)
            rows = ["".join(f'<td style="{_CELL}">{_lines(cell)}</td>' for cell in row) for row in block.rows]
            body = "".join(f"<tr>{row}</tr>" for row in rows)
            return f"{_TABLE}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        case Figures():
            lines = (
                f'<tr><th scope="row" style="{_FIGURE};font-weight:400;color:#59636e">{_lines(label)}</th>'
                f'<td style="{_FIGURE};font-weight:600">{_lines(value)}</td></tr>'
                for label, value in block.items
            )
            return f"{_TABLE}<tbody>{''.join(lines)}</tbody></table>"
        case Divider():
            return '<hr style="margin:20px 0;border:0;border-top:1px solid #d0d7de">'
        case Buttons():
            return ""


_TABLE = '<table style="margin:0 0 16px;border-collapse:collapse;font-size:14px">'


def _runs(runs: tuple[Inline, ...]) -> str:
    return "".join(_run(run) for run in runs)


def _run(run: Inline) -> str:
    text = _lines(run.text)
    if isinstance(run, Link):
        url = address(run.url)
        return f'<a href="{_escape(url)}" style="color:#0969da">{text}</a>' if url else text
    if run.bold:
        text = f"<strong>{text}</strong>"
    return f"<em>{text}</em>" if run.italic else text


def _lines(text: str) -> str:
    return _escape(clean(text)).replace("\n", "<br>")


def _escape(text: str) -> str:
    return html.escape(text, quote=True)
