"""Too much text: every target gets as much as it takes, and is told that something is missing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from vocbot.sdk.document import Button, Buttons, Document, Quote
from vocbot.sdk.render import adf, html, markdown, plain, slack, wiki
from vocbot.sdk.testing.documents import long_document, nasty_document

TARGETS: dict[str, tuple[Any, int]] = {
    "adf": (adf.to_adf, adf.LIMIT),
    "wiki": (wiki.to_wiki, wiki.LIMIT),
    "markdown": (markdown.to_markdown, markdown.LIMIT),
    "html": (html.to_html, html.LIMIT),
    "plain": (plain.to_plain, plain.LIMIT),
}
TITLE = "<b>" * 40_000


def size(name: str, result: Any) -> int:
    """How much it is in the target's unit: bytes of a mail, characters of the rest."""
    if name == "adf":
        return len(json.dumps(result, ensure_ascii=False))
    return len(result.encode() if name == "html" else result)


@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_limits_hold_whatever_comes(name: str, language: str) -> None:
    render, limit = TARGETS[name]
    for document in (nasty_document(language), long_document(language), Document(language, TITLE, ())):
        assert size(name, render(document)) <= limit
    assert "…" in json.dumps(render(long_document(language)), ensure_ascii=False)


@pytest.mark.parametrize("name", TARGETS)
def test_a_document_fills_most_of_what_its_target_takes(name: str) -> None:
    render, limit = TARGETS[name]
    document = Document("zh", "t", (Quote("口" * 200_000, "x"),))
    assert limit - 10 < size(name, render(document)) <= limit
    assert 1990 < size(name, render(document, 2000)) <= 2000


@pytest.mark.parametrize("name", TARGETS)
def test_buttons_are_left_out_where_there_are_none(name: str) -> None:
    said = json.dumps(TARGETS[name][0](Document("en", "t", (Buttons((Button("PressMe", "approve", "tok-en"),)),))))
    assert "PressMe" not in said
    assert "tok-en" not in said


def test_slack_gets_less_text_than_it_refuses_and_keeps_the_question() -> None:
    blocks = slack.to_slack_blocks(long_document())
    assert blocks[-1]["type"] == "actions"
    assert len(json.dumps(blocks, ensure_ascii=False)) < 16_000
    assert "…" in json.dumps(blocks[-2], ensure_ascii=False)
