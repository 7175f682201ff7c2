"""What the page of one Issue shows beside its numbers: weeks, tickets, changes, FAQ entries, notices, facts."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import case, func
from sqlmodel import Session, col, select

from vocbot.store.audit import facts
from vocbot.store.issue_numbers import Spoken
from vocbot.store.tables import (
    AuditEntry,
    Change,
    FaqDraft,
    Feedback,
    Issue,
    IssueChange,
    IssueDay,
    Mention,
    Notice,
    Signal,
    Ticket,
    Verdict,
)

WEEK = timedelta(days=7)
REPEATED = ("told", "sorted")  # what says the same of one after the other
_cells: Any = select(*(col(IssueDay.issue_id), col(IssueDay.day), col(IssueDay.mentions)))


@dataclass(frozen=True)
class Acted:
    """One Change with the words that measuring found, and what became of its notices."""

    change: Change
    verdicts: Sequence[Verdict]
    planned: int
    told: int
    still: int
    stopped: int


@dataclass(frozen=True)
class IssuePage:
    """All that happened to one Issue."""

    signals: Sequence[Signal]
    tickets: Sequence[Ticket]
    changes: Sequence[Acted]
    drafts: Sequence[FaqDraft]
    facts: Sequence[AuditEntry]
    shaped: Sequence[IssueChange]  # merges, splits and the like, the latest first
    merged: Sequence[Issue]  # what was merged into it


def issue_page(session: Session, issue: Issue) -> IssuePage:
    """Everything but the numbers and the Mentions."""
    changes = session.exec(select(Change).where(Change.issue_id == issue.id).order_by(col(Change.id).desc())).all()
    ids = [c.id for c in changes]
    verdicts: dict[int, list[Verdict]] = defaultdict(list)
    for verdict in session.exec(select(Verdict).where(col(Verdict.change_id).in_(ids)).order_by(col(Verdict.week))):
        verdicts[verdict.change_id].append(verdict)
    told: dict[int, Counter[str]] = defaultdict(Counter)
    counted: Any = (
        select(Notice.change_id, col(Notice.reaction), func.count(), func.count(col(Notice.told_at)))
        .where(col(Notice.change_id).in_(ids))
        .group_by(col(Notice.change_id), col(Notice.reaction))
    )
    for change_id, reaction, planned, sent in session.exec(counted):
        told[change_id].update({"planned": planned, "told": sent, f"said {reaction}": planned})
    happened = [entry for subject in (issue.name, *(c.name for c in changes)) for entry in facts(session, subject)]
    return IssuePage(
        signals=session.exec(
            select(Signal).where(Signal.issue_id == issue.id).order_by(col(Signal.day).desc()).limit(20)
        ).all(),
        tickets=session.exec(
            select(Ticket).where(Ticket.issue_id == issue.id).order_by(col(Ticket.generation).desc())
        ).all(),
        changes=[
            Acted(c, verdicts[c.id or 0], n["planned"], n["told"], n["said still"], n["said stop"])
            for c in changes
            for n in (told[c.id or 0],)
        ],
        drafts=session.exec(
            select(FaqDraft).where(FaqDraft.issue_id == issue.id).order_by(col(FaqDraft.id).desc())
        ).all(),
        facts=sorted(happened, key=lambda entry: entry.id or 0, reverse=True),
        shaped=session.exec(
            select(IssueChange).where(IssueChange.issue_id == issue.id).order_by(col(IssueChange.id).desc())
        ).all(),
        merged=session.exec(select(Issue).where(Issue.merged_into == issue.id).order_by(col(Issue.number))).all(),
    )


@dataclass(frozen=True)
class Happened:
    """A fact, and how many like it followed each other: `entry` is the latest of `count`, `first` the earliest."""

    entry: AuditEntry
    first: AuditEntry
    count: int


def in_short(facts: Sequence[AuditEntry]) -> list[Happened]:
    """Facts, the latest first, with those of one kind in a row as one: forty customers told are one line."""
    found: list[Happened] = []
    for _, same in groupby(facts, key=lambda entry: (entry.action, entry.actor)):
        row = list(same)
        if row[0].action in REPEATED:
            found.append(Happened(row[0], row[-1], len(row)))
        else:
            found += [Happened(entry, entry, 1) for entry in row]
    return found


def shape(session: Session, issue: Issue) -> str:
    """A hash of what people corrected about an Issue: whoever corrects it says what they saw, and two who do so at the
    same time do not undo each other unseen. What customers say meanwhile changes nothing."""
    merged = session.exec(select(Issue.id).where(Issue.merged_into == issue.id).order_by(col(Issue.id))).all()
    query: Any = select(col(IssueChange.id), col(IssueChange.undone_at)).where(IssueChange.issue_id == issue.id)
    changes = [(ident, undone is not None) for ident, undone in session.exec(query.order_by(col(IssueChange.id)))]
    shown = [issue.title_zh, issue.title_en, issue.merged_into, issue.band, list(merged), changes]
    return hashlib.sha256(json.dumps(shown).encode()).hexdigest()[:24]


def merge_targets(session: Session, issue: Issue, most: int) -> Sequence[Issue]:
    """Issues that another may be part of or whose statements may belong to: its own kind first, the largest first."""
    others = select(Issue).where(Issue.id != issue.id, col(Issue.merged_into).is_(None))
    ours = case((col(Issue.kind) == issue.kind, 0), else_=1)
    return session.exec(others.order_by(ours, col(Issue.mentions).desc(), col(Issue.id)).limit(most)).all()


def items(session: Session, issue_id: int, last: date, most: int, start: int) -> list[Spoken]:
    """The live Mentions of an Issue, the latest first, from the `start`th on."""
    rows = session.exec(
        select(Mention, Feedback)
        .join(Feedback, col(Feedback.id) == col(Mention.feedback_id))
        .where(Mention.issue_id == issue_id, Mention.day <= last, Feedback.bucket != "superseded")
        .order_by(col(Mention.day).desc(), col(Mention.time).desc(), col(Mention.id).desc())
        .offset(start)
        .limit(most)
    ).all()
    return [Spoken(mention, feedback) for mention, feedback in rows]


def weekly(session: Session, issues: Collection[int], last: date, weeks: int) -> dict[int, list[tuple[date, int]]]:
    """Mentions of each Issue by weeks that begin on Mondays, the oldest first; the last one is that of `last`."""
    monday = last - timedelta(days=last.weekday())
    first = monday - (weeks - 1) * WEEK
    found: dict[int, Counter[date]] = defaultdict(Counter)
    rows = session.exec(_cells.where(col(IssueDay.issue_id).in_(issues), IssueDay.day >= first, IssueDay.day <= last))
    for issue_id, day, mentions in rows:
        found[issue_id][day - timedelta(days=day.weekday())] += mentions
    starts = [first + n * WEEK for n in range(weeks)]
    return {issue: [(start, found[issue][start]) for start in starts] for issue in issues}


def lately(session: Session, last: date) -> dict[int, tuple[int, int]]:
    """Mentions of each Issue in the seven days up to `last`, and in the seven before."""
    rows = session.exec(_cells.where(IssueDay.day > last - 2 * WEEK, IssueDay.day <= last))
    now: Counter[int] = Counter()
    before: Counter[int] = Counter()
    for issue_id, day, mentions in rows:
        (now if day > last - WEEK else before)[issue_id] += mentions
    return {issue: (now[issue], before[issue]) for issue in {*now, *before}}
