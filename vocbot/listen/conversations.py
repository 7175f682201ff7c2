"""Conversations at a desk: where each stands, and what agents answered in it. Many at once, a few statements."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session, col, select

from vocbot.listen.receive import Heard, hide
from vocbot.sdk import events
from vocbot.sdk.ports import aware
from vocbot.store.tables import Answer, Conversation
from vocbot.text.language import detect

Key = tuple[str, str]  # source and its own id


@dataclass
class AtDesk:
    """What came from desks in a row, parted by kind: the order matters within a kind only."""

    heard: list[Heard] = field(default_factory=list)
    answers: list[tuple[str, events.AgentAnswer]] = field(default_factory=list)
    changes: list[tuple[str, events.ConversationChanged]] = field(default_factory=list)

    def add(self, source: str, event: events.Event, inbound_id: int | None) -> bool:
        """Whether it was of such a kind."""
        match event:
            case events.Feedback():
                self.heard.append(Heard(source, event, inbound_id))
            case events.AgentAnswer():
                self.answers.append((source, event))
            case events.ConversationChanged():
                self.changes.append((source, event))
            case _:
                return False
        return True


def keep_answers(session: Session, given: Sequence[tuple[str, events.AgentAnswer]]) -> None:
    """Keep agents' answers that are not known yet, redacted like everything else."""
    known: set[Key] = set()
    for source, ids in _by_source((source, event.external_id) for source, event in given):
        query = select(Answer.external_id).where(Answer.source == source, col(Answer.external_id).in_(ids))
        known.update((source, ident) for ident in session.exec(query))
    for source, event in given:
        if (source, event.external_id) in known:
            continue
        known.add((source, event.external_id))
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
    session.flush()


def note_conversations(session: Session, given: Sequence[tuple[str, events.ConversationChanged]]) -> None:
    """Note where conversations stand; an older message that comes late changes nothing."""
    rows = _rows(session, ((source, event.conversation) for source, event in given))
    for source, event in given:
        key = source, event.conversation
        if key not in rows:
            rows[key] = Conversation(source=source, ref=key[1], status=event.status, changed_at=event.time)
        elif event.time >= rows[key].changed_at:
            rows[key].status, rows[key].changed_at = event.status, event.time
        session.add(rows[key])
    session.flush()


def open_conversations(session: Session, first: dict[Key, datetime]) -> None:
    """Open those that are met for the first time; `first` is when something was said in each."""
    rows = _rows(session, first)
    for (source, ref), time in first.items():
        if (source, ref) not in rows:
            session.add(Conversation(source=source, ref=ref, status="open", changed_at=time))
    session.flush()


def _rows(session: Session, keys: Iterable[Key]) -> dict[Key, Conversation]:
    found: dict[Key, Conversation] = {}
    for source, refs in _by_source(keys):
        query = select(Conversation).where(Conversation.source == source, col(Conversation.ref).in_(refs))
        found.update({(source, row.ref): row for row in session.exec(query)})
    return found


def _by_source(keys: Iterable[Key]) -> list[tuple[str, list[str]]]:
    parted: dict[str, dict[str, None]] = {}
    for source, ident in keys:
        parted.setdefault(source, {})[ident] = None
    return [(source, list(ids)) for source, ids in parted.items()]
