"""Why a page is not shown or a form not carried out; the console answers each with a page that says so."""

from __future__ import annotations

from typing import Any


class SignedOut(Exception):
    """Nobody is signed in (any more). `posted`: something was to be done, and was not."""

    def __init__(self, back: str, posted: bool = False) -> None:
        self.back, self.posted = back, posted


class Refused(Exception):
    """`reason` names a sentence; `status` is 403, 404, 409 and the like."""

    def __init__(self, status: int, reason: str, **values: Any) -> None:
        self.status, self.reason, self.values = status, reason, values
