"""Heads learn what people corrected: from the next batch on they answer so, wherever the same words come.

A correction is kept with its Feedback (`teach`), never as weights: heads are taught anew from all that stand, so that
each can be undone and none undoes another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, func, select

from vocbot.store.db import Store
from vocbot.store.tables import Correction, Feedback, Mention
from vocbot.text.correcting import Lesson
from vocbot.text.reading import TAUGHT, Heads
from vocbot.understand.issues import count_issues
from vocbot.understand.lessons import taught
from vocbot.understand.meaning import Meaning, Understand, understander
from vocbot.understand.rules import Matcher

_VALUES = {"positive": 0.9, "neutral": 0.0, "negative": -0.9}  # polarity of what a person judged
# what of a Feedback shows a head's answer
_SHOWN = {name: ("polarity", "confidence") if name == "sentiment" else (name,) for name in TAUGHT}


def teach(session: Session, feedback: Feedback, head: str, labels: Sequence[str], by: str, now: datetime) -> None:
    """Keep what is right of a Feedback, and show it there; Mentions of the whole text feel the same."""
    shown = {name: getattr(feedback, name) for name in _SHOWN[head]}
    for old in _standing(session, feedback, head):
        old.undone_at, shown = now, old.was
        session.add(old)
    values: dict[str, Any] = {head: labels[0]}
    if head == "sentiment":
        values = {"polarity": _VALUES[labels[0]], "confidence": 1.0}
    elif head == "aspects":
        values = {"aspects": list(labels)}
    session.add(Correction(feedback_id=feedback.id or 0, head=head, labels=list(labels), was=shown, by=by, at=now))
    _show(session, feedback, values)


def unteach(session: Session, feedback: Feedback, head: str, now: datetime, by: str = "") -> bool:
    """Take back what was taught of a Feedback (by whoever's name begins with `by`), and show what was shown before.
    False where there was nothing."""
    standing = [one for one in _standing(session, feedback, head) if one.by.startswith(by)]
    for one in standing:
        one.undone_at = now
        session.add(one)
        _show(session, feedback, one.was)
    return bool(standing)


def _standing(session: Session, feedback: Feedback, head: str) -> Sequence[Correction]:
    mine = (Correction.feedback_id == feedback.id, Correction.head == head, col(Correction.undone_at).is_(None))
    return session.exec(select(Correction).where(*mine).order_by(col(Correction.id))).all()


def _show(session: Session, feedback: Feedback, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        setattr(feedback, name, value)
    session.add(feedback)
    session.flush()
    if "polarity" in values:
        whole = select(Mention).where(Mention.feedback_id == feedback.id, Mention.text == feedback.text)
        mentions = session.exec(whole).all()
        for mention in mentions:
            mention.polarity = feedback.polarity
            session.add(mention)
        session.flush()
        count_issues(session, [(mention.issue_id, mention.day) for mention in mentions])


def lessons(session: Session) -> dict[str, list[Lesson]]:
    """All corrections that stand, by head; of one text the latest alone, and none of words that are gone."""
    query = (
        select(Correction.head, Correction.labels, Feedback.text)
        .join(Feedback, col(Feedback.id) == col(Correction.feedback_id))
        .where(col(Correction.undone_at).is_(None), Feedback.text != "")
        .order_by(col(Correction.id))
    )
    found: dict[str, dict[str, Lesson]] = {name: {} for name in TAUGHT}
    for head, labels, text in session.exec(query):
        found[head].pop(text, None)
        found[head][text] = Lesson(text, tuple(labels))
    return {head: list(some.values()) for head, some in found.items()}


@dataclass
class Learning:
    """Understands texts with these rules and with `heads` as corrected so far: looked up before each batch."""

    store: Store
    matcher: Matcher
    heads: Heads
    least: float
    _mark: tuple[int, int] = (0, 0)
    _understand: Understand = field(init=False)

    def __post_init__(self) -> None:
        self._understand = understander(self.matcher, self.heads, self.least)

    def __call__(self, texts: Sequence[str]) -> list[Meaning]:
        """What they say."""
        if not texts:
            return []
        self._look()
        return self._understand(texts)

    def _look(self) -> None:
        with self.store.read() as session:
            mark = _mark(session)
            if mark == self._mark:
                return
            given = lessons(session)
        self._understand = understander(self.matcher, taught(self.heads, given, self.least), self.least)
        self._mark = mark


def _mark(session: Session) -> tuple[int, int]:
    """Another one whenever a correction was made or undone. An erasure teaches nothing new at once."""
    last, undone = session.exec(select(func.max(Correction.id), func.count(col(Correction.undone_at)))).one()
    return last or 0, undone
