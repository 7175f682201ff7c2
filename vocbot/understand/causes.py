"""What is over-represented among the mentions of an Issue. Never called a cause; "nothing stands out" is an answer."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

from sqlmodel import Session, col, select

from vocbot.stats.lift import Lift, over_represented
from vocbot.store.tables import Feedback, Mention
from vocbot.understand.issues import LIVE

RECENT_DAYS = 14
MIN_MENTIONS = 8
MOST = 3


Cause = tuple[str, str, Lift]  # attribute, value, how far it stands out


def causes(session: Session, issue_id: int, last_day: date) -> tuple[Cause, ...]:
    """The values that stand out in the `RECENT_DAYS` up to `last_day`, best first."""
    since = last_day - timedelta(days=RECENT_DAYS - 1)
    ids = set(session.exec(select(Mention.feedback_id).where(Mention.issue_id == issue_id)).all())
    rows = [
        (ident in ids, day, {*attributes.items(), ("channel", channel)})
        for ident, day, attributes, channel in session.exec(
            select(col(Feedback.id), col(Feedback.day), col(Feedback.attributes), col(Feedback.channel))
            .where(col(Feedback.bucket).in_(LIVE), Feedback.day <= last_day)
            .order_by(col(Feedback.id))
        )
    ]
    recent = [values for about, day, values in rows if about and day >= since]
    past = [values for about, day, values in rows if about and day < since]
    everybody = [values for _, _, values in rows]
    if len(recent) < MIN_MENTIONS:
        return ()
    n, before, usual = (Counter(v for values in group for v in values) for group in (recent, past, everybody))
    names = sorted(n)
    found = over_represented(
        [n[v] for v in names],
        len(recent),
        [before[v] for v in names],
        len(past),
        [usual[v] for v in names],
        len(everybody),
    )
    return tuple((*names[f.index], f) for f in found[:MOST])
