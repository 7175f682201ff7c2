"""The numbers of one Issue over a window: what tickets, notices and `vocbot why` show, so that all show the same."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, distinct, func
from sqlmodel import Session, col, select

from vocbot.store.tables import Feedback, Mention

WEEK = 7
FOUR_WEEKS = timedelta(days=28)


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
        evidence=hashlib.sha256(ids.encode()).hexdigest()[:12],
    )


def _live(query: Any, issue_id: int, first: date, last: date) -> Any:
    return (
        query.select_from(Mention)
        .join(Feedback, col(Feedback.id) == col(Mention.feedback_id))
        .where(Mention.issue_id == issue_id, Mention.day >= first, Mention.day <= last, Feedback.bucket != "superseded")
    )


@dataclass(frozen=True)
class Reach:
    """How far an Issue reaches: distinct people in all, and people, channels and Feedback of the last four weeks."""

    people: int = 0
    recent_people: int = 0
    recent_channels: int = 0
    recent: int = 0


def reaches(session: Session, last: date, people: Mapping[int, int] | None = None) -> dict[int, Reach]:
    """The reach of every Issue that was ever mentioned, up to local day `last`, by Issue id.

    `people`: of each Issue in all, where the caller knows them; else they are counted, up to `last`.
    """
    if people is None:
        gone = select(Feedback.id).where(Feedback.bucket == "superseded")
        said = (Mention.day <= last, col(Mention.feedback_id).not_in(gone))
        counts = select(col(Mention.issue_id), func.count(distinct(who()))).where(*said)
        people = dict(session.exec(counts.group_by(col(Mention.issue_id))).all())
    recent: Any = (
        select(
            col(Mention.issue_id),
            func.count(distinct(who())),
            func.count(distinct(col(Feedback.channel))),
            func.count(distinct(col(Mention.feedback_id))),
        )
        .join(Feedback, col(Feedback.id) == col(Mention.feedback_id))
        .where(Mention.day > last - FOUR_WEEKS, Mention.day <= last, Feedback.bucket != "superseded")
        .group_by(col(Mention.issue_id))
    )
    lately = {issue: counts for issue, *counts in session.exec(recent).all()}
    return {issue: Reach(count, *lately.get(issue, ())) for issue, count in people.items()}
