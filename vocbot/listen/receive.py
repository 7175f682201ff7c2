"""Store what a source's events say: identity to the vault, text redacted, then kept. Idempotent by the source's ids."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from vocbot.listen.people import recognise
from vocbot.sdk import events
from vocbot.sdk.clock import Clock
from vocbot.sdk.ports import aware
from vocbot.store.crypt import Crypt
from vocbot.store.tables import Answer, Conversation, Feedback, Person
from vocbot.text.clean import clean
from vocbot.text.language import detect
from vocbot.text.redact import redact

_LETTER = r"[^\W\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]"  # of the scripts that part words


@dataclass(frozen=True)
class Receiver:
    """What storing needs: the owner's zone decides which day a text belongs to."""

    crypt: Crypt
    clock: Clock
    zone: ZoneInfo

    def feedback(
        self, session: Session, source: str, event: events.Feedback, inbound_id: int | None
    ) -> Feedback | None:
        """Keep one piece of customer voice. None where it is known already or a newer revision is."""
        known = session.exec(
            select(Feedback)
            .where(Feedback.source == source, Feedback.external_id == event.external_id)
            .order_by(col(Feedback.revision).desc())
        ).first()
        if known is not None and known.revision >= event.revision:
            return None
        if known is not None:
            known.bucket = "superseded"
            session.add(known)
        now = self.clock.now()
        person = self._person(session, source, event.author)
        text = hide(event.text, event.author.name if event.author else None)
        language = detect(text)
        if person is not None and language != "und":
            person.language = language
            session.add(person)
        row = Feedback(
            source=source,
            external_id=event.external_id,
            revision=event.revision,
            inbound_id=inbound_id,
            person_id=person.id if person else None,
            text=text,
            language=language,
            time=aware(event.time),
            day=event.time.astimezone(self.zone).date(),
            channel=event.channel,
            conversation=event.conversation,
            public=event.public,
            score=event.score,
            attributes={k: redact(v).text for k, v in event.attributes.items()},
            created_at=now,
        )
        session.add(row)
        if event.conversation is not None:
            self._conversation(session, source, event.conversation, None, event.time)
        session.flush()
        return row

    def answer(self, session: Session, source: str, event: events.AgentAnswer) -> None:
        """Keep an agent's answer, redacted like everything else."""
        known = session.exec(
            select(Answer.id).where(Answer.source == source, Answer.external_id == event.external_id)
        ).first()
        if known is None:
            text = hide(event.text, None)
            session.add(
                Answer(
                    source=source,
                    external_id=event.external_id,
                    conversation=event.conversation,
                    text=text,
                    language=detect(text),
                    time=aware(event.time),
                )
            )

    def conversation(self, session: Session, source: str, event: events.ConversationChanged) -> None:
        """Note where a conversation stands; an older message that comes late changes nothing."""
        self._conversation(session, source, event.conversation, event.status, event.time)

    def reply_author(self, session: Session, source: str, event: events.CustomerReply) -> Person | None:
        """The Person who wrote again."""
        return self._person(session, source, event.feedback.author)

    def _person(self, session: Session, source: str, author: events.Author | None) -> Person | None:
        if author is None or not author.handle.strip():
            return None  # a blank handle would make one person of everybody without a name
        return recognise(session, self.crypt, source, author, self.clock.now())

    def _conversation(self, session: Session, source: str, ref: str, status: str | None, time: datetime) -> None:
        row = session.exec(select(Conversation).where(Conversation.source == source, Conversation.ref == ref)).first()
        if row is None:
            session.add(Conversation(source=source, ref=ref, status=status or "open", changed_at=time))
        elif status is not None and time >= row.changed_at:
            row.status, row.changed_at = status, time
            session.add(row)
        session.flush()


def hide(text: str, name: str | None) -> str:
    """Clean text without personal data; the author's own name is known, so it goes wherever it stands.

    Whole words only: Ann must not take a piece out of "cannot". Chinese has no spaces around a name.
    """
    tidy = clean(text)
    known = clean(name).strip() if name else ""
    if len(known) >= 2:
        before = f"(?<!{_LETTER})" if re.match(_LETTER, known) else ""
        after = f"(?!{_LETTER})" if re.match(_LETTER, known[-1]) else ""
        tidy = re.sub(before + re.escape(known) + after, "[NAME]", tidy, flags=re.IGNORECASE)
    return redact(tidy).text
