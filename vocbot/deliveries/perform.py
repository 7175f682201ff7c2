"""Perform one attempt of one outward act: mark, look if in doubt, send, settle.

Every update is fenced by (id, attempt, state), so that a stale or repeated attempt does nothing. An attempt met again
after a crash, or whose answer never came, sets doubt; doubt stays until the act is found at the peer or sent.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sqlmodel import Session

from vocbot.sdk.clock import Clock
from vocbot.sdk.errors import OutcomeUnknown, Rejected, Retryable, Unreachable, trace
from vocbot.sdk.receipt import Receipt
from vocbot.store.db import Store
from vocbot.store.tables import Delivery

log = logging.getLogger(__name__)

FIRST_WAIT, LONGEST_WAIT = 1.0, 300.0  # physical seconds between attempts
MOST_ATTEMPTS = 60
MOST_AGE = timedelta(days=14)  # on our clock


class Handler(Protocol):
    """How one kind of act is done. Handed in by the runtime, so that this module never looks one up."""

    @property
    def at_most_once(self) -> bool:
        """What to do when an outcome is unknown and cannot be looked up: stop, or send again."""
        ...

    def send(self, delivery: Delivery) -> Receipt: ...

    def find(self, delivery: Delivery) -> Receipt | None: ...

    def blind(self, delivery: Delivery) -> bool:
        """Whether the peer cannot be searched for this act."""
        ...

    def lag(self, delivery: Delivery) -> float:
        """Physical seconds until the peer's search shows a write."""
        ...

    def next_route(self, delivery: Delivery) -> bool:
        """Point the delivery at the next way to the customer; False where there is none."""
        ...

    def settled(self, session: Session, delivery: Delivery) -> None:
        """What follows once the act is sent or rejected, in the transaction that says so."""
        ...


@dataclass(frozen=True)
class Performer:
    """Everything an attempt needs."""

    store: Store
    clock: Clock
    handlers: Mapping[str, Handler]
    timeout: float  # physical seconds a request may take

    def __call__(self, delivery_id: int, attempt: int) -> None:
        """Run attempt number `attempt`; returns when it is settled, whatever happened at the peer."""
        delivery = self._mark(delivery_id, attempt)
        if delivery is None:
            return
        handler = self.handlers[delivery.act]
        if delivery.doubt and handler.blind(delivery) and handler.at_most_once:
            self._end(delivery, "unknown", delivery.error or "interrupted while sending")
            return
        try:
            receipt = self._look(handler, delivery) or handler.send(delivery)
        except Unreachable as error:
            self._settle(delivery, error, next_route=handler.next_route(delivery))
        except Rejected as error:
            self._settle(delivery, error)
        except Retryable as error:
            self._again(delivery, error, doubt=delivery.doubt)
        except OutcomeUnknown as error:
            if handler.blind(delivery) and handler.at_most_once:
                self._end(delivery, "unknown", str(error))
            else:
                self._again(delivery, error, doubt=True)
        except Exception as error:  # noqa: BLE001 - the worker's border: one faulty handler must not stop the others
            log.error("attempt of %s failed: %s", delivery.key, trace(error))
            self._again(delivery, OutcomeUnknown(f"internal error: {type(error).__name__}"), doubt=True)
        else:
            self._settle(delivery, receipt)

    def _mark(self, delivery_id: int, attempt: int) -> Delivery | None:
        with self.store.write() as session:
            delivery = session.get(Delivery, delivery_id, with_for_update=True)
            if delivery is None or delivery.attempt != attempt:
                return None
            if delivery.state == "performing":
                # this very attempt began before a crash: what it did is not known
                delivery.doubt, delivery.state = True, "planned"
                delivery.due_at = self._in_doubt(delivery)
                session.add(delivery)
                return None
            if delivery.state != "queued":
                return None
            delivery.state, delivery.marked_at = "performing", self.clock.now()
            session.add(delivery)
            return delivery

    def _look(self, handler: Handler, delivery: Delivery) -> Receipt | None:
        if not delivery.doubt or handler.blind(delivery):
            return None
        try:
            return handler.find(delivery)
        except Rejected as error:
            # a search that is refused (an expired token) says nothing about the act: the doubt stays
            raise Retryable(f"looking for it was refused: {error}") from None

    def _settle(self, delivery: Delivery, result: Receipt | Rejected, next_route: bool = False) -> None:
        if next_route:
            self._change(delivery, state="planned", route=delivery.route + 1, due_at=self.clock.now(), doubt=False)
        elif isinstance(result, Receipt):
            receipt = {"status": result.status, "ref": result.ref, "key": result.key, "url": result.url}
            self._end(delivery, "sent", "", receipt)
        else:
            self._end(delivery, "rejected", str(result))

    def _again(self, delivery: Delivery, error: Retryable | OutcomeUnknown, doubt: bool) -> None:
        if delivery.attempt >= MOST_ATTEMPTS or self.clock.now() - delivery.planned_at > MOST_AGE:
            self._end(delivery, "buried", str(error))
            return
        wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(delivery.attempt - 1, 10)) * random.uniform(0.5, 1.0)  # noqa: S311
        if isinstance(error, Retryable) and error.after is not None:
            wait = error.after + random.uniform(0.0, 0.25)  # noqa: S311 - jitter, no secret
        due = self.clock.after_real(wait)
        if doubt:
            due = max(due, self._in_doubt(delivery))
        self._change(delivery, state="planned", doubt=doubt, error=str(error), due_at=due)

    def _in_doubt(self, delivery: Delivery) -> datetime:
        """When a search can tell: the request has timed out at the peer, and its index shows what it did."""
        return self.clock.after_real(self.timeout + self.handlers[delivery.act].lag(delivery))

    def _end(self, delivery: Delivery, state: str, error: str, receipt: Mapping[str, object] | None = None) -> None:
        self._change(
            delivery,
            state=state,
            error=error,
            receipt=dict(receipt or {}),
            doubt=state in ("unknown", "buried") and delivery.doubt,
            ended_at=self.clock.now(),
        )

    def _change(self, delivery: Delivery, **values: object) -> None:
        with self.store.write() as session:
            row = session.get(Delivery, delivery.id, with_for_update=True)
            if row is None or (row.attempt, row.state) != (delivery.attempt, "performing"):
                return
            for name, value in values.items():
                setattr(row, name, value)
            session.add(row)
            if row.ended_at is not None:
                self.handlers[row.act].settled(session, row)
