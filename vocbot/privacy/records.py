"""Find a Person's raw records in the inbox. All are opened and read as their connectors read them: a reply, a "stop" or
an agent's answer left no row that would name its record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from sqlmodel import Session, col, select

from vocbot.listen.parse import Parse
from vocbot.listen.people import contact_hash
from vocbot.listen.raw import unpack
from vocbot.privacy.subject import Subject
from vocbot.sdk import events, wire
from vocbot.store.crypt import Crypt
from vocbot.store.db import Store
from vocbot.store.tables import Inbound

Parsers = Mapping[tuple[str, str], Parse]
PAGE = 500
_SHORTEST = 5  # characters of a name or address that is looked for in what cannot be read


def records_of(store: Store, crypt: Crypt, parsers: Parsers, person: Subject) -> Iterator[tuple[Inbound, bytes]]:
    """The records that hold anything of the Person, each with its body (headers and content), in order."""
    after = 0
    while True:
        with Session(store.inbox) as inbox:
            query = select(Inbound).where(col(Inbound.id) > after, Inbound.body != b"")
            rows = inbox.exec(query.order_by(col(Inbound.id)).limit(PAGE)).all()
        for row in rows:
            data = crypt.open(row.body)
            if row.id in person.records or _theirs(row, data, crypt, parsers, person):
                yield row, data
        if len(rows) < PAGE:
            return
        after = rows[-1].id or after


def _theirs(row: Inbound, data: bytes, crypt: Crypt, parsers: Parsers, person: Subject) -> bool:
    parse = parsers.get((row.source, row.kind)) or parsers.get(("", row.kind))
    kind: Literal["webhook", "poll"] = "webhook" if row.kind == "webhook" else "poll"
    if parse is not None:
        headers, body = unpack(data)
        try:
            read = parse(wire.Inbound(kind, row.event_id, body, headers, row.received_at))
        except Exception:  # noqa: BLE001 - a plug-in's code, and a record that could not be read before either
            return _named(data, person)
        if any(isinstance(event, events.Unsupported) for event in read) and _named(data, person):
            return True
        return any(_about(event, row.source, crypt, person) for event in read)
    return _named(data, person)


def _about(event: events.Event, source: str, crypt: Crypt, person: Subject) -> bool:
    match event:
        case events.CustomerReply(feedback=feedback):
            return _about(feedback, source, crypt, person) or (source, event.conversation) in person.conversations
        case events.Feedback(author=author) | events.CustomerEvent(author=author) if author is not None:
            return (source, crypt.blind("handle", source, author.handle)) in person.handles or any(
                (way.kind, contact_hash(crypt, way.kind, way.value)) in person.contacts for way in author.contacts
            )
        case events.AgentAnswer() | events.ConversationChanged():
            return (source, event.conversation) in person.conversations
        case _:
            return False


def _named(data: bytes, person: Subject) -> bool:
    """Whether a record that cannot be read holds one of their names or addresses."""
    text = data.decode("utf-8", "replace").casefold()
    return any(word.casefold() in text for word in person.known if len(word) >= _SHORTEST)
