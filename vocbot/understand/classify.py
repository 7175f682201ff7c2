"""Feedback -> statements -> Mentions of Issues, each with the rules that say why; or a bucket that says why not.

Everything ends in a bucket, so that nothing is lost: issue, praise, undecided or empty.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import bindparam, insert, update
from sqlmodel import Session, col, select

from vocbot.sdk.clock import Clock
from vocbot.store.kept import Kept
from vocbot.store.tables import Feedback, Issue, Mention
from vocbot.store.upsert import table
from vocbot.text.clean import fold
from vocbot.text.sentiment import Lexicon, polarity
from vocbot.text.statements import split
from vocbot.understand.issues import count_issues, count_volumes, sighted
from vocbot.understand.rules import Matcher


@dataclass(frozen=True)
class Classifier:
    """Everything classifying needs; `version` of the rules goes into every Mention."""

    matcher: Matcher
    lexicon: Lexicon
    clock: Clock
    version: str

    def __call__(self, session: Session, heard: Sequence[Kept]) -> None:
        """Make the Mentions of new Feedback, put each into its bucket and recount the days."""
        if not heard:
            return
        issues: dict[str, Issue] = {}
        mentions: list[dict[str, Any]] = []
        felt: list[dict[str, Any]] = []
        for feedback in heard:
            bucket = self._mentions(session, feedback, issues, mentions)
            value = polarity(feedback.text, self.lexicon).value
            felt.append({"feedback": feedback.id, "polarity": value, "bucket": bucket})
        session.flush()
        connection = session.connection()
        if mentions:
            connection.execute(insert(Mention), mentions)
        connection.execute(
            update(table(Feedback))
            .where(table(Feedback).c.id == bindparam("feedback"))
            .values(polarity=bindparam("polarity"), bucket=bindparam("bucket")),
            felt,
        )
        session.expire_all()
        touched = {(mention["issue_id"], mention["day"]) for mention in mentions}
        days = {feedback.day for feedback in heard}
        count_issues(session, touched | _before(session, heard, days))
        count_volumes(session, days)

    def _mentions(
        self, session: Session, feedback: Kept, issues: dict[str, Issue], mentions: list[dict[str, Any]]
    ) -> str:
        """Add the Mentions of one Feedback to `mentions`; returns its bucket."""
        statements = split(feedback.text)
        kinds: set[str] = set()
        for statement in statements:
            because: dict[str, list[str]] = {}
            for hit in self.matcher.match(fold(statement.text)):
                because.setdefault(hit.issue_key, []).append(hit.rule_id)
            felt = polarity(statement.text, self.lexicon).value if because else 0.0
            for key, rules in because.items():
                issue = issues[key] = sighted(
                    session, issues.get(key), key, self.matcher.issues[key], feedback.time, self.clock.now()
                )
                kinds.add(issue.kind)
                mentions.append(
                    {
                        "feedback_id": feedback.id,
                        "issue_id": issue.id,
                        "person_id": feedback.person_id,
                        "start": statement.start,
                        "end": statement.end,
                        "text": statement.text,
                        "time": feedback.time,
                        "day": feedback.day,
                        "stage": issue.stage,
                        "aspect": issue.area,
                        "polarity": _felt(issue, felt),
                        "confidence": 1.0,
                        "because": [*rules, f"rules {self.version}"],
                    }
                )
        if not feedback.current:
            return "superseded"
        return _bucket(kinds, any(_says_something(s.text) for s in statements))


def _before(session: Session, heard: Sequence[Kept], days: set[date]) -> set[tuple[int, date]]:
    """What earlier revisions of the same Feedback mentioned, which no longer counts; their days are added to `days`."""
    touched: set[tuple[int, date]] = set()
    for feedback in heard:
        if feedback.revision > 0:
            same = (Feedback.source == feedback.source, Feedback.external_id == feedback.external_id)
            days.update(session.exec(select(col(Feedback.day)).where(*same).distinct()))
            query = select(col(Mention.issue_id), col(Mention.day)).join(Feedback).where(*same).distinct()
            touched.update((issue_id, day) for issue_id, day in session.exec(query))
    return touched


def _felt(issue: Issue, value: float) -> float:
    """A statement of a problem is negative even where the lexicon knows none of its words."""
    if value == 0.0:
        return {"problem": -0.5, "praise": 0.5}.get(issue.kind, 0.0)
    return value


def _bucket(kinds: set[str], says_something: bool) -> str:
    if kinds & {"problem", "wish"}:
        return "issue"
    if kinds:
        return "praise"
    return "undecided" if says_something else "empty"


def _says_something(text: str) -> bool:
    return any(c.isalnum() for c in text)
