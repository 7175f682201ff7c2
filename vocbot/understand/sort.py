"""A person says what undecided Feedback is about: the pile that no rule knew, sorted by hand, each with undo."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, delete, func, select

from vocbot.store.audit import append
from vocbot.store.tables import AuditEntry, Feedback, Issue, Mention
from vocbot.understand.classify import felt
from vocbot.understand.issues import count_issues
from vocbot.understand.learning import teach, unteach

BY_HAND = "sorted by "  # how the reason of a Mention begins that a person made


def sort_into(session: Session, feedback: Feedback, issue: Issue, by: str, now: datetime) -> bool:
    """Say that the whole Feedback is about `issue`. False where somebody was faster, or the Issue was merged away."""
    session.flush()
    session.refresh(feedback, with_for_update=True)
    if feedback.bucket != "undecided" or issue.merged_into is not None:
        return False
    assert feedback.id is not None and issue.id is not None
    mention = Mention(
        feedback_id=feedback.id,
        issue_id=issue.id,
        person_id=feedback.person_id,
        start=0,
        end=len(feedback.text),
        text=feedback.text,
        time=feedback.time,
        day=feedback.day,
        stage=issue.stage,
        aspect=issue.area,
        polarity=felt(issue.kind, feedback.polarity),
        because=[f"{BY_HAND}{by}"],
    )
    feedback.bucket = "praise" if issue.kind == "praise" else "issue"
    issue.first_seen, issue.last_seen = min(issue.first_seen, feedback.time), max(issue.last_seen, feedback.time)
    session.add_all([mention, feedback, issue])
    session.flush()
    count_issues(session, [(issue.id, feedback.day)])
    append(session, now, by, "sorted", issue.name, feedback=feedback.id)
    _learn(session, feedback, issue, f"{BY_HAND}{by}", now)
    return True


def _learn(session: Session, feedback: Feedback, issue: Issue, by: str, now: datetime) -> None:
    """What the Issue says of the words: its stage, and that a feeling of the other side was none."""
    if issue.stage:
        teach(session, feedback, "stage", [issue.stage], by, now)
    side = {"problem": "negative", "praise": "positive"}.get(issue.kind)
    if (side == "negative" and feedback.polarity > 0) or (side == "positive" and feedback.polarity < 0):
        teach(session, feedback, "sentiment", [side], by, now)


def set_aside(session: Session, feedback: Feedback, by: str, now: datetime) -> bool:
    """Say that there is nothing in it. False where somebody was faster."""
    session.flush()
    session.refresh(feedback, with_for_update=True)
    if feedback.bucket != "undecided":
        return False
    feedback.bucket = "empty"
    session.add(feedback)
    append(session, now, by, "set aside", f"feedback:{feedback.id}")
    return True


def unsort(session: Session, feedback: Feedback, by: str, now: datetime) -> bool:
    """Put Feedback back on the pile that a person sorted or set aside. False where no person had."""
    session.flush()
    session.refresh(feedback, with_for_update=True)
    mentions = session.exec(select(Mention).where(Mention.feedback_id == feedback.id)).all()
    by_hand = bool(mentions) and all(m.because and m.because[0].startswith(BY_HAND) for m in mentions)
    if not by_hand and not (feedback.bucket == "empty" and not mentions and _was_set_aside(session, feedback)):
        return False
    touched = [(m.issue_id, m.day) for m in mentions]
    names = [session.get_one(Issue, issue_id).name for issue_id, _ in touched]
    session.exec(delete(Mention).where(col(Mention.feedback_id) == feedback.id))
    feedback.bucket = "undecided"
    session.add(feedback)
    session.flush()
    count_issues(session, touched)
    for head in ("stage", "sentiment"):
        unteach(session, feedback, head, now, BY_HAND)
    for name in names or [f"feedback:{feedback.id}"]:
        append(session, now, by, "unsorted", name, feedback=feedback.id)
    return True


def _was_set_aside(session: Session, feedback: Feedback) -> bool:
    query = select(func.count()).select_from(AuditEntry)
    subject = f"feedback:{feedback.id}"
    return session.exec(query.where(AuditEntry.subject == subject, AuditEntry.action == "set aside")).one() > 0
