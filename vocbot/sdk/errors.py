"""What can go wrong at the border to an outside system, as values the core can decide upon.

A message must never hold a secret, a body or personal data: it ends in logs and on pages.
"""

from __future__ import annotations

import traceback
from pathlib import Path


class VocbotError(Exception):
    """Base of every error whose message is meant for a person."""


class BadSignature(VocbotError):
    """The request is not authentic (wrong, stale or missing signature): answered 401, nothing is stored."""


class Unparseable(VocbotError):
    """The request is authentic but its content is not understood: kept, listed, replayable."""


class Rejected(VocbotError):
    """The peer said no for good, or answered 200 with an error in the body. Nothing happened there.

    `status` is the HTTP status where there was one.
    """

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class Unreachable(Rejected):
    """This way to the customer is closed for good (a closed conversation, a bounced address): try the next way."""


class Retryable(VocbotError):
    """Nothing happened at the peer and the same act may be tried again after `after` physical seconds."""

    def __init__(self, message: str, after: float | None = None) -> None:
        super().__init__(message)
        self.after = after


class CursorExpired(VocbotError):
    """The peer does not go on from this cursor: reading begins anew, and what was lost in between is a gap."""


class OutcomeUnknown(VocbotError):
    """The request left, the answer did not come: the act may have happened. Look before sending again."""


def trace(error: BaseException) -> str:
    """Where an unexpected error came from, for a log: its type and the innermost places, never its message.

    Messages of libraries quote what they choked on (a statement's parameters, a body), which may be personal data.
    """
    frames = traceback.extract_tb(error.__traceback__)[-4:]
    places = " < ".join(f"{Path(f.filename).name}:{f.lineno}" for f in reversed(frames))
    return f"{type(error).__name__} at {places}"
