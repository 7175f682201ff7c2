"""Groups as Issues: opened when enough people speak of one, titled in their words; Mentions move with reviews."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, distinct, func, update
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from vocbot.store.audit import append, append_all
from vocbot.store.bulk import insert_rows
from vocbot.store.tables import Feedback, Grouped, Issue, IssueChange, Mention
from vocbot.store.upsert import among, read_anew, table
from vocbot.understand.group_titles import Titles
from vocbot.understand.issues import count_issues, latest_of, next_number

LEAST_PEOPLE = 5  # behind a group before it is an Issue
_PLEASED = 0.1  # mean polarity from which a group is praise
_GROWN = 1.5  # times, before a group without a title is looked at again
_GROUP = "group "  # how the last reason of a Mention begins that grouping made

Explain = Callable[[str, int], list[tuple[str, float]]]


@dataclass(frozen=True, slots=True)
class Moved:
    """A Feedback whose group changed; `old` None where it is new, `copy_of` the Feedback it is a copy of."""

    feedback_id: int
    old: int | None
    new: int
    copy_of: int | None


def key(number: int) -> str:
    """The rule_key of the Issue of a group."""
    return f"group/{number}"


def settle(
    session: Session, moved: Sequence[Moved], explain: Explain, looked_at: dict[int, int], now: datetime
) -> None:
    """Open the Issues that are due, and have the Mentions stand where their Feedback is grouped.

    `looked_at` remembers how many spoke of a group when no title was found for it.
    """
    touched: set[tuple[int, date]] = set()
    gone = [one.feedback_id for one in moved if one.old is not None]
    touched |= _take_away(session, gone)
    arrived = {one.new for one in moved}
    issues = _issues(session, arrived)
    many = {n: count for n, count in _due(session, arrived - issues.keys()) if count >= _GROWN * looked_at.get(n, 0)}
    opened = _open(session, list(many), now)
    looked_at.update((number, count) for number, count in many.items() if number not in opened)
    issues |= opened
    members = {one.feedback_id for one in moved if one.new in issues}
    members.update(session.exec(select(Grouped.feedback_id).where(among(session, Grouped.number, list(opened)))))
    touched |= _give(session, sorted(members), issues, explain)
    count_issues(session, touched)
    _merge_empty(session, Counter((one.old, one.new) for one in moved if one.old is not None), now)


def _merge_empty(session: Session, flows: Counter[tuple[int, int]], now: datetime) -> None:
    """An Issue that a review emptied goes where most of it went."""
    olds = _issues(session, {old for old, _ in flows})
    news = _issues(session, {new for _, new in flows})
    for old, issue in olds.items():
        if issue.mentions or issue.merged_into is not None:
            continue
        went = [(count, new) for (was, new), count in flows.items() if was == old and new in news]
        target = news[max(went)[1]] if went else issue
        if target.id != issue.id:
            issue.merged_into = target.id
            session.add(IssueChange(issue_id=issue.id or 0, kind="merge", at=now, by="vocbot", undo={}))
            append(session, now, "vocbot", "merged", issue.name, into=target.name)


def _issues(session: Session, numbers: Iterable[int]) -> dict[int, Issue]:
    keys = {key(number): number for number in numbers}
    found: dict[int, Issue] = {}
    for issue in session.exec(select(Issue).where(among(session, Issue.rule_key, list(keys)))):
        found[keys[issue.rule_key or ""]] = latest_of(session, issue)
    return found


def _due(session: Session, numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Which groups enough people speak of, and how many; copies do not count."""
    people = func.count(distinct(func.coalesce(Feedback.person_id, -col(Feedback.id))))
    query = (
        select(col(Grouped.number), people)
        .join(Feedback, col(Feedback.id) == col(Grouped.feedback_id))
        .where(among(session, Grouped.number, list(numbers)))
        .where(col(Grouped.copy_of).is_(None), Feedback.bucket == "undecided")
        .group_by(col(Grouped.number))
        .having(people >= LEAST_PEOPLE)
        .order_by(col(Grouped.number))
    )
    return list(session.exec(query))


def _open(session: Session, numbers: Sequence[int], now: datetime) -> dict[int, Issue]:
    """The new Issues of groups, by number; those that nothing names are left out."""
    titles = Titles(session)
    issues: dict[int, Issue] = {}
    following = next_number(session)
    for number, told in titles.told(numbers).items():
        if title := titles.title(number, told):
            issues[number] = Issue(
                number=following + len(issues),
                rule_key=key(number),
                title_zh=title,
                title_en=title,
                kind="praise" if sum(one.polarity for one in told) / len(told) > _PLEASED else "problem",
                severity=0.3,
                first_seen=min(one.time for one in told),
                last_seen=max(one.time for one in told),
            )
    session.add_all(issues.values())
    session.flush()
    append_all(session, now, "vocbot", "opened", [(issue.name, {"group": n}) for n, issue in issues.items()])
    return issues


def _take_away(session: Session, feedback: Sequence[int]) -> set[tuple[int, date]]:
    """Remove the Mentions that grouping made of Feedback; returns the Issues and days they were counted on."""
    if not feedback:
        return set()
    m = table(Mention).c
    query = columns(m.id, m.feedback_id, m.issue_id, m.day, m.because).where(among(session, m.feedback_id, feedback))
    # what a person sorted by hand stays
    ours = [row for row in session.connection().execute(query) if row.because and row.because[-1].startswith(_GROUP)]
    session.connection().execute(delete(table(Mention)).where(among(session, m.id, [row.id for row in ours])))
    _put(session, [row.feedback_id for row in ours], "undecided")
    return {(row.issue_id, row.day) for row in ours}


def _give(
    session: Session, feedback: Sequence[int], issues: dict[int, Issue], explain: Explain
) -> set[tuple[int, date]]:
    """Make the Mentions of Feedback in the Issues of their groups; copies have none."""
    f = table(Feedback).c
    query = (
        columns(f.id, f.person_id, f.text, f.time, f.day, f.polarity, col(Grouped.number))
        .join(Grouped, col(Grouped.feedback_id) == f.id)
        .where(among(session, f.id, feedback), col(Grouped.copy_of).is_(None), f.bucket == "undecided")
    )
    mentions: list[dict[str, Any]] = []
    buckets: dict[str, list[int]] = {}
    for one in session.connection().execute(query).all():
        issue = issues[one.number]
        assert issue.id is not None
        mentions.append(
            {
                "feedback_id": one.id,
                "issue_id": issue.id,
                "person_id": one.person_id,
                "start": 0,
                "end": len(one.text),
                "text": one.text,
                "time": one.time,
                "day": one.day,
                "stage": issue.stage,
                "aspect": issue.area,
                "polarity": one.polarity,
                "confidence": 1.0,
                "because": [*(term for term, _ in explain(one.text, one.number)), f"{_GROUP}{one.number}"],
            }
        )
        issue.first_seen, issue.last_seen = min(issue.first_seen, one.time), max(issue.last_seen, one.time)
        buckets.setdefault("praise" if issue.kind == "praise" else "issue", []).append(one.id)
    session.flush()
    insert_rows(session, Mention, mentions)
    for bucket, ids in buckets.items():
        _put(session, ids, bucket)
    return {(mention["issue_id"], mention["day"]) for mention in mentions}


def _put(session: Session, feedback: Sequence[int], bucket: str) -> None:
    if feedback:
        rows = table(Feedback)
        session.connection().execute(
            update(rows).where(among(session, rows.c.id, feedback), rows.c.bucket != "superseded").values(bucket=bucket)
        )
        read_anew(session, Feedback)
