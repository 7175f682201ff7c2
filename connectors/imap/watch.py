"""Waits for mail: keeps one connection in IDLE between calls, and asks now and then where the server knows no IDLE."""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Sequence
from typing import Any

from connectors.imap.client import Folder, Session, speaking
from connectors.imap.config import ImapSettings
from connectors.imap.oauth import Tokens
from vocbot.sdk.errors import Retryable, VocbotError

RENEW = 25 * 60.0  # seconds; a server may log out after half an hour of silence (RFC 2177)
ASK_EVERY = 60.0  # seconds between questions without IDLE
SOONER = 0.05  # seconds by which IDLE may end before its time without being broken

_Mark = tuple[int, int | None, int]  # what tells one state of a folder from another: validity, next number, count


class Watch:
    """The waiting side of a mailbox. Times are physical: it is the server's clock that runs out."""

    def __init__(self, settings: ImapSettings, timeout: float, tokens: Tokens | None) -> None:
        self._settings = settings
        self._timeout = timeout
        self._tokens = tokens
        self._lock = threading.Lock()
        self._seen: _Mark | None = None
        self._session: list[Session] = []  # none or one, in a list that outlives us for the finalizer
        self._exists = 0
        self._idle_since: float | None = None
        weakref.finalize(self, _abandon, self._session)

    def seen(self, folder: Folder) -> None:
        """The folder as the poll found it: what differs from that when we connect is new."""
        self._seen = _mark(folder)

    def wait(self, seconds: float) -> bool:
        """Whether mail came, at the latest after `seconds`. Raises Retryable or Rejected."""
        end = time.monotonic() + seconds
        with self._lock:
            for last_try in (False, True):
                try:
                    return self._wait(end)
                except Retryable:
                    broke = bool(self._session)
                    self._drop()
                    if last_try or not broke or time.monotonic() >= end:
                        raise
                except VocbotError:
                    self._drop()
                    raise
        raise AssertionError("unreachable")

    def _wait(self, end: float) -> bool:
        if not self._session and self._connect():
            return True
        session = self._session[0]
        if not session.offers("IDLE"):
            return self._ask(session, end)
        while True:
            if self._idle_since is not None and time.monotonic() - self._idle_since > RENEW and self._leave(session):
                return True
            if self._idle_since is None:
                with speaking("waiting"):
                    session.client.idle()
                self._idle_since = time.monotonic()
            begun = time.monotonic()
            room = max(0.0, min(end, self._idle_since + RENEW + 1.0) - begun)
            with speaking("waiting"):
                said = session.client.idle_check(timeout=room)
            if self._news(said):
                return True
            if not said and time.monotonic() - begun < room - SOONER:
                raise Retryable("IMAP waiting: the connection broke")  # the library takes an end for silence
            if time.monotonic() >= end:
                return False

    def _connect(self) -> bool:
        """Open the folder for waiting; returns whether it is not as the poll found it."""
        session = Session(self._settings, self._timeout, self._tokens)
        self._session.append(session)
        folder = session.open(self._settings.folder)
        self._exists = folder.exists
        before, self._seen = self._seen, _mark(folder)
        return folder.exists > 0 if before is None else before != self._seen

    def _leave(self, session: Session) -> bool:
        """End idling; returns whether something came meanwhile."""
        self._idle_since = None
        with speaking("waiting"):
            said = session.client.idle_done()[1]
        return self._news(said)

    def _ask(self, session: Session, end: float) -> bool:
        while True:
            if self._news(session.news()):
                return True
            left = end - time.monotonic()
            if left <= 0:
                return False
            time.sleep(min(left, ASK_EVERY))

    def _news(self, said: Sequence[Any]) -> bool:
        """Whether mail came, by what the server said on its own. What was deleted makes the count smaller."""
        came = False
        for line in said:
            word = line[1] if isinstance(line, tuple) and len(line) > 1 and isinstance(line[0], int) else None
            if word == b"EXISTS":
                came = came or line[0] > self._exists
                self._exists = line[0]
            elif word == b"EXPUNGE":
                self._exists -= 1
        return came

    def _drop(self) -> None:
        self._idle_since = None
        _abandon(self._session)


def _mark(folder: Folder) -> _Mark:
    return folder.validity, folder.next, folder.exists if folder.next is None else 0


def _abandon(sessions: list[Session]) -> None:
    while sessions:
        sessions.pop().abandon()
