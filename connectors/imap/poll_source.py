"""Reads mail page by page, by the numbers that the server gave it, and waits for more. Nothing is marked as read."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from connectors.imap import meaning
from connectors.imap.client import Folder, Listed, Refused, Session
from connectors.imap.config import ImapSettings
from connectors.imap.oauth import Tokens
from connectors.imap.place import Place, Places, beginning
from connectors.imap.record import Kept
from connectors.imap.watch import Watch
from vocbot.sdk.errors import Retryable, VocbotError
from vocbot.sdk.events import Event
from vocbot.sdk.ports import Context
from vocbot.sdk.wire import Inbound, Page, Record

PAGE = 20  # mails
PAGE_BYTES = 8 * 1024 * 1024  # held in memory at once
WINDOW = 20_000  # numbers asked for at once: the library reads no line of an answer longer than a million characters
WINDOWS = 50  # looked through for one page; in a folder of gaps, a page may be empty
GIVEN_UP = 3  # refusals of one mail after which it is listed as missing, as a broken one would block all others


class ImapPoll:
    """The poll_source port; also Waiting. One connection for a round of pages, another one for waiting."""

    def __init__(self, settings: ImapSettings, context: Context) -> None:
        self._settings = settings
        self._clock = context.clock
        self._timeout = context.timeout
        self._tokens = Tokens(settings.oauth, context.timeout) if settings.oauth else None
        self._lock = threading.Lock()
        self._session: list[Session] = []  # none or one, in a list that outlives us for the finalizer
        self._refused: dict[tuple[str, int, int], int] = {}
        self._watch = Watch(settings, context.timeout, self._tokens)
        weakref.finalize(self, _abandon, self._session)

    def poll(self, cursor: str | None) -> Page:
        """The next mails of each folder. Raises Retryable, Rejected or CursorExpired."""
        places = Places.load(cursor)
        with self._lock:
            try:
                page = self._page(places)
            except VocbotError:
                _abandon(self._session)
                raise
            if not page.more:
                self._session.pop().close()
            return page

    def wait(self, seconds: float) -> bool:
        """Whether something came within `seconds`. Raises Retryable or Rejected."""
        return self._watch.wait(seconds)

    def parse(self, inbound: Inbound) -> Sequence[Event]:
        """The meaning of a mail. Raises Unparseable."""
        return meaning.read(inbound, self._settings)

    def _page(self, places: Places) -> Page:
        records: dict[str, Record] = {}
        went_on = dict(places.folders)
        more, gaps = False, []
        newest: datetime | None = None
        for name in self._settings.folders:
            session, folder = self._opened(name)
            if name == self._settings.folder:
                self._watch.seen(folder)
            place = went_on.get(name) or beginning(folder.validity, self._settings.since, self._clock.now())
            place, gap = place.in_numbering(folder.validity)
            gaps += [gap] if gap else []
            read, place, further = self._read(session, name, folder, place)
            went_on[name] = place
            more = more or further
            for record, received in read:
                records.setdefault(record.event_id, record)
                if received is not None and received <= self._clock.now():
                    newest = max(newest or received, received)
        return Page(tuple(records.values()), Places(went_on).dump(), more, newest, "; ".join(gaps))

    def _opened(self, folder: str) -> tuple[Session, Folder]:
        """A folder, through the connection of the page before where that is still good, or a new one."""
        if self._session:
            with suppress(Retryable):
                return self._session[0], self._session[0].open(folder)
            _abandon(self._session)
        session = Session(self._settings, self._timeout, self._tokens)
        self._session.append(session)
        return session, session.open(folder)

    def _read(
        self, session: Session, name: str, folder: Folder, place: Place
    ) -> tuple[list[tuple[Record, datetime | None]], Place, bool]:
        """The next mails of an opened folder with their times of arrival, the place after them, and "more"."""
        found, upto, further = _search(session, folder, place)
        listed = {mail.uid: mail for mail in session.listing(found)}
        self._still_there(session, [uid for uid in found if uid not in listed], place)
        taken: list[Listed] = []
        size = 0
        for uid in found:
            mail = listed.get(uid, Listed(uid, 0, None))
            size += min(mail.size, self._settings.size_limit)
            if taken and size > PAGE_BYTES:
                upto, further = taken[-1].uid, True
                break
            taken.append(mail)
        wanted = [m for m in taken if m.uid in listed and not (m.received is not None and m.received < place.since)]
        bodies = self._bodies(session, name, place, [mail.uid for mail in wanted])
        now = self._clock.now()
        records, times = [], []
        for mail in wanted:
            body = bodies.get(mail.uid)
            if body is None:
                continue  # deleted meanwhile
            received = mail.received.astimezone(UTC) if mail.received else None
            times += [received] if received and received <= now else []
            records.append((self._record(name, place, mail, received, body), received))
        return records, place.after(upto, max(times, default=None)), further

    def _record(self, name: str, place: Place, mail: Listed, received: datetime | None, body: bytes) -> Record:
        kept = Kept(name, received, cut=len(body) >= self._settings.size_limit)
        if body:
            return kept.record(body)
        return replace(kept, missing=True).record(b"", f"missing:{place.validity}:{mail.uid}:{name}"[:150])

    def _bodies(self, session: Session, name: str, place: Place, uids: list[int]) -> dict[int, bytes]:
        """The mails themselves; b"" for one that the server cannot give."""
        limit = self._settings.size_limit
        try:
            bodies = session.mails(uids, limit)
        except Refused:
            bodies = self._one_by_one(session, name, place, uids)
        self._still_there(session, [uid for uid in uids if uid not in bodies], place)
        return bodies

    def _one_by_one(self, session: Session, name: str, place: Place, uids: list[int]) -> dict[int, bytes]:
        """The mails, where one of them may be broken at the server and would block all that follow.

        It is given up only where others can be read, and after some polls: else it is the server that is in trouble.
        """
        bodies: dict[int, bytes] = {}
        refused: list[int] = []
        for uid in uids:
            try:
                bodies |= session.mails([uid], self._settings.size_limit)
                self._refused.pop((name, place.validity, uid), None)
            except Refused:
                refused.append(uid)
        if not bodies:
            raise Retryable("IMAP fetch: refused")
        for uid in refused:
            times = self._refused[name, place.validity, uid] = self._refused.get((name, place.validity, uid), 0) + 1
            if times < GIVEN_UP:
                raise Retryable("IMAP fetch: a mail is refused, others are not")
        return bodies | dict.fromkeys(refused, b"")

    @staticmethod
    def _still_there(session: Session, uids: list[int], place: Place) -> None:
        """Raise Retryable where the server has mails that it left out of its answer; deleted ones are no harm."""
        if uids:
            there = set(session.search(uids[0], uids[-1], (place.since - timedelta(days=1)).date()))
            if there.intersection(uids):
                raise Retryable("IMAP fetch: the server left out mails that are there")


def _search(session: Session, folder: Folder, place: Place) -> tuple[list[int], int, bool]:
    """The numbers of the next mails, up to which number the place moves with them, and whether there is more."""
    # SINCE knows days alone, in the server's zone
    day = (place.since - timedelta(days=1)).date()
    first = place.uid + 1
    for _ in range(WINDOWS):
        last = first + WINDOW - 1
        if folder.next is None or last >= folder.next - 1:
            found = session.search(first, None, day)
            # nothing found moves nothing: what is not there is asked for again
            return found[:PAGE], found[:PAGE][-1] if found else first - 1, len(found) > PAGE
        found = session.search(first, last, day)
        if found:
            return found[:PAGE], found[:PAGE][-1], True
        first = last + 1
    return [], first - 1, True


def _abandon(sessions: list[Session]) -> None:
    while sessions:
        sessions.pop().abandon()
