"""What other rules would change: which Mentions, Issues and Tickets would move. Nothing is written.

Feedback of a period is understood twice, with the rules in use and with the new ones, so that nothing but the rules
differs. A pack takes the place of the one of its name; a name that is not in use comes beside the others.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlmodel import Session, col, select

from vocbot.store.tables import Feedback, Issue, Ticket
from vocbot.text.spelling import matchable
from vocbot.text.statements import split
from vocbot.understand.rulepack import RulePack
from vocbot.understand.rules import Matcher

#: Statements that are shown for what moves from one issue to another.
SHOWN = 3
#: In place of an issue: no rule hits.
NOTHING = ""
#: issue before, issue after: their keys, or NOTHING
Move = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Spoken:
    """A piece of feedback, without personal data, and who said it."""

    text: str
    person: str


@dataclass
class Moved:
    """Statements that move, the people who made them, and the first of them."""

    mentions: int = 0
    people: set[str] = field(default_factory=set)
    shown: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Diff:
    """Over `feedback` pieces: mentions by issue before and after, and what moves, the most first."""

    feedback: int
    before: Mapping[str, int]
    after: Mapping[str, int]
    moves: Mapping[Move, Moved]

    @property
    def issues(self) -> list[str]:
        """Keys of the issues that would have other mentions than now."""
        return sorted({key for move in self.moves for key in move if key != NOTHING})


@dataclass(frozen=True, slots=True)
class Known:
    """An Issue that there is, and its Ticket that is worked on."""

    name: str
    ticket: str | None


def exchanged(packs: Sequence[RulePack], new: RulePack) -> list[RulePack]:
    """The packs with the new one in the place of the one of its name, else at the end."""
    if any(pack.pack == new.pack for pack in packs):
        return [new if pack.pack == new.pack else pack for pack in packs]
    return [*packs, new]


def compare(before: Matcher, after: Matcher, feedback: Iterable[Spoken]) -> Diff:
    """Understand feedback with both. An issue that another one of the same statement takes the place of moves there;
    what is only left goes to nothing, what is only new comes from nothing."""
    old: Counter[str] = Counter()
    new: Counter[str] = Counter()
    moves: defaultdict[Move, Moved] = defaultdict(Moved)
    count = 0
    for count, spoken in enumerate(feedback, 1):  # noqa: B007
        for statement in split(spoken.text):
            folded = matchable(statement.text)
            was, is_ = ({hit.issue_key for hit in matcher.match(folded)} for matcher in (before, after))
            old.update(was)
            new.update(is_)
            gone, come = sorted(was - is_), sorted(is_ - was)
            for move in {(a, b) for a in gone or [NOTHING] for b in come or [NOTHING]} if gone or come else ():
                moved = moves[move]
                moved.mentions += 1
                moved.people.add(spoken.person)
                if len(moved.shown) < SHOWN:
                    moved.shown.append(statement.text)
    most = sorted(moves.items(), key=lambda entry: (-entry[1].mentions, entry[0]))
    return Diff(count, old, new, dict(most))


def heard(session: Session, since: date) -> Iterable[Spoken]:
    """What was said since a local day, in order; superseded revisions left out."""
    query = (
        select(Feedback.id, Feedback.text, Feedback.person_id)
        .where(Feedback.day >= since, Feedback.bucket != "superseded")
        .order_by(col(Feedback.id))
        .execution_options(yield_per=1000)
    )
    return (Spoken(text, str(person or f"f{ident}")) for ident, text, person in session.exec(query))


def known(session: Session, keys: Sequence[str]) -> dict[str, Known]:
    """The Issues of these rule keys that there are already, with their open Tickets."""
    working = col(Ticket.status).in_(("planned", "open", "in_progress"))
    query = (
        select(Issue, Ticket)
        .outerjoin(Ticket, (col(Ticket.issue_id) == Issue.id) & (col(Ticket.generation) == Issue.generation) & working)
        .where(col(Issue.rule_key).in_(keys))
    )
    return {
        issue.rule_key or "": Known(issue.name, (ticket.key or ticket.ref or "planned") if ticket else None)
        for issue, ticket in session.exec(query)
    }
