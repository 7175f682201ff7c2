"""What no rule knows, grouped by what it is about; a group that enough people speak of is an Issue.

One process groups at a time: its Grouper is a cache of the rows, thrown away where the rows were moved by another.
Deciding takes place outside of transactions; what was decided is written in one, with the cursor, so that every
Feedback is grouped once whatever crashes.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from vocbot.data import concepts
from vocbot.sdk.clock import Clock
from vocbot.store.bulk import insert_rows
from vocbot.store.db import Store
from vocbot.store.tables import Cursor, Feedback, Grouped, Issue
from vocbot.store.upsert import table
from vocbot.text.near import Near
from vocbot.understand.bilingual import join_languages
from vocbot.understand.correct import CURSOR
from vocbot.understand.group_issues import Moved, settle

if TYPE_CHECKING:
    from vocbot.text.grouper import Grouper

ROUND = 1000  # while others want to write
_REMEMBERED = 20_000  # that a new process takes up
_GROWN = 1.5  # times as much was said of groups before they are compared again
_LEASE = timedelta(minutes=2)  # another process groups if this one has been silent for so long


@dataclass
class Grouping:
    """Call it now and then: one round each, until it returns 0."""

    store: Store
    clock: Clock
    most: int = ROUND  # Feedback grouped at a time
    _name: str = field(default_factory=lambda: uuid.uuid4().hex)
    _grouper: Grouper | None = None
    _near: Near = field(default_factory=Near)
    _ids: list[int] = field(default_factory=list)  # of the Feedback in the Grouper, in its order
    _known: list[int] = field(default_factory=list)  # the group of each, as stored
    _looked_at: dict[int, int] = field(default_factory=dict)
    _last: int = 0
    _compared: tuple[int, int] = (0, 0)  # groups that are Issues, and their Mentions

    def __call__(self) -> int:
        """Group what came since; returns how many."""
        with self.store.read() as session:
            cursor = session.get(Cursor, CURSOR)
            holder, last = _parsed(cursor)
            silent = self.clock.now() - cursor.moved_at if cursor is not None else _LEASE
            # a time to come is of a clock that was set back since
            theirs = holder != self._name and timedelta(0) <= silent < _LEASE
            waiting = _waiting(session, last, self.most)
            if not waiting or theirs:
                return 0
            if self._grouper is None or holder != self._name or last != self._last:
                self._take_up(session)
        try:
            done = self._decide(waiting)
            with self.store.write(lock="drain") as session:
                if _parsed(session.get(Cursor, CURSOR)) != (holder, last):
                    self._grouper = None
                    return 0
                self._keep(session, *done)
                self._last = waiting[-1][0]
                session.merge(Cursor(name=CURSOR, value=f"{self._name} {self._last}", moved_at=self.clock.now()))
        except BaseException:
            self._grouper = None  # it knows more than the rows
            raise
        return len(waiting)

    def _take_up(self, session: Session) -> None:
        from vocbot.text.grouper import Grouper

        query = (
            select(Grouped.feedback_id, Grouped.number, Grouped.copy_of, Feedback.text)
            .join(Feedback, col(Feedback.id) == col(Grouped.feedback_id))
            .order_by(col(Grouped.feedback_id).desc())
            .limit(_REMEMBERED)
        )
        rows = list(session.exec(query))[::-1]
        self._grouper, self._near = Grouper(), Near()
        for ident, _, copy_of, text in rows:
            if copy_of is None:
                self._near.copy_of(ident, text)
        self._ids = [row[0] for row in rows]
        self._known = [row[1] for row in rows]
        self._grouper.restore([row[3] for row in rows], self._known)

    def _decide(self, waiting: Sequence[tuple[int, str]]) -> tuple[list[dict[str, Any]], list[Moved]]:
        """The rows to be written, and what they and the reviews since the last round move."""
        assert self._grouper is not None
        grouper, copies = self._grouper, {}
        grouper.add_all(text for _, text in waiting)
        for ident, text in waiting:
            copies[ident] = self._near.copy_of(ident, text)
        self._ids += [ident for ident, _ in waiting]
        before = self._known + [0] * len(waiting)
        # what a person has split off has a number below 0 and stays there
        now = [old if old < 0 else new for old, new in zip(before, grouper.groups(), strict=True)]
        moved = [
            Moved(ident, old or None, new, copies.get(ident))
            for ident, old, new in zip(self._ids, before, now, strict=True)
            if old != new
        ]
        self._known = now
        rows = [{"feedback_id": m.feedback_id, "number": m.new, "copy_of": m.copy_of} for m in moved if m.old is None]
        return rows, moved

    def _keep(self, session: Session, rows: list[dict[str, Any]], moved: list[Moved]) -> None:
        assert self._grouper is not None
        connection = session.connection()
        insert_rows(session, Grouped, rows)
        grouped = table(Grouped)
        for one in moved:
            if one.old is not None:
                connection.execute(
                    update(grouped).where(grouped.c.feedback_id == one.feedback_id).values(number=one.new)
                )
        settle(session, moved, self._grouper.explain, self._looked_at, self.clock.now())
        self._join_languages(session)
        if len(self._grouper) > 2 * _REMEMBERED:
            self._grouper = None  # taken up again, from the latest rows

    def _join_languages(self, session: Session) -> None:
        """Where there are more or larger groups than when they were compared last."""
        grown = (col(Issue.rule_key).startswith("group/"), col(Issue.merged_into).is_(None))
        count, said = session.exec(select(func.count(), func.sum(Issue.mentions)).where(*grown)).one()
        if count and (count != self._compared[0] or (said or 0) >= _GROWN * self._compared[1]):
            join_languages(session, concepts(), self.clock.now())
            self._compared = count, said or 0


def _parsed(cursor: Cursor | None) -> tuple[str, int]:
    holder, _, last = (cursor.value if cursor else " 0").partition(" ")
    return holder, int(last)


def _waiting(session: Session, last: int, most: int) -> list[tuple[int, str]]:
    query = (
        select(Feedback.id, Feedback.text)
        .where(col(Feedback.id) > last, Feedback.bucket == "undecided")
        .order_by(col(Feedback.id))
        .limit(most)
    )
    return [(ident, text) for ident, text in session.exec(query) if ident is not None]
