"""The outward rate per connector over all workers: one row each, no state in a process.

Acts get slots that lie one interval apart. A slot may be a moment ahead, so that an engine that asks for work only now
and then keeps the pace: whoever performs the act waits for it. Nothing that was not used is made up for: to let a pause
be caught up with put twice the limit into one second at the peer. The durable engine's own limiter lets through twice
the limit on SQLite and fights over locks on PostgreSQL.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Session

from vocbot.deliveries.once import add_once
from vocbot.store.tables import Limit

# Longer than from one sweep to the next and on to the engine's next look, or the rate would never be reached.
AHEAD = timedelta(seconds=0.5)


def most(interval: timedelta) -> int:
    """How many slots may be taken at the same moment."""
    return AHEAD // interval + 1


def slot(session: Session, connector: str, now: datetime, interval: timedelta) -> datetime | None:
    """Take the connector's next slot in the running transaction; None where it lies too far ahead of `now` (physical
    time, like the slot).

    No stretch of time holds more than one slot for each `interval`, and one besides.
    """
    row = session.get(Limit, connector, with_for_update=True)
    if row is None:
        add_once(session, Limit(connector=connector, next_free=now))
        row = session.get_one(Limit, connector, with_for_update=True)
    found = max(row.next_free, now)
    if found > now + AHEAD:
        return None
    row.next_free = found + interval
    session.add(row)
    session.flush()
    return found
