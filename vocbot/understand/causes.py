"""What is over-represented among the mentions of an Issue. Never called a cause; "nothing stands out" is an answer."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
from sqlalchemy import String, case, cast, func, literal
from sqlmodel import Session, col, select

from vocbot.stats.causes import LEAST_WINDOW, MISSING, Codes, Lift, rank
from vocbot.store.tables import Feedback, Mention
from vocbot.store.upsert import among
from vocbot.understand.issues import LIVE

RECENT_DAYS = 14
MOST = 3
# Feedback whose usual values are counted, and how much of it in a row: more makes no share surer, and to read a million
# takes seconds
MOST_COUNTED, STRETCH = 100_000, 1_000

Cause = tuple[str, str, Lift]  # attribute, value, how far it stands out


@dataclass(frozen=True)
class Values:
    """How often each set of values, (attribute, value) sorted, is there among Feedback."""

    seen: Counter[tuple[tuple[str, str], ...]]

    @property
    def total(self) -> int:
        """Of how much Feedback."""
        return self.seen.total()


def usual_values(session: Session, last_day: date) -> Values:
    """The values of all Feedback up to `last_day`; of much, those of stretches of it from the first to the last."""
    last = session.exec(select(func.max(Feedback.id))).one() or 0
    if last <= MOST_COUNTED:
        return _values(session, last_day, None)[0]
    step = last * STRETCH // MOST_COUNTED
    stretches = (range(start, start + STRETCH) for start in range(1, last, step))
    some = [ident for stretch in stretches for ident in stretch]
    return _values(session, last_day, None, among(session, Feedback.id, some))[0]


def causes(session: Session, issue_id: int, last_day: date) -> tuple[Cause, ...]:
    """The values that stand out in the `RECENT_DAYS` up to `last_day`, best first."""
    return standing_out(session, issue_id, last_day, None)[0]


def standing_out(
    session: Session, issue_id: int, last_day: date, everybody: Values | None
) -> tuple[tuple[Cause, ...], int]:
    """The same, and among how many pieces of Feedback. `everybody`: the usual values, where they are known."""
    since = last_day - timedelta(days=RECENT_DAYS - 1)
    about = col(Feedback.id).in_(select(Mention.feedback_id).where(Mention.issue_id == issue_id))
    past, recent = _values(session, last_day, since, about)
    if recent.total < LEAST_WINDOW:
        return (), recent.total
    usual = usual_values(session, last_day) if everybody is None else everybody
    names = sorted({name for values in recent.seen for name, _ in values})
    places: list[dict[str, int]] = [{} for _ in names]
    tables = [_coded(values, names, places) for values in (recent, past, usual)]
    (now, n), (before, m), (everyone, times) = tables
    ranking = rank(np.repeat(now, n, axis=0), np.repeat(before, m, axis=0), everyone, times)
    spoken = [tuple(place) for place in places]
    found = tuple(
        (
            " & ".join(names[c] for c in one.columns),
            " & ".join(spoken[c][code] for c, code in zip(one.columns, one.codes, strict=True)),
            one.lift,
        )
        for one in ranking.found[:MOST]
    )
    return found, recent.total


def _coded(values: Values, names: list[str], places: list[dict[str, int]]) -> tuple[Codes, Codes]:
    """The sets as rows of codes (new values get the next code of their attribute), and how often each is there."""
    table = np.full((len(values.seen), len(names)), MISSING)
    for row, pairs in zip(table, sorted(values.seen), strict=True):
        known = dict(pairs)
        for c, (name, place) in enumerate(zip(names, places, strict=True)):
            if name in known:
                row[c] = place.setdefault(known[name], len(place))
    return table, np.array([values.seen[pairs] for pairs in sorted(values.seen)], dtype=np.int64)


def _values(session: Session, last_day: date, since: date | None, *where: Any) -> tuple[Values, Values]:
    """The values before `since` and from then on; all of them before where it is None.

    Whole sets of attributes are counted as the text they are kept as, and taken apart here: there are few different
    ones, and taking each row apart takes the databases four times as long.
    """
    recent: Any = case((col(Feedback.day) >= since, 1), else_=0) if since is not None else literal(0)
    kept: Any = (cast(col(Feedback.attributes), String), col(Feedback.channel), recent)
    columns: Any = (*kept, func.count())
    rows: Any = session.exec(
        select(*columns)
        .where(col(Feedback.bucket).in_(LIVE), Feedback.day <= last_day, *where)
        .group_by(*(kept if since is not None else kept[:2]))
    ).all()
    seen = Counter[tuple[tuple[str, str], ...]](), Counter[tuple[tuple[str, str], ...]]()
    for attributes, channel, lately, count in rows:
        told = {**json.loads(attributes), "channel": channel}
        seen[lately][tuple(sorted((name, str(value)) for name, value in told.items()))] += count
    return Values(seen[0]), Values(seen[1])
