"""Who complained about an Issue, and which ways there are to tell them. No address leaves the vault here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import select as columns
from sqlmodel import Session, SQLModel, col, select

from vocbot.store.persons import merges
from vocbot.store.tables import Conversation, Feedback, Mention, Person, VaultEntry
from vocbot.store.upsert import among

Row = TypeVar("Row", bound=SQLModel)


@dataclass(frozen=True)
class Way:
    """One way to a person: the conversation `ref` at connector `source`, or the vault's address of one `kind`."""

    kind: str  # conversation | email
    source: str | None = None
    ref: str | None = None


@dataclass(frozen=True)
class Reach:
    """Somebody who spoke about the Issue: the Person who stands, the `ids` of all whom they stand for, their latest
    Mention and its Feedback, and the ways to them, best first."""

    person_id: int
    ids: tuple[int, ...]
    mention_id: int
    feedback_id: int
    ways: tuple[Way, ...]


@dataclass(frozen=True)
class Complainer:
    """The same with the rows."""

    person: Person
    ids: tuple[int, ...]
    mention: Mention
    feedback: Feedback
    ways: tuple[Way, ...]


def complainers(session: Session, issue_id: int, since: datetime | None, until: datetime) -> list[Complainer]:
    """Everybody whom `reach` finds, with what is kept of them."""
    found = reach(session, issue_id, since, until)
    people = _rows(session, Person, [one.person_id for one in found])
    mentions = _rows(session, Mention, [one.mention_id for one in found])
    feedback = _rows(session, Feedback, [one.feedback_id for one in found])
    return [
        Complainer(people[one.person_id], one.ids, mentions[one.mention_id], feedback[one.feedback_id], one.ways)
        for one in found
    ]


def reach(session: Session, issue_id: int, since: datetime | None, until: datetime) -> list[Reach]:
    """Everybody known who mentioned the Issue in the given time, once each, merged persons as one, whoever spoke last
    at the end. A few statements, however many they are.

    People who asked not to be written to are left out. Public posts give no way: answering there would show that
    somebody is a customer.
    """
    latest: dict[int, Any] = {}
    stands, merged = merges(session)
    for row in _spoken(session, issue_id, since, until):
        latest.setdefault(stands.get(row.person_id, row.person_id), row)
    ids = {person: (person, *merged.get(person, ())) for person in latest}
    everyone = [one for some in ids.values() for one in some]
    stopped = set(session.exec(_of(session, Person.id, everyone).where(col(Person.stopped_at).is_not(None))))
    mail = set(session.exec(_of(session, VaultEntry.person_id, everyone).where(VaultEntry.kind == "email")))
    return [
        Reach(person, ids[person], row.mention, row.feedback, tuple(_ways(row, not mail.isdisjoint(ids[person]))))
        for person, row in reversed(latest.items())
        if stopped.isdisjoint(ids[person])
    ]


def _spoken(session: Session, issue_id: int, since: datetime | None, until: datetime) -> Sequence[Any]:
    """The Mentions of known people, the latest first, with where each was said."""
    query: Any = (
        columns(
            col(Mention.id).label("mention"),
            col(Mention.person_id),
            col(Feedback.id).label("feedback"),
            col(Feedback.source),
            col(Feedback.conversation),
            col(Feedback.public),
            col(Conversation.status),
        )
        .join(Feedback, col(Feedback.id) == col(Mention.feedback_id))
        .outerjoin(
            Conversation,
            (col(Conversation.source) == col(Feedback.source)) & (col(Conversation.ref) == col(Feedback.conversation)),
        )
        .where(col(Mention.issue_id) == issue_id, col(Mention.time) < until, col(Feedback.bucket) != "superseded")
        .where(col(Mention.person_id).is_not(None))
        .order_by(col(Mention.time).desc(), col(Mention.id).desc())
    )
    if since is not None:
        query = query.where(col(Mention.time) >= since)
    return session.connection().execute(query).all()


def _of(session: Session, column: Any, people: Sequence[int]) -> Any:
    return select(column).where(among(session, column, people))


def _rows(session: Session, model: type[Row], ids: Sequence[int]) -> dict[int, Row]:
    ident: Any = model.id  # type: ignore[attr-defined]
    return {row.id: row for row in session.exec(select(model).where(among(session, ident, ids)))}  # type: ignore[attr-defined]


def _ways(row: Any, has_address: bool) -> Iterator[Way]:
    if row.conversation is not None and not row.public and row.status != "closed":
        yield Way("conversation", row.source, row.conversation)
    if has_address:
        yield Way("email")
