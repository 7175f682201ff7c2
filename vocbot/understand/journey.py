"""What people met before they complained, and between which two stops they fall: of the journey, not of one text.

Those who complain of an issue are compared with all who spoke in the same weeks: had more of them seen a campaign, or
spoken of an earlier stage, than chance allows? And people who spoke first of one stage (department, channel) and then
of another show where things are handed on badly. Nothing here is called a cause, and nothing standing out is an answer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

import numpy as np
from sqlmodel import Session, col, select

from vocbot.stats.causes import LEAST_SEEN, LEAST_WINDOW, MISSING, Lift, rank
from vocbot.store.tables import Event, Feedback, Issue, Mention

RECENT = timedelta(days=28)
BEFORE = timedelta(days=28)  # how far back what somebody met may lie
HANDED_ON = timedelta(days=14)  # between the two stops
PAST = timedelta(days=364)
MOST = 3

By = Literal["stage", "department", "channel"]
Met = tuple[str, str, str]  # stage | event, its name, value of an attribute ("attribute=value") or ""


@dataclass(frozen=True)
class Step:
    """Something that more of those who complained had met before than of all who spoke: `kind` stage or event, its
    `name`, and `value` of one of an event's attributes. `of` so many people who complained."""

    kind: str
    name: str
    value: str
    lift: Lift
    of: int


@dataclass(frozen=True)
class Handoff:
    """Two stops one after the other that more people than usual spoke of: `of` so many recent ones from any stop to
    another."""

    first: str
    then: str
    lift: Lift
    of: int


def steps_before(session: Session, issue_id: int, last_day: date) -> tuple[Step, ...]:
    """What stands out before the complaints of the four weeks up to `last_day`, best first."""
    since = last_day - RECENT + timedelta(days=1)
    said = _said(session, since - BEFORE, last_day)
    anchors: dict[int, datetime] = {}  # everybody's latest word; of those who complain, their first complaint
    complained: dict[int, datetime] = {}
    for person, time, day, issue, _ in said:
        if day >= since:
            anchors[person] = time
            if issue == issue_id:
                complained.setdefault(person, time)
    if len(complained) < LEAST_WINDOW:
        return ()
    anchors |= complained
    met: dict[int, set[Met]] = defaultdict(set)
    for person, time, _, issue, stage in said:
        if stage and issue != issue_id and person in anchors and anchors[person] - BEFORE <= time < anchors[person]:
            met[person].add(("stage", stage, ""))
    _add_events(session, anchors, met)
    columns = sorted({one for some in met.values() for one in some})
    if not columns:
        return ()
    table = np.full((len(anchors), len(columns)), MISSING)
    place = {one: n for n, one in enumerate(columns)}
    for row, person in zip(table, anchors, strict=True):
        for one in met.get(person, ()):
            row[place[one]] = 0
    mine = np.array([person in complained for person in anchors])
    ranking = rank(table[mine], np.empty((0, len(columns)), dtype=np.int64), table, pairs=False)
    found = [(columns[one.columns[0]], one.lift) for one in ranking.found if one.lift.seen >= LEAST_SEEN]
    return tuple(Step(*one, lift=lift, of=len(complained)) for one, lift in found[:MOST])


def handoffs(session: Session, last_day: date, by: By = "stage") -> tuple[Handoff, ...]:
    """The pairs of stops that stand out in the four weeks up to `last_day` against the year before, best first."""
    since = last_day - RECENT + timedelta(days=1)
    recent: list[tuple[str, str]] = []
    past: list[tuple[str, str]] = []
    latest: dict[int, tuple[str, datetime]] = {}
    stops = _stops(session, by)
    for person, time, day, issue, stage in _said(session, last_day - PAST, last_day, channel=by == "channel"):
        stop = stops.get(issue, "") if by == "department" else stage
        if not stop:
            continue
        earlier = latest.get(person)
        if earlier is not None and earlier[0] != stop and time - earlier[1] <= HANDED_ON:
            (recent if day >= since else past).append((earlier[0], stop))
        latest[person] = stop, time
    if len(recent) < LEAST_WINDOW or not past:
        return ()
    pairs = sorted({*recent, *past})
    code = {pair: n for n, pair in enumerate(pairs)}
    now, before = (np.array([[code[pair]] for pair in some], dtype=np.int64) for some in (recent, past))
    ranking = rank(now, before, before, pairs=False)
    return tuple(Handoff(*pairs[one.codes[0]], lift=one.lift, of=len(recent)) for one in ranking.found[:MOST])


def _said(
    session: Session, first: date, last: date, channel: bool = False
) -> Sequence[tuple[int, datetime, date, int, str]]:
    """Person, time, day, Issue and stage (or channel) of everything that known people said, in order."""
    columns: Any = (
        col(Mention.person_id),
        col(Mention.time),
        col(Mention.day),
        col(Mention.issue_id),
        col(Feedback.channel) if channel else col(Mention.stage),
    )
    found: Any = session.exec(
        select(*columns)
        .join(Feedback, col(Feedback.id) == col(Mention.feedback_id))
        .where(
            Mention.day >= first,
            Mention.day <= last,
            col(Mention.person_id).is_not(None),
            Feedback.bucket != "superseded",
        )
        .order_by(col(Mention.time), col(Mention.id))
    ).all()
    return [tuple(row) for row in found]


def _stops(session: Session, by: By) -> Mapping[int, str]:
    if by != "department":
        return {}
    return {ident or 0: department for ident, department in session.exec(select(Issue.id, Issue.department))}


def _add_events(session: Session, anchors: Mapping[int, datetime], met: dict[int, set[Met]]) -> None:
    """What each person did or met in the weeks before their word, with the attributes of it."""
    if not anchors:
        return
    events = session.exec(
        select(Event).where(
            Event.time >= min(anchors.values()) - BEFORE,
            Event.time < max(anchors.values()),
            col(Event.person_id).is_not(None),
        )
    )
    for event in events:
        anchor = anchors.get(event.person_id or 0)
        if anchor is not None and anchor - BEFORE <= event.time < anchor:
            some = met[event.person_id or 0]
            some.add(("event", event.kind, ""))
            some |= {("event", event.kind, f"{name}={value}") for name, value in event.attributes.items()}
