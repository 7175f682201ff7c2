"""What people met before they complained, and between which two stops they fall: of the journey, not of one text.

Those who complain of an issue are compared with all who spoke in the same weeks: had more of them seen a campaign, or
spoken of an earlier stage, than chance allows? And people who spoke first of one stage (department, channel) and then
of another show where things are handed on badly. Nothing here is called a cause, and nothing standing out is an answer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

import numpy as np
from sqlalchemy import case, func, select
from sqlmodel import Session, col

from vocbot.stats.causes import LEAST_SEEN, LEAST_WINDOW, MISSING, Lift, rank
from vocbot.store.columns import UTCDateTime
from vocbot.store.tables import Event, Feedback, Issue, Mention
from vocbot.store.upsert import among

RECENT = timedelta(days=28)
BEFORE = timedelta(days=28)  # how far back what somebody met may lie
HANDED_ON = timedelta(days=14)  # between the two stops
PAST = timedelta(days=364)
MOST = 3
# people who are looked at: more of them say nothing surer, and a ticket waits for it
MOST_COMPLAINED, MOST_OTHERS = 300, 1_500

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
    mine, others = _people(session, issue_id, since, last_day)
    if len(mine) < LEAST_WINDOW:
        return ()
    some, rest = _some(mine, MOST_COMPLAINED), _some(others, MOST_OTHERS)
    anchors = _anchors(session, some, rest, issue_id, since, last_day)
    met: dict[int, set[Met]] = defaultdict(set)
    _add_stages(session, issue_id, anchors, met)
    _add_events(session, anchors, met)
    columns = sorted({one for each in met.values() for one in each})
    if not columns:
        return ()
    table = np.full((len(anchors), len(columns)), MISSING)
    place = {one: n for n, one in enumerate(columns)}
    for row, person in zip(table, anchors, strict=True):
        for one in met.get(person, ()):
            row[place[one]] = 0
    complained = np.arange(len(anchors)) < len(some)
    times = np.where(complained, len(mine) / len(some), len(others) / max(1, len(rest)))
    ranking = rank(table[complained], np.empty((0, len(columns)), dtype=np.int64), table, times, pairs=False)
    found = [(columns[one.columns[0]], one.lift) for one in ranking.found if one.lift.seen >= LEAST_SEEN]
    return tuple(Step(*one, lift=lift, of=len(some)) for one, lift in found[:MOST])


def handoffs(session: Session, last_day: date, by: By = "stage") -> tuple[Handoff, ...]:
    """The pairs of stops that stand out in the four weeks up to `last_day` against the year before, best first."""
    since = last_day - RECENT + timedelta(days=1)
    recent: list[tuple[str, str]] = []
    past: list[tuple[str, str]] = []
    for first, then, day in _moves(session, last_day - PAST, last_day, by):
        (recent if day >= since else past).append((first, then))
    if len(recent) < LEAST_WINDOW or not past:
        return ()
    pairs = sorted({*recent, *past})
    code = {pair: n for n, pair in enumerate(pairs)}
    now, before = (np.array([[code[pair]] for pair in some], dtype=np.int64) for some in (recent, past))
    ranking = rank(now, before, before, pairs=False)
    return tuple(Handoff(*pairs[one.codes[0]], lift=one.lift, of=len(recent)) for one in ranking.found[:MOST])


def _people(session: Session, issue_id: int, first: date, last: date) -> tuple[list[int], list[int]]:
    """The known people who spoke of the Issue in these days, and those who spoke of others only."""
    person = col(Mention.person_id)
    about = func.max(case((col(Mention.issue_id) == issue_id, 1), else_=0))
    query = _standing(select(person, about), first, last).group_by(person).order_by(person)
    found: tuple[list[int], list[int]] = [], []
    for who, of_it in session.connection().execute(query).all():
        found[1 - of_it].append(who)
    return found


def _anchors(
    session: Session, mine: Sequence[int], others: Sequence[int], issue_id: int, first: date, last: date
) -> dict[int, datetime]:
    """When those who complain did so first, and everybody else spoke last, in these days."""
    person, time = col(Mention.person_id), col(Mention.time)
    its: Any = select(person, func.min(time)).where(col(Mention.issue_id) == issue_id, among(session, person, mine))
    rest: Any = select(person, func.max(time)).where(among(session, person, others))
    both = [_standing(query, first, last).group_by(person).order_by(person) for query in (its, rest)]
    return {who: when for query in both for who, when in session.connection().execute(query).all()}


def _standing(query: Any, first: date, last: date) -> Any:
    """Of Mentions, those of known people in these days whose Feedback stands."""
    return query.join(Feedback, col(Feedback.id) == col(Mention.feedback_id)).where(
        Mention.day >= first,
        Mention.day <= last,
        col(Mention.person_id).is_not(None),
        Feedback.bucket != "superseded",
    )


def _some(people: Sequence[int], most: int) -> list[int]:
    """At most so many, drawn; the same people always give the same ones."""
    if len(people) <= most:
        return list(people)
    return [people[place] for place in np.random.default_rng(most).choice(len(people), most, replace=False)]


def _moves(session: Session, first: date, last: date, by: By) -> Iterator[tuple[str, str, date]]:
    """From which stop to which other one people went on soon after, and on which day they spoke of the second."""
    stops = {"stage": Mention.stage, "department": Issue.department, "channel": Feedback.channel}
    stop, in_turn = col(stops[by]), (col(Mention.time), col(Mention.id))
    before = func.lag(stop).over(partition_by=col(Mention.person_id), order_by=in_turn).label("before")
    left = func.lag(col(Mention.time), type_=UTCDateTime()).over(partition_by=col(Mention.person_id), order_by=in_turn)
    columns = select(before, stop.label("stop"), left.label("left_at"), col(Mention.time), col(Mention.day))
    query = _standing(columns.where(stop != ""), first, last)
    if by == "department":
        query = query.join(Issue, col(Issue.id) == col(Mention.issue_id))
    turns = query.subquery().c
    moved = select(turns.before, turns.stop, turns.left_at, turns.time, turns.day).where(turns.before != turns.stop)
    for earlier, later, since, time, day in session.connection().execute(moved):
        if time - since <= HANDED_ON:
            yield earlier, later, day


def _add_stages(session: Session, issue_id: int, anchors: Mapping[int, datetime], met: dict[int, set[Met]]) -> None:
    """Which stages of their journey people spoke of in the weeks before their word, the Issue itself left out."""
    query: Any = (
        select(col(Mention.person_id), col(Mention.time), col(Mention.stage))
        .join(Feedback, col(Feedback.id) == col(Mention.feedback_id))
        .where(
            among(session, Mention.person_id, list(anchors)),
            col(Mention.stage) != "",
            col(Mention.issue_id) != issue_id,
        )
        .where(col(Mention.time) >= min(anchors.values()) - BEFORE, col(Feedback.bucket) != "superseded")
    )
    for person, time, stage in session.connection().execute(query).all():
        if anchors[person] - BEFORE <= time < anchors[person]:
            met[person].add(("stage", stage, ""))


def _add_events(session: Session, anchors: Mapping[int, datetime], met: dict[int, set[Met]]) -> None:
    """What each person did or met in the weeks before their word, with the attributes of it."""
    query: Any = select(col(Event.person_id), col(Event.time), col(Event.kind), col(Event.attributes)).where(
        among(session, Event.person_id, list(anchors)), col(Event.time) >= min(anchors.values()) - BEFORE
    )
    for person, time, kind, attributes in session.connection().execute(query).all():
        if anchors[person] - BEFORE <= time < anchors[person]:
            met[person].add(("event", kind, ""))
            met[person] |= {("event", kind, f"{name}={value}") for name, value in attributes.items()}
