"""The loop with its numbers of today: what the first page of the console shows. Every query is by an index."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func
from sqlmodel import Session, col, select

from vocbot.store.tables import (
    Change,
    Delivery,
    FaqDraft,
    Feedback,
    Issue,
    Notice,
    Signal,
    Ticket,
    Timer,
    Unread,
    VolumeDay,
)
from vocbot.store.tables import Verdict as VerdictRow

WEEK = timedelta(days=7)
STUCK = ("held", "unknown", "rejected", "buried")


@dataclass(frozen=True)
class Today:
    """The numbers of the five steps; a week is the last seven local days."""

    heard: int  # feedback of the week
    heard_before: int  # of the week before
    undecided: int  # feedback that no rule knows, in all
    issues: int
    alarms: int  # signals raised within the week
    tickets: int  # open ones
    drafts: int  # FAQ entries that wait for a yes
    told: int  # notices sent within the week
    to_tell: int  # notices that wait: for a yes, for their time, or held
    worked: int  # changes whose latest verdict is effective
    failed: int  # not effective, worse, regressed
    measuring: int  # released changes without such a word


@dataclass(frozen=True)
class Rising:
    """An alarm of the week and its Issue."""

    signal: Signal
    issue: Issue


@dataclass(frozen=True)
class Stuck:
    """Deliveries of one kind that go nowhere by themselves."""

    state: str
    act: str
    count: int


def today(session: Session, day: date, now: datetime) -> Today:
    """Count. `day` is the local day of `now`."""
    latest = _latest_verdicts(session)
    released = _count(session, Change.id, col(Change.released_at).is_not(None))
    worked = sum(word == "effective" for word in latest)
    failed = sum(word in ("not_effective", "worse", "regressed") for word in latest)
    waiting = ("awaiting", "held", "planned", "queued", "performing")
    return Today(
        heard=_volume(session, day - WEEK + timedelta(days=1), day),
        heard_before=_volume(session, day - 2 * WEEK + timedelta(days=1), day - WEEK),
        undecided=_count(session, Feedback.id, Feedback.bucket == "undecided"),
        issues=_count(session, Issue.id, col(Issue.merged_into).is_(None), Issue.kind != "praise"),
        alarms=_count(session, Signal.id, Signal.day > day - WEEK),
        tickets=_count(session, Ticket.id, col(Ticket.status).in_(("open", "in_progress"))),
        drafts=_count(session, FaqDraft.id, FaqDraft.status == "draft"),
        told=_count(session, Notice.id, col(Notice.told_at) > now - WEEK),
        to_tell=_count(session, Delivery.id, Delivery.act == "notice", col(Delivery.state).in_(waiting)),
        worked=worked,
        failed=failed,
        measuring=max(0, released - worked - failed),
    )


def rising(session: Session, day: date, most: int = 8) -> list[Rising]:
    """The alarms of the last seven days, the youngest first, one an Issue."""
    rows = session.exec(
        select(Signal, Issue)
        .join(Issue, col(Issue.id) == col(Signal.issue_id))
        .where(Signal.last_day > day - WEEK, col(Issue.merged_into).is_(None))
        .order_by(col(Signal.day).desc(), col(Signal.id).desc())
    ).all()
    once: dict[int, Rising] = {}
    for signal, issue in rows:
        once.setdefault(signal.issue_id, Rising(signal, issue))
    return list(once.values())[:most]


def stuck(session: Session) -> list[Stuck]:
    """What was given up, refused, held, or sent without anybody knowing whether it arrived."""
    rows = session.exec(
        select(Delivery.state, Delivery.act, func.count())
        .where(col(Delivery.state).in_(STUCK))
        .group_by(col(Delivery.state), col(Delivery.act))
        .order_by(col(Delivery.state), col(Delivery.act))
    ).all()
    return [Stuck(*row) for row in rows]


def failing_timers(session: Session) -> Sequence[Timer]:
    """Due rows that ended with an error and are tried again."""
    return session.exec(select(Timer).where(Timer.error != "").order_by(col(Timer.id)).limit(20)).all()


def unread(session: Session) -> list[tuple[str, int]]:
    """Records that could not be read, by source."""
    query = select(Unread.source, func.count()).group_by(col(Unread.source)).order_by(col(Unread.source))
    return [(source, count) for source, count in session.exec(query).all()]


def _latest_verdicts(session: Session) -> list[str]:
    newest = (
        select(col(VerdictRow.change_id), func.max(VerdictRow.week).label("week"))
        .group_by(col(VerdictRow.change_id))
        .subquery()
    )
    query = select(VerdictRow.verdict).join(
        newest, (newest.c.change_id == col(VerdictRow.change_id)) & (newest.c.week == col(VerdictRow.week))
    )
    return list(session.exec(query).all())


def _volume(session: Session, first: date, last: date) -> int:
    query = select(func.sum(VolumeDay.feedback)).where(VolumeDay.day >= first, VolumeDay.day <= last)
    return int(session.exec(query).one() or 0)


def _count(session: Session, what: Any, *where: ColumnElement[bool] | bool) -> int:
    return session.exec(select(func.count(what)).where(*where)).one()
