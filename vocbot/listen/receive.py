"""Store what a source's events say: identity to the vault, text redacted, then kept. Idempotent by the source's ids."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from vocbot.listen.people import recognise, recognise_all
from vocbot.listen.sources import by_source
from vocbot.sdk import events
from vocbot.sdk.clock import Clock
from vocbot.sdk.ports import aware
from vocbot.store.bulk import insert_numbered
from vocbot.store.crypt import Crypt
from vocbot.store.kept import Kept
from vocbot.store.tables import Feedback, Person
from vocbot.text.safe import Words, hide_value, safe_words

# Makes a text safe to keep; the second is its author's name, where that is known.
Read = Callable[[str, str | None], Words]


@dataclass(frozen=True)
class Heard:
    """One Feedback event, the source it came from, and the record that brought it."""

    source: str
    event: events.Feedback
    inbound_id: int | None


@dataclass(frozen=True)
class Receiver:
    """What storing needs: the owner's zone decides which day a text belongs to. `read` takes personal data out."""

    crypt: Crypt
    clock: Clock
    zone: ZoneInfo
    read: Read = safe_words

    def take(self, session: Session, heard: Sequence[Heard]) -> list[Kept]:
        """Keep pieces of customer voice; returns those that are new, in order.

        Left out is what is known already, or of which a newer revision is. A few statements, however many come.
        """
        newest = _newest(session, heard)
        new: list[Heard] = []
        later: list[bool] = []  # whether it supersedes another
        for one in heard:
            key = one.source, one.event.external_id
            if key not in newest or newest[key] < one.event.revision:
                later.append(key in newest)
                newest[key] = one.event.revision
                new.append(one)
        if not new:
            return []
        _supersede(session, [one for one, after in zip(new, later, strict=True) if after])
        now = self.clock.now()
        authors = [_author(one.event) for one in new]
        spoke = [(one.source, author) for one, author in zip(new, authors, strict=True) if author is not None]
        persons = recognise_all(session, self.crypt, spoke, now)
        safe = cache(hide_value)  # attributes have few values
        rows: list[dict[str, Any]] = []
        heard_in: dict[int, str] = {}
        for one, author in zip(new, authors, strict=True):
            event = one.event
            person = persons[one.source, author.handle] if author is not None else None
            words = self.read(event.text, event.author.name if event.author else None)
            text, language = words.text, words.language
            if person is not None and language != "und":
                heard_in[person] = language
            # one that was followed by a newer revision within the same batch is past already
            current = newest[one.source, event.external_id] == event.revision
            row = {
                "source": one.source,
                "external_id": event.external_id,
                "revision": event.revision,
                "inbound_id": one.inbound_id,
                "person_id": person,
                "text": text,
                "language": language,
                "time": aware(event.time),
                "day": event.time.astimezone(self.zone).date(),
                "channel": event.channel,
                "conversation": event.conversation,
                "public": event.public,
                "score": event.score,
                "polarity": 0.0,
                "attributes": {k: safe(v) for k, v in event.attributes.items()},
                "bucket": "new" if current else "superseded",
                "created_at": now,
            }
            rows.append(row)
        _heard_in(session, heard_in)
        ids = insert_numbered(session, Feedback, rows)
        return [
            Kept(
                ident,
                row["source"],
                row["external_id"],
                row["person_id"],
                row["text"],
                row["time"],
                row["day"],
                row["bucket"] == "new",
                not after,
            )
            for ident, row, after in zip(ids, rows, later, strict=True)
        ]

    def reply_author(self, session: Session, source: str, event: events.CustomerReply) -> Person | None:
        """The Person who wrote again."""
        author = _author(event.feedback)
        return recognise(session, self.crypt, source, author, self.clock.now()) if author is not None else None


def _author(event: events.Feedback) -> events.Author | None:
    """Who spoke; a blank handle would make one person of everybody without a name."""
    return event.author if event.author is not None and event.author.handle.strip() else None


def _newest(session: Session, heard: Sequence[Heard]) -> dict[tuple[str, str], int]:
    """The newest revision that is kept already, by source and id."""
    found: dict[tuple[str, str], int] = {}
    for source, ids in by_source((one.source, one.event.external_id) for one in heard):
        query = (
            select(Feedback.external_id, func.max(Feedback.revision))
            .where(Feedback.source == source, col(Feedback.external_id).in_(ids))
            .group_by(col(Feedback.external_id))
        )
        found.update({(source, ident): revision for ident, revision in session.exec(query)})
    return found


def _supersede(session: Session, new: Sequence[Heard]) -> None:
    """Mark the earlier revisions of what is new."""
    for one in new:
        session.connection().execute(
            update(Feedback)
            .where(col(Feedback.source) == one.source, col(Feedback.external_id) == one.event.external_id)
            .values(bucket="superseded")
        )


def _heard_in(session: Session, languages: dict[int, str]) -> None:
    """Note the language that each Person spoke last."""
    for language in sorted(set(languages.values())):
        people = [person for person, spoken in languages.items() if spoken == language]
        session.connection().execute(
            update(Person).where(col(Person.id).in_(people), col(Person.language) != language).values(language=language)
        )
    session.expire_all()
