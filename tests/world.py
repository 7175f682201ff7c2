"""A small world for the tests of the stages: a real Loop over a real store, a clock that stands still, no network.

Typed events go in, rows come out; planned acts stay rows until a test says that they were sent. Fixtures: `world`, and
`build(section={...})` for one with other settings.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any, TypeVar

import pytest
from sqlalchemy import event, text
from sqlmodel import Session, SQLModel, col, select

from vocbot.act.faq import Faqs
from vocbot.act.ticket import Tickets
from vocbot.aftermath import Aftermath
from vocbot.config.model import Settings
from vocbot.data import heads, rule_paths
from vocbot.deliveries.payload import load
from vocbot.listen.parse import Taken
from vocbot.listen.receive import Receiver
from vocbot.loop import Loop
from vocbot.sdk import events
from vocbot.sdk.document import Document
from vocbot.sdk.render.plain import to_plain
from vocbot.sdk.testing.clock import HandClock
from vocbot.store.crypt import Crypt
from vocbot.store.db import Store, open_store
from vocbot.store.tables import Change, Delivery, Issue, IssueDay, Signal, Table, Ticket, Timer, VolumeDay
from vocbot.store.tables.base import InboxTable
from vocbot.tell.ask import Asker
from vocbot.tell.digest import Digests
from vocbot.tell.notice import Notices
from vocbot.tell.report import Reports
from vocbot.understand.classify import Classifier
from vocbot.understand.meaning import understander
from vocbot.understand.rulepack import RulePack, load_packs
from vocbot.understand.rules import Matcher

COUPON, CRASH, ILL, DARK = "coupon-not-applied", "app-crash", "food-made-ill", "wish-dark-mode"
PRAISE = "praise-delivery"
RULES = "shop v1"
Row = TypeVar("Row", bound=SQLModel)


@cache
def pack() -> RulePack:
    """The shipped rules for shops."""
    return load_packs(rule_paths(["shop"]))[0]


@cache
def matcher() -> Matcher:
    return Matcher([pack()])


@cache
def said(issue: str, language: str = "en") -> tuple[str, ...]:
    """Sentences about an issue of the shop, all different: the examples of its rules that hit nothing else."""
    rules = [r for i in pack().issues if i.id == issue for r in i.rules if r.language == language]
    return tuple(text for rule in rules for text in rule.match)


DEFAULTS: dict[str, Any] = {
    "company": "Daybreak",
    "modes": {"ticket": "auto", "digest": "auto", "report": "auto", "faq": "approve", "notice": "auto"},
    "tickets": {"connector": "jira"},
    "digests": [
        {"name": f"weekly-{language}", "connector": "slack", "target": f"C-{language}", "language": language}
        for language in ("zh", "en")
    ],
    "approvals": {"connector": "slack", "target": "C-ask"},
    "faq": {"connector": "zendesk"},
    "notices": {"via": ["email"], "signed_by": "Li Na"},
    "reports": {"connector": "slack", "target": "C-reports", "languages": ["zh", "en"]},
}


@dataclass
class World:
    """Feed it, move its clock, look at its rows. `options` replace whole sections of the settings."""

    store: Store
    crypt: Crypt
    clock: HandClock
    options: dict[str, Any] = field(default_factory=dict)
    ids: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        merged = dict(DEFAULTS)
        for name, value in self.options.items():
            merged[name] = {**merged[name], **value} if isinstance(merged.get(name), dict) else value
        settings = self.settings = Settings.model_validate(merged)
        zone, clock = settings.zone, self.clock
        self.loop = Loop(
            settings=settings,
            clock=clock,
            receiver=Receiver(self.crypt, clock, zone),
            classify=Classifier(matcher().issues, understander(matcher(), heads({}), 0.6), clock, RULES),
            tickets=Tickets(settings.tickets, settings.priority, settings.calendar, settings.modes.ticket, zone, RULES),
            faqs=Faqs(settings.faq, settings.modes.faq),
            asker=Asker(settings.approvals, zone),
            notices=Notices(
                settings.notices,
                settings.modes.notice,
                settings.company,
                zone,
                clock,
                settings.notices.via,
                frozenset({"zendesk"}),
            ),
            digests=Digests(settings.modes.digest, zone, RULES),
            reports=Reports(settings.reports, settings.modes.report, zone),
        )
        self.settled = Aftermath(clock, self.loop.asker, self.loop.draft_faqs)

    # -- what comes in

    def feedback(self, text: str, who: str | None = "ann", **more: Any) -> events.Feedback:
        """One piece of feedback, of a minute ago unless `time` says when; `who`: the author's handle and mailbox."""
        author = events.Author(who, contacts=(events.Contact("email", f"{who}@example.com"),)) if who else None
        given = {
            "external_id": f"f{next(self.ids)}",
            "text": text,
            "time": self.clock.now() - timedelta(minutes=1),
            "channel": "chat",
            "author": author,
        }
        return events.Feedback(**{**given, **more})

    def take(self, *given: events.Event, source: str = "zendesk") -> None:
        """Let the loop take events, in one transaction."""
        with self.write() as session:
            for event in given:
                self.loop.on_events(session, [Taken(source, event, None)])

    def say(self, text: str, who: str | None = "ann", **more: Any) -> events.Feedback:
        """Feedback that is taken at once."""
        event = self.feedback(text, who, **more)
        self.take(event)
        return event

    def complain(
        self, people: int, issue: str = COUPON, language: str = "en", first: int = 0, **more: Any
    ) -> list[events.Feedback]:
        """`people` of them, called c0, c1, ... from `first` on, say different things about one issue, one by one.

        Each has a conversation of their own: talk-c0, ...
        """
        texts, begin = said(issue, language), self.clock.now() - timedelta(minutes=5)
        given = [
            self.feedback(
                texts[n % len(texts)],
                f"c{n}",
                **{"conversation": f"talk-c{n}", "time": begin + timedelta(seconds=n % 250), **more},
            )
            for n in range(first, first + people)
        ]
        self.take(*given)
        return given

    def counted(self, days: int, volume: int = 6, issue: str | None = None, mentions: Sequence[int] = (0,)) -> None:
        """So many days up to yesterday as if feedback had come: counts alone, oldest first, `mentions` over and over.

        Cheaper than texts where only the numbers matter. The Issue must be there.
        """
        with self.write() as session:
            for n in range(days):
                day = self.today - timedelta(days=days - n)
                total = session.get(VolumeDay, day) or VolumeDay(day=day)
                said_of_it = mentions[n % len(mentions)] if issue else 0
                total.feedback += volume + said_of_it
                session.add(total)
                if issue:
                    cell = IssueDay(issue_id=self.issue(issue).id or 0, day=day)
                    cell.mentions = cell.people = cell.negative = said_of_it
                    session.merge(cell)

    def burst(self, days: int = 2, people: int = 6, issue: str = COUPON, language: str = "en") -> None:
        """Two quiet weeks, then a burst of complaints that opens a ticket; everything that is due is done."""
        self.counted(14)
        for n in range(days):
            self.complain(people, issue, language, first=n * people)
            self.run()
            if n < days - 1:
                self.go(days=1)

    # -- time

    def go(self, **delta: float) -> None:
        """Move the clock and do what has fallen due on the way, each at its time."""
        end = self.clock.now() + timedelta(**delta)
        while True:
            due = self.run()
            if due is None or due > end:
                break
            self.clock.move(max(due, self.clock.now()) - self.clock.now())
        self.clock.move(end - self.clock.now())
        self.run()

    def run(self) -> datetime | None:
        """Run the timers that are due, as the sweep does; returns when the next one is."""
        handlers = {
            "evaluate": self.loop.evaluate_day,
            "evaluate_week": self.loop.evaluate_week,
            "refresh": self.loop.refresh,
            "look": self.loop.look,
            "watch": self.loop.watch,
            "digest": self.loop.digest,
        }
        while True:
            with self.write() as session:
                timer = session.exec(
                    select(Timer).where(col(Timer.due_at).is_not(None)).order_by(col(Timer.due_at), col(Timer.id))
                ).first()
                if timer is None or timer.due_at is None or timer.due_at > self.clock.now():
                    return timer.due_at if timer else None
                timer.due_at = None
                session.add(timer)
                session.flush()
                again = handlers[timer.kind](session, timer)
                if again is not None and (timer.due_at is None or again < timer.due_at):
                    timer.due_at = again
                session.add(timer)

    def evaluate(self, *days: date) -> None:
        """Evaluate these local days again."""
        with self.write() as session:
            for day in days:
                self.loop.evaluate_day(session, Timer(kind="evaluate", subject=day.isoformat()))

    @property
    def today(self) -> date:
        """The local day."""
        return self.clock.now().astimezone(self.settings.zone).date()

    # -- what goes out

    def send(self, act: str, ref: str = "ref", key: str = "DEMO", subject: str | None = None) -> list[Delivery]:
        """Let every planned and due act of one kind be sent, and what follows happen."""
        with self.write() as session:
            query = select(Delivery).where(
                Delivery.act == act, Delivery.state == "planned", Delivery.due_at <= self.clock.now()
            )
            if subject is not None:
                query = query.where(Delivery.subject == subject)
            due = session.exec(query.order_by(col(Delivery.id))).all()
            for delivery in due:
                delivery.state, delivery.ended_at = "sent", self.clock.now()
                delivery.receipt = {
                    "status": "sent",
                    "ref": f"{ref}-{delivery.id}",
                    "key": f"{key}-{delivery.id}",
                    "url": None,
                }
                session.add(delivery)
                session.flush()
                self.settled(session, delivery)
            return list(due)

    def end(self, key: str, state: str = "rejected", error: str = "no") -> None:
        """Let one act end without being sent."""
        with self.write() as session:
            delivery = session.exec(select(Delivery).where(Delivery.key == key)).one()
            delivery.state, delivery.error = state, error
            session.add(delivery)
            self.settled(session, delivery)

    def decide(self, token: str, approved: bool = True, by: str = "Li Na") -> bool:
        with self.write() as session:
            return self.loop.decide(session, events.Decision(token, approved, "U1", by, self.clock.now()))

    def finish(self, outcome: str = "fixed", version: str | None = None, ticket: Ticket | None = None) -> None:
        """The latest ticket is done."""
        done = ticket or self.all(Ticket)[-1]
        assert done.ref is not None
        self.take(
            events.TicketChanged(done.ref, done.key or "", "done", outcome, self.clock.now(), version),  # type: ignore[arg-type]
            source="jira",
        )

    def ticket(self) -> Ticket:
        """Let the planned ticket be opened; it is DEMO-<number of its delivery>."""
        self.send("ticket", "100")
        return self.all(Ticket)[-1]

    # -- what is there

    def write(self) -> AbstractContextManager[Session]:
        return self.store.write()

    def all(self, table: type[Row], *where: Any) -> list[Row]:
        """All rows of a table, oldest first."""
        with self.store.read() as session:
            return list(session.exec(select(table).where(*where).order_by(*table.__table__.primary_key)).all())  # type: ignore[attr-defined]

    def issue(self, name: str = COUPON) -> Issue:
        """The Issue of a rule of the shop."""
        return self.all(Issue, Issue.rule_key == f"shop/{name}")[0]

    def signals(self, name: str = COUPON) -> list[Signal]:
        return self.all(Signal, Signal.issue_id == self.issue(name).id)

    def changes(self) -> list[Change]:
        return self.all(Change)

    def deliveries(self, act: str | None = None, state: str | None = None) -> list[Delivery]:
        return [d for d in self.all(Delivery) if act in (None, d.act) and state in (None, d.state)]

    def documents(self, act: str) -> list[Document]:
        return [load(d.payload["document"]) for d in self.deliveries(act)]

    def texts(self, act: str) -> list[str]:
        """What people would read."""
        return [to_plain(document) for document in self.documents(act)]


@pytest.fixture(name="warm_store", scope="session")
def warm_store_fixture(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One store for many tests: half of the time of a new one goes into compiling its queries again."""
    opened = open_store(f"sqlite:///{tmp_path_factory.mktemp('world')}/vocbot.db")
    opened.main.dispose()

    @event.listens_for(opened.main, "connect")
    def hurry(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA synchronous=OFF")

    yield opened
    opened.close()


@pytest.fixture(name="build")
def build_fixture(warm_store: Store, crypt: Crypt, clock: HandClock) -> Callable[..., World]:
    """Makes a world with other settings than the usual ones: `build(tickets={"min_people": 2})`, on an empty store."""
    empty(warm_store)
    return lambda **options: World(warm_store, crypt, clock, options)


@pytest.fixture(name="world")
def world_fixture(build: Callable[..., World]) -> World:
    return build()


def empty(store: Store) -> None:
    """Take out all rows of a SQLite store, from both its files; ids begin at one again."""
    with store.write() as session, Session(store.inbox) as inbox:
        for base, part in ((Table, session), (InboxTable, inbox)):
            for table in reversed(base.metadata.sorted_tables):
                part.execute(table.delete())
            part.execute(text("DELETE FROM sqlite_sequence"))
        inbox.commit()


def moment(iso: str) -> datetime:
    """A time with its zone, in UTC."""
    return datetime.fromisoformat(iso).astimezone(UTC)


def figures(rows: Sequence[Any], *names: str) -> list[tuple[Any, ...]]:
    """Some columns of some rows."""
    return [tuple(getattr(row, name) for name in names) for row in rows]
