"""Is every source still heard? Alarms about silence, polls that fail or lag behind, and what is lost or soon will be.
Other trouble is raised here, too.

An alarm is raised once and lasts until it is over; both are facts in the audit log.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from vocbot.sdk.clock import Clock
from vocbot.store.audit import append
from vocbot.store.db import Store
from vocbot.store.tables import Alarm, Poll, Source

log = logging.getLogger(__name__)

# facts about what is wrong, by name (of a source, a connector) and kind of alarm
Facts = Mapping[tuple[str, str], dict[str, Any]]

ENOUGH = 20  # records, before we know how long a source is usually quiet
PATIENCE = 3  # times the longest quiet or the time between two polls
LEAST = timedelta(hours=1)  # nothing younger is an alarm
GAP_LASTS = timedelta(days=7)


@dataclass(frozen=True)
class Watched:
    """What is expected of one source. `every` is the time between polls, None where it is not polled; `silent` is the
    owner's own limit of silence; `history` is how far back the system shows things."""

    every: timedelta | None = None
    silent: timedelta | None = None
    history: timedelta | None = None


@dataclass(frozen=True)
class Watch:
    """Looks at all sources and raises or ends their alarms."""

    store: Store
    clock: Clock
    sources: Mapping[str, Watched]
    others: Callable[[Session], Facts]  # what else is wrong
    tell: Callable[[Session, Alarm, datetime], None]

    def __call__(self) -> None:
        now = self.clock.now()
        with Session(self.store.inbox) as inbox:
            polls = {poll.source: poll for poll in inbox.exec(select(Poll))}
        with self.store.write(lock="watch") as session:
            heard = {source.name: source for source in session.exec(select(Source))}
            wanted = dict(self.others(session)) | {
                (name, kind): facts
                for name, watched in self.sources.items()
                for kind, facts in wrong(watched, heard.get(name), polls.get(name), now)
            }
            for alarm in settle(session, wanted, now):
                self.tell(session, alarm, now)


def wrong(
    watched: Watched, source: Source | None, poll: Poll | None, now: datetime
) -> Iterator[tuple[str, dict[str, Any]]]:
    """What is wrong with one source: (kind, facts) each. Times among the facts are ISO texts, lengths are hours."""
    quiet = limit_of_silence(watched, source)
    if source is not None and source.heard_at is not None and quiet is not None and now - source.heard_at > quiet:
        yield "silence", {"since": source.heard_at.isoformat(), "usual": _hours(quiet)}
    if poll is not None and poll.gap_at is not None and now - poll.gap_at <= GAP_LASTS:
        yield "gap", {"at": poll.gap_at.isoformat(), "what": poll.gap}
    if watched.every is None or poll is None:
        return
    last = poll.complete_at or poll.begun_at or poll.moved_at
    behind = now - last
    if behind > max(LEAST, PATIENCE * watched.every):
        kind = "lag" if poll.ended_at is not None and now - poll.ended_at < PATIENCE * watched.every else "poll"
        yield kind, {"since": last.isoformat(), "reason": poll.reason}
    if watched.history is not None and behind > watched.history / 3:
        left = watched.history - behind
        yield "history", {"since": last.isoformat(), "left": _hours(left), "history": _hours(watched.history)}


def limit_of_silence(watched: Watched, source: Source | None) -> timedelta | None:
    """How long a source may be quiet: as the owner says, else learned; None while that is not known."""
    if watched.silent is not None:
        return watched.silent
    if source is None or source.records < ENOUGH:
        return None
    return max(LEAST, PATIENCE * timedelta(seconds=source.quiet))


def settle(session: Session, wanted: Facts, now: datetime) -> list[Alarm]:
    """Raise the alarms that are new and end those that are over; returns both."""
    changed: list[Alarm] = []
    lasting = {
        (alarm.source, alarm.kind): alarm for alarm in session.exec(select(Alarm).where(col(Alarm.over_at).is_(None)))
    }
    for (source, kind), facts in wanted.items():
        if (source, kind) not in lasting:
            changed.append(Alarm(source=source, kind=kind, facts=facts, raised_at=now))
            session.add(changed[-1])
            append(session, now, "vocbot", "alarm", source, kind=kind)
            log.warning("alarm: %s of %s", kind, source, extra={"action": "alarm.raised"})
    for (source, kind), alarm in lasting.items():
        if (source, kind) in wanted:
            alarm.facts = wanted[source, kind]
        else:
            alarm.over_at = now
            changed.append(alarm)
            append(session, now, "vocbot", "alarm over", source, kind=kind)
            log.warning("alarm over: %s of %s", kind, source, extra={"action": "alarm.over"})
        session.add(alarm)
    session.flush()
    return changed


def _hours(length: timedelta) -> float:
    return round(length / timedelta(hours=1), 1)
