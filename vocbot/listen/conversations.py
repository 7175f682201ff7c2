"""Conversations at a desk: where each stands, and what agents answered in it. Many at once, a few statements."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import bindparam, update
from sqlmodel import Session, col, select

from vocbot.listen.receive import Heard
from vocbot.listen.sources import by_source
from vocbot.sdk import events
from vocbot.sdk.ports import aware
from vocbot.store.bulk import insert_rows
from vocbot.store.tables import Answer, Conversation
from vocbot.store.upsert import table
from vocbot.text.language import detect
from vocbot.text.safe import hide

Key = tuple[str, str]  # source and its own id
Stands = tuple[str, datetime]  # status, and since when


@dataclass
class AtDesk:
    """What came from desks in a row, parted by kind: the order matters within a kind only."""

    heard: list[Heard] = field(default_factory=list)
    answers: list[tuple[str, events.AgentAnswer]] = field(default_factory=list)
    changes: list[tuple[str, events.ConversationChanged]] = field(default_factory=list)
    met: list[tuple[str, events.CustomerEvent]] = field(default_factory=list)

    def add(self, source: str, event: events.Event, inbound_id: int | None) -> bool:
        """Whether it was of such a kind."""
        match event:
            case events.Feedback():
                self.heard.append(Heard(source, event, inbound_id))
            case events.AgentAnswer():
                self.answers.append((source, event))
            case events.ConversationChanged():
                self.changes.append((source, event))
            case events.CustomerEvent():
                self.met.append((source, event))
            case _:
                return False
        return True


def keep_answers(session: Session, given: Sequence[tuple[str, events.AgentAnswer]]) -> None:
    """Keep agents' answers that are not known yet, redacted like everything else."""
    known: set[Key] = set()
    for source, ids in by_source((source, event.external_id) for source, event in given):
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
    before = _known(session, ((source, event.conversation) for source, event in given))
    after = dict(before)
    for source, event in given:
        key = source, event.conversation
        if key not in after or event.time >= after[key][1]:
            after[key] = event.status, event.time
    _insert(session, {key: stands for key, stands in after.items() if key not in before})
    moved = [_row(key, stands) for key, stands in after.items() if key in before and before[key] != stands]
    if moved:
        session.connection().execute(_MOVED, moved)
        session.expire_all()


def open_conversations(session: Session, first: dict[Key, datetime]) -> None:
    """Open those that are met for the first time; `first` is when something was said in each."""
    known = _known(session, first)
    _insert(session, {key: ("open", time) for key, time in first.items() if key not in known})


_c = table(Conversation).c
_MOVED = (
    update(table(Conversation))
    .where(_c.source == bindparam("of"), _c.ref == bindparam("talk"))
    .values(status=bindparam("now"), changed_at=bindparam("since"))
)


def _row(key: Key, stands: Stands) -> dict[str, object]:
    return {"of": key[0], "talk": key[1], "now": stands[0], "since": stands[1]}


def _insert(session: Session, rows: dict[Key, Stands]) -> None:
    new = [
        {"source": source, "ref": ref, "status": status, "changed_at": time}
        for (source, ref), (status, time) in rows.items()
    ]
    insert_rows(session, Conversation, new)


def _known(session: Session, keys: Iterable[Key]) -> dict[Key, Stands]:
    found: dict[Key, Stands] = {}
    for source, refs in by_source(keys):
        query = select(Conversation.ref, Conversation.status, Conversation.changed_at)
        rows = session.exec(query.where(Conversation.source == source, col(Conversation.ref).in_(refs)))
        found.update({(source, ref): (status, time) for ref, status, time in rows})
    return found
