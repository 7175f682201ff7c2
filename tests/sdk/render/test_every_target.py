"""What must hold for any Document whatever: every target's rules are kept, and no customer's text becomes markup."""

from __future__ import annotations

import html
import json
import os
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from slack_sdk.models.blocks import Block as SlackBlock

from vocbot.sdk.document import (
    Block,
    Bullets,
    Button,
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
from vocbot.sdk.render import adf, slack
from vocbot.sdk.render import html as mail
from vocbot.sdk.render.adf import to_adf
from vocbot.sdk.render.html import to_html
from vocbot.sdk.render.markdown import to_markdown
from vocbot.sdk.render.plain import to_plain
from vocbot.sdk.render.safe import address, clean
from vocbot.sdk.render.slack import to_slack_blocks
from vocbot.sdk.render.wiki import to_wiki
from vocbot.sdk.testing.documents import NASTY, long_document, nasty_document

TARGETS = {
    "adf": to_adf,
    "wiki": to_wiki,
    "markdown": to_markdown,
    "slack": to_slack_blocks,
    "html": to_html,
    "plain": to_plain,
}

# -- random Documents

short = st.one_of(
    st.text(max_size=30), st.sampled_from([n[:60] for n in NASTY]), st.text("*_-#|[]{}()!<>&\\~`1.\n ", max_size=12)
)
word = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=12)
urls = st.one_of(
    st.sampled_from(
        ["https://voc.example/i/42?a=1&b=(x)", "mailto:a@b.example", "javascript:alert(1)", "//x", "", "ftp://x"]
    ),
    st.text(max_size=20).map(lambda tail: f"https://voc.example/{tail}"),
)


def inline(texts: st.SearchStrategy[str]) -> st.SearchStrategy[Inline]:
    return st.one_of(st.builds(Text, texts, st.booleans(), st.booleans()), st.builds(Link, texts, urls))


def runs(texts: st.SearchStrategy[str]) -> st.SearchStrategy[tuple[Inline, ...]]:
    return st.lists(inline(texts), max_size=4).map(tuple)


def table(texts: st.SearchStrategy[str]) -> st.SearchStrategy[Table]:
    def of(width: int) -> st.SearchStrategy[Table]:
        row = st.tuples(*[texts] * width)
        return st.builds(Table, row, st.lists(row, max_size=4).map(tuple))

    return st.integers(0, 3).flatmap(of)


def blocks(texts: st.SearchStrategy[str]) -> st.SearchStrategy[Block]:
    button = st.builds(Button, texts, st.sampled_from(["approve", "reject"]), word, st.booleans())
    return st.one_of(
        st.builds(Heading, texts, st.integers(1, 3)),
        st.builds(Paragraph, runs(texts)),
        st.builds(Bullets, st.lists(runs(texts), max_size=4).map(tuple), st.booleans()),
        st.builds(Quote, texts, texts),
        table(texts),
        st.builds(Figures, st.lists(st.tuples(texts, texts), max_size=14).map(tuple)),
        st.builds(Buttons, st.lists(button, max_size=4).map(tuple)),
        st.just(Divider()),
    )


def documents(texts: st.SearchStrategy[str], most: int = 8) -> st.SearchStrategy[Document]:
    return st.builds(Document, st.sampled_from(["zh", "en"]), texts, st.lists(blocks(texts), max_size=most).map(tuple))


def long(unit: str) -> str:
    return unit * (40_000 // len(unit.encode("utf-8", "replace")))


any_length = st.one_of(short, st.sampled_from(["字", "a b ", "👩‍👩‍👧‍👦", "&", "*", "e\u0301", "\n", "<b>"]).map(long))
many = st.integers(60, 130).map(lambda n: Document("en", "t", tuple(Quote(f"quote {i}", "x") for i in range(n))))
anything = st.one_of(documents(short), documents(any_length, 6), many)
slow = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)

# -- what a Document says


def said(document: Document, buttons: bool = False) -> Iterator[str]:
    """Every text of the body, in the order in which all targets show it."""
    for block in document.blocks:
        match block:
            case Heading() as heading:
                yield heading.text
            case Paragraph(runs=found):
                yield from (run.text for run in found)
            case Bullets(items=items):
                yield from (run.text for item in items for run in item)
            case Quote() as quote:
                yield from (quote.text, quote.source)
            case Table() as found_table:
                yield from found_table.header
                yield from (cell for row in found_table.rows for cell in row)
            case Figures(items=pairs):
                yield from (text for pair in pairs for text in pair)
            case Buttons(items=found_buttons) if buttons:
                yield from (button.text for button in found_buttons)


def bare(texts: Iterator[str] | list[str]) -> str:
    """Texts without white space and without the zero-width space that Markdown puts into references."""
    return "".join("".join(clean(text).replace("\u200b", "").split()) for text in texts)


# -- ADF


def schema() -> dict[str, Any]:
    here = Path(__file__).resolve()
    places = [Path(os.environ["VOCBOT_SHARED"])] if "VOCBOT_SHARED" in os.environ else []
    places += [parent / "shared" for parent in here.parents]
    for place in places:
        file = place / "specs" / "adf" / "full.json"
        if file.exists():
            return json.loads(file.read_text(encoding="utf-8"))  # type: ignore[no-any-return]
    pytest.skip("Atlassian's ADF schema is not here (set VOCBOT_SHARED to the folder that has specs/adf/full.json)")


def nodes(node: Any, kind: str) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        if node.get("type") == kind:
            yield node
        for value in node.values():
            yield from nodes(value, kind)
    elif isinstance(node, list):
        for value in node:
            yield from nodes(value, kind)


def test_adf_keeps_atlassians_schema() -> None:
    validator = jsonschema.Draft4Validator(schema())

    @settings(slow, max_examples=20)  # the schema's validator is what is slow
    @given(anything)
    def check(document: Document) -> None:
        result = to_adf(document)
        problem = next(validator.iter_errors(result), None)
        assert problem is None, problem.message[:500]
        assert len(json.dumps(result, ensure_ascii=False)) <= adf.LIMIT

    check()
    for document in (nasty_document(), long_document()):
        assert not list(validator.iter_errors(to_adf(document)))


@slow
@given(documents(short))
def test_adf_says_everything(document: Document) -> None:
    result = to_adf(document)
    assert bare([node["text"] for node in nodes(result, "text")]) == bare(said(document))
    for mark in nodes(result, "link"):
        assert re.match(r"https?://|mailto:", mark["attrs"]["href"])


# -- Slack


def check_slack(document: Document) -> list[dict[str, Any]]:
    result = to_slack_blocks(document)
    assert len(result) <= slack.BLOCKS
    for given_block, block in zip(result, SlackBlock.parse_all(result), strict=True):
        block.validate_json()
        assert block.to_dict()["type"] == given_block["type"]
    assert not list(nodes(result, "mrkdwn"))
    total = 0
    for text in nodes(result, "plain_text"):
        assert 1 <= len(text["text"]) <= slack.FIELD
        assert not re.search(r"[<>]|&(?!(amp|lt|gt);)", text["text"])
    for header in nodes(result, "header"):
        assert len(header["text"]["text"]) <= slack.HEADER
    for section in nodes(result, "section"):
        assert 1 <= len(section["fields"]) <= slack.FIELDS
    for row in nodes(result, "actions"):
        ids = [element["action_id"] for element in row["elements"]]
        assert 1 <= len(ids) <= slack.ACTIONS
        assert len(set(ids)) == len(ids)
        assert all(1 <= len(each["text"]["text"]) <= slack.BUTTON_TEXT for each in row["elements"])
    for kind in ("text", "link"):
        for element in nodes(result, kind):
            assert element["text"], "an empty element is refused"
            total += len(element["text"])
    for link in nodes(result, "link"):
        assert re.match(r"https?://|mailto:", link["url"])
    for rich in nodes(result, "rich_text"):
        assert sum(len(e["text"]) for k in ("text", "link") for e in nodes(rich, k)) <= slack.MESSAGE
        assert list(nodes(rich, "text")) + list(nodes(rich, "link")), "an empty block is refused"
    assert total <= slack.MESSAGE + 60
    return result


@slow
@given(anything)
def test_slack_keeps_block_kits_limits(document: Document) -> None:
    check_slack(document)


@slow
@given(documents(short))
def test_slack_says_everything_and_keeps_every_button(document: Document) -> None:
    result = to_slack_blocks(document)
    shown = []
    for block in result:
        if block["type"] == "header":
            shown.append(html.unescape(block["text"]["text"]))
        elif block["type"] == "section":
            shown += [html.unescape(field["text"]) for field in block["fields"]]
        elif block["type"] == "rich_text":
            shown += [part["text"] for part in leaves(block)]
    assert bare(shown) == bare(said(document))
    buttons = [(b.action, b.token) for block in document.blocks if isinstance(block, Buttons) for b in block.items]
    sent = [(e["action_id"], e["value"]) for block in result if block["type"] == "actions" for e in block["elements"]]
    assert sent == buttons


def leaves(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The elements with text of a rich_text block, in order."""
    for element in node.get("elements", []):
        if "elements" in element:
            yield from leaves(element)
        else:
            yield element


# -- HTML

SKELETON = {"html", "head", "meta", "title", "body", "div"}
TEXTUAL = {"h1", "h2", "h3", "p", "strong", "em", "a", "ul", "ol", "li", "blockquote", "hr", "br"}
TAGS = SKELETON | TEXTUAL | {"table", "thead", "tbody", "tr", "th", "td"}
VOID = {"meta", "hr", "br"}
ATTRIBUTES = {"style", "href", "lang", "charset", "name", "content", "scope"}


class Reader(HTMLParser):
    """Reads strictly: known tags only, properly nested, and remembers the text of title and body."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.title: list[str] = []
        self.body: list[str] = []
        self.links: list[str] = []
        self.language = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS, tag
        assert {name for name, _ in attrs} <= ATTRIBUTES
        found = dict(attrs)
        self.language = found.get("lang") or self.language
        if tag == "a":
            self.links.append(found["href"] or "")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "title" in self.open:
            self.title.append(data)
        elif "body" in self.open:
            self.body.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError("a comment")

    def unknown_decl(self, data: str) -> None:
        raise AssertionError("a declaration")

    handle_pi = unknown_decl


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert not reader.open
    return reader


@slow
@given(anything)
def test_html_is_well_formed_whatever_customers_write(document: Document) -> None:
    page = to_html(document)
    assert len(page.encode()) <= mail.LIMIT
    reader = read(page)
    assert reader.language == {"zh": "zh-CN", "en": "en"}[document.language]
    assert all(re.match(r"https?://|mailto:", link) for link in reader.links)
    assert not set(page) & set(map(chr, range(9)))


@slow
@given(documents(short))
def test_html_says_everything_and_nothing_else(document: Document) -> None:
    reader = read(to_html(document))
    assert bare(reader.body) == bare(said(document))
    assert bare(reader.title) == bare([document.title])


# -- Markdown, read by a real parser

PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


@slow
@given(documents(short))
def test_markdown_shows_text_as_it_was_written(document: Document) -> None:
    result = to_markdown(document)
    shown, kinds, links = [], set(), []
    for token in PARSER.parse(result):
        kinds.add(token.type)
        for child in token.children or []:
            kinds.add(child.type)
            shown.append(child.content)
            links += [child.attrGet("href") for _ in [0] if child.type == "link_open"]
    assert bare(shown) == bare(expected_in_markdown(document))
    assert not kinds & {"code_block", "fence", "html_block", "html_inline", "image", "s_open", "code_inline"}
    wanted = {address(run.url) for run in links_of(document)}
    assert all(re.match(r"https?://|mailto:", str(link)) for link in links)
    assert len(links) <= len([run for run in links_of(document) if address(run.url)]), (links, wanted)


def links_of(document: Document) -> Iterator[Link]:
    for block in document.blocks:
        groups = [block.runs] if isinstance(block, Paragraph) else block.items if isinstance(block, Bullets) else []
        yield from (run for group in groups for run in group if isinstance(run, Link))


def expected_in_markdown(document: Document) -> Iterator[str]:
    for block in document.blocks:
        if isinstance(block, Quote):
            yield block.text
            if block.source.strip() and bare([block.source]):
                yield f"—{block.source}"
        elif isinstance(block, Figures):
            yield from (f"{label}:{value}" for label, value in block.items)
        elif isinstance(block, Table) and not block.header:
            continue
        else:
            yield from said(Document("en", "", (block,)))
