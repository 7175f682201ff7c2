"""A Document as the text of one post: at most 300 graphemes and 3,000 bytes, links marked by their place in bytes.

Only the links of the Document become links: an address or a @handle in a customer's words stays text, or our own post
would lead where a stranger wants.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import regex

from vocbot.sdk.document import Bullets, Document, Link, Paragraph
from vocbot.sdk.render.plain import to_plain
from vocbot.sdk.render.safe import address, one_line
from vocbot.sdk.render.width import ELLIPSIS

GRAPHEMES, BYTES = 300, 3_000
_GRAPHEME = regex.compile(r"\X")


def write_post(document: Document) -> tuple[str, Sequence[Mapping[str, Any]]]:
    """The text and its facets; the title where there is no other text, "" where there is none at all."""
    # A text of more characters than BYTES is cut anyway.
    whole = to_plain(document, BYTES).strip() or one_line(document.title)
    links = _links(document)
    text = cut(whole, [found.span() for found in links.finditer(whole)] if links else [])
    return text, [_facet(text, found) for found in links.finditer(text)] if links else []


def cut(text: str, whole: Sequence[tuple[int, int]] = ()) -> str:
    """`text`, or its beginning and "…" where it is too long for a post. No grapheme is torn, and no part that lies
    between the places `whole`: it is left out instead."""
    graphemes = _GRAPHEME.findall(text)
    if len(graphemes) <= GRAPHEMES and _bytes(text) <= BYTES:
        return text
    end, room = 0, BYTES - _bytes(ELLIPSIS)
    for grapheme in graphemes[: GRAPHEMES - 1]:
        room -= _bytes(grapheme)
        if room < 0:
            break
        end += len(grapheme)
    end = next((first for first, last in whole if first < end < last), end)
    return text[:end].rstrip() + ELLIPSIS


def _links(document: Document) -> re.Pattern[str] | None:
    """Finds the addresses of the document's links in its plain text, each as a whole."""
    found = {address(link.url) for link in _runs(document)}
    urls = sorted((re.escape(url) for url in found if url and url.startswith("http")), key=len, reverse=True)
    return re.compile(f"(?<![\\w/])(?:{'|'.join(urls)})(?![\\w/?#&=%+~-])", re.ASCII) if urls else None


def _runs(document: Document) -> Iterator[Link]:
    for block in document.blocks:
        rows = block.items if isinstance(block, Bullets) else (block.runs,) if isinstance(block, Paragraph) else ()
        yield from (run for row in rows for run in row if isinstance(run, Link))


def _facet(text: str, found: re.Match[str]) -> Mapping[str, Any]:
    first = _bytes(text[: found.start()])
    return {
        "index": {"byteStart": first, "byteEnd": first + _bytes(found[0])},
        "features": [{"$type": "app.bsky.richtext.facet#link", "uri": found[0]}],
    }


def _bytes(text: str) -> int:
    return len(text.encode())
