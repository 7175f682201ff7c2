"""Issues as rules define them: created at the first mention, counted per local day in the same transaction.

What is new is added to the counts; where a revision supersedes what was counted, its days are counted again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, case, distinct, func, tuple_, update
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from vocbot.store.audit import append
from vocbot.store.bulk import update_rows
from vocbot.store.issue_numbers import who
from vocbot.store.tables import Feedback, Issue, IssueDay, Mention, VolumeDay
from vocbot.store.upsert import among, table, upsert
from vocbot.understand.rulepack import RuleIssue

_PAIRS = 400  # counted in one statement
LIVE = ("new", "issue", "praise", "undecided", "empty")  # buckets that count as feedback received


@dataclass(frozen=True, slots=True)
class Seen:
    """What a Mention takes over from its Issue."""

    id: int
    kind: str
    stage: str
    area: str


def sighted(
    session: Session, rules: Mapping[str, RuleIssue], seen: Mapping[str, tuple[datetime, datetime]], now: datetime
) -> dict[str, Seen]:
    """The Issues of rules that were spoken of, by key, with their first and last sighting widened to `seen`."""
    if not seen:
        return {}
    i = table(Issue).c
    query = columns(i.rule_key, i.id, i.kind, i.stage, i.area, i.first_seen, i.last_seen, i.merged_into)
    known = {row.rule_key: row for row in session.connection().execute(query.where(i.rule_key.in_(list(seen))))}
    found: dict[str, Seen] = {}
    spans: dict[int, tuple[datetime, datetime]] = {}  # Issues may be merged: several keys, one Issue
    for key, (first, last) in seen.items():
        row: Any = known.get(key)
        if row is None:
            row = _opened(session, key, rules[key], first, last, now)
        if row.merged_into is not None:
            row = latest_of(session, session.get_one(Issue, row.id))
        found[key] = Seen(row.id, row.kind, row.stage, row.area)
        since, until = spans.get(row.id, (row.first_seen, row.last_seen))
        spans[row.id] = min(since, first), max(until, last)
    update_rows(
        session, Issue, [{"id": i, "first_seen": since, "last_seen": until} for i, (since, until) in spans.items()]
    )
    return found


def next_number(session: Session) -> int:
    """The number of the next Issue. The caller holds the lock of those who decide."""
    return (session.exec(select(func.max(Issue.number))).one() or 0) + 1


def latest_of(session: Session, issue: Issue) -> Issue:
    """The Issue that this one was merged into, and that one; itself where it was not."""
    while issue.merged_into is not None:
        issue = session.get_one(Issue, issue.merged_into)
    return issue


def _opened(session: Session, key: str, rule: RuleIssue, first: datetime, last: datetime, now: datetime) -> Issue:
    issue = Issue(
        number=next_number(session),
        rule_key=key,
        title_zh=rule.title.zh,
        title_en=rule.title.en,
        kind=rule.kind,
        area=rule.area,
        reason=rule.reason,
        stage=rule.stage,
        department=rule.department,
        hand_off_from=rule.hand_off.from_ if rule.hand_off else "",
        hand_off_to=rule.hand_off.to if rule.hand_off else "",
        severity=rule.severity,
        immediate=rule.immediate,
        first_seen=first,
        last_seen=last,
    )
    session.add(issue)
    session.flush()
    append(session, now, "vocbot", "opened", issue.name, rule=key)
    return issue


def add_to_issues(session: Session, mentions: Sequence[Mapping[str, Any]]) -> None:
    """Count Mentions that are about to be written, of Feedback that was never counted. Costs the same however many
    were counted on these days before, which a recount does not."""
    if not mentions:
        return
    feedback: dict[tuple[int, date], set[int]] = {}
    negative: dict[tuple[int, date], set[int]] = {}
    people: dict[tuple[int, date], set[int]] = {}
    ever: dict[int, set[int]] = {}
    for one in mentions:
        pair = one["issue_id"], one["day"]
        feedback.setdefault(pair, set()).add(one["feedback_id"])
        person = one["person_id"] or -one["feedback_id"]
        people.setdefault(pair, set()).add(person)
        ever.setdefault(one["issue_id"], set()).add(person)
        if one["polarity"] < 0:
            negative.setdefault(pair, set()).add(one["feedback_id"])
    for issue_id, day, person in _counted(session, ever):
        ever[issue_id].discard(person)
        people.get((issue_id, day), set()).discard(person)
    rows = [
        {
            "issue_id": pair[0],
            "day": pair[1],
            "mentions": len(heard),
            "negative": len(negative.get(pair, ())),
            "people": len(people[pair]),
        }
        for pair, heard in feedback.items()
    ]
    upsert(session, IssueDay, rows, add=True)
    grown: Counter[int] = Counter()
    for (issue_id, _), heard in feedback.items():
        grown[issue_id] += len(heard)  # a Feedback has one day
    more = [{"issue": i, "mentions": n, "people": len(ever[i])} for i, n in sorted(grown.items())]
    session.connection().execute(_MORE, more)


_issue = table(Issue).c
_MORE = (
    update(table(Issue))
    .where(_issue.id == bindparam("issue"))
    .values(mentions=_issue.mentions + bindparam("mentions"), people=_issue.people + bindparam("people"))
)


_IN_ALL = (
    update(table(Issue))
    .where(_issue.id == bindparam("issue"))
    .values(mentions=bindparam("mentions"), people=bindparam("people"))
)


def _counted(session: Session, people: Mapping[int, set[int]]) -> Iterator[tuple[int, date, int]]:
    """Which of the people spoke of their issue before, and on which days."""
    persons = {person for some in people.values() for person in some if person > 0}
    query = (
        columns(col(Mention.issue_id), col(Mention.day), col(Mention.person_id))
        .join(Feedback, col(Feedback.id) == Mention.feedback_id)
        .where(among(session, Mention.person_id, persons), col(Feedback.bucket) != "superseded")
        .distinct()
    )
    for issue_id, day, person in session.connection().execute(query).all():
        if person is not None and issue_id in people:
            yield issue_id, day, person


def add_to_volumes(session: Session, days: Sequence[date]) -> None:
    """Count Feedback that is new: the day of each."""
    upsert(session, VolumeDay, [{"day": day, "feedback": n} for day, n in Counter(days).items()], add=True)


def count_issues(session: Session, touched: Iterable[tuple[int, date]]) -> None:
    """Recount Issues on days: (issue id, day) each."""
    wanted = sorted(set(touched))
    for start in range(0, len(wanted), _PAIRS):
        pairs = wanted[start : start + _PAIRS]
        query = (
            columns(
                col(Mention.issue_id),
                col(Mention.day),
                func.count(distinct(col(Mention.feedback_id))),
                func.count(distinct(case((col(Mention.polarity) < 0, col(Mention.feedback_id))))),
                func.count(distinct(who())),
            )
            .join(Feedback, col(Feedback.id) == Mention.feedback_id)
            .where(tuple_(col(Mention.issue_id), col(Mention.day)).in_(pairs), col(Feedback.bucket) != "superseded")
            .group_by(col(Mention.issue_id), col(Mention.day))
        )
        none = {"mentions": 0, "negative": 0, "people": 0}
        rows = {pair: {"issue_id": pair[0], "day": pair[1], **none} for pair in pairs}
        for issue_id, day, mentions, negative, people in session.connection().execute(query):
            rows[issue_id, day].update(mentions=mentions, negative=negative, people=people)
        upsert(session, IssueDay, list(rows.values()))
    _count_in_all(session, sorted({issue_id for issue_id, _ in wanted}))


def _count_in_all(session: Session, issues: Sequence[int]) -> None:
    for start in range(0, len(issues), _PAIRS):
        part = issues[start : start + _PAIRS]
        query = (
            columns(col(Mention.issue_id), func.count(distinct(col(Mention.feedback_id))), func.count(distinct(who())))
            .join(Feedback, col(Feedback.id) == Mention.feedback_id)
            .where(col(Mention.issue_id).in_(part), col(Feedback.bucket) != "superseded")
            .group_by(col(Mention.issue_id))
        )
        found = {issue_id: (mentions, people) for issue_id, mentions, people in session.connection().execute(query)}
        totals = [(issue_id, *found.get(issue_id, (0, 0))) for issue_id in part]
        session.connection().execute(_IN_ALL, [{"issue": i, "mentions": m, "people": p} for i, m, p in totals])
        for loaded in session.identity_map.values():
            if isinstance(loaded, Issue):
                session.expire(loaded, ["mentions", "people"])


def count_volumes(session: Session, days: Iterable[date]) -> None:
    """Recount all Feedback of days."""
    wanted = sorted(set(days))
    for start in range(0, len(wanted), _PAIRS):
        some = wanted[start : start + _PAIRS]
        query = (
            select(col(Feedback.day), func.count())
            .where(col(Feedback.day).in_(some), col(Feedback.bucket).in_(LIVE))
            .group_by(col(Feedback.day))
        )
        totals: dict[date, int] = dict(session.exec(query).all())
        upsert(session, VolumeDay, [{"day": day, "feedback": totals.get(day, 0)} for day in some])
