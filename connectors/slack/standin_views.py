"""Windows, as the stand-in holds them to Slack's contract: views.open, what a person may write, and saving.

Sources: docs.slack.dev "Modals" and "View objects", and the length checks in slack_sdk's models. Written apart from the
connector's own window, which it judges.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_VIEW = {
    "type": str,
    "title": dict,
    "blocks": list,
    "close": dict,
    "submit": dict,
    "private_metadata": str,
    "callback_id": str,
    "clear_on_close": bool,
    "notify_on_close": bool,
    "external_id": str,
    "submit_disabled": bool,
}
_BLOCKS = {
    "input": {"type", "block_id", "label", "element", "hint", "optional", "dispatch_action"},
    "section": {"type", "block_id", "text", "fields", "accessory", "expand"},
    "context": {"type", "block_id", "elements"},
    "header": {"type", "block_id", "text"},
    "divider": {"type", "block_id"},
}
_ELEMENT = {
    "type",
    "action_id",
    "initial_value",
    "multiline",
    "min_length",
    "max_length",
    "placeholder",
    "focus_on_load",
    "dispatch_action_config",
}
_TEXT = {"type", "text", "emoji"}
_LONGEST = 3000


def problems(view: Any) -> list[str]:
    """Every way in which a view breaks the contract; empty where Slack would show it."""
    return list(_problems(view)) if isinstance(view, Mapping) else ["view: must be an object"]


def refused(view: Mapping[str, Any], values: Mapping[str, str | None]) -> list[str]:
    """What Slack itself says to a person who saves: fields that are empty, too short or too long. Nothing is sent."""
    found = []
    for block in view["blocks"]:
        if block["type"] != "input":
            continue
        value, element = values.get(block["block_id"]) or "", block["element"]
        if not value and not block.get("optional"):
            found.append(f"{block['block_id']}: please complete this required field")
        elif value and not element.get("min_length", 0) <= len(value) <= element.get("max_length", _LONGEST):
            found.append(f"{block['block_id']}: too long or too short")
    return found


def filled(view: Mapping[str, Any]) -> dict[str, str | None]:
    """What stands in a window before anybody writes, by block."""
    inputs = [block for block in view["blocks"] if block["type"] == "input"]
    return {block["block_id"]: block["element"].get("initial_value") for block in inputs}


def _problems(view: Mapping[str, Any]) -> Iterator[str]:
    for name in view:
        if name not in _VIEW:
            yield f"view.{name}: unsupported field"
        elif not isinstance(view[name], _VIEW[name]):
            yield f"view.{name}: must be of type {_VIEW[name].__name__}"
    if view.get("type") != "modal":
        yield "view.type: must be modal"
    yield from _plain(view.get("title"), "title", 24)
    for button in ("submit", "close"):
        if button in view:
            yield from _plain(view[button], button, 24)
    if len(view.get("private_metadata", "")) > 3000:
        yield "view.private_metadata: must be at most 3000 characters"
    if len(view.get("callback_id", "")) > 255:
        yield "view.callback_id: must be at most 255 characters"
    blocks = view.get("blocks")
    if not isinstance(blocks, list) or not 1 <= len(blocks) <= 100:
        yield "view.blocks: must be 1 to 100"
        return
    if any(block.get("type") == "input" for block in blocks) and "submit" not in view:
        yield "view.submit: missing, where there is an input"
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    if len(set(ids)) < len(ids):
        yield "view.blocks: block_id repeated"
    for place, block in enumerate(blocks):
        yield from (f"view.blocks/{place}/{problem}" for problem in _block(block))


def _block(block: Mapping[str, Any]) -> Iterator[str]:
    known = _BLOCKS.get(str(block.get("type")))
    if known is None:
        yield "type: unsupported"
        return
    yield from (f"{name}: unsupported field" for name in block if name not in known)
    if not 1 <= len(block.get("block_id", "-")) <= 255:
        yield "block_id: not of 1 to 255 characters"
    if block["type"] == "section":
        yield from _plain(block.get("text"), "text", 3000, ("plain_text", "mrkdwn"))
    if block["type"] == "header":
        yield from _plain(block.get("text"), "text", 150)
    if block["type"] == "input":
        yield from _plain(block.get("label"), "label", 2000)
        if "hint" in block:
            yield from _plain(block["hint"], "hint", 2000)
        yield from _element(block.get("element"))


def _element(element: Any) -> Iterator[str]:
    if not isinstance(element, Mapping) or element.get("type") != "plain_text_input":
        yield "element: unsupported"
        return
    yield from (f"element/{name}: unsupported field" for name in element if name not in _ELEMENT)
    if not 1 <= len(element.get("action_id", "")) <= 255:
        yield "element/action_id: not of 1 to 255 characters"
    most, least, initial = (
        element.get("max_length", _LONGEST),
        element.get("min_length", 0),
        element.get("initial_value"),
    )
    if not (isinstance(most, int) and 1 <= most <= _LONGEST):
        yield f"element/max_length: not 1 to {_LONGEST}"
    elif not (isinstance(least, int) and 0 <= least <= most):
        yield "element/min_length: not 0 to max_length"
    elif initial is not None and not 1 <= len(initial) <= most:
        yield f"element/initial_value: not 1 to {most} characters"
    if "placeholder" in element:
        yield from _plain(element["placeholder"], "placeholder", 150)


def _plain(value: Any, name: str, most: int, kinds: tuple[str, ...] = ("plain_text",)) -> Iterator[str]:
    if not isinstance(value, Mapping) or value.get("type") not in kinds or not set(value) <= _TEXT | {"verbatim"}:
        yield f"{name}: no text object of type {' or '.join(kinds)}"
    elif not isinstance(value.get("text"), str) or not 1 <= len(value["text"]) <= most:
        yield f"{name}: not of 1 to {most} characters"
