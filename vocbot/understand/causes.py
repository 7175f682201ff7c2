"""What is over-represented among the mentions of an Issue. Never called a cause; "nothing stands out" is an answer."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, true
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
    return _values(session, Feedback.day <= last_day)


def causes(session: Session, issue_id: int, last_day: date, everybody: Values | None = None) -> tuple[Cause, ...]:
    """The values that stand out in the `RECENT_DAYS` up to `last_day`, best first.

    `everybody`: the usual values, where the caller has counted them already.
    """
    since = last_day - timedelta(days=RECENT_DAYS - 1)
    about = col(Feedback.id).in_(select(Mention.feedback_id).where(Mention.issue_id == issue_id))
    recent = _values(session, about, Feedback.day >= since, Feedback.day <= last_day)
    if recent.total < MIN_MENTIONS:
        return ()
    past = _values(session, about, Feedback.day < since)
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


def _values(session: Session, *where: Any) -> Values:
    live = (col(Feedback.bucket).in_(LIVE), *where)
    sqlite = session.get_bind().dialect.name == "sqlite"
    unpack = func.json_each if sqlite else func.json_each_text
    pair = unpack(col(Feedback.attributes)).table_valued("key", "value")
    # the channel stands in a column of its own; an attribute of that name that says the same counts once
    other = (pair.c.key != "channel") | (pair.c.value != col(Feedback.channel))
    columns: Any = (pair.c.key, pair.c.value, func.count())
    attributes: Any = session.exec(
        select(*columns).select_from(Feedback).join(pair, true()).where(*live, other).group_by(pair.c.key, pair.c.value)
    ).all()
    channels = session.exec(select(Feedback.channel, func.count()).where(*live).group_by(col(Feedback.channel))).all()
    seen = Counter({(key, str(value)): count for key, value, count in attributes})
    for channel, count in channels:
        seen["channel", channel] += count
    return Values(seen, sum(count for _, count in channels))
