"""A Document as HTML that stands inside a page of Zendesk's: a comment, the body of an article."""

from __future__ import annotations

import re

from vocbot.sdk.document import Document
from vocbot.sdk.render.html import to_html

# The renderer escapes all text, so the page has exactly one body.
_BODY = re.compile(r"<body[^>]*>(.*)</body>", re.DOTALL)


def fragment(document: Document, limit: int) -> str:
    """What lies inside the body of the rendered page; at most `limit` bytes, the end is cut where it is longer."""
    found = _BODY.search(to_html(document, limit))
    assert found is not None, "to_html makes whole pages"
    return found[1].strip()
