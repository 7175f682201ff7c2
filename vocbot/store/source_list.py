"""Every source with how it is heard: the query behind `vocbot sources`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from vocbot.store.db import Store
from vocbot.store.tables import Alarm, Poll, Source

IMPORT = "import "  # how the places begin where imports note how far a file is read


@dataclass(frozen=True)
class SourceState:
    """One source; `poll` is None where it is not polled. `lag` counts from the last round that read all there was."""

    name: str
    heard_at: datetime | None
    records: int
    poll: Poll | None
    lag: timedelta | None
    alarms: tuple[Alarm, ...]

    def facts(self) -> dict[str, Any]:
        """The same for other programs; times in ISO 8601, the lag in seconds."""
        poll = self.poll
        return {
            "source": self.name,
            "heard_at": self.heard_at,
            "records": self.records,
            "poll": None
            if poll is None
            else {
                "complete_at": poll.complete_at,
                "ended": poll.ended,
                "reason": poll.reason,
                "newest": poll.newest,
                "gap": poll.gap,
                "gap_at": poll.gap_at,
            },
            "lag": self.lag.total_seconds() if self.lag is not None else None,
            "alarms": [{"kind": a.kind, "raised_at": a.raised_at, **a.facts} for a in self.alarms],
        }


def source_list(store: Store, now: datetime) -> list[SourceState]:
    """All sources that ever brought something or were polled, by name."""
    with Session(store.inbox) as inbox:
        polls = {poll.source: poll for poll in inbox.exec(select(Poll)) if not poll.source.startswith(IMPORT)}
    with store.read() as session:
        heard = {source.name: source for source in session.exec(select(Source))}
        alarms = session.exec(select(Alarm).where(col(Alarm.over_at).is_(None)).order_by(col(Alarm.id))).all()
    found = []
    for name in sorted({*heard, *polls}):
        source, poll = heard.get(name), polls.get(name)
        found.append(
            SourceState(
                name,
                source.heard_at if source else None,
                source.records if source else 0,
                poll,
                now - poll.complete_at if poll and poll.complete_at else None,
                tuple(alarm for alarm in alarms if alarm.source == name),
            )
        )
    return found
