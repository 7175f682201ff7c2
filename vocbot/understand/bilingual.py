"""One Issue for both languages: a group of Chinese texts and one of English texts that speak of the same things.

Conservative, as a wrong join hides two problems: several concepts that most texts of both groups speak of, and hardly
any other text; each must be the other's best. It is a merge as a person makes it, with its reason; undone like one, and
never done again once it was undone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select as columns
from sqlmodel import Session, col, func, select

from vocbot.store.tables import Feedback, Issue, IssueChange, Mention
from vocbot.store.upsert import among
from vocbot.text.concepts import Concepts
from vocbot.understand.correct import merge

_READ = 100  # texts of a group, the latest
_ONE_LANGUAGE = 0.8  # of its texts, or a group is of both already
_SPOKEN_OF = 0.4  # share of a group's texts from which a concept is of it
_UNUSUAL = 4.0  # times as often as in the groups of the same language
_SHARED = 2  # concepts, the fewest
_MOST_GROUPS = 400  # that are compared, the latest


@dataclass(frozen=True)
class Group:
    """An Issue that grouping made, its language, and the concepts that are its own with their shares."""

    issue: Issue
    language: str
    concepts: Mapping[str, float]


def join_languages(session: Session, concepts: Concepts, now: datetime) -> list[tuple[Issue, Issue]]:
    """Merge what is one Issue; returns (merged, into) of each. The caller holds the lock of those who decide."""
    groups = _groups(session, concepts)
    chinese = [group for group in groups if group.language == "zh"]
    english = [group for group in groups if group.language == "en"]
    joined = []
    for one, other in _pairs(chinese, english):
        into, issue = sorted((one.issue, other.issue), key=lambda found: found.number)
        if not _parted(session, issue, into):
            shared = sorted(set(one.concepts) & set(other.concepts), key=lambda name: -one.concepts[name])
            titles = one.issue.title_zh, other.issue.title_en
            merge(session, issue, into, "vocbot", now, titles, ", ".join(shared))
            joined.append((issue, into))
    return joined


def _groups(session: Session, concepts: Concepts) -> list[Group]:
    query = (
        select(Issue)
        .where(col(Issue.rule_key).startswith("group/"), col(Issue.merged_into).is_(None), Issue.mentions > 0)
        .order_by(col(Issue.id).desc())
        .limit(_MOST_GROUPS)
    )
    issues = {issue.id: issue for issue in session.exec(query)}
    nth = func.row_number().over(partition_by=col(Mention.issue_id), order_by=col(Mention.id).desc()).label("nth")
    spoken = (
        columns(col(Mention.issue_id), col(Feedback.language), col(Mention.text), nth)
        .join(Feedback, col(Feedback.id) == col(Mention.feedback_id))
        .where(among(session, Mention.issue_id, [i for i in issues if i is not None]))
        .subquery()
    )
    texts: dict[int, list[tuple[str, str]]] = {}
    latest = columns(spoken).where(spoken.c.nth <= _READ).order_by(spoken.c.nth)
    for ident, language, text, _ in session.connection().execute(latest).all():
        texts.setdefault(ident, []).append((language, text))
    found: list[tuple[Issue, str, Counter[str], int]] = []
    for ident, issue in issues.items():
        said = texts.get(ident or 0, [])
        language, most = Counter(language for language, _ in said).most_common(1)[0] if said else ("", 0)
        if language in ("zh", "en") and most >= _ONE_LANGUAGE * len(said):
            counts = Counter(name for _, text in said for name in concepts.of(text))
            found.append((issue, language, counts, len(said)))
    return [
        Group(issue, language, _own(counts, size, [one for one in found if one[1] == language and one[0] != issue]))
        for issue, language, counts, size in found
    ]


def _own(counts: Counter[str], size: int, others: Sequence[tuple[Issue, str, Counter[str], int]]) -> dict[str, float]:
    """The concepts that most texts of a group speak of and few of the others."""
    total = sum(size for *_, size in others)
    usual = {name: (sum(one[2][name] for one in others) + 1) / (total + 2) for name in counts} if total else {}
    return {
        name: count / size
        for name, count in counts.items()
        if count >= _SPOKEN_OF * size and count / size >= _UNUSUAL * usual.get(name, 0.0)
    }


def _pairs(chinese: Sequence[Group], english: Sequence[Group]) -> Iterable[tuple[Group, Group]]:
    """Those of which each is the other's only best."""
    worth = {
        (i, j): sum(min(one.concepts[name], other.concepts[name]) for name in set(one.concepts) & set(other.concepts))
        for i, one in enumerate(chinese)
        for j, other in enumerate(english)
        if one.issue.kind == other.issue.kind and len(set(one.concepts) & set(other.concepts)) >= _SHARED
    }
    for (i, j), value in worth.items():
        rivals = [other for pair, other in worth.items() if pair != (i, j) and (pair[0] == i or pair[1] == j)]
        if all(value > rival for rival in rivals):
            yield chinese[i], english[j]


def _parted(session: Session, issue: Issue, into: Issue) -> bool:
    """Whether somebody took a merge of the two apart."""
    undone = (IssueChange.kind == "merge", col(IssueChange.undone_at).is_not(None))
    changes = session.exec(select(IssueChange).where(col(IssueChange.issue_id).in_((issue.id, into.id)), *undone)).all()
    return any({change.issue_id, change.undo.get("into")} == {issue.id, into.id} for change in changes)
