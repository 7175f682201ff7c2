"""The worker: everything vocbot does by itself, in the threads of one process that serves no requests."""

from __future__ import annotations

import logging
import os
import threading
import time
from datetime import datetime, timedelta
from functools import partial

from sqlmodel import Session, col, select

from vocbot.aftermath import Aftermath
from vocbot.ahead import Ahead
from vocbot.config.model import Settings
from vocbot.deliveries.engine import Engine
from vocbot.deliveries.perform import Performer
from vocbot.deliveries.rescue import Rescuer
from vocbot.deliveries.schedule import after_quiet
from vocbot.deliveries.sweep import Sweeper
from vocbot.deliveries.trouble import trouble
from vocbot.deliveries.worker_lock import WorkerLock
from vocbot.handlers import Peers, acts
from vocbot.jobs import Jobs
from vocbot.listen.intake import Intake
from vocbot.listen.parse import Taken
from vocbot.listen.poll import Poller
from vocbot.listen.watch import Watch, Watched
from vocbot.registry import Configured
from vocbot.runtime import Core, draining
from vocbot.sdk.clock import FastClock
from vocbot.sdk.errors import Rejected, Retryable
from vocbot.sdk.ports import PollSource, TicketTracker, Waiting
from vocbot.store.retention import Keep, Retention
from vocbot.store.search import index
from vocbot.store.tables import Ticket
from vocbot.text.safe import load_words
from vocbot.understand.group import Grouping

log = logging.getLogger(__name__)

DRAIN_EVERY = 0.1  # physical seconds, like all that follow
SWEEP_EVERY, FAST_SWEEP_EVERY = 0.25, 0.1
POLLING = 0.05  # of the queue; half of it is what a ticket waits
RESCUE_EVERY = 3.0
INDEX_EVERY = 1.0
GROUP_EVERY = 2.0
WATCH_EVERY = 60.0
SHARED = 0.9  # of the time between two polls: nobody polls again within it what another worker polled
TIDY_EVERY = 86400.0
LISTEN = 2.0  # so long a source that can wait for news is listened to at a time


class Worker:
    """`start` and `stop` once. `wake` tells it that there are new records."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._fast = isinstance(core.clock, FastClock)
        self._news, self._due = threading.Event(), threading.Event()
        self.jobs = Jobs()
        self._intake = Intake(core.store, core.crypt, self._news.set)
        self._polls: dict[str, PollSource] = core.ports("poll_source")
        self._drain = draining(core, Ahead(core.loop.classify.understand), self._polls)
        self._group = Grouping(core.store, core.clock)
        self._peers = Peers(core.connectors)
        settings = core.configuration.settings
        after = Aftermath(core.clock, core.loop.asker, core.loop.draft_faqs)
        handlers = acts(self._peers, core.store, core.crypt, after)
        performer = Performer(core.store, core.clock, handlers, settings.request_timeout)
        self._lock = WorkerLock(core.store)
        self._engine = Engine(core.store.main, performer, POLLING)
        self._rescuer = Rescuer(core.store, self._engine.executor)
        self._sweep = Sweeper(
            core.store,
            core.clock,
            {
                "evaluate": core.loop.evaluate_day,
                "evaluate_week": core.loop.evaluate_week,
                "refresh": core.loop.refresh,
                "look": core.loop.look,
                "watch": core.loop.watch,
                "digest": core.loop.digest,
            },
            self._engine.enqueue,
            {
                name: entry.per_second or core.connectors[name].manifest.per_second
                for name, entry in settings.connectors.items()
            },
            settings.request_timeout,
            partial(_allowed, settings),
        )
        histories = {n: c.manifest.history for n, c in core.connectors.items() if c.manifest.history is not None}
        self._poller = Poller(core.store, core.clock, self._intake, self._polls, histories)
        self._rest: dict[str, timedelta] = {}
        self._tidy = Retention(core.store, core.clock, Keep(**settings.retention.model_dump()))
        self._watch = Watch(core.store, core.clock, watched(core), trouble, core.alerts)

    def start(self) -> None:
        """Begin to work. Raises SecondWorker where another process works on the same SQLite file."""
        self._lock.__enter__()
        load_words()
        self._rescuer.hold()
        self._engine.start()
        self._intake.start()
        with self._core.store.write() as session:
            self._core.loop.begin(session)
        self.jobs.every("drain", DRAIN_EVERY, self._drain_once, self._news)
        self.jobs.every("group", GROUP_EVERY, self._group)
        self.jobs.every("sweep", FAST_SWEEP_EVERY if self._fast else SWEEP_EVERY, self._sweep_once, self._due)
        self.jobs.every("search", INDEX_EVERY, partial(index, self._core.store))
        self.jobs.every("rescue", RESCUE_EVERY, self._rescue)
        self.jobs.every("retention", TIDY_EVERY, self._tidy)
        for name in self._polls:
            self.jobs.every(f"poll {name}", 0, partial(self._poll, name))
        for name, connector in self._core.connectors.items():
            if connector.has("ticket_tracker"):
                self.jobs.every(f"reconcile {name}", self._pause(name), partial(self._reconcile, name))
        if not self._fast:  # weeks go by between two polls there: everything would seem silent
            self.jobs.every("watch", WATCH_EVERY, self._watch)

    def stop(self) -> None:
        """Take no more, finish what runs, give the locks back."""
        self.jobs.stop()
        self._intake.stop()
        self._engine.stop()
        self._rescuer.release()
        self._lock.__exit__(None, None, None)
        self._core.close()

    def wake(self) -> None:
        """There are new records: read them at once."""
        self._news.set()

    @property
    def healthy(self) -> bool:
        """Whether every thread lives."""
        return self._intake.healthy and self.jobs.healthy

    def _drain_once(self) -> int:
        read = self._drain()
        if read:
            self._due.set()  # what was read may have made something due
        return read

    def _sweep_once(self) -> None:
        self._sweep()

    def _rescue(self) -> None:
        if not self._rescuer.alive():
            log.critical(
                "the lock of this worker is lost; others may do its work: stopping at once",
                extra={"action": "worker.lock_lost"},
            )
            os._exit(70)
        for executor in self._rescuer():
            log.warning("took over the work of %s", executor, extra={"action": "worker.rescued"})

    def _pause(self, name: str) -> float:
        settings = self._core.configuration.settings
        return 60.0 * (settings.connectors[name].poll_minutes or settings.poll_minutes)

    def _poll(self, name: str) -> bool:
        """One round, then the time until the next; always more."""
        done = self._poller(name, self._rest.pop(name, timedelta(0)))
        if done.ended == "stopped" and not done.more:
            log.warning("poll of %s stopped: %s", name, done.reason, extra={"action": "poll.stopped"})
        if not done.more:
            news = self._wait(name, max(self._pause(name), done.after or 0.0), done.ended == "complete")
            if not news and not self._core.store.sqlite and not self._fast:
                # several workers may wait for the same time; one of them will do
                self._rest[name] = timedelta(seconds=SHARED * self._pause(name))
        return True

    def _wait(self, name: str, seconds: float, well: bool) -> bool:
        """Wait for the next round; True where the source said before that something is new."""
        source, end = self._polls[name], time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and not self.jobs.stopping.is_set():
            if well and isinstance(source, Waiting):
                try:
                    if source.wait(min(LISTEN, left)):
                        return True
                except (Retryable, Rejected) as error:
                    log.warning("waiting for %s: %s", name, error, extra={"action": "poll.waiting_failed"})
                    well = False
            else:
                self.jobs.stopping.wait(left)
        return False

    def _reconcile(self, connector: str) -> None:
        """Ask the tracker where our tickets stand: webhooks get lost."""
        with self._core.store.read() as session:
            refs = _refs(session, connector)
        if not refs:
            return
        tracker: TicketTracker = self._peers.port(connector, "ticket_tracker")
        try:
            changes = tracker.status(refs)
        except (Retryable, Rejected) as error:
            log.warning("reconciling with %s: %s", connector, error, extra={"action": "reconcile.failed"})
            return
        with self._core.store.write(lock="drain") as session:
            self._core.loop.on_events(session, [Taken(connector, change, None) for change in changes])


def _allowed(settings: Settings, act: str, time: datetime) -> datetime:
    """Customers are left in peace at night."""
    quiet = settings.notices
    return after_quiet(time, quiet.quiet_from, quiet.quiet_to, settings.zone) if act == "notice" else time


def watched(core: Core) -> dict[str, Watched]:
    """What is expected of each source, as configured."""
    settings = core.configuration.settings

    def one(name: str, connector: Configured) -> Watched:
        entry = settings.connectors[name]
        polled = connector.has("poll_source")
        return Watched(
            timedelta(minutes=entry.poll_minutes or settings.poll_minutes) if polled else None,
            timedelta(hours=entry.silent_hours) if entry.silent_hours is not None else None,
            connector.manifest.history,
        )

    return {
        name: one(name, connector)
        for name, connector in core.connectors.items()
        if connector.has("poll_source") or connector.has("webhook_source")
    }


def _refs(session: Session, connector: str) -> list[str]:
    query = select(Ticket.ref).where(
        Ticket.connector == connector, col(Ticket.ref).is_not(None), Ticket.status != "deleted"
    )
    return [ref for ref in session.exec(query).all() if ref is not None]
