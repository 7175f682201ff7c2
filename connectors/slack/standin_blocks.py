"""Block Kit's limits, as the stand-in holds messages to them, and what a reader sees of blocks.

Sources: docs.slack.dev "Block Kit", and the length checks in slack_sdk's models. Written apart from the renderer, which
it judges.
"""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping
from typing import Any

MAX_BLOCKS = 50
_KNOWN = {"section", "header", "divider", "context", "actions", "rich_text", "table", "markdown", "image", "input"}
_RICH = ("rich_text_section", "rich_text_quote", "rich_text_preformatted")
_LISTS = {"context": ("elements", 10), "actions": ("elements", 25), "section": ("fields", 10), "table": ("rows", 100)}


def problems(blocks: Any) -> list[str]:
    """Every way in which a message's blocks break the limits; empty where Slack would take them."""
    if not isinstance(blocks, list):
        return ["blocks: not a list"]
    found = [f"blocks: {len(blocks)} of at most {MAX_BLOCKS}"] if len(blocks) > MAX_BLOCKS else []
    ids: set[str] = set()
    markdown = 0
    for place, block in enumerate(blocks):
        if not isinstance(block, dict) or block.get("type") not in _KNOWN:
            found.append(f"/{place}: unsupported type of block")
            continue
        found += [f"/{place}: {problem}" for problem in _block(block)]
        name = block.get("block_id")
        if name is not None and (name in ids or not _length(name, 1, 255)):
            found.append(f"/{place}: block_id repeated or not of 1 to 255 characters")
        ids.add(str(name))
        markdown += len(block["text"]) if block["type"] == "markdown" else 0
    if markdown > 12_000:
        found.append("markdown: more than 12000 characters in a message")
    if sum(isinstance(block, dict) and block.get("type") == "table" for block in blocks) > 1:
        found.append("table: more than one in a message")
    return found


def texts(blocks: Any) -> list[str]:
    """What a reader sees, a line or more for each piece of a block, without the labels of buttons."""
    return list(_texts(blocks))


def buttons(blocks: Any) -> list[dict[str, str]]:
    """The buttons, in order: text, action, token."""
    return [
        {
            "text": html.unescape(element["text"]["text"]),
            "action": element.get("action_id", ""),
            "token": element.get("value", ""),
        }
        for block in blocks or []
        if block["type"] == "actions"
        for element in block["elements"]
        if element.get("type") == "button"
    ]


def _block(block: Mapping[str, Any]) -> Iterator[str]:
    kind = block["type"]
    if kind in _LISTS:
        name, most = _LISTS[kind]
        items = block.get(name)
        if items is None and kind == "section":
            pass
        elif not isinstance(items, list) or not 1 <= len(items) <= most:
            yield f"{name}: not 1 to {most}"
    if kind == "header":
        yield from _text(block.get("text"), 150, ("plain_text",))
    elif kind == "markdown":
        if not _length(block.get("text"), 1, 12_000):
            yield "text: not 1 to 12000 characters"
    elif kind == "section":
        if "text" in block:
            yield from _text(block["text"], 3000)
        elif "fields" not in block:
            yield "section without text and fields"
        for field in block.get("fields") or []:
            yield from _text(field, 2000)
    elif kind == "context":
        for element in block.get("elements") or []:
            yield from _text(element, 3000)
    elif kind == "rich_text":
        yield from _rich(block.get("elements"))
    elif kind == "actions":
        elements = block.get("elements") or []
        names = [element.get("action_id") for element in elements]
        if len(set(names)) < len(names):
            yield "action_id: repeated within the block"
        for element in elements:
            yield from _button(element)


def _rich(elements: Any) -> Iterator[str]:
    if not isinstance(elements, list) or not elements:
        yield "elements: missing"
        return
    for element in elements:
        if element.get("type") == "rich_text_list":
            yield from _rich(element.get("elements"))
            if element.get("style") not in ("bullet", "ordered"):
                yield "style: neither bullet nor ordered"
        elif element.get("type") not in _RICH:
            yield "unsupported element of rich text"
        else:
            for run in element.get("elements") or [{}]:
                if run.get("type") not in ("text", "link", "emoji") or not _length(run.get("text", "-"), 1, 3000):
                    yield "text: not 1 to 3000 characters"
                if run.get("type") == "link" and not str(run.get("url")).startswith(("https://", "http://", "mailto:")):
                    yield "url: unsupported"


def _button(element: Mapping[str, Any]) -> Iterator[str]:
    if element.get("type") != "button":
        yield "element is no button"
        return
    yield from _text(element.get("text"), 75, ("plain_text",))
    if not _length(element.get("action_id"), 1, 255):
        yield "action_id: not 1 to 255 characters"
    if not _length(element.get("value", "-"), 1, 2000):
        yield "value: not 1 to 2000 characters"
    if element.get("style", "primary") not in ("primary", "danger"):
        yield "style: neither primary nor danger"


def _text(value: Any, most: int, kinds: tuple[str, ...] = ("plain_text", "mrkdwn")) -> Iterator[str]:
    if not isinstance(value, dict) or value.get("type") not in kinds:
        yield f"text: no text object of type {' or '.join(kinds)}"
    elif not _length(value.get("text"), 1, most):
        yield f"text: not 1 to {most} characters"


def _length(value: Any, least: int, most: int) -> bool:
    return isinstance(value, str) and least <= len(value) <= most


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict) and value.get("type") in _RICH:
        yield "".join(element.get("text") or element.get("url", "") for element in value["elements"])
    elif isinstance(value, dict) and value.get("type") != "button":
        if isinstance(value.get("text"), str):
            yield html.unescape(value["text"])
        for name in ("text", "fields", "elements", "rows"):
            if not isinstance(value.get(name), str):
                yield from _texts(value.get(name))
