"""The outward rate per connector over all workers: one row each, no state in a process.

Generic cell rate algorithm: `next_free` moves on by the interval with every act; a burst may run `BURST` intervals
ahead. The durable engine's own limiter lets through twice the limit on SQLite and fights over locks on PostgreSQL.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Session

from vocbot.store.tables import Limit

BURST = 3


def take(session: Session, connector: str, now: datetime, interval: timedelta) -> bool:
    """Take one slot of the connector in the running transaction; False where none is free at `now` (physical time)."""
    row = session.get(Limit, connector, with_for_update=True)
    if row is None:
        row = Limit(connector=connector, next_free=now)
    earliest = max(row.next_free, now - BURST * interval)
    if earliest > now:
        return False
    row.next_free = earliest + interval
    session.add(row)
    session.flush()
    return True
