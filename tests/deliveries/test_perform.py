"""How each way in which an attempt can end is written down."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from sqlmodel import Session, select

from vocbot.deliveries.hold import hold, release
from vocbot.deliveries.perform import LONGEST_ERROR, MOST_AGE, MOST_ATTEMPTS, Performer
from vocbot.deliveries.plan import cancel, plan
from vocbot.sdk.errors import OutcomeUnknown, Rejected, Retryable, Unreachable
from vocbot.sdk.receipt import Receipt
from vocbot.sdk.testing.clock import HandClock
from vocbot.store.db import Store
from vocbot.store.tables import Delivery, Limit

TIMEOUT, LAG = 15.0, 5.0
SENT = Receipt("sent", "10007", "DEMO-7", "https://jira.example/browse/DEMO-7")


@dataclass
class Handler:
    """Sends and finds what it is told to; an exception is raised, a function called."""

    sends: list[Receipt | BaseException | Callable[[], Receipt]] = field(default_factory=lambda: [SENT])
    finds: list[Receipt | BaseException | None] = field(default_factory=list)
    sightless: bool = False
    at_most_once: bool = False
    routes: tuple[str, ...] = ("jira",)
    follows: Callable[[Session, Delivery], None] = lambda _session, _delivery: None
    sent: int = 0
    looked: int = 0
    ended: list[str] = field(default_factory=list)

    def send(self, delivery: Delivery) -> Receipt:
        self.sent += 1
        result = self.sends.pop(0)
        if isinstance(result, BaseException):
            raise result
        return result if isinstance(result, Receipt) else result()

    def find(self, delivery: Delivery) -> Receipt | None:
        self.looked += 1
        result = self.finds.pop(0)
        if isinstance(result, BaseException):
            raise result
        return result

    def blind(self, delivery: Delivery) -> bool:
        return self.sightless

    def lag(self, delivery: Delivery) -> float:
        return LAG

    def next_route(self, delivery: Delivery) -> str | None:
        return self.routes[delivery.route + 1] if delivery.route + 1 < len(self.routes) else None

    def settled(self, session: Session, delivery: Delivery) -> None:
        self.ended.append(delivery.state)
        self.follows(session, delivery)


class Desk:
    """One queued delivery and whoever performs it."""

    def __init__(self, store: Store, clock: HandClock, handler: Handler, **values: object) -> None:
        self.store, self.clock, self.handler = store, clock, handler
        self.perform = Performer(store, clock, {"ticket": handler}, TIMEOUT)
        with store.write() as session:
            planned = plan(session, key="ticket:VOC-1:1", act="ticket", connector="jira", now=clock.now())
            assert planned is not None and planned.id is not None
            self.id = planned.id
            for name, value in {"state": "queued", "attempt": 1, **values}.items():
                setattr(planned, name, value)

    @property
    def row(self) -> Delivery:
        with self.store.read() as session:
            return session.exec(select(Delivery)).one()

    def attempt(self, number: int = 1) -> Delivery:
        """Perform attempt `number`; returns the row after it."""
        self.perform(self.id, number)
        return self.row

    def queue(self) -> int:
        """What the sweep does once it is due; returns the attempt's number."""
        with self.store.write() as session:
            row = session.exec(select(Delivery)).one()
            assert row.state == "planned"
            row.state, row.attempt = "queued", row.attempt + 1
            return row.attempt

    def in_seconds(self) -> float:
        return (self.row.due_at - self.clock.now()).total_seconds()


def test_sent(each_store: Store, clock: HandClock) -> None:
    handler = Handler(follows=lambda s, d: s.add(Limit(connector=d.receipt["key"], next_free=clock.now())))
    row = Desk(each_store, clock, handler).attempt()
    assert (row.state, row.ended_at, row.marked_at, row.doubt, row.error) == (
        "sent",
        clock.now(),
        clock.now(),
        False,
        "",
    )
    assert row.receipt == {"status": "sent", "ref": SENT.ref, "key": SENT.key, "url": SENT.url}
    assert (handler.sent, handler.looked, handler.ended) == (1, 0, ["sent"])
    with each_store.read() as session:
        assert session.get(Limit, "DEMO-7") is not None


@pytest.mark.parametrize("state", ["planned", "held", "awaiting", "cancelled", "sent", "rejected", "unknown", "buried"])
def test_what_is_not_queued_is_left_alone(store: Store, clock: HandClock, state: str) -> None:
    desk = Desk(store, clock, Handler(), state=state)
    before = desk.row
    assert desk.attempt() == before
    assert desk.handler.sent == 0


@pytest.mark.parametrize("number", [0, 1, 3])
def test_another_attempt_than_the_current_one_does_nothing(store: Store, clock: HandClock, number: int) -> None:
    for state in ("queued", "performing"):
        with store.write() as session:
            for old in session.exec(select(Delivery)):
                session.delete(old)
        desk = Desk(store, clock, Handler(), state=state, attempt=2)
        before = desk.row
        assert desk.attempt(number) == before
        desk.perform(desk.id + 1, 2)  # nor does one of an unknown delivery
        assert desk.handler.sent == 0


def test_a_late_answer_of_an_older_attempt_is_not_written(store: Store, clock: HandClock) -> None:
    def overtaken() -> Receipt:
        with store.write() as session:
            session.exec(select(Delivery)).one().attempt = 2
        return SENT

    row = Desk(store, clock, Handler([overtaken])).attempt()
    assert (row.state, row.attempt, row.receipt) == ("performing", 2, {})


def test_met_again_after_a_crash(store: Store, clock: HandClock) -> None:
    desk = Desk(store, clock, Handler(finds=[SENT]), state="performing")
    row = desk.attempt()
    assert (row.state, row.doubt, row.error) == ("planned", True, "interrupted while sending")
    assert desk.in_seconds() == TIMEOUT + LAG
    clock.move(timedelta(seconds=TIMEOUT + LAG))
    row = desk.attempt(desk.queue())
    assert (row.state, row.doubt, row.attempt) == ("sent", False, 2)
    assert (desk.handler.sent, desk.handler.looked) == (0, 1)


def test_two_workers_with_the_same_attempt_send_once(each_store: Store, clock: HandClock) -> None:
    sending, other_done = threading.Event(), threading.Event()

    def slow() -> Receipt:
        sending.set()
        assert other_done.wait(10)
        return SENT

    desk = Desk(each_store, clock, Handler([slow], finds=[SENT]))
    thread = threading.Thread(target=desk.perform, args=(desk.id, 1))
    thread.start()
    assert sending.wait(10)
    desk.perform(desk.id, 1)
    other_done.set()
    thread.join(10)
    assert (desk.row.state, desk.row.doubt, desk.handler.sent) == ("planned", True, 1)
    assert desk.attempt(desk.queue()).state == "sent"
    assert desk.handler.sent == 1


# -- nothing happened


def test_retry_after_is_honoured(store: Store, clock: HandClock) -> None:
    desk = Desk(store, clock, Handler([Retryable("HTTP 429", after=47.0)]))
    row = desk.attempt()
    assert (row.state, row.doubt, row.error, row.ended_at) == ("planned", False, "HTTP 429", None)
    assert 47.0 <= desk.in_seconds() <= 48.0


@pytest.mark.parametrize(
    ("after", "least", "most"),
    [(0.0, 0.5, 1.0), (-5.0, 0.5, 1.0), (1e12, 86400, 86401), (math.inf, 86400, 86401), (math.nan, 0.0, 86401)],
)
def test_odd_retry_afters(store: Store, clock: HandClock, after: float, least: float, most: float) -> None:
    desk = Desk(store, clock, Handler([Retryable("HTTP 429", after=after)]), attempt=9)
    assert desk.attempt(9).state == "planned"
    assert least <= desk.in_seconds() <= most


@pytest.mark.parametrize(("attempt", "longest"), [(1, 1), (2, 2), (5, 16), (9, 256), (10, 300), (4000, 300)])
def test_without_it_the_waits_grow(store: Store, clock: HandClock, attempt: int, longest: float) -> None:
    desk = Desk(store, clock, Handler([Retryable("HTTP 503")]), attempt=attempt)
    desk.attempt(attempt)
    assert longest / 2 <= desk.in_seconds() <= longest


def test_rejected(store: Store, clock: HandClock) -> None:
    desk = Desk(store, clock, Handler([Rejected("HTTP 400", 400)]))
    row = desk.attempt()
    assert (row.state, row.error, row.doubt, row.receipt) == ("rejected", "HTTP 400", False, {})
    assert (row.ended_at, desk.handler.ended) == (clock.now(), ["rejected"])


def test_the_next_way_is_taken(store: Store, clock: HandClock) -> None:
    handler = Handler([Unreachable("conversation closed"), Unreachable("no address")], routes=("jira", "mail"))
    desk = Desk(store, clock, handler)
    row = desk.attempt()
    assert (row.state, row.route, row.connector, row.doubt) == ("planned", 1, "mail", False)
    assert (row.error, row.due_at, handler.ended) == ("conversation closed", clock.now(), [])
    row = desk.attempt(desk.queue())
    assert (row.state, row.route, row.error, handler.ended) == ("rejected", 1, "no address", ["rejected"])


# -- it may have happened


def test_an_unknown_outcome_is_looked_up_later(store: Store, clock: HandClock) -> None:
    desk = Desk(store, clock, Handler([OutcomeUnknown("no answer"), SENT], finds=[None]))
    row = desk.attempt()
    assert (row.state, row.doubt, row.error) == ("planned", True, "no answer")
    assert desk.in_seconds() == TIMEOUT + LAG
    row = desk.attempt(desk.queue())
    assert (row.state, row.doubt, row.error, row.receipt["ref"]) == ("sent", False, "", SENT.ref)
    assert (desk.handler.sent, desk.handler.looked) == (2, 1)


def test_late_attempts_wait_longer_than_the_doubt(store: Store, clock: HandClock) -> None:
    desk = Desk(store, clock, Handler([OutcomeUnknown("no answer")]), attempt=9)
    desk.attempt(9)
    assert 128 <= desk.in_seconds() <= 256


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (Retryable("HTTP 503"), "HTTP 503"),
        (Rejected("HTTP 401", 401), "looking for it was refused: HTTP 401"),
        (Unreachable("no address"), "looking for it was refused: no address"),
        (OutcomeUnknown("cut off"), "cut off"),
        (KeyError("mei@example.com"), "internal error: KeyError"),
    ],
)
def test_where_looking_fails_nothing_is_sent(store: Store, clock: HandClock, failure: Exception, words: str) -> None:
    desk = Desk(store, clock, Handler(finds=[failure], routes=("jira", "mail")), doubt=True)
    row = desk.attempt()
    assert (row.state, row.doubt, row.error, row.route) == ("planned", True, words, 0)
    assert desk.in_seconds() >= TIMEOUT + LAG
    assert desk.handler.sent == 0


def test_a_refusal_after_looking_leaves_no_doubt(store: Store, clock: HandClock) -> None:
    row = Desk(store, clock, Handler([Rejected("HTTP 400", 400)], finds=[None]), doubt=True).attempt()
    assert (row.state, row.doubt) == ("rejected", False)


def test_a_refusal_without_looking_leaves_the_doubt(store: Store, clock: HandClock) -> None:
    desk = Desk(store, clock, Handler([Rejected("HTTP 400", 400)], sightless=True), doubt=True)
    row = desk.attempt()
    assert (row.state, row.doubt) == ("rejected", True)


def test_nothing_happened_this_time_but_perhaps_before(store: Store, clock: HandClock) -> None:
    desk = Desk(store, clock, Handler([Retryable("HTTP 429", after=1.0)], finds=[None]), doubt=True)
    row = desk.attempt()
    assert (row.state, row.doubt) == ("planned", True)
    assert desk.in_seconds() == TIMEOUT + LAG


@pytest.mark.parametrize("outcome", [OutcomeUnknown("no answer"), KeyError("x")])
def test_blind_and_at_most_once_ends_unknown(store: Store, clock: HandClock, outcome: Exception) -> None:
    handler = Handler([outcome], sightless=True, at_most_once=True)
    row = Desk(store, clock, handler).attempt()
    assert (row.state, row.doubt, row.ended_at) == ("unknown", True, clock.now())
    assert (handler.ended, handler.sent) == (["unknown"], 1)


def test_blind_and_at_most_once_after_a_crash(store: Store, clock: HandClock) -> None:
    handler = Handler(sightless=True, at_most_once=True)
    desk = Desk(store, clock, handler, state="performing")
    desk.attempt()
    row = desk.attempt(desk.queue())
    assert (row.state, row.error, handler.sent) == ("unknown", "interrupted while sending", 0)


def test_blind_and_at_least_once_sends_again(store: Store, clock: HandClock) -> None:
    desk = Desk(store, clock, Handler([OutcomeUnknown("no answer"), SENT], sightless=True))
    assert desk.attempt().doubt
    row = desk.attempt(desk.queue())
    assert (row.state, row.doubt, desk.handler.sent, desk.handler.looked) == ("sent", False, 2, 0)


# -- giving up


def test_given_up_when_old_and_tried_often(store: Store, clock: HandClock) -> None:
    planned_at = clock.now() - MOST_AGE - timedelta(seconds=1)
    desk = Desk(store, clock, Handler([Retryable("HTTP 503")]), attempt=MOST_ATTEMPTS, planned_at=planned_at)
    row = desk.attempt(MOST_ATTEMPTS)
    assert (row.state, row.error, row.doubt, desk.handler.ended) == ("buried", "HTTP 503", False, ["buried"])


@pytest.mark.parametrize(("attempt", "age"), [(1, 3 * MOST_AGE), (MOST_ATTEMPTS - 1, 3 * MOST_AGE), (999, MOST_AGE)])
def test_neither_age_nor_attempts_alone_end_it(store: Store, clock: HandClock, attempt: int, age: timedelta) -> None:
    """It may have waited three weeks for its yes, or the peer may be down over a weekend."""
    desk = Desk(store, clock, Handler([Retryable("HTTP 503")]), attempt=attempt, planned_at=clock.now() - age)
    assert desk.attempt(attempt).state == "planned"


@pytest.mark.parametrize("doubt", [True, False])
def test_what_is_given_up_in_doubt_stays_in_doubt(store: Store, clock: HandClock, doubt: bool) -> None:
    handler = Handler([OutcomeUnknown("no answer")], finds=[None])
    old = {"attempt": MOST_ATTEMPTS, "planned_at": clock.now() - 2 * MOST_AGE, "doubt": doubt}
    row = Desk(store, clock, handler, **old).attempt(MOST_ATTEMPTS)
    assert (row.state, row.doubt) == ("buried", True)


# -- our own faults


def test_a_faulty_handler_tells_no_secrets(store: Store, clock: HandClock, caplog: pytest.LogCaptureFixture) -> None:
    desk = Desk(store, clock, Handler([ValueError("cannot write to mei@example.com"), SENT], finds=[None]))
    row = desk.attempt()
    assert (row.state, row.doubt, row.error) == ("planned", True, "internal error: ValueError")
    assert "ValueError at " in caplog.text
    assert "mei@" not in caplog.text
    assert desk.attempt(desk.queue()).state == "sent"


def test_what_a_peer_said_fits_a_column(each_store: Store, clock: HandClock) -> None:
    said = "bad\x00\r\nline \ud83d 坏了" + "!" * 5000
    row = Desk(each_store, clock, Handler([Rejected(said)])).attempt()
    assert row.error.startswith("bad   line   坏了!")
    assert len(row.error) == LONGEST_ERROR


def test_an_act_that_nobody_knows(store: Store, clock: HandClock) -> None:
    desk = Desk(store, clock, Handler(), act="dance")
    row = desk.attempt()
    assert (row.state, row.error, row.ended_at) == ("rejected", "no such act: dance", clock.now())


def test_an_act_that_nobody_knows_any_more(store: Store, clock: HandClock) -> None:
    desk = Desk(store, clock, Handler(), act="dance", state="performing")
    assert desk.attempt().state == "planned"
    row = desk.attempt(desk.queue())
    assert (row.state, row.doubt) == ("rejected", True)


def test_a_cut_short_attempt_reaches_nobody(store: Store, clock: HandClock, caplog: pytest.LogCaptureFixture) -> None:
    """The engine keeps the message of what it is told; the sweep takes the act up again."""
    desk = Desk(store, clock, Handler())
    store.main.dispose()
    with store.write() as session:
        session.connection().exec_driver_sql("ALTER TABLE delivery RENAME TO away")
    desk.perform(desk.id, 1)
    assert "was cut short: OperationalError" in caplog.text
    assert "SELECT" not in caplog.text
    with store.write() as session:
        session.connection().exec_driver_sql("ALTER TABLE away RENAME TO delivery")
    assert desk.row.state == "queued"


def test_where_what_follows_fails_the_act_is_not_repeated(
    each_store: Store, clock: HandClock, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(session: Session, delivery: Delivery) -> None:
        session.add(Limit(connector="half done", next_free=clock.now()))
        session.flush()
        raise LookupError("mei@example.com")

    handler = Handler([SENT], sightless=True, follows=fails)
    desk = Desk(each_store, clock, handler)
    row = desk.attempt()
    assert (row.state, row.error, row.ended_at) == ("planned", "internal error in what follows: LookupError", None)
    assert 0.5 <= desk.in_seconds() <= 1.0
    assert "mei@" not in caplog.text
    with each_store.write() as session:
        assert session.get(Limit, "half done") is None
        assert not cancel(session, session.exec(select(Delivery)).one(), clock.now(), "it is done, though")
    row = desk.attempt(desk.queue())
    assert (row.state, row.attempt) == ("planned", 2)
    handler.follows = lambda _session, _delivery: None
    row = desk.attempt(desk.queue())
    assert (row.state, row.doubt, row.receipt["key"], row.error) == ("sent", False, "DEMO-7", "")
    assert (handler.sent, handler.ended) == (1, ["sent", "sent", "sent"])


def test_where_what_follows_a_doubt_fails(store: Store, clock: HandClock) -> None:
    def fails(_session: Session, _delivery: Delivery) -> None:
        raise LookupError

    handler = Handler([OutcomeUnknown("no answer")], sightless=True, at_most_once=True, follows=fails)
    desk = Desk(store, clock, handler)
    row = desk.attempt()
    assert (row.state, row.doubt) == ("planned", True)
    handler.follows = lambda _session, _delivery: None
    row = desk.attempt(desk.queue())
    assert (row.state, row.doubt, handler.sent) == ("unknown", True, 1)


def test_a_hold_that_came_after_the_queue_is_heeded(each_store: Store, clock: HandClock) -> None:
    desk = Desk(each_store, clock, Handler())
    with each_store.write() as session:
        hold(session, "jira", "Li Na", "", clock.now())
    row = desk.attempt()
    assert (row.state, row.doubt, desk.handler.sent) == ("planned", False, 0)
    with each_store.write() as session:
        release(session, "jira", "Li Na", clock.now())
    assert desk.attempt(desk.queue()).state == "sent"
