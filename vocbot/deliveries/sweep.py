"""Find what has fallen due: run timers, queue deliveries. Called a few times a second; does nothing twice."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, exists
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, or_, select

from vocbot.deliveries import limits
from vocbot.deliveries.timers import TimerHandler
from vocbot.sdk.clock import Clock, RealClock
from vocbot.sdk.errors import trace
from vocbot.store.db import Store
from vocbot.store.tables import Delivery, Hold, Timer

log = logging.getLogger(__name__)

BATCH = 200
LONGEST_WAIT = 300.0  # physical seconds until a failing timer is run again
STALE = 20  # an attempt that was queued or began so many request timeouts ago has lost its engine row

# session, delivery id, attempt, connector, and the physical time before which it must not begin
Enqueue = Callable[[Session, int, int, str, datetime], None]


@dataclass(frozen=True)
class Sweeper:
    """Everything a sweep needs. `rates` is acts per physical second by connector."""

    store: Store
    clock: Clock
    timers: Mapping[str, TimerHandler]
    enqueue: Enqueue
    rates: Mapping[str, float]
    timeout: float
    allowed: Callable[[str, datetime], datetime] = lambda _act, time: time  # when an act may leave: then, or later

    def __call__(self) -> int:
        """One sweep. Returns how many timers ran and deliveries were queued."""
        return self._run_timers() + self._queue_deliveries()

    def _run_timers(self) -> int:
        with self.store.read() as session:
            due = session.exec(
                select(Timer.id).where(col(Timer.due_at) <= self.clock.now()).order_by(col(Timer.due_at)).limit(BATCH)
            ).all()
        for timer_id in due:
            assert timer_id is not None
            self._run_timer(timer_id)
        return len(due)

    def _run_timer(self, timer_id: int) -> None:
        try:
            # the drain's lock: timers decide, too, and one decision must see all of the other
            with self.store.write(lock="drain") as session:
                timer = session.get(Timer, timer_id, with_for_update=True)
                if timer is None or timer.due_at is None or timer.due_at > self.clock.now():
                    return
                handler = self.timers[timer.kind]
                timer.due_at, timer.failures, timer.error = None, 0, ""
                session.add(timer)
                session.flush()
                again = handler(session, timer)
                # the handler may have set the same timer anew: the earlier time counts
                if again is not None and (timer.due_at is None or again < timer.due_at):
                    timer.due_at = again
                session.add(timer)
        except Exception as error:  # noqa: BLE001 - the worker's border: one faulty timer must not stop the others
            log.error("timer %s failed: %s", timer_id, trace(error), extra={"action": "timer.failed"})
            self._postpone(timer_id, type(error).__name__)

    def _postpone(self, timer_id: int, why: str) -> None:
        with self.store.write() as session:
            timer = session.get(Timer, timer_id, with_for_update=True)
            if timer is not None:
                timer.failures, timer.error = timer.failures + 1, why
                timer.due_at = self.clock.after_real(min(LONGEST_WAIT, 2.0 ** min(timer.failures, 10)))
                session.add(timer)

    def _queue_deliveries(self) -> int:
        now = self.clock.now()
        stale = now - (self.clock.after_real(STALE * self.timeout) - now)
        due = or_(
            (col(Delivery.state) == "planned") & (col(Delivery.due_at) <= now),
            col(Delivery.state).in_(("queued", "performing")) & (col(Delivery.marked_at) <= stale),
        )
        with self.store.read() as session:
            held = select(Hold.connector)
            query = select(Delivery.connector).where(due, col(Delivery.connector).not_in(held)).distinct()
            connectors = session.exec(query).all()
        # one after the other, so that a long queue before one connector does not hide what waits for the others
        return sum(self._queue(connector, due, now) for connector in connectors)

    def _queue(self, connector: str, due: ColumnElement[bool], now: datetime) -> int:
        # A rate is about physical seconds, whatever our clock shows: a peer does not know that time runs fast here.
        interval = timedelta(seconds=1.0 / self.rates.get(connector, 5.0))
        queued = 0
        with self.store.write(lock="sweep") as session:
            rows = session.exec(
                select(Delivery)
                .where(due, Delivery.connector == connector, ~_behind_another())
                .order_by(col(Delivery.due_at), col(Delivery.id))
                .limit(min(BATCH, limits.most(interval)))
                .with_for_update(skip_locked=True)  # somebody may be cancelling it
            ).all()
            for row in rows:
                if row.state == "planned" and (later := self.allowed(row.act, now)) > now:
                    row.due_at = later
                    session.add(row)
                    continue
                slot = limits.slot(session, connector, RealClock().now(), interval)
                if slot is None:
                    break
                if row.state != "performing":  # else the attempt meets an act that was begun, as after a crash
                    row.state = "queued"
                row.attempt, row.marked_at = row.attempt + 1, now
                session.add(row)
                assert row.id is not None
                self.enqueue(session, row.id, row.attempt, connector, slot)
                queued += 1
        return queued


def _behind_another() -> ColumnElement[bool]:
    """Whether an earlier act of the same lane has not ended yet."""
    earlier = aliased(Delivery)
    return (col(Delivery.lane) != "") & exists().where(
        col(earlier.lane) == col(Delivery.lane),
        col(earlier.id) < col(Delivery.id),
        col(earlier.state).in_(("planned", "queued", "performing")),
    )
