"""A Document as JSON, so that a planned act keeps exactly what was decided."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any

from vocbot.sdk import document as shapes
from vocbot.sdk.document import Document

_KINDS = {
    kind.__name__: kind
    for kind in (
        shapes.Document,
        shapes.Heading,
        shapes.Paragraph,
        shapes.Bullets,
        shapes.Quote,
        shapes.Table,
        shapes.Figures,
        shapes.Buttons,
        shapes.Button,
        shapes.Divider,
        shapes.Text,
        shapes.Link,
    )
}


def dump(value: Any) -> Any:
    """A Document (or a part of one) as plain JSON values; every object names its kind."""
    if is_dataclass(value):
        return {"kind": type(value).__name__, **{f.name: dump(getattr(value, f.name)) for f in fields(value)}}
    if isinstance(value, tuple):
        return [dump(item) for item in value]
    return value


def load(value: Any) -> Document:
    """The Document that `dump` made."""
    result = _load(value)
    assert isinstance(result, Document)
    return result


def _load(value: Any) -> Any:
    if isinstance(value, dict):
        return _KINDS[value["kind"]](**{k: _load(v) for k, v in value.items() if k != "kind"})
    if isinstance(value, list):
        return tuple(_load(item) for item in value)
    return value


def strings(value: Any) -> list[str]:
    """Every string that a payload would show somebody, for the last gate before it leaves."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [s for k, v in value.items() if k != "kind" for s in strings(v)]
    if isinstance(value, list | tuple):
        return [s for item in value for s in strings(item)]
    return []
