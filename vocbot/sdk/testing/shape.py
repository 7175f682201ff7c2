"""A small contract language for stand-ins: which fields a request body must and may have, and of what type.

    Shape({"issue.fields.summary": str, "issue.fields.labels?": list})

A path ends in `?` where the field may be missing; `null` counts as missing. Fields that are not named are allowed,
as vendors allow them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Shape:
    """Dotted paths and the Python type that JSON gives their values."""

    fields: Mapping[str, type | tuple[type, ...]]

    def problems(self, body: Any) -> list[str]:
        """Every way in which `body` breaks the contract."""
        found = []
        for path, kind in self.fields.items():
            optional = path.endswith("?")
            name = path.removesuffix("?")
            value = _at(body, name)
            if value is None:
                if not optional:
                    found.append(f"{name}: missing")
            elif not isinstance(value, kind) or (
                isinstance(value, bool) and bool not in (kind if isinstance(kind, tuple) else (kind,))
            ):
                found.append(f"{name}: {type(value).__name__} is not {_name(kind)}")
        return found


def _at(value: Any, path: str) -> Any:
    for part in path.split("."):
        if not isinstance(value, Mapping) or part not in value:
            return None
        value = value[part]
    return value


def _name(kind: type | tuple[type, ...]) -> str:
    return " or ".join(k.__name__ for k in kind) if isinstance(kind, tuple) else kind.__name__
