"""The composition root: the only place that wires settings, registry, store, engine and clock into a running vocbot."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sqlmodel import Session, col, select

from vocbot.act.faq import Faqs
from vocbot.act.ticket import Tickets
from vocbot.aftermath import Aftermath
from vocbot.config.load import Configuration, configured
from vocbot.config.opened import open_clock
from vocbot.data import rule_paths, sentiment_lexicon
from vocbot.deliveries.engine import Engine
from vocbot.deliveries.perform import Performer
from vocbot.deliveries.rescue import Rescuer, WorkerLock
from vocbot.deliveries.sweep import Sweeper
from vocbot.handlers import Peers, acts
from vocbot.listen.intake import Intake
from vocbot.listen.parse import Drain, Parse, Taken
from vocbot.listen.poll import Poller
from vocbot.listen.receive import Receiver
from vocbot.loop import Loop
from vocbot.registry import Configured, Registry
from vocbot.sdk.clock import Clock, FastClock
from vocbot.sdk.errors import Rejected, Retryable, trace
from vocbot.sdk.ports import PollSource, TicketTracker, WebhookSource
from vocbot.store.crypt import Crypt
from vocbot.store.db import Store, open_store
from vocbot.store.key import open_crypt
from vocbot.store.tables import Ticket
from vocbot.tell.ask import Asker
from vocbot.tell.digest import Digests
from vocbot.tell.notice import Notices
from vocbot.tell.report import Reports
from vocbot.understand.classify import Classifier
from vocbot.understand.rulepack import load_packs
from vocbot.understand.rules import Matcher

log = logging.getLogger(__name__)

SWEEP_EVERY, FAST_SWEEP_EVERY = 0.25, 0.1  # physical seconds
POLLING, FAST_POLLING = 0.1, 0.05
RESCUE_EVERY = 3.0


@dataclass(frozen=True)
class Core:
    """What commands and the worker share: the store, the clock, the connectors and the loop."""

    configuration: Configuration
    store: Store
    crypt: Crypt
    clock: Clock
    connectors: Mapping[str, Configured]
    loop: Loop

    def close(self) -> None:
        """Give the database connections back."""
        self.store.close()


def build(configuration: Configuration, registry: Registry) -> Core:
    """Open the store and wire the loop. Raises VocbotError with what to do where something is missing."""
    settings = configuration.settings
    store, clock = open_store(settings.store.url), open_clock(settings)
    crypt = open_crypt(store, settings.store.key)
    connectors = configured(configuration, registry, clock)
    packs = load_packs(rule_paths(settings.rules))
    rules = ", ".join(f"{p.pack} v{p.version}" for p in packs)
    zone = settings.zone
    loop = Loop(
        settings=settings,
        clock=clock,
        receiver=Receiver(crypt, clock, zone),
        classify=Classifier(Matcher(packs), sentiment_lexicon(), clock, rules),
        tickets=Tickets(settings.tickets, settings.modes.ticket, zone, rules),
        faqs=Faqs(settings.faq, settings.modes.faq),
        asker=Asker(settings.approvals, zone),
        notices=Notices(
            settings.notices,
            settings.modes.notice,
            settings.company,
            zone,
            clock,
            _mailers(settings.notices.via, connectors),
        ),
        digests=Digests(settings.modes.digest, zone, rules),
        reports=Reports(settings.reports, settings.modes.report, zone),
    )
    return Core(configuration, store, crypt, clock, connectors, loop)


def _mailers(via: tuple[str, ...], connectors: Mapping[str, Configured]) -> tuple[str, ...]:
    """Of the connectors that may write to customers, those that write to addresses: they are no source themselves."""
    return tuple(c for c in via if not connectors[c].has("webhook_source"))


@dataclass
class Beat:
    """How one background job is doing."""

    runs: int = 0
    failures: int = 0
    last_error: str = ""
    last_run: float = field(default_factory=time.monotonic)


class Runtime:
    """A running vocbot: the intake, the worker's threads, the engine. `start` and `stop` once."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self._fast = isinstance(core.clock, FastClock)
        self._stopping = threading.Event()
        self._work = threading.Event()
        self._threads: list[threading.Thread] = []
        self.beats: dict[str, Beat] = {}
        self.sources: dict[str, WebhookSource] = {
            name: c.port("webhook_source") for name, c in core.connectors.items() if c.has("webhook_source")
        }
        self.intake = Intake(core.store, core.crypt, self._work.set)
        polls: dict[str, PollSource] = {
            name: c.port("poll_source") for name, c in core.connectors.items() if c.has("poll_source")
        }
        self.drain = Drain(core.store, core.crypt, core.clock, parsers(self.sources, polls), core.loop.on_events)
        self._peers = Peers(core.connectors)
        performer = Performer(
            core.store,
            core.clock,
            acts(
                self._peers,
                core.store,
                core.crypt,
                Aftermath(core.clock, core.loop.asker, core.loop.draft_faqs),
            ),
            core.configuration.settings.request_timeout,
        )
        self._lock = WorkerLock(core.store)
        self._engine = Engine(core.store.main, performer, FAST_POLLING if self._fast else POLLING)
        self._rescuer = Rescuer(core.store, self._engine.executor)
        self.sweep = Sweeper(
            core.store,
            core.clock,
            {
                "evaluate": core.loop.evaluate_day,
                "refresh": core.loop.refresh,
                "look": core.loop.look,
                "digest": core.loop.digest,
            },
            self._engine.enqueue,
            {
                name: entry.per_second or core.connectors[name].manifest.per_second
                for name, entry in core.configuration.settings.connectors.items()
            },
            core.configuration.settings.request_timeout,
        )
        self._poller = Poller(
            core.store,
            core.clock,
            self.intake,
            polls,
        )

    def start(self) -> None:
        """Begin to work. Raises SecondWorker where another process works on the same SQLite file."""
        self._lock.__enter__()
        self._rescuer.hold()
        self._engine.start()
        self.intake.start()
        with self.core.store.write() as session:
            self.core.loop.begin(session)
        self._every("drain", FAST_SWEEP_EVERY, self.drain, self._work)
        self._every("sweep", FAST_SWEEP_EVERY if self._fast else SWEEP_EVERY, self.sweep)
        self._every("rescue", RESCUE_EVERY, self._rescue)
        self._every("poll", self.core.configuration.settings.poll_minutes * 60, self._poll)

    def stop(self) -> None:
        """Take no more, finish what runs, give the locks back."""
        self._stopping.set()
        self._work.set()
        self.intake.stop()
        for thread in self._threads:
            thread.join(timeout=10)
        self._engine.stop()
        self._rescuer.release()
        self._lock.__exit__(None, None, None)
        self.core.close()

    @property
    def healthy(self) -> bool:
        """Whether every thread lives."""
        return self.intake.healthy and all(thread.is_alive() for thread in self._threads)

    def _every(self, name: str, seconds: float, job: Callable[[], object], wake: threading.Event | None = None) -> None:
        """Run `job` again and again in a thread of its own; a failure is noted and does not end it."""
        beat = self.beats[name] = Beat()
        signal = wake or self._stopping

        def run() -> None:
            while not self._stopping.is_set():
                more: object = 0
                try:
                    more = job()
                    beat.runs, beat.last_error = beat.runs + 1, ""
                except Exception as error:  # noqa: BLE001 - a background job must outlive its failures
                    beat.failures, beat.last_error = beat.failures + 1, trace(error)
                    log.error("%s failed: %s", name, beat.last_error)
                beat.last_run = time.monotonic()
                if more and wake is not None:
                    continue
                signal.wait(seconds)
                if wake is not None:
                    wake.clear()

        thread = threading.Thread(target=run, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _rescue(self) -> None:
        if not self._rescuer.alive():
            log.critical("the lock of this worker is lost; others may do its work: stopping at once")
            os._exit(70)
        for executor in self._rescuer():
            log.warning("took over the work of %s", executor)

    def _poll(self) -> None:
        for name in self.core.connectors:
            try:
                if self.core.connectors[name].has("poll_source"):
                    self._poller(name)
                if self.core.connectors[name].has("ticket_tracker"):
                    self._reconcile(name)
            except (Retryable, Rejected) as error:
                log.warning("poll of %s: %s", name, error)

    def _reconcile(self, connector: str) -> None:
        """Ask the tracker where our tickets stand: webhooks get lost."""
        with self.core.store.read() as session:
            refs = _refs(session, connector)
        if refs:
            tracker: TicketTracker = self._peers.port(connector, "ticket_tracker")
            changes = tracker.status(refs)
            with self.core.store.write(lock="drain") as session:
                self.core.loop.on_events(session, [Taken(connector, change, None) for change in changes])


def parsers(webhooks: Mapping[str, WebhookSource], polls: Mapping[str, PollSource]) -> dict[tuple[str, str], Parse]:
    """Who reads the records of a source, by the way they came."""
    found: dict[tuple[str, str], Parse] = {(name, "webhook"): source.parse for name, source in webhooks.items()}
    return found | {(name, "poll"): source.parse for name, source in polls.items()}


def _refs(session: Session, connector: str) -> list[str]:
    query = select(Ticket.ref).where(
        Ticket.connector == connector, col(Ticket.ref).is_not(None), Ticket.status != "deleted"
    )
    return [ref for ref in session.exec(query).all() if ref is not None]
