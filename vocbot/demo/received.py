"""What each role received, read from the stand-ins' logs alone."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vocbot.sdk.testing.standin import read_log

_BLOCK = re.compile(r"</(p|li|h[1-6]|tr|blockquote)>|<br\s*/?>")
_TAG = re.compile(r"<[^>]+>")


@dataclass(frozen=True)
class Received:
    """One thing that somebody got: `role` who, `what` kind, `key` of the act, `text` in full, `to` whom or where."""

    role: str
    what: str
    key: str
    title: str
    text: str
    to: str = ""
    at: str = ""


def received(logs: Mapping[str, Path]) -> list[Received]:
    """Everything that left vocbot, in the order of each log."""
    return [*_tickets(logs["jira"]), *_messages(logs["slack"]), *_desk(logs["zendesk"]), *_mails(logs["email"])]


def _effects(path: Path) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for entry in read_log(path):
        for effect in entry.get("effects") or []:
            yield entry, effect


def _tickets(path: Path) -> Iterator[Received]:
    for entry, effect in _effects(path):
        if effect["effect"] == "ticket_created":
            fields = entry["body"]["fields"]
            head = f"{effect['jira_key']}  {effect['summary']}\nlabels: {', '.join(fields.get('labels', []))}\n"
            text = head + adf_text(fields["description"])
            yield Received("product", "ticket", effect["key"], effect["summary"], text, effect["jira_key"], entry["at"])
        elif effect["effect"] == "ticket_updated" and "description" in effect["fields"]:
            text = adf_text(entry["body"]["fields"]["description"])
            yield Received(
                "product",
                "update",
                "",
                entry["body"]["fields"].get("summary", ""),
                text,
                effect["jira_key"],
                entry["at"],
            )
        elif effect["effect"] == "comment_added":
            text = adf_text(entry["body"]["body"])
            yield Received("product", "comment", effect["key"], text.split("\n")[0], text, effect["ref"], entry["at"])


def _messages(path: Path) -> Iterator[Received]:
    for entry, effect in _effects(path):
        if effect["effect"] != "message_posted":
            continue
        key = effect["key"] or ""
        kind, _, rest = key.partition(":")
        what = {"ask": "question about " + rest.partition(":")[0], "report": "verdict"}.get(kind, kind)
        role = {"digest": "marketing", "ask": "support lead", "report": "executive"}.get(kind, "colleagues")
        text = effect["text"]
        if effect["buttons"]:
            text += "\n" + "  ".join(f"[{button['text']}]" for button in effect["buttons"])
        yield Received(role, what, key, text.split("\n")[0], text, effect["channel"], entry["at"])


def _desk(path: Path) -> Iterator[Received]:
    for entry, effect in _effects(path):
        if effect["effect"] == "reply_sent":
            text = html_text(effect.get("markup") or effect["body"])
            yield Received("customer", "notice", effect["key"] or "", "", text, effect["requester"], entry["at"])
        elif effect["effect"] == "article_published":
            text = f"{effect['title']}\n{html_text(effect['body'])}"
            yield Received("support", "faq", effect["ref"], effect["title"], text, effect["ref"], entry["at"])


def _mails(path: Path) -> Iterator[Received]:
    for entry, effect in _effects(path):
        if effect["effect"] == "mail_received":
            text = f"{effect['subject']}\n\n{effect['text']}"
            yield Received(
                "customer", "notice", effect["key"] or "", effect["subject"], text, effect["to"], entry["at"]
            )


def adf_text(node: Any) -> str:
    """The text of an Atlassian document, a line a block."""
    if isinstance(node, str):
        return node
    kind, inner = node.get("type"), node.get("content", [])
    if kind == "text":
        return str(node["text"])
    if kind == "hardBreak":
        return "\n"
    if kind in ("heading", "paragraph"):
        text = "".join(adf_text(child) for child in inner)
        return f"\n【{text}】" if kind == "heading" else text
    if kind in ("bulletList", "orderedList"):
        marks = [f"{n}." if kind == "orderedList" else "-" for n in range(1, len(inner) + 1)]
        return "\n".join(f" {mark} {adf_text(child)}" for mark, child in zip(marks, inner, strict=True))
    if kind == "blockquote":
        return "\n".join(
            f"  “{adf_text(child)}”" if n == 0 else f"    {adf_text(child)}" for n, child in enumerate(inner)
        )
    return "\n".join(adf_text(child) for child in inner)


def html_text(markup: str) -> str:
    """The text of a piece of HTML, a line a block."""
    return re.sub(r"\n{2,}", "\n", html.unescape(_TAG.sub("", _BLOCK.sub("\n", markup)))).strip()
