"""Where the next page is, for each kind of paging; and whether it goes in circles.

A list ends where its API says so (has_more, no next cursor), else at an empty page: a page that is shorter than was
asked for ends nothing, because many APIs give fewer items than they are asked for. A page or a cursor that comes again
is not silently the end: where the API does not read what we send, the rest would be lost unnoticed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from connectors.http_json.expression import kind, lack
from connectors.http_json.sections import PagingSettings
from vocbot.sdk import mapping
from vocbot.sdk.errors import CursorExpired, Retryable, Unparseable

_NONE: tuple[Any, ...] = (None, "", False, 0, "0")  # how APIs say that there is no next cursor


@dataclass(frozen=True)
class Position:
    """The page to read next. `value` is its cursor, number, offset or address, as JSON; `number` counts from 0.

    `known` are marks of the cursors of this sweep, `before` is a mark of the page that was read last. `lost` counts how
    often the peer forgot our cursor, the last time at `lost_at`, in seconds since 1970.
    """

    kind: str
    number: int = 0
    value: str = "null"
    known: tuple[str, ...] = ()
    before: str = ""
    lost: int = 0
    lost_at: float = 0.0

    @classmethod
    def load(cls, page: str | None, kind: str) -> Position:
        """The position that `dump` wrote; the first page without one, or where the paging was set otherwise meanwhile.

        Raises CursorExpired for what is none.
        """
        if page is None:
            return cls(kind)
        try:
            found = msgspec.json.decode(page, type=cls)
            value = json.loads(found.value)
        except (msgspec.DecodeError, ValueError, RecursionError):
            raise CursorExpired("the cursor is none of this connector's") from None
        wanted = {"page": int, "offset": int, "link": str}.get(found.kind, object)
        if found.number and not isinstance(value, wanted):
            raise CursorExpired("the cursor is none of this connector's")
        return found if found.kind == kind else cls(kind)

    def dump(self) -> str:
        return msgspec.json.encode(self).decode()

    def get(self) -> Any:
        return json.loads(self.value)

    def pointing(self, value: Any) -> Position:
        """The same with another cursor or address."""
        return replace(self, value=json.dumps(value))


class Paging:
    """The kind of paging that is set."""

    def __init__(self, settings: PagingSettings) -> None:
        self.settings = settings

    def here(self, position: Position) -> Any:
        """The number, offset, cursor or address of the page at `position`; None where there is none yet."""
        if position.number:
            return position.get()
        return {"page": 1, "offset": 0}.get(self.settings.kind) if self.settings.start is None else self.settings.start

    def after(self, position: Position, answer: Any, link: str, names: Sequence[str]) -> Position | None:
        """The position of the page after this one, which held the items `names`; None at the end.

        Raises Retryable where the answer contradicts itself or the pages go in circles.
        """
        if self.settings.kind == "none":
            return None
        has_more, next_page = self.settings.has_more, self.settings.next
        try:
            more = mapping.holds(has_more, answer, f"paging.has_more ({has_more})") if has_more else None
            if more is False:
                return None
            if self.settings.kind in ("page", "offset"):
                return self._counted(position, names, more)
            found = mapping.find(next_page, answer, f"paging.next ({next_page})") if next_page else link
        except Unparseable as misfit:
            raise Retryable(str(misfit)) from None
        return self._named(position, answer, found, names, more)

    def _counted(self, position: Position, names: Sequence[str], more: bool | None) -> Position | None:
        if not names and not more:
            return None
        mark, size = _mark(names), self.settings.size
        if names and mark == position.before:
            # Some APIs show the last page again for all that follow it. The second page alone does not tell those
            # from an API that does not read what is sent; unless the list is too short for a second page.
            if more is None and (position.number > 1 or (size is not None and len(names) < size)):
                return None
            hint = ", or it repeats its last page: then set paging.has_more" if more is None else ""
            raise Retryable(
                f"page {position.number + 1} is the same as the one before: the API does not read "
                f"{{{self.settings.kind}}} where it is sent{hint}"
            )
        here = self.here(position)
        step = 1 if self.settings.kind == "page" else len(names) or size
        if step is None:
            raise Retryable("paging.has_more says that there is more after an empty page: set paging.size to go on")
        return self._position(position, here + step, (), mark)

    def _named(
        self, position: Position, answer: Any, found: Any, names: Sequence[str], more: bool | None
    ) -> Position | None:
        expression = self.settings.next
        where = f"paging.next ({expression})" if expression else "the Link header"
        if found in _NONE or found == [] or found == {}:
            if more:
                missing = f": {lack(expression, answer)}" if expression else ""
                raise Retryable(f"paging.has_more says that there is more, and {where} names no next page{missing}")
            return None
        if isinstance(found, bool) or (self.settings.kind == "link" and not isinstance(found, str)):
            raise Retryable(f"{where} should name the next page, and {kind(found)} is there")
        if not _sendable(found):
            raise Retryable(f"{where} holds a broken character")
        mark = _mark(found)
        if mark in position.known:
            if mark == position.known[-1] and not names and not more:
                return None  # it stands still at the end
            raise Retryable(
                f"{where} names a page that was read before (mark {mark[:6]}, after page {position.number + 1}): "
                "the pages go in circles; is the cursor sent where the API reads it?"
            )
        return self._position(position, found, (*position.known, mark), "")

    def _position(self, before: Position, value: Any, known: tuple[str, ...], mark: str) -> Position:
        return replace(before, number=before.number + 1, value=json.dumps(value), known=known, before=mark)


def _sendable(value: Any) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except ValueError:  # half a character
        return False
    return True


def _mark(value: Any) -> str:
    return hashlib.blake2b(json.dumps(value, sort_keys=True).encode(), digest_size=8).hexdigest()
