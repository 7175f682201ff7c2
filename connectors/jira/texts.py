"""Our texts in Jira's forms and within Jira's limits: summary, description, comment. What is too long is cut.

Jira counts as Java does, in UTF-16 code units; the renderers count characters.
"""

from __future__ import annotations

import json
from typing import Any, Literal

from vocbot.sdk.document import Document
from vocbot.sdk.render.adf import to_adf
from vocbot.sdk.render.safe import one_line
from vocbot.sdk.render.width import cut
from vocbot.sdk.render.wiki import to_wiki

SUMMARY = 254  # "Summary must be less than 255 characters."
BODY = 32_767  # of a description or comment


def units(text: str) -> int:
    """The length of `text` in UTF-16 code units."""
    return len(text) + sum(char > "\uffff" for char in text)


def summary(text: str) -> str:
    """One line, because Jira refuses line breaks."""
    line = one_line(text)
    kept = cut(line, SUMMARY)
    while units(kept) > SUMMARY:
        kept = cut(line, len(kept) - 1)
    return kept


def body(document: Document, flavour: Literal["cloud", "datacenter"]) -> dict[str, Any] | str:
    """The document as ADF (Cloud) or wiki markup (Data Center)."""
    if flavour == "cloud":
        tree = to_adf(document, BODY)
        too_long = units(json.dumps(tree, ensure_ascii=False)) > BODY
        return to_adf(document, BODY // 2) if too_long else tree
    markup = to_wiki(document, BODY)
    return to_wiki(document, BODY // 2) if units(markup) > BODY else markup
