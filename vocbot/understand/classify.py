"""Feedback -> statements -> Mentions of Issues, each with the rules that say why; or a bucket that says why not.

Everything ends in a bucket, so that nothing is lost: issue, praise, undecided or empty.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select

from vocbot.sdk.clock import Clock
from vocbot.store.bulk import insert_rows, update_rows
from vocbot.store.kept import Kept
from vocbot.store.tables import Feedback, Mention
from vocbot.text.reading import Reading
from vocbot.understand.issues import Seen, add_to_issues, add_to_volumes, count_issues, count_volumes, sighted
from vocbot.understand.meaning import Meaning, Understand
from vocbot.understand.rulepack import RuleIssue


@dataclass(frozen=True)
class Classifier:
    """Everything classifying needs: the issues that rules define, what understands a text, and the `version` of the
    rules, which goes into every Mention."""

    issues: Mapping[str, RuleIssue]
    understand: Understand
    clock: Clock
    version: str

    def __call__(self, session: Session, heard: Sequence[Kept]) -> None:
        """Make the Mentions of new Feedback, put each into its bucket and recount the days."""
        if not heard:
            return
        meanings = self.understand([feedback.text for feedback in heard])
        issues = sighted(session, self.issues, _sightings(heard, meanings), self.clock.now())
        mentions: list[dict[str, Any]] = []
        read: list[dict[str, Any]] = []
        for feedback, meaning in zip(heard, meanings, strict=True):
            kinds = {issues[key].kind for said in meaning.said for key in said.because}
            mentions += self._mentions(feedback, meaning, issues)
            bucket = _bucket(kinds, meaning.words) if feedback.current else "superseded"
            read.append({"id": feedback.id, "bucket": bucket, **told(meaning.reading)})
        revised = {feedback.id for feedback in heard if not feedback.first}
        add_to_issues(session, [mention for mention in mentions if mention["feedback_id"] not in revised])
        add_to_volumes(session, [feedback.day for feedback in heard if feedback.id not in revised])
        insert_rows(session, Mention, mentions)
        update_rows(session, Feedback, read)
        session.expire_all()
        if revised:
            _count_again(session, [feedback for feedback in heard if feedback.id in revised])

    def _mentions(self, feedback: Kept, meaning: Meaning, issues: Mapping[str, Seen]) -> Iterator[dict[str, Any]]:
        for said in meaning.said:
            because: dict[int, tuple[Seen, list[str]]] = {}  # Issues may be merged: one Mention of both
            for key, rules in said.because.items():
                because.setdefault(issues[key].id, (issues[key], []))[1].extend(rules)
            for issue, rules in because.values():
                yield {
                    "feedback_id": feedback.id,
                    "issue_id": issue.id,
                    "person_id": feedback.person_id,
                    "start": said.start,
                    "end": said.end,
                    "text": said.text,
                    "time": feedback.time,
                    "day": feedback.day,
                    "stage": issue.stage,
                    "aspect": issue.area,
                    "polarity": felt(issue.kind, said.polarity),
                    "confidence": 1.0,
                    "because": [*rules, f"rules {self.version}"],
                }


_TOLD = ("polarity", "confidence", "intent", "stage", "severity", "aspects")


def told(reading: Reading) -> dict[str, Any]:
    """What is kept of a Reading with its Feedback."""
    feels = reading.sentiment
    values = (feels.value, feels.confidence, reading.intent, reading.stage, reading.severity, list(reading.aspects))
    return dict(zip(_TOLD, values, strict=True))


def _sightings(heard: Sequence[Kept], meanings: Sequence[Meaning]) -> dict[str, tuple[datetime, datetime]]:
    """When each issue was spoken of first and last, in the order in which they were met."""
    found: dict[str, tuple[datetime, datetime]] = {}
    for feedback, meaning in zip(heard, meanings, strict=True):
        for said in meaning.said:
            for key in said.because:
                first, last = found.get(key, (feedback.time, feedback.time))
                found[key] = min(first, feedback.time), max(last, feedback.time)
    return found


def _count_again(session: Session, revised: Sequence[Kept]) -> None:
    """Count what revisions say and what they superseded says no more."""
    touched: set[tuple[int, date]] = set()
    days: set[date] = set()
    for feedback in revised:
        same = (Feedback.source == feedback.source, Feedback.external_id == feedback.external_id)
        days.update(session.exec(select(col(Feedback.day)).where(*same).distinct()))
        query = select(col(Mention.issue_id), col(Mention.day)).join(Feedback).where(*same).distinct()
        touched.update((issue_id, day) for issue_id, day in session.exec(query))
    count_issues(session, touched)
    count_volumes(session, days)


def felt(kind: str, value: float) -> float:
    """A statement of a problem is negative even where the lexicon knows none of its words."""
    if value == 0.0:
        return {"problem": -0.5, "praise": 0.5}.get(kind, 0.0)
    return value


def _bucket(kinds: set[str], says_something: bool) -> str:
    if kinds & {"problem", "wish"}:
        return "issue"
    if kinds:
        return "praise"
    return "undecided" if says_something else "empty"
