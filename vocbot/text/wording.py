"""What a person may write in the place of a text of ours: how long each part may be, and nothing personal in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vocbot.sdk.errors import VocbotError
from vocbot.text.guard import leaks

LINE = 200  # characters that are written in one line


class Unfit(VocbotError):
    """A part of a text cannot be kept. `reason` (missing | long | lines | personal) and `values` make the sentence."""

    def __init__(self, part: str, reason: str, **values: str | int) -> None:
        super().__init__(f"{part}: {reason}")
        self.part = part
        self.reason = reason
        self.values = values


@dataclass(frozen=True)
class Part:
    """One part of a text. `longest` is in characters, of each line where it may have `lines`; `usual` is what is said
    where the part is empty."""

    name: str
    value: str
    longest: int
    lines: int = 1
    needed: bool = True
    usual: str = ""

    @property
    def long(self) -> bool:
        """Whether it needs room for more than a line."""
        return self.lines > 1 or self.longest > LINE

    @property
    def whole(self) -> int:
        """How many characters all its lines may have together."""
        return self.lines * (self.longest + 1) - 1


def check(parts: Sequence[Part]) -> None:
    """Raises Unfit for the first part that cannot be kept."""
    for part in parts:
        if part.needed and not part.value.strip():
            raise Unfit(part.name, "missing")
        rows = part.value.splitlines() if part.lines > 1 else [part.value]
        if len(rows) > part.lines:
            raise Unfit(part.name, "lines", most=part.lines)
        if any(len(row) > part.longest for row in rows):
            raise Unfit(part.name, "long", most=part.longest)
    for part in parts:
        found = leaks([part.value])
        if found:
            raise Unfit(part.name, "personal", kinds=", ".join(found))
