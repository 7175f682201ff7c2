"""What customers did or met, joined to Persons: compared later with what they complain of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache

from sqlmodel import Session, col, select

from vocbot.listen.people import recognise_all
from vocbot.listen.sources import by_source
from vocbot.sdk import events
from vocbot.sdk.ports import aware
from vocbot.store.bulk import insert_rows
from vocbot.store.crypt import Crypt
from vocbot.store.tables import Event
from vocbot.text.safe import hide_value

LONGEST = 200  # characters of a kind, and of an attribute's value


def keep_events(
    session: Session, crypt: Crypt, given: Sequence[tuple[str, events.CustomerEvent]], now: datetime
) -> None:
    """Keep those that are not known yet, (source, event) each; values redacted like everything else. What nobody is
    named for says nothing of anybody and is left out."""
    new = {(source, event.external_id): event for source, event in reversed(given) if event.author.handle.strip()}
    for source, ids in by_source(new):
        query = select(Event.external_id).where(Event.source == source, col(Event.external_id).in_(ids))
        for ident in session.exec(query).all():
            del new[source, ident]
    if not new:
        return
    persons = recognise_all(session, crypt, [(source, event.author) for (source, _), event in new.items()], now)
    safe = cache(lambda value: hide_value(value)[:LONGEST])
    rows = [
        {
            "source": source,
            "external_id": ident,
            "person_id": persons[source, event.author.handle],
            "kind": safe(event.kind),
            "time": aware(event.time),
            "attributes": {name: safe(value) for name, value in event.attributes.items()},
        }
        for (source, ident), event in reversed(new.items())
    ]
    insert_rows(session, Event, rows)
