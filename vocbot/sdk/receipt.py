"""What a connector's write brings back when the peer did what was asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Receipt:
    """Proof of an outward act.

    `sent`: this attempt did it; `already`: the peer had it under the same key. `ref` is the peer's own id, `key` a
    name that people use (DEMO-7), `url` where a person can look at it.
    """

    status: Literal["sent", "already"]
    ref: str
    key: str | None = None
    url: str | None = None
