"""The numbers of one Issue over a window: what tickets, notices and `vocbot why` show, so that all show the same."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, func
from sqlmodel import Session, col, select

from vocbot.store.tables import Feedback, Mention

WEEK = 7


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
    now = spoken(session, issue_id, first, last)
    before = spoken(session, issue_id, first - timedelta(days=days), first - timedelta(days=1))
    once = {s.feedback.id: s for s in now}.values()
    negative = {s.feedback.id for s in now if s.mention.polarity < 0}
    ids = ",".join(str(s.mention.id) for s in now)
    return Numbers(
        first=first,
        last=last,
        mentions=len(once),
        previous=len({s.feedback.id for s in before}),
        people=len({s.feedback.person_id or -(s.feedback.id or 0) for s in once}),
        at_most=any(s.feedback.person_id is None for s in once),
        negative=len(negative) / len(once) if once else 0.0,
        days=len({s.feedback.day for s in once}),
        sources=tuple(Counter(s.feedback.channel for s in once).most_common()),
        languages=tuple(Counter(s.feedback.language for s in once).most_common()),
        evidence=hashlib.sha256(ids.encode()).hexdigest()[:12],
    )
