"""The HTML of a post as text. Mastodon cleans what it shows; its tags are few, other servers' posts have some more."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping

LONGEST = 200_000  # characters of HTML; far beyond any post

# No parser of documents: html.parser stumbles over some declarations and is slow on purpose-made input. No piece goes
# beyond the next "<", so that every character is looked at a few times at the most.
_PIECE = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)((?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*)>|<![^<>]*>|([^<]+|<)")
_ATTRIBUTE = re.compile(r"(?<![a-zA-Z-])([a-zA-Z-]++)\s*+=\s*+(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))")
_BLANKS = re.compile(r"[ \t\r\n\f]+")
_PARTS = frozenset({"p", "div", "blockquote", "pre", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "table"})
_LINES = frozenset({"li", "tr", "dt", "dd"})
_SILENT = frozenset({"script", "style", "template", "title"})
_NAMES = frozenset({"mention", "hashtag"})


def to_text(content: str) -> str:
    """Paragraphs parted by an empty line, `br` as a line break, links whole, emoji of the server left as `:name:`.

    Mastodon hides parts of a link's text in spans, which together are the address; they are all kept. A link with
    words of its own is followed by its address.
    """
    page = _Page()
    for piece in _PIECE.finditer(content[:LONGEST]):
        closing, name, attributes, words = piece.groups()
        if words is not None:
            page.say(html.unescape(words))
        elif name is not None and closing:
            page.close(name.lower())
        elif name is not None:
            page.open(name.lower(), _attributes(attributes))
    return page.text()


class _Page:
    """The text so far, and what is open at this place."""

    def __init__(self) -> None:
        self._out: list[str] = []
        self._pre = 0
        self._silent: str | None = None
        self._lists: list[int | None] = []
        self._link: tuple[str, int] | None = None

    def say(self, words: str) -> None:
        if not self._silent:
            self._out.append(words if self._pre else _BLANKS.sub(" ", words))

    def open(self, name: str, attributes: Mapping[str, str]) -> None:
        if self._silent and not self._silent == name == "p":
            return
        self._silent = None
        classes = attributes.get("class", "").split()
        if name in _SILENT or "quote-inline" in classes:  # the latter repeats the address of a post that is quoted
            self._silent = name
        elif name == "br":
            self._out.append("\n")
        elif name in _PARTS:
            self._out.append("\n\n")
            if name == "pre":
                self._pre += 1
            elif name in ("ul", "ol"):
                self._lists.append(1 if name == "ol" else None)
        elif name in _LINES:
            self._out.append("\n" + (self._mark() if name == "li" else ""))
        elif name == "img":
            self._out.append(attributes.get("alt", ""))
        elif name == "a":
            href = "" if _NAMES.intersection(classes) else attributes.get("href", "")
            self._link = (href, len(self._out))

    def close(self, name: str) -> None:
        if self._silent:
            if name == self._silent:
                self._silent = None
        elif name in _PARTS:
            self._out.append("\n\n")
            if name == "pre":
                self._pre = max(0, self._pre - 1)
            elif name in ("ul", "ol") and self._lists:
                self._lists.pop()
        elif name == "a" and self._link is not None:
            href, start = self._link
            self._link = None
            shown = "".join(self._out[start:]).strip()
            if href.startswith(("http://", "https://")) and not _names(shown, href):
                self._out.append(f" ({href})" if shown else href)

    def text(self) -> str:
        """Lines without blanks at their ends, never two empty ones on end."""
        lines = [line.strip(" \t") for line in "".join(self._out).replace("\r\n", "\n").split("\n")]
        return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()

    def _mark(self) -> str:
        if not self._lists or (number := self._lists[-1]) is None:
            return "- "
        self._lists[-1] = number + 1
        return f"{number}. "


def _names(shown: str, href: str) -> bool:
    """Whether a link's text says where it goes: the address itself, with or without its beginning, @name or #tag."""
    if shown.startswith(("@", "#")):
        return True
    return bool(shown) and _bare(shown) == _bare(href)


def _bare(address: str) -> str:
    return address.removeprefix("https://").removeprefix("http://").removeprefix("www.").rstrip("/").lower()


def _attributes(written: str) -> dict[str, str]:
    return {
        found[1].lower(): html.unescape(next(value for value in found.groups()[1:] if value is not None))
        for found in _ATTRIBUTE.finditer(written)
    }
