"""How values stand in JSON columns."""

from __future__ import annotations

import json
from typing import Any

import msgspec

_encode = msgspec.json.Encoder().encode


def as_json(value: Any) -> str:
    """The text of a value: many times as fast as the standard library's, which is asked only for half a character."""
    try:
        return _encode(value).decode()
    except UnicodeEncodeError:
        return json.dumps(value)
