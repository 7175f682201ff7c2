"""Perform one attempt of one outward act: mark, look if in doubt, send, settle.

Every update is fenced by (id, attempt, state), so that a stale or repeated attempt does nothing. An attempt met again
after a crash, or whose answer never came, sets doubt; doubt stays until the act is found at the peer or sent.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sqlmodel import Session

from vocbot.sdk.clock import Clock
from vocbot.sdk.errors import OutcomeUnknown, Rejected, Retryable, Unreachable, trace
from vocbot.sdk.receipt import Receipt
from vocbot.store.db import Store
from vocbot.store.tables import Delivery, Hold

log = logging.getLogger(__name__)

FIRST_WAIT, LONGEST_WAIT = 1.0, 300.0  # physical seconds between attempts
LONGEST_RETRY_AFTER = 86400.0  # a peer that asks for more is asked again after a day
# Given up after both: an old act that had to wait for its yes is tried, too, and an outage of a weekend is no end.
MOST_ATTEMPTS = 60
MOST_AGE = timedelta(days=14)  # on our clock
LONGEST_ERROR = 300  # characters kept of what a peer said

Outcome = Receipt | Rejected | Retryable | OutcomeUnknown


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

    def next_route(self, delivery: Delivery) -> str | None:
        """The connector of the next way to the customer; None where there is none."""
        ...

    def settled(self, session: Session, delivery: Delivery) -> None:
        """What follows once the act has ended, in the transaction that says so."""
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
        try:
            self._attempt(delivery_id, attempt)
        except Exception as error:  # noqa: BLE001 - the worker's border: the engine would keep the error's message
            # most likely the database failed; the sweep takes the act up again
            log.error(
                "attempt %s of delivery %s was cut short: %s",
                attempt,
                delivery_id,
                trace(error),
                extra={"action": "delivery.cut_short"},
            )

    def _attempt(self, delivery_id: int, attempt: int) -> None:
        delivery = self._mark(delivery_id, attempt)
        if delivery is None:
            return
        handler = self.handlers.get(delivery.act)
        if handler is None:
            self._change(delivery, state="rejected", error=f"no such act: {delivery.act}", ended_at=self.clock.now())
            return
        outcome = self._outcome(handler, delivery)
        doubt = delivery.doubt or isinstance(outcome, OutcomeUnknown)
        match outcome:
            case Receipt():
                self._end(delivery, "sent", "", doubt=False, receipt=asdict(outcome))
            case Unreachable() if (connector := handler.next_route(delivery)) is not None:
                self._change(
                    delivery,
                    state="planned",
                    route=delivery.route + 1,
                    connector=connector,
                    due_at=self.clock.now(),
                    doubt=False,
                    error=_words(outcome),
                )
            case Rejected():
                # whoever could look has looked before sending
                self._end(delivery, "rejected", _words(outcome), doubt=doubt and handler.blind(delivery))
            case OutcomeUnknown() if handler.at_most_once and handler.blind(delivery):
                self._end(delivery, "unknown", _words(outcome), doubt)
            case _ if delivery.attempt >= MOST_ATTEMPTS and self.clock.now() - delivery.planned_at > MOST_AGE:
                self._end(delivery, "buried", _words(outcome), doubt)
            case _:
                due = self.clock.after_real(_wait(delivery.attempt, outcome))
                if doubt:
                    due = max(due, self._in_doubt(delivery))
                self._change(delivery, state="planned", doubt=doubt, error=_words(outcome), due_at=due)

    def _mark(self, delivery_id: int, attempt: int) -> Delivery | None:
        with self.store.write() as session:
            delivery = session.get(Delivery, delivery_id, with_for_update=True)
            if delivery is None or delivery.attempt != attempt:
                return None
            if delivery.state == "performing":
                # it began before a crash, in this attempt or a lost one: what that did is not known
                delivery.doubt, delivery.state, delivery.error = True, "planned", "interrupted while sending"
                delivery.due_at = self._in_doubt(delivery)
                session.add(delivery)
                return None
            if delivery.state != "queued":
                return None
            if session.get(Hold, delivery.connector) is not None:
                delivery.state = "planned"  # the sweep leaves it there until it is released
                session.add(delivery)
                return None
            delivery.state, delivery.marked_at = "performing", self.clock.now()
            session.add(delivery)
            return delivery

    def _outcome(self, handler: Handler, delivery: Delivery) -> Outcome:
        if delivery.receipt:
            return Receipt(**delivery.receipt)  # it is done; what follows it failed
        try:
            if delivery.doubt and handler.blind(delivery):
                if handler.at_most_once:
                    return OutcomeUnknown(delivery.error)
            elif delivery.doubt:
                found = self._look(handler, delivery)
                if found is not None:
                    return found
            return handler.send(delivery)
        except (Rejected, Retryable, OutcomeUnknown) as error:
            return error
        except Exception as error:  # noqa: BLE001 - the worker's border: one faulty handler must not stop the others
            log.error("attempt of %s failed: %s", delivery.key, trace(error), extra={"action": "delivery.failed"})
            return OutcomeUnknown(f"internal error: {type(error).__name__}")

    def _look(self, handler: Handler, delivery: Delivery) -> Receipt | None:
        try:
            return handler.find(delivery)
        except Rejected as error:
            # a search that is refused (an expired token) says nothing about the act: the doubt stays
            raise Retryable(f"looking for it was refused: {error}") from None

    def _in_doubt(self, delivery: Delivery) -> datetime:
        """When a search can tell: the request has timed out at the peer, and its index shows what it did."""
        handler = self.handlers.get(delivery.act)
        return self.clock.after_real(self.timeout + (handler.lag(delivery) if handler else 0.0))

    def _end(
        self, delivery: Delivery, state: str, error: str, doubt: bool, receipt: Mapping[str, object] | None = None
    ) -> None:
        kept = dict(receipt or {})
        try:
            self._change(delivery, state=state, error=error, doubt=doubt, receipt=kept, ended_at=self.clock.now())
        except Exception as failure:  # noqa: BLE001 - the worker's border: what follows an act is not the act
            log.error(
                "what follows %s failed: %s",
                delivery.key,
                trace(failure),
                extra={"action": "delivery.aftermath_failed"},
            )
            self._change(
                delivery,
                state="planned",
                error=f"internal error in what follows: {type(failure).__name__}",
                doubt=doubt or bool(kept),  # with a receipt it is not cancelled any more, and never sent again
                receipt=kept,
                due_at=self.clock.after_real(_wait(delivery.attempt)),
            )

    def _change(self, delivery: Delivery, **values: object) -> None:
        with self.store.write() as session:
            row = session.get(Delivery, delivery.id, with_for_update=True)
            if row is None or (row.attempt, row.state) != (delivery.attempt, "performing"):
                return
            for name, value in values.items():
                setattr(row, name, value)
            session.add(row)
            if row.ended_at is not None and row.act in self.handlers:
                self.handlers[row.act].settled(session, row)


def _wait(attempt: int, outcome: Outcome | None = None) -> float:
    """Physical seconds until the next attempt: as the peer asked, or longer from attempt to attempt."""
    least = FIRST_WAIT * random.uniform(0.5, 1.0)  # noqa: S311 - jitter, no secret
    if isinstance(outcome, Retryable) and outcome.after is not None:
        return min(LONGEST_RETRY_AFTER, max(0.0, outcome.after)) + least
    return min(LONGEST_WAIT / FIRST_WAIT, 2.0 ** min(attempt - 1, 10)) * least


def _words(error: Exception) -> str:
    """What a peer said, fit for a text column and one line of a page."""
    return "".join(c if c.isprintable() else " " for c in str(error))[:LONGEST_ERROR]
