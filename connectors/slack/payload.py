"""Reads what Slack sends to a request URL: JSON for events, a form for commands, JSON inside a form for presses.

It is read here and not by slack_bolt, which takes a command whose text holds the word "payload" for an empty request.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

from vocbot.sdk.errors import Unparseable

_TIME = re.compile(r"([0-9]{1,11})\.([0-9]{1,6})")
_KIND = re.compile(r"[A-Za-z0-9_:./-]{1,80}")


def read(body: bytes) -> dict[str, Any]:
    """The payload. Raises Unparseable (wrong encoding, broken JSON or form), quoting nothing of the body."""
    try:
        text = body.decode("utf-8")
        if not text.lstrip().startswith("{"):
            form = dict(parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=100))
            if "payload" not in form:
                if "command" not in form and "ssl_check" not in form:
                    raise Unparseable("body is neither JSON nor a form that Slack sends")
                return form
            text = form["payload"]
        value = json.loads(text)
    except UnicodeDecodeError:
        raise Unparseable("body is not UTF-8") from None
    except (ValueError, RecursionError):
        raise Unparseable("body is not readable JSON") from None
    if not isinstance(value, dict):
        raise Unparseable("payload is not an object")
    return value


def text(value: Any, name: str) -> str:
    """`value` as text that every store can hold. Raises Unparseable for other types, NUL and half characters."""
    if not isinstance(value, str):
        raise Unparseable(f"{name} is missing or not text")
    if "\0" in value or any("\ud800" <= char <= "\udfff" for char in value):
        raise Unparseable(f"{name} holds characters that are no text")
    return value


def time(value: Any, name: str) -> datetime:
    """Slack's time ("1700000000.000100", Unix seconds) as aware UTC. Raises Unparseable."""
    found = _TIME.fullmatch(text(value, name))
    if not found:
        raise Unparseable(f"{name} is not a time")
    return datetime.fromtimestamp(int(found[1]), UTC) + timedelta(microseconds=int(found[2].ljust(6, "0")))


def kind(payload: dict[str, Any]) -> str:
    """The name of the payload's type, as a person would list it: "event app_mention". Raises Unparseable."""
    base = payload.get("type", "")
    detail: Any = ""
    if "command" in payload:
        base, detail = "command", payload["command"]
    elif base == "event_callback":
        event = payload.get("event")
        base, detail = "event", event.get("type") if isinstance(event, dict) else None
    elif base == "block_actions":
        actions = payload.get("actions")
        first = actions[0] if isinstance(actions, list) and actions else None
        detail = first.get("action_id") if isinstance(first, dict) else None
    parts = [part for part in (base, detail) if part != ""]
    if not parts or not all(isinstance(part, str) and _KIND.fullmatch(part) for part in parts):
        raise Unparseable("payload does not say what it is")
    return " ".join(parts)
