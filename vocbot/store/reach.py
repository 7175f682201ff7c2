"""Who complained about an Issue, and which ways there are to tell them. No address leaves the vault here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

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
        .order_by(col(Mention.time).desc())
    )
    if since is not None:
        query = query.where(Mention.time >= since)
    latest: dict[int, tuple[Mention, Feedback, Person]] = {}
    for mention, feedback, person in session.exec(query).all():
        while person.merged_into is not None:
            other = session.get(Person, person.merged_into)
            assert other is not None
            person = other
        assert person.id is not None
        latest.setdefault(person.id, (mention, feedback, person))
    return [
        Complainer(person, mention, feedback, _ways(session, person, feedback))
        for mention, feedback, person in sorted(latest.values(), key=lambda found: found[0].time)
        if person.stopped_at is None
    ]


def _ways(session: Session, person: Person, feedback: Feedback) -> tuple[Way, ...]:
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
        select(VaultEntry.id).where(VaultEntry.person_id == person.id, VaultEntry.kind == "email")
    ).first()
    if has_address is not None:
        ways.append(Way("email"))
    return tuple(ways)
