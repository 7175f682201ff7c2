"""Who complained about an Issue, and which ways there are to tell them. No address leaves the vault here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from vocbot.store.persons import standing, stands_for
from vocbot.store.tables import Conversation, Feedback, Mention, Person, VaultEntry


@dataclass(frozen=True)
class Way:
    """One way to a person: the conversation `ref` at connector `source`, or the vault's address of one `kind`."""

    kind: str  # conversation | email
    source: str | None = None
    ref: str | None = None


@dataclass(frozen=True)
class Complainer:
    """A Person who spoke about the Issue, with their latest words and the ways to them, best first."""

    person: Person
    mention: Mention
    feedback: Feedback
    ways: tuple[Way, ...]


def complainers(session: Session, issue_id: int, since: datetime | None, until: datetime) -> list[Complainer]:
    """Everybody known who mentioned the Issue in the given time, once each, merged persons as one.

    People who asked not to be written to are left out. Public posts give no way: answering there would show that
    somebody is a customer.
    """
    query = (
        select(Mention, Feedback, Person)
        .join(Feedback, col(Feedback.id) == col(Mention.feedback_id))
        .join(Person, col(Person.id) == col(Mention.person_id))
        .where(Mention.issue_id == issue_id, Mention.time < until, Feedback.bucket != "superseded")
        .order_by(col(Mention.time).desc(), col(Mention.id).desc())
    )
    if since is not None:
        query = query.where(Mention.time >= since)
    latest: dict[int, tuple[Mention, Feedback, Person]] = {}
    for mention, feedback, person in session.exec(query).all():
        person = standing(session, person)
        assert person.id is not None
        latest.setdefault(person.id, (mention, feedback, person))
    found = []
    for person_id, (mention, feedback, person) in sorted(latest.items(), key=lambda item: item[1][0].time):
        ids = stands_for(session, person_id)
        if not _stopped(session, ids):
            found.append(Complainer(person, mention, feedback, _ways(session, ids, feedback)))
    return found


def _stopped(session: Session, ids: list[int]) -> bool:
    query = select(Person.id).where(col(Person.id).in_(ids), col(Person.stopped_at).is_not(None))
    return session.exec(query).first() is not None


def _ways(session: Session, ids: list[int], feedback: Feedback) -> tuple[Way, ...]:
    ways = []
    if feedback.conversation is not None and not feedback.public:
        conversation = session.exec(
            select(Conversation).where(
                Conversation.source == feedback.source, Conversation.ref == feedback.conversation
            )
        ).first()
        if conversation is None or conversation.status != "closed":
            ways.append(Way("conversation", feedback.source, feedback.conversation))
    has_address = session.exec(
        select(VaultEntry.id).where(col(VaultEntry.person_id).in_(ids), VaultEntry.kind == "email")
    ).first()
    if has_address is not None:
        ways.append(Way("email"))
    return tuple(ways)
