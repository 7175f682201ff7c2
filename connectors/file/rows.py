"""What every kind of file gives: numbered rows, each with its values or with what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Trouble:
    """Why a row cannot be used, with what there is of it: its bytes, or its cells."""

    reason: str
    raw: bytes = b""
    cells: Sequence[str] = ()


Row = tuple[int, T | Trouble]
