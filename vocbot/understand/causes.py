"""What is over-represented among the mentions of an Issue. Never called a cause; "nothing stands out" is an answer."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import String, case, cast, func, literal
from sqlmodel import Session, col, select

from vocbot.stats.lift import Lift, over_represented
from vocbot.store.tables import Feedback, Mention
from vocbot.understand.issues import LIVE

RECENT_DAYS = 14
MIN_MENTIONS = 8
MOST = 3


Cause = tuple[str, str, Lift]  # attribute, value, how far it stands out


@dataclass(frozen=True)
class Values:
    """How often each value (attribute, value) is there among so much Feedback."""

    seen: Counter[tuple[str, str]]
    total: int


def usual_values(session: Session, last_day: date) -> Values:
    """The values of all Feedback up to `last_day`. The database counts; it takes its time where there is much."""
    return _values(session, last_day, None)[0]


def causes(session: Session, issue_id: int, last_day: date, everybody: Values | None = None) -> tuple[Cause, ...]:
    """The values that stand out in the `RECENT_DAYS` up to `last_day`, best first.

    `everybody`: the usual values, where the caller has counted them already.
    """
    since = last_day - timedelta(days=RECENT_DAYS - 1)
    about = col(Feedback.id).in_(select(Mention.feedback_id).where(Mention.issue_id == issue_id))
    past, recent = _values(session, last_day, since, about)
    if recent.total < MIN_MENTIONS:
        return ()
    usual = usual_values(session, last_day) if everybody is None else everybody
    names = sorted(recent.seen)
    found = over_represented(
        [recent.seen[v] for v in names],
        recent.total,
        [past.seen[v] for v in names],
        past.total,
        [usual.seen[v] for v in names],
        usual.total,
    )
    return tuple((*names[f.index], f) for f in found[:MOST])


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
    seen, total = (Counter[tuple[str, str]](), Counter[tuple[str, str]]()), [0, 0]
    for attributes, channel, lately, count in rows:
        for value in {*json.loads(attributes).items(), ("channel", channel)}:
            seen[lately][value] += count
        total[lately] += count
    return Values(seen[0], total[0]), Values(seen[1], total[1])
