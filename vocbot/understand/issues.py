"""Issues as rules define them: created at the first mention, counted per local day in the same transaction.

Counts are recomputed from the Mentions they count, never incremented: a repeated or superseded text cannot skew them.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import case, distinct, func
from sqlmodel import Session, col, select

from vocbot.store.audit import append
from vocbot.store.issue_numbers import who
from vocbot.store.tables import Feedback, Issue, IssueDay, Mention, VolumeDay
from vocbot.understand.rulepack import RuleIssue

LIVE = ("new", "issue", "praise", "undecided", "empty")  # buckets that count as feedback received


def issue_for(session: Session, key: str, rule: RuleIssue, seen: datetime, now: datetime) -> Issue:
    """The Issue of a rule, with its first and last sighting widened to `seen`."""
    issue = session.exec(select(Issue).where(Issue.rule_key == key)).first()
    if issue is None:
        last = session.exec(select(func.max(Issue.number))).one()
        issue = Issue(
            number=(last or 0) + 1,
            rule_key=key,
            title_zh=rule.title.zh,
            title_en=rule.title.en,
            kind=rule.kind,
            area=rule.area,
            reason=rule.reason,
            stage=rule.stage,
            department=rule.department,
            severity=rule.severity,
            immediate=rule.immediate,
            first_seen=seen,
            last_seen=seen,
        )
        session.add(issue)
        session.flush()
        append(session, now, "vocbot", "opened", issue.name, rule=key)
    issue.first_seen = min(issue.first_seen, seen)
    issue.last_seen = max(issue.last_seen, seen)
    session.add(issue)
    session.flush()
    return issue


def count_issue(session: Session, issue_id: int, day: date) -> IssueDay:
    """Recount one Issue on one day."""
    mentions, negative, people = session.exec(
        select(
            func.count(distinct(col(Mention.feedback_id))),
            func.count(distinct(case((col(Mention.polarity) < 0, col(Mention.feedback_id))))),
            func.count(distinct(who())),
        )
        .join(Feedback, col(Feedback.id) == Mention.feedback_id)
        .where(Mention.issue_id == issue_id, Mention.day == day, Feedback.bucket != "superseded")
    ).one()
    row = session.get(IssueDay, (issue_id, day)) or IssueDay(issue_id=issue_id, day=day)
    row.mentions, row.negative, row.people = mentions, negative, people
    session.add(row)
    session.flush()
    return row


def count_volume(session: Session, day: date) -> VolumeDay:
    """Recount all Feedback of one day."""
    total = session.exec(
        select(func.count()).select_from(Feedback).where(Feedback.day == day, col(Feedback.bucket).in_(LIVE))
    ).one()
    row = session.get(VolumeDay, day) or VolumeDay(day=day)
    row.feedback = total
    session.add(row)
    session.flush()
    return row
