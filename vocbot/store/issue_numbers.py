"""The numbers of one Issue over a window: what tickets, notices and `vocbot why` show, so that all show the same."""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, String, cast, distinct, func
from sqlmodel import Session, col, select

from vocbot.locale import SHOWN_HASH
from vocbot.store.tables import Feedback, IssueDay, Mention

WEEK = 7
FOUR_WEEKS = timedelta(days=28)
LEVEL_WEEKS = 26


@dataclass(frozen=True)
class Spoken:
    """One Mention with what its Feedback says about it."""

    mention: Mention
    feedback: Feedback


@dataclass(frozen=True)
class Numbers:
    """Counts over `first`..`last` (local days). A Feedback counts once however often it mentions the Issue."""

    first: date
    last: date
    mentions: int
    previous: int  # the same number of days before
    people: int
    at_most: bool  # some Feedback had no author and counts as one person
    negative: float  # share of the mentions
    days: int  # separate days with mentions
    sources: tuple[tuple[str, int], ...]  # by channel, most first
    languages: tuple[tuple[str, int], ...]
    evidence: str  # hash of the mention ids, so that the figure can be found again


def who() -> ColumnElement[int]:
    """SQL for the person behind a Mention; a Feedback without an author counts as one person."""
    return func.coalesce(col(Mention.person_id), -col(Mention.feedback_id))


def latest(session: Session, issue_id: int, last: date, most: int) -> list[Spoken]:
    """The latest live Mentions of an Issue up to the local day `last`, at most so many, in time order."""
    query = (
        select(Mention, Feedback)
        .join(Feedback, col(Feedback.id) == col(Mention.feedback_id))
        .where(Mention.issue_id == issue_id, Mention.day <= last, Feedback.bucket != "superseded")
        # by the index of days first: sorting all mentions of a large issue by time takes seconds
        .order_by(col(Mention.day).desc(), col(Mention.time).desc(), col(Mention.id).desc())
        .limit(most)
    )
    found = [Spoken(mention, feedback) for mention, feedback in session.exec(query).all()]
    return sorted(found, key=lambda one: (one.mention.time, one.mention.id or 0))


def spoken(session: Session, issue_id: int, first: date, last: date) -> list[Spoken]:
    """All live Mentions of an Issue on the local days `first`..`last`, in time order."""
    query = (
        select(Mention, Feedback)
        .join(Feedback, col(Feedback.id) == col(Mention.feedback_id))
        .where(Mention.issue_id == issue_id, Mention.day >= first, Mention.day <= last, Feedback.bucket != "superseded")
        .order_by(col(Mention.time), col(Mention.id))
    )
    return [Spoken(mention, feedback) for mention, feedback in session.exec(query).all()]


def numbers(session: Session, issue_id: int, last: date, days: int = WEEK) -> Numbers:
    """The numbers of the `days` local days up to and with `last`."""
    first = last - timedelta(days=days - 1)
    # columns, not rows with all their text: an Issue may have thousands of Mentions a week
    columns: Any = (
        col(Mention.id),
        col(Mention.polarity),
        col(Feedback.id),
        col(Feedback.person_id),
        col(Feedback.day),
        col(Feedback.channel),
        col(Feedback.language),
    )
    of_it = _live(select(*columns), issue_id, first, last).order_by(col(Mention.time), col(Mention.id))
    now = session.exec(of_it).all()
    start = first - timedelta(days=days)
    before = _live(select(func.count(distinct(col(Feedback.id)))), issue_id, start, first - timedelta(days=1))
    once = {row[2]: row for row in now}.values()
    negative = {row[2] for row in now if row[1] < 0}
    ids = ",".join(str(row[0]) for row in now)
    return Numbers(
        first=first,
        last=last,
        mentions=len(once),
        previous=session.exec(before).one(),
        people=len({person or -feedback for _, _, feedback, person, *_ in once}),
        at_most=any(row[3] is None for row in once),
        negative=len(negative) / len(once) if once else 0.0,
        days=len({row[4] for row in once}),
        sources=tuple(Counter(row[5] for row in once).most_common()),
        languages=tuple(Counter(row[6] for row in once).most_common()),
        evidence=hashlib.sha256(ids.encode()).hexdigest()[:SHOWN_HASH],
    )


def _live(query: Any, issue_id: int, first: date, last: date) -> Any:
    return (
        query.select_from(Mention)
        .join(Feedback, col(Feedback.id) == col(Mention.feedback_id))
        .where(Mention.issue_id == issue_id, Mention.day >= first, Mention.day <= last, Feedback.bucket != "superseded")
    )


@dataclass(frozen=True)
class Reach:
    """How far an Issue reaches: people heard of it in the last `LEVEL_WEEKS`, day by day (somebody who comes back on
    another day counts again), and of the last four weeks people, channels, Feedback and how sure it was recognised."""

    level_people: float = 0.0
    recent_people: int = 0
    recent_channels: int = 0
    recent: int = 0
    confidence: float = 1.0


def reaches(session: Session, last: date) -> dict[int, Reach]:
    """The reach of every Issue heard of in the `LEVEL_WEEKS` up to local day `last`, by Issue id."""
    level: Any = (
        select(col(IssueDay.issue_id), func.sum(col(IssueDay.people)))
        .where(IssueDay.day > last - timedelta(weeks=LEVEL_WEEKS), IssueDay.day <= last)
        .group_by(col(IssueDay.issue_id))
    )
    counts: Any = (
        col(Mention.issue_id),
        func.count(distinct(who())),
        func.count(distinct(col(Feedback.channel))),
        func.count(distinct(col(Mention.feedback_id))),
        func.avg(col(Mention.confidence)),
    )
    recent: Any = (
        select(*counts)
        .join(Feedback, col(Feedback.id) == col(Mention.feedback_id))
        .where(Mention.day > last - FOUR_WEEKS, Mention.day <= last, Feedback.bucket != "superseded")
        .group_by(col(Mention.issue_id))
    )
    lately = {issue: found for issue, *found in session.exec(recent).all()}
    return {issue: Reach(float(people), *lately.get(issue, ())) for issue, people in session.exec(level).all()}


def worths(session: Session, last: date, attribute: str) -> dict[int, float]:
    """How much the customers heard of an Issue in the four weeks up to `last` are worth, over the mean of all who were
    heard: the numbers in one attribute of their Feedback. Issues without such a number are left out."""
    kept: Any = (col(Mention.issue_id), cast(col(Feedback.attributes), String))
    columns: Any = (*kept, func.count(distinct(col(Feedback.id))))
    rows: Any = session.exec(
        select(*columns)
        .join(Feedback, col(Feedback.id) == col(Mention.feedback_id))
        .where(Mention.day > last - FOUR_WEEKS, Mention.day <= last, Feedback.bucket != "superseded")
        .group_by(*kept)
    ).all()
    sums: dict[int, tuple[float, int]] = {}
    for issue, attributes, count in rows:
        worth = _number(json.loads(attributes).get(attribute))
        if worth is not None:
            total, seen = sums.get(issue, (0.0, 0))
            sums[issue] = total + worth * count, seen + count
    total, seen = sum(t for t, _ in sums.values()), sum(n for _, n in sums.values())
    return {issue: (t / n) / (total / seen) for issue, (t, n) in sums.items()} if total > 0 else {}


def _number(text: object) -> float | None:
    try:
        number = float(str(text))
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None
