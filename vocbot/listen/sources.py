"""What is known of each Source: when it was last heard, and how long it is usually quiet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from vocbot.store.tables import Source

HALF_LIFE = timedelta(days=14)  # after so long, the longest quiet that was seen counts half


def hear(session: Session, times: Mapping[str, Iterable[datetime]]) -> None:
    """Note that records came: the times of each source's, in the order in which they were received."""
    known = {s.name: s for s in session.exec(select(Source).where(col(Source.name).in_(list(times))))}
    for name, received in times.items():
        source = known.get(name) or Source(name=name)
        for time in received:
            if source.heard_at is not None and time > source.heard_at:
                gap = time - source.heard_at
                faded = source.quiet * 0.5 ** (gap / HALF_LIFE)
                source.quiet = max(faded, gap.total_seconds())
            source.heard_at = time if source.heard_at is None else max(time, source.heard_at)
            source.records += 1
        session.add(source)
    session.flush()
