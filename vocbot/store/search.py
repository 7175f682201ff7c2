"""Find Feedback by words, Chinese ones of two characters too: an own column of tokens, indexed by either database.

FTS5 on SQLite, a tsvector on PostgreSQL. The worker indexes what is new; what is deleted or rewritten leaves the index
by a trigger, so that nothing that was erased can be found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, text
from sqlmodel import Session, col, select

from vocbot.store.db import Store
from vocbot.store.tables import Feedback, Issue, Mention
from vocbot.text.tokens import query, tokens

BATCH = 500
LOOKED_AT = 2_000  # hits, the youngest, by which Issues are counted
TABLE = "feedback_search"


@dataclass(frozen=True)
class Hit:
    """One Feedback that holds the words, and the Issues it mentions."""

    feedback: Feedback
    issues: tuple[Issue, ...]


def index(store: Store) -> bool:
    """Index the next Feedback; whether there may be more."""
    with store.read() as session:
        last = _last(session)
        rows = session.exec(
            select(Feedback.id, Feedback.text).where(col(Feedback.id) > last).order_by(col(Feedback.id)).limit(BATCH)
        ).all()
    if not rows:
        return False
    new = [{"id": ident, "tokens": " ".join(tokens(said))} for ident, said in rows]
    with store.write(lock="drain") as session:
        if _last(session) != last:  # another worker was faster
            return True
        # a text may have been erased since it was read
        still = select(Feedback.id).where(col(Feedback.id).in_([ident for ident, _ in rows]), Feedback.text != "")
        there = set(session.exec(still))
        new = [one if one["id"] in there else {**one, "tokens": ""} for one in new]
        words = ":tokens" if store.sqlite else "to_tsvector('simple', :tokens)"
        ident = "rowid" if store.sqlite else "id"
        session.connection().execute(text(f"INSERT INTO {TABLE} ({ident}, tokens) VALUES (:id, {words})"), new)  # noqa: S608
    return len(rows) == BATCH


def search(session: Session, words: str, most: int = 25, start: int = 0) -> list[Hit]:
    """The Feedback that holds all the words, the latest first; nothing where there are no words."""
    ids = _ids(session, words, most, start)
    found = {f.id: f for f in session.exec(select(Feedback).where(col(Feedback.id).in_(ids)))}
    about: dict[int, dict[int, Issue]] = {}
    mentioned = (
        select(Mention.feedback_id, Issue)
        .join(Issue, col(Issue.id) == col(Mention.issue_id))
        .where(col(Mention.feedback_id).in_(ids))
        .order_by(col(Issue.number))
    )
    for feedback_id, issue in session.exec(mentioned):
        about.setdefault(feedback_id, {})[issue.id or 0] = issue
    return [
        Hit(found[i], tuple(about.get(i, {}).values())) for i in ids if i in found and found[i].bucket != "superseded"
    ]


def issues_with(session: Session, words: str, most: int = 10) -> list[tuple[Issue, int]]:
    """The Issues that the latest hits mention, with how many of the `LOOKED_AT` do, most first."""
    ids = _ids(session, words, LOOKED_AT, 0)
    counted: Any = (
        select(Mention.issue_id, func.count(func.distinct(col(Mention.feedback_id))))
        .where(col(Mention.feedback_id).in_(ids))
        .group_by(col(Mention.issue_id))
        .order_by(func.count(func.distinct(col(Mention.feedback_id))).desc(), col(Mention.issue_id))
        .limit(most)
    )
    counts: dict[int, int] = dict(session.exec(counted).all())
    issues = session.exec(select(Issue).where(col(Issue.id).in_(counts), col(Issue.merged_into).is_(None))).all()
    return sorted(((i, counts[i.id or 0]) for i in issues), key=lambda pair: -pair[1])


def titled(issues: Sequence[Issue], words: str) -> list[Issue]:
    """Those whose name or title, in either language, holds all the words."""
    wanted = query(words)
    found = []
    for issue in issues:
        have = tokens(f"{issue.title_zh} {issue.title_en} {issue.name} VOC{issue.number}")
        if wanted and all(any(h.startswith(w) if more else h == w for h in have) for w, more in wanted):
            found.append(issue)
    return found


def _ids(session: Session, words: str, most: int, start: int) -> list[int]:
    wanted = query(words)
    if not wanted:
        return []
    if session.get_bind().dialect.name == "sqlite":
        # tokens hold letters and digits only, so nothing in them is special to either database
        asked = " AND ".join(f'"{word}"*' if more else f'"{word}"' for word, more in wanted)
        sql = f"SELECT rowid FROM {TABLE} WHERE {TABLE} MATCH :asked ORDER BY rowid DESC LIMIT :most OFFSET :start"  # noqa: S608
    else:
        asked = " & ".join(f"'{word}':*" if more else f"'{word}'" for word, more in wanted)
        sql = (
            f"SELECT id FROM {TABLE} WHERE tokens @@ to_tsquery('simple', :asked) "  # noqa: S608
            "ORDER BY id DESC LIMIT :most OFFSET :start"
        )
    rows = session.connection().execute(text(sql), {"asked": asked, "most": most, "start": start})
    return [int(row[0]) for row in rows]


def _last(session: Session) -> int:
    sqlite = session.get_bind().dialect.name == "sqlite"
    sql = f"SELECT rowid FROM {TABLE} ORDER BY rowid DESC LIMIT 1" if sqlite else f"SELECT max(id) FROM {TABLE}"  # noqa: S608
    return int(session.connection().execute(text(sql)).scalar() or 0)
