"""Sources: when each was last heard, how long it is usually quiet; and names that belong to one, parted by it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from vocbot.store.tables import Source

HALF_LIFE = timedelta(days=14)  # after so long, the longest quiet that was seen counts half


def hear(session: Session, times: Mapping[str, Sequence[datetime]]) -> None:
    """Note that records came: the times of each source's, in the order in which they were received."""
    known = {s.name: s for s in session.exec(select(Source).where(col(Source.name).in_(list(times))))}
    for name, received in times.items():
        source = known.get(name) or Source(name=name)
        heard_at, quiet = source.heard_at, source.quiet
        for time in received:
            if heard_at is not None and time > heard_at:
                gap = time - heard_at
                quiet = max(quiet * 0.5 ** (gap / HALF_LIFE), gap.total_seconds())
            heard_at = time if heard_at is None else max(time, heard_at)
        source.heard_at, source.quiet = heard_at, quiet
        source.records += len(received)
        session.add(source)
    session.flush()


def by_source(keys: Iterable[tuple[str, str]]) -> list[tuple[str, list[str]]]:
    """Names that sources give, (source, name), by their source and each once: a query asks one source."""
    parted: dict[str, dict[str, None]] = {}
    for source, ident in keys:
        parted.setdefault(source, {})[ident] = None
    return [(source, list(ids)) for source, ids in parted.items()]
