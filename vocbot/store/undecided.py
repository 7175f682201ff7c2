"""The pile that no rule knew, and which Issues are likely meant: what the sorting page of the console asks."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

from sqlalchemy import func
from sqlmodel import Session, col, select

from vocbot.store.tables import Feedback, Issue, IssueDay
from vocbot.text.tokens import tokens

FOUR_WEEKS = timedelta(days=28)


def pile(session: Session) -> int:
    """How many wait."""
    return session.exec(select(func.count()).select_from(Feedback).where(Feedback.bucket == "undecided")).one()


def next_undecided(session: Session, after: int | None) -> Feedback | None:
    """The latest one, or the one that comes after the Feedback with the id `after`."""
    query = (
        select(Feedback)
        .where(Feedback.bucket == "undecided")
        .order_by(col(Feedback.time).desc(), col(Feedback.id).desc())
        .limit(1)
    )
    last = session.get(Feedback, after) if after is not None else None
    if last is not None:
        later = (col(Feedback.time) < last.time) | ((col(Feedback.time) == last.time) & (col(Feedback.id) < last.id))
        query = query.where(later)
    return session.exec(query).first()


def candidates(session: Session, text: str, last: date, most: int) -> list[Issue]:
    """Issues whose titles share words with the text, then those that are mentioned most of late."""
    issues = session.exec(select(Issue).where(col(Issue.merged_into).is_(None))).all()
    said: Counter[int] = Counter(
        {
            issue: int(count)
            for issue, count in session.exec(
                select(IssueDay.issue_id, func.sum(IssueDay.mentions))
                .where(IssueDay.day > last - FOUR_WEEKS)
                .group_by(col(IssueDay.issue_id))
            )
        }
    )
    words = set(tokens(text))
    shared = {i.id: len(words & set(tokens(f"{i.title_zh} {i.title_en}"))) for i in issues}
    ranked = sorted(issues, key=lambda i: (-shared[i.id], -said[i.id or 0], i.number))
    return ranked[:most]
