"""The outward rate per connector over all workers: one row each, no state in a process.

Generic cell rate algorithm: `next_free` moves on by the interval with every act, and what was not used lately may be
caught up with. The durable engine's own limiter lets through twice the limit on SQLite and fights over locks on
PostgreSQL.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Session

from vocbot.deliveries.once import add_once
from vocbot.store.tables import Limit

# How much unused time counts: longer than from one sweep to the next, or the rate would never be reached.
CATCH_UP = timedelta(seconds=1)


def most(interval: timedelta) -> int:
    """How many acts may leave at the same moment after a pause."""
    return CATCH_UP // interval + 1


def take(session: Session, connector: str, now: datetime, interval: timedelta) -> bool:
    """Take one slot of the connector in the running transaction; False where none is free at `now` (physical time).

    In any stretch of time no more than one act for each `interval` and `most(interval)` besides get a slot.
    """
    row = session.get(Limit, connector, with_for_update=True)
    if row is None:
        add_once(session, Limit(connector=connector, next_free=now))
        row = session.get_one(Limit, connector, with_for_update=True)
    earliest = max(row.next_free, now - (most(interval) - 1) * interval)
    if earliest > now:
        return False
    row.next_free = earliest + interval
    session.add(row)
    session.flush()
    return True
