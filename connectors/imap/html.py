"""HTML mail as the lines of text a reader sees, without what was hidden and, where it is asked for, what was quoted.

Not the standard library's HTML parser: a mail of unclosed tags keeps it busy for minutes, as it looks for the end of
each of them again. Here a tag has a longest length, and an end that is missing is looked for once.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

LONGEST = 400_000  # characters; what follows is not read

_TAG = re.compile(
    r"<(/?)([a-zA-Z][a-zA-Z0-9:]{0,30}+)((?:[\s/](?:[^<>\"']|\"[^\"<]{0,1500}\"|'[^'<]{0,1500}')*+)?)>"
    r"|<![a-zA-Z\[][^<>]{0,500}>|<\?[^<>]{0,500}>"
)
_LONGEST_TAG = 4000
_ATTRIBUTE = re.compile(r"\b(class|id|style|type|hidden)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.IGNORECASE)
_LINES = re.compile(
    "address|article|aside|blockquote|body|br|center|d[dlt]|div|fieldset|footer|form|h[1-6]|header|hr|li|main|nav|ol|p"
    "|pre|section|table|tbody|thead|tr|ul"
)
_HIDDEN = frozenset(("script", "style", "head", "title", "template", "noscript", "svg", "object", "select", "textarea"))
_VOID = frozenset(("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"))
_INVISIBLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all|font-size\s*:\s*0(?!\.)", re.I)
_QUOTE_CLASS = re.compile(
    r"\b(?:gmail_quote|gmail_extra|yahoo_quoted|moz-cite-prefix|protonmail_quote|zmail_extra|tutanota_quote"
    r"|ntes-mailmaster-quote|foxmail-quote|J-reply-quote|mail_quote)\b",
    re.IGNORECASE,
)
_QUOTE_ID = re.compile(r"isReplyContent|ntes-mailmaster-quote|reply-?intro|qq_?mail_?quote|mailcontent_quote", re.I)
# What follows it, too, is quoted: Outlook's line above "From:", and the marks of its web and phone programs.
_REST_ID = re.compile(r"divRplyFwdMsg|appendonsend|mail-editor-reference-message-container|OLK_SRC_BODY_SECTION", re.I)
_REST_STYLE = re.compile(r"border-top\s*:\s*(?:solid\s+)?(?:#?(?:E1E1E1|B5C4DF))\b|border-top\s*:\s*solid\s+#", re.I)
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});?")
_BLANK = re.compile(r"[ \t\r\n\f\u00a0\u200b\u200c\u2060\ufeff]+")


@dataclass
class _Page:
    """Text as it is put together, the current line in pieces. `skipping` is the tag whose end is waited for, `depth`
    how many of them are open."""

    lines: list[str] = field(default_factory=list)
    line: list[str] = field(default_factory=list)
    in_line: bool = False  # whether the current line has words
    skipping: str = ""
    depth: int = 0
    kept_as_is: int = 0

    def say(self, text: str) -> None:
        text = _ENTITY.sub(lambda entity: html.unescape(entity.group()), text) if "&" in text else text
        if self.kept_as_is:
            first, *rest = text.split("\n")
            self._add(first)
            for further in rest:
                self.break_line()
                self._add(further)
        else:
            self._add(_BLANK.sub(" ", text))

    def _add(self, text: str) -> None:
        if text:
            self.line.append(text)
            self.in_line = self.in_line or not text.isspace()

    def break_line(self) -> None:
        self.lines.append("".join(self.line).strip())
        self.line, self.in_line = [], False

    @property
    def text(self) -> str:
        return "\n".join([*self.lines, "".join(self.line).strip()]).strip()


def to_text(page: str, without_quotes: bool) -> str:
    """The text of an HTML mail; with `without_quotes` only what stands outside the marks of quoted mail."""
    made = _Page()
    for tag, name, attributes, text in _pieces(page[:LONGEST]):
        if not tag:
            if not made.skipping:
                made.say(text)
            continue
        if made.skipping:
            if name == made.skipping:
                made.depth += -1 if tag == "/" else 1
                made.skipping = made.skipping if made.depth > 0 else ""
            continue
        if tag == "<":
            values = {key: a or b or c for key, a, b, c in _ATTRIBUTE.findall(attributes)} if "=" in attributes else {}
            given = {key.lower(): value for key, value in values.items()}
            if without_quotes and _begins_the_rest(given) and made.text:
                break
            if name not in _VOID and (_is_hidden(name, given) or (without_quotes and _is_quote(name, given))):
                if made.in_line and _LINES.fullmatch(name):
                    made.break_line()
                made.skipping, made.depth = name, 1
                continue
        if name == "br" or (_LINES.fullmatch(name) and made.in_line):
            made.break_line()
        elif name in ("td", "th") and made.line and made.line[-1][-1:].strip():
            made.say(" ")
        if name == "pre":
            made.kept_as_is = max(0, made.kept_as_is + (1 if tag == "<" else -1))
    return made.text


def _pieces(page: str) -> Iterator[tuple[str, str, str, str]]:
    """The tags, as ("<" or "/", name, attributes, ""), and what stands between, as ("", "", "", text)."""
    at = last = 0
    no_comment_ends = False
    while (at := page.find("<", at)) >= 0:
        if page.startswith("<!--", at) and not no_comment_ends:
            end = page.find("-->", at)
            no_comment_ends = end < 0
            if end >= 0:
                yield "", "", "", page[last:at]
                at = last = end + 3
                continue
        found = _TAG.match(page, at, at + _LONGEST_TAG)
        if not found:
            at += 1
            continue
        yield "", "", "", page[last:at]
        if found[2]:
            yield ("/" if found[1] else "<"), found[2].lower(), found[3] or "", ""
        at = last = found.end()
    yield "", "", "", page[last:]


def _is_hidden(name: str, given: dict[str, str]) -> bool:
    return name in _HIDDEN or "hidden" in given or bool(_INVISIBLE.search(given.get("style", "")))


def _is_quote(name: str, given: dict[str, str]) -> bool:
    marked = _QUOTE_CLASS.search(given.get("class", "")) or _QUOTE_ID.search(given.get("id", ""))
    return name == "blockquote" or bool(marked)


def _begins_the_rest(given: dict[str, str]) -> bool:
    return bool(_REST_ID.search(given.get("id", "")) or _REST_STYLE.search(given.get("style", "")))
