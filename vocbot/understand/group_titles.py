"""Titles of groups: what their people say and others do not, in the language that most of them speak."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlmodel import Session, col

from vocbot.store.tables import Feedback, Grouped
from vocbot.store.upsert import among
from vocbot.text.phrases import phrases
from vocbot.text.wordlist import words

READ = 100  # texts of a group that are read for its title, and as many others beside them
_WORDS = 2  # phrases in a title
_COVERED = 0.3  # of a group's texts that use the phrases of its title, or nobody would recognise it
#: Single words that many say and that name nothing.
_VAGUE = words("""
still already yet ever never always today tomorrow yesterday back even well good great nice bad best worst better please
thanks thank people guys thing things time times day days want need know like think make going come said says tell told
asked look seen take give using trying something anything nothing someone anyone everyone first last next other same
right left long little really sure love hate works working amazing awesome appreciate hours minutes number
一直 觉得 东西 问题 时间 事情 朋友 下次 上次 以后 以前 之后 之前 不错 挺好 满意 希望 应该 需要 直接 好像 开始
""")


class Told(NamedTuple):
    """A text of a group, without the weight of a mapped object."""

    id: int
    text: str
    language: str
    person_id: int | None
    polarity: float
    time: datetime

    @property
    def who(self) -> str:
        return str(self.person_id or f"f{self.id}")


@dataclass
class Titles:
    """Finds titles within one transaction; what others say is read once."""

    session: Session
    _others: dict[str, list[tuple[int, str]]] = field(default_factory=dict)  # by language: (group, text)

    def told(self, numbers: Sequence[int]) -> dict[int, list[Told]]:
        """The latest texts of each group, copies left out."""
        nth = func.row_number().over(partition_by=col(Grouped.number), order_by=col(Feedback.id).desc()).label("nth")
        theirs = (
            select(col(Grouped.number), nth, *(getattr(Feedback, name) for name in Told._fields))
            .join(Grouped, col(Grouped.feedback_id) == col(Feedback.id))
            .where(among(self.session, Grouped.number, numbers))
            .where(col(Grouped.copy_of).is_(None), col(Feedback.bucket) == "undecided")
            .subquery()
        )
        found: dict[int, list[Told]] = {number: [] for number in numbers}
        query = select(theirs).where(theirs.c.nth <= READ).order_by(theirs.c.nth)
        for number, _, *told in self.session.connection().execute(query).all():
            found[number].append(Told(*told))
        return found

    def title(self, number: int, told: Sequence[Told]) -> str:
        """A title for the group that said so; empty where nothing names it."""
        language = Counter(one.language for one in told).most_common(1)[0][0]
        others = [text for group, text in self._spoken(language) if group != number][:READ]
        ours = [(one.text, one.who) for one in told if one.language == language]
        found = [p for p in phrases(ours, [(text, "") for text in others], 4 * _WORDS) if p.text not in _VAGUE][:_WORDS]
        using = sum(any(phrase.text in text.lower() for phrase in found) for text, _ in ours)
        return " · ".join(phrase.text for phrase in found) if using >= _COVERED * len(ours) else ""

    def _spoken(self, language: str) -> list[tuple[int, str]]:
        if language not in self._others:
            query = (
                select(col(Grouped.number), col(Feedback.text))
                .join(Feedback, col(Feedback.id) == col(Grouped.feedback_id))
                .where(col(Feedback.language) == language)
                .order_by(col(Feedback.id).desc())
                .limit(3 * READ)  # enough besides the texts of any one group
            )
            self._others[language] = [(number, text) for number, text in self.session.connection().execute(query)]
        return self._others[language]
