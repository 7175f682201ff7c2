"""Import a file: rows into the inbox, page by page, and each page is understood before the next is read.

Resumable: the cursor of a file and its mapping is kept with the rows. Where a worker is running on the same SQLite
files, it reads the rows, and we wait for it.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol, cast

from sqlmodel import Session, col, func, select

from vocbot.ahead import Ahead
from vocbot.deliveries.worker_lock import SecondWorker, WorkerLock
from vocbot.listen.intake import Intake, IntakeFull, Moved
from vocbot.listen.parse import Drain, lag
from vocbot.listen.turn import turn
from vocbot.opened import Opened
from vocbot.reader import Knowledge
from vocbot.runtime import Core, draining, open_importer
from vocbot.sdk.errors import CursorExpired, Unparseable, VocbotError
from vocbot.sdk.events import Feedback
from vocbot.sdk.ports import PollSource
from vocbot.sdk.wire import Inbound
from vocbot.store.tables import Poll, Unread
from vocbot.understand.group import Grouping
from vocbot.understand.learning import lessons

MOST_WAITING = 20_000  # rows that a worker elsewhere may be behind
# Nobody else wants to write, so more at a time:
KEPT = 2_000  # rows that are read and kept; as many are read ahead meanwhile
GROUPED = 10_000  # texts that are grouped
SHOWN = 5  # refused rows that are shown


class Files(PollSource, Protocol):
    """What the connector of files can do besides."""

    def progress(self, cursor: str | None) -> float: ...

    def tally(self) -> Mapping[str, int]: ...


@dataclass
class Imported:
    """What came of it so far. `refused` rows are kept and listed; `reasons` are the first of them."""

    rows: int = 0
    new: int = 0
    share: float = 0.0  # of the file that is read
    waiting: int = 0  # rows that are stored and not understood yet
    refused: int = 0
    reasons: tuple[str, ...] = ()
    tally: Mapping[str, int] = field(default_factory=dict)


def open_file(opened: Opened, settings: Mapping[str, Any]) -> Files:
    """The reader of one file. Raises VocbotError for settings that it refuses."""
    return cast(Files, open_importer(opened, settings))


def first_texts(files: Files, most: int = 400) -> list[str]:
    """What the first rows say, for a look at what they are about; rows that cannot be read are left out."""
    texts: list[str] = []
    for record in files.poll(None).records[:most]:
        try:
            found = files.parse(Inbound("poll", record.event_id, record.body, {}, datetime.now(UTC)))
        except Unparseable:
            continue
        texts += [event.text for event in found if isinstance(event, Feedback)]
    return texts


def import_file(
    core: Core,
    source: str,
    settings: Mapping[str, Any],
    files: Files,
    tell: Callable[[Imported], None],
    pool: Executor | None = None,
) -> Imported:
    """Read a file to its end and understand it, with the help of `pool`. Raises what reading raises; what was stored
    by then stays."""
    place = _place(source, settings)
    done = Imported()
    intake = Intake(core.store, core.crypt, lambda: None)
    with core.store.read() as session:
        known = Knowledge.of(core.configuration.settings, lessons(session))
    ahead = Ahead(core.loop.classify.understand, known, pool)
    drain = replace(draining(core, ahead, core.ports("poll_source")), batch=KEPT, look=KEPT)
    lock = WorkerLock(core.store)
    try:
        lock.__enter__()
        ours = True
    except SecondWorker:
        ours = False
    with core.store.read() as session:
        before = session.exec(select(func.max(Unread.id))).one() or 0
    intake.start()
    try:
        with turn(core.store, place) as free:
            if not free:
                raise VocbotError("this file is being imported already, by another process")
            for page_done in _pages(core, files, intake, source, place):
                done.rows, done.new, done.share = page_done
                # a batch stays, so that there is something to read ahead of
                _understand(core, drain if ours else None, done, tell, leave=KEPT if ours else MOST_WAITING)
            _understand(core, drain if ours else None, done, tell, leave=0)
            group = Grouping(core.store, core.clock, GROUPED)
            while ours and group():
                tell(done)
    finally:
        intake.stop()
        lock.__exit__(None, None, None)
    with core.store.read() as session:
        mine = (Unread.source == source, col(Unread.id) > before)
        done.refused = session.exec(select(func.count()).select_from(Unread).where(*mine)).one()
        done.reasons = tuple(session.exec(select(Unread.reason).where(*mine).order_by(col(Unread.id)).limit(SHOWN)))
    done.tally = files.tally()
    return done


def _pages(core: Core, files: Files, intake: Intake, source: str, place: str) -> Iterator[tuple[int, int, float]]:
    """Store page after page; yields (rows read, rows that were new, share of the file)."""
    with Session(core.store.inbox) as inbox:
        state = inbox.get(Poll, place)
    cursor, rows, new, anew = state.cursor if state else None, 0, 0, False
    while True:
        try:
            page = files.poll(cursor)
        except CursorExpired:
            if cursor is None or anew:
                raise
            cursor, anew = None, True
            continue
        while True:
            try:
                new += intake.accept_page("import", Moved(source, page, core.clock.now(), place))
                break
            except IntakeFull as error:
                if not intake.healthy or "cannot be written" in str(error):
                    raise VocbotError("the inbox cannot be written: is the disk full? What was read is kept") from None
                time.sleep(0.05)
        rows, cursor = rows + len(page.records), page.cursor
        yield rows, new, files.progress(cursor)
        if not page.more:
            return


def _understand(core: Core, drain: Drain | None, done: Imported, tell: Callable[[Imported], None], leave: int) -> None:
    """Read what waits, up to the last `leave` records; or wait for the worker that does."""
    while True:
        done.waiting = lag(core.store)
        tell(done)
        if done.waiting <= leave:
            return
        if drain is None or not drain():
            time.sleep(0.1)


def _place(source: str, settings: Mapping[str, Any]) -> str:
    """The name under which it is kept how far a file is read; another mapping reads it anew."""
    told = {**settings, "path": str(Path(settings["path"]).resolve())}
    digest = hashlib.blake2b(repr(sorted(told.items(), key=str)).encode("utf-8", "replace"), digest_size=10)
    return f"import {source} {digest.hexdigest()}"
