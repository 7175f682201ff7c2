"""Rows for the query modules: a builder with sensible values for everything a test does not care about."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from vocbot.store.db import Store
from vocbot.store.tables import (
    Change,
    Conversation,
    Feedback,
    Issue,
    Mention,
    Person,
    Signal,
    Table,
    Ticket,
    VaultEntry,
    Verdict,
)

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)


class Builder:
    """Writes rows, each in its own transaction, and returns them with their ids. `day` counts from 2026-11-03."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._numbers = itertools.count(1)

    def issue(self, **values: Any) -> Issue:
        number = next(self._numbers)
        kept = {"number": number, "title_zh": "标题", "title_en": "Title", "first_seen": NOON, "last_seen": NOON}
        return self._keep(Issue(**{**kept, **values}))

    def person(self, **values: Any) -> Person:
        return self._keep(Person(**{"pseudonym": f"P-{next(self._numbers)}", "created_at": NOON, **values}))

    def feedback(self, day: int = 0, person: Person | None = None, **values: Any) -> Feedback:
        time = NOON + timedelta(days=day)
        kept = {"source": "desk", "external_id": f"f{next(self._numbers)}", "text": "words", "time": time}
        kept |= {"day": time.date(), "channel": "email", "language": "en", "bucket": "issue", "created_at": time}
        return self._keep(Feedback(**{**kept, "person_id": person.id if person else None, **values}))

    def mention(self, issue: Issue, feedback: Feedback, **values: Any) -> Mention:
        kept = {"feedback_id": feedback.id, "issue_id": issue.id, "person_id": feedback.person_id, "start": 0}
        kept |= {"end": 5, "text": "words", "time": feedback.time, "day": feedback.day, "polarity": -0.5}
        return self._keep(Mention(**{**kept, **values}))

    def said(self, issue: Issue, day: int = 0, person: Person | None = None, **values: Any) -> Feedback:
        """A Feedback with one Mention of `issue`."""
        feedback = self.feedback(day, person, **values)
        self.mention(issue, feedback)
        return feedback

    def signal(self, issue: Issue, day: int = 0, **values: Any) -> Signal:
        date = (NOON + timedelta(days=day)).date()
        kept = {"issue_id": issue.id, "generation": issue.generation, "state": "surging", "day": date}
        kept |= {"last_day": date, "observed": 5, "people": 4, "expected": 0.12345, "p": 0.001, "raised_at": NOON}
        return self._keep(Signal(**{**kept, **values}))

    def ticket(self, issue: Issue, **values: Any) -> Ticket:
        kept = {"issue_id": issue.id, "generation": issue.generation, "connector": "jira", "planned_at": NOON}
        return self._keep(Ticket(**{**kept, **values}))

    def change(self, issue: Issue, **values: Any) -> Change:
        kept = {"issue_id": issue.id, "generation": issue.generation, "added_by": "U1", "added_at": NOON}
        return self._keep(Change(**{**kept, **values}))

    def verdict(self, change: Change, week: int, verdict: str) -> Verdict:
        numbers = {"rate_ratio": 0.41234, "low": 0.2, "high": 0.8, "p_less": 0.99994, "before": 9, "before_weeks": 4}
        kept = {"change_id": change.id, "issue_id": change.issue_id, "week": week, "verdict": verdict, **numbers}
        return self._keep(Verdict(**kept, after=3, looked_at=NOON, numbers={"weeks": week}))

    def conversation(self, ref: str, status: str, source: str = "desk") -> Conversation:
        return self._keep(Conversation(source=source, ref=ref, status=status, changed_at=NOON))

    def address(self, person: Person, kind: str = "email") -> VaultEntry:
        return self._keep(VaultEntry(person_id=person.id, kind=kind, value_hash="h", value=b"sealed"))

    def _keep(self, row: Any) -> Any:
        assert isinstance(row, Table)
        with self._store.write() as session:
            session.add(row)
        return row


@pytest.fixture
def build(store: Store) -> Builder:
    return Builder(store)
