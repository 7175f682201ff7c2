"""What people correct by hand: Issues merged, split, renamed, ranked, statements moved; remembered, undone in one step.

What is corrected stays so: texts of a merged Issue go where it went, a split group gathers its like, a name is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, select

from vocbot.deliveries.timers import set_timer
from vocbot.sdk.errors import VocbotError
from vocbot.store.audit import append
from vocbot.store.tables import Cursor, Grouped, Issue, IssueChange, Mention, Ticket
from vocbot.store.upsert import table
from vocbot.text.clean import fold
from vocbot.understand.group_issues import key
from vocbot.understand.issues import count_issues, latest_of, next_number

CURSOR = "grouping"  # whose rows say how far grouping is: moved rows are read anew
Touched = set[tuple[int, date]]
MOVED = "moved by "  # how the last reason of a Mention begins that a person moved: grouping leaves it where it is

_SAID = {  # in the log: when it is done, and when it is taken back
    "merge": ("merged", "merge undone"),
    "split": ("split", "split undone"),
    "rename": ("renamed", "rename undone"),
    "move": ("moved", "move undone"),
    "priority": ("priority set", "priority undone"),
}


def rename(session: Session, issue: Issue, zh: str, en: str, by: str, now: datetime) -> None:
    """Give an Issue another title; an empty one stays as it is."""
    undo = {"zh": issue.title_zh, "en": issue.title_en}
    issue.title_zh, issue.title_en = zh.strip() or issue.title_zh, en.strip() or issue.title_en
    _kept(session, issue, "rename", undo, by, now, title=issue.title_en)


def prioritise(session: Session, issue: Issue, band: str, why: str, by: str, now: datetime) -> None:
    """Give an Issue a band (P1 to P4), which wins over the formula until somebody takes it back; "" leaves it to the
    formula. An open ticket is told at once."""
    undo = {"band": issue.band, "by": issue.band_by, "why": issue.band_why}
    issue.band, issue.band_by, issue.band_why = band, by if band else "", why if band else ""
    _kept(session, issue, "priority", undo, by, now, band=band or "by the formula", why=why)
    _tell_ticket(session, issue, now)


def merge(
    session: Session,
    issue: Issue,
    into: Issue,
    by: str,
    now: datetime,
    titles: tuple[str, str] | None = None,
    because: str = "",
) -> None:
    """Have one Issue be part of another: what was said of it, and what will be. Raises VocbotError if it is already.

    `titles` (Chinese, English) are what the other is called from then on, `because` is noted.
    """
    target = latest_of(session, into)
    if issue.merged_into is not None:
        raise VocbotError(f"{issue.name} is merged already, into {latest_of(session, issue).name}")
    if target.id == issue.id:
        raise VocbotError(f"{issue.name} cannot be merged into itself")
    theirs = {(m.feedback_id, m.start) for m in _mentions(session, target)}
    moved = [m for m in _mentions(session, issue) if (m.feedback_id, m.start) not in theirs]
    touched = _move(session, moved, target)
    issue.merged_into = target.id
    target.first_seen, target.last_seen = (
        min(target.first_seen, issue.first_seen),
        max(target.last_seen, issue.last_seen),
    )
    undo: dict[str, Any] = {"mentions": [m.id for m in moved], "into": target.id}
    if titles is not None:
        undo["titles"] = [target.title_zh, target.title_en]
        target.title_zh, target.title_en = titles
        session.add(target)
    noted = {"because": because} if because else {}
    _kept(session, issue, "merge", undo, by, now, into=target.name, **noted)
    count_issues(session, touched)


def saying_so(session: Session, issue: Issue, saying: str) -> list[Mention]:
    """What was said of `issue` in these words, the earliest first: what `split` would take."""
    wanted = fold(saying.strip())
    return [m for m in _mentions(session, issue) if wanted and wanted in fold(m.text)]


def latest_standing(session: Session, issue: Issue) -> IssueChange | None:
    """The correction of an Issue that `undo` would take back."""
    return session.exec(
        select(IssueChange)
        .where(IssueChange.issue_id == issue.id, col(IssueChange.undone_at).is_(None))
        .order_by(col(IssueChange.id).desc())
    ).first()


def split(session: Session, issue: Issue, saying: str, title: str, by: str, now: datetime) -> Issue:
    """A new Issue of what was said of `issue` in these words. Raises VocbotError where nothing was, or all."""
    said, all_of_it = saying_so(session, issue, saying), _mentions(session, issue)
    if not said:
        raise VocbotError(f"nothing that was said of {issue.name} holds {saying!r}; `vocbot why {issue.name}` lists it")
    if len(said) == len(all_of_it):
        raise VocbotError(f"all that was said of {issue.name} holds {saying!r}: rename it instead")
    part = Issue(
        number=next_number(session),
        title_zh=title or saying.strip(),
        title_en=title or saying.strip(),
        kind=issue.kind,
        area=issue.area,
        reason=issue.reason,
        stage=issue.stage,
        department=issue.department,
        severity=issue.severity,
        first_seen=min(m.time for m in said),
        last_seen=max(m.time for m in said),
    )
    session.add(part)
    session.flush()
    part.rule_key = key(-(part.id or 0))
    groups = {
        g.feedback_id: g.number
        for g in session.exec(select(Grouped).where(col(Grouped.feedback_id).in_([m.feedback_id for m in said])))
    }
    touched = _move(session, said, part)
    _regroup(session, dict.fromkeys(groups, -(part.id or 0)), now)
    undo = {"mentions": [m.id for m in said], "groups": {str(k): v for k, v in groups.items()}, "part": part.id}
    _kept(session, issue, "split", undo, by, now, part=part.name)
    append(session, now, by, "opened", part.name, split_from=issue.name)
    count_issues(session, touched)
    return part


def move(session: Session, issue: Issue, mentions: Sequence[int], into: Issue, by: str, now: datetime) -> int:
    """Put single statements (ids of Mentions) of one Issue into another, where they stay; returns how many.

    Raises VocbotError where none of them is there any more, or where it goes is the same Issue.
    """
    target, wanted = latest_of(session, into), set(mentions)
    if target.id == issue.id:
        raise VocbotError(f"these statements are in {issue.name} already")
    theirs = {(m.feedback_id, m.start) for m in _mentions(session, target)}
    moved = [m for m in _mentions(session, issue) if m.id in wanted and (m.feedback_id, m.start) not in theirs]
    if not moved:
        raise VocbotError(f"none of these statements is in {issue.name} any more")
    for mention in moved:
        mention.because = [*mention.because, f"{MOVED}{by}"]
    touched = _move(session, moved, target)
    target.first_seen = min(target.first_seen, *(m.time for m in moved))
    target.last_seen = max(target.last_seen, *(m.time for m in moved))
    session.add(target)
    _kept(session, issue, "move", {"mentions": [m.id for m in moved]}, by, now, into=target.name)
    append(session, now, by, "moved here", target.name, origin=issue.name, statements=len(moved))
    count_issues(session, touched)
    return len(moved)


def undo(session: Session, issue: Issue, by: str, now: datetime) -> str:
    """Take back the latest correction of an Issue that stands; returns what it was. Raises VocbotError for none."""
    change = latest_standing(session, issue)
    if change is None:
        raise VocbotError(f"nothing about {issue.name} was merged, split, renamed, moved or given a priority")
    _UNDO[change.kind](session, issue, change.undo, now)
    change.undone_at = now
    session.add(change)
    append(session, now, by, _SAID[change.kind][1], issue.name)
    return change.kind


def _undo_rename(session: Session, issue: Issue, undo: dict[str, Any], now: datetime) -> None:
    issue.title_zh, issue.title_en = undo["zh"], undo["en"]
    session.add(issue)


def _undo_priority(session: Session, issue: Issue, undo: dict[str, Any], now: datetime) -> None:
    issue.band, issue.band_by, issue.band_why = undo["band"], undo["by"], undo["why"]
    session.add(issue)
    _tell_ticket(session, issue, now)


def _tell_ticket(session: Session, issue: Issue, now: datetime) -> None:
    ticket = session.exec(
        select(Ticket.id).where(Ticket.issue_id == issue.id, Ticket.generation == issue.generation)
    ).first()
    if ticket is not None:
        set_timer(session, "refresh", str(ticket), now)


def _undo_merge(session: Session, issue: Issue, undo: dict[str, Any], now: datetime) -> None:
    issue.merged_into = None
    session.add(issue)
    if "titles" in undo:
        target = session.get_one(Issue, undo["into"])
        target.title_zh, target.title_en = undo["titles"]
        session.add(target)
    count_issues(session, _move(session, _still(session, undo), issue))


def _undo_split(session: Session, issue: Issue, undo: dict[str, Any], now: datetime) -> None:
    part = session.get_one(Issue, undo["part"])
    # also what the part has gathered since
    touched = _move(session, _mentions(session, part), issue)
    part.merged_into = issue.id
    session.add(part)
    _regroup(session, {int(feedback): number for feedback, number in undo["groups"].items()}, now)
    count_issues(session, touched)


def _undo_move(session: Session, issue: Issue, undo: dict[str, Any], now: datetime) -> None:
    back = _still(session, undo)
    for mention in back:
        if mention.because and mention.because[-1].startswith(MOVED):
            mention.because = mention.because[:-1]
    count_issues(session, _move(session, back, issue))


_UNDO: dict[str, Callable[[Session, Issue, dict[str, Any], datetime], None]] = {
    "rename": _undo_rename,
    "priority": _undo_priority,
    "merge": _undo_merge,
    "split": _undo_split,
    "move": _undo_move,
}


def _mentions(session: Session, issue: Issue) -> Sequence[Mention]:
    return session.exec(select(Mention).where(Mention.issue_id == issue.id).order_by(col(Mention.id))).all()


def _still(session: Session, undo: dict[str, Any]) -> list[Mention]:
    return [m for ident in undo.get("mentions", ()) if (m := session.get(Mention, ident)) is not None]


def _move(session: Session, mentions: Sequence[Mention], target: Issue) -> Touched:
    assert target.id is not None
    touched: Touched = set()
    for mention in mentions:
        touched |= {(mention.issue_id, mention.day), (target.id, mention.day)}
        mention.issue_id = target.id
        session.add(mention)
    session.flush()
    return touched


def _regroup(session: Session, numbers: dict[int, int], now: datetime) -> None:
    """Put Feedback into groups by hand; whoever groups reads the rows anew."""
    grouped = table(Grouped)
    for feedback, number in numbers.items():
        session.connection().execute(update(grouped).where(grouped.c.feedback_id == feedback).values(number=number))
    cursor = session.get(Cursor, CURSOR)
    if numbers and cursor is not None:
        cursor.value = f" {cursor.value.partition(' ')[2]}"
        session.add(cursor)


def _kept(
    session: Session, issue: Issue, kind: str, undo: dict[str, Any], by: str, now: datetime, **detail: str
) -> None:
    session.add(issue)
    session.add(IssueChange(issue_id=issue.id or 0, kind=kind, at=now, by=by, undo=undo))
    append(session, now, by, _SAID[kind][0], issue.name, **detail)
    session.flush()
