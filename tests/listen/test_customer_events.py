"""What customers did or met is kept once, joined to the Person who spoke, and without personal data."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import col, select

from vocbot.listen.customer_events import LONGEST, keep_events
from vocbot.listen.receive import Heard, Receiver
from vocbot.sdk import events
from vocbot.sdk.events import Author, Contact
from vocbot.sdk.testing.clock import HandClock
from vocbot.store.crypt import Crypt
from vocbot.store.db import Store
from vocbot.store.tables import Event, Feedback

MET = datetime(2026, 11, 2, 20, 30, tzinfo=UTC)
ANN = Author("77", "Ann Example", (Contact("email", "ann@example.com"),))


def met(ident: str = "o1", author: Author = ANN, **more: Any) -> events.CustomerEvent:
    return events.CustomerEvent(**{"external_id": ident, "kind": "order", "time": MET, "author": author, **more})


def kept(store: Store) -> list[Event]:
    with store.read() as session:
        return list(session.exec(select(Event).order_by(col(Event.id))))


def test_it_is_joined_to_who_spoke_by_handle_or_address(each_store: Store, crypt: Crypt, clock: HandClock) -> None:
    receiver = Receiver(crypt, clock, ZoneInfo("Asia/Shanghai"))
    with each_store.write() as session:
        said = events.Feedback("t1", "It fails", MET, "chat", ANN)
        receiver.take(session, [Heard("desk", said, None)])
        other = Author("customer-5", contacts=(Contact("email", "ANN@example.com"),))
        given = [("desk", met()), ("shop", met(author=other)), ("shop", met("o2", Author("somebody else")))]
        keep_events(session, crypt, given, clock.now())
    with each_store.read() as session:
        person = session.exec(select(Feedback.person_id)).one()
    first, second, third = kept(each_store)
    assert first.person_id == second.person_id == person != third.person_id is not None
    assert (first.source, first.external_id, first.kind, first.time) == ("desk", "o1", "order", MET)


def test_it_is_kept_once_within_and_between_batches(each_store: Store, crypt: Crypt, clock: HandClock) -> None:
    for given in ([met("a"), met("a", kind="later")], [met("a"), met("b")]):
        with each_store.write() as session:
            keep_events(session, crypt, [("desk", one) for one in given], clock.now())
    assert [(one.external_id, one.kind) for one in kept(each_store)] == [("a", "order"), ("b", "order")]


@pytest.mark.parametrize("handle", ["", "  "])
def test_what_nobody_met_is_left_out(store: Store, crypt: Crypt, clock: HandClock, handle: str) -> None:
    with store.write() as session:
        keep_events(session, crypt, [("desk", met(author=Author(handle)))], clock.now())
        keep_events(session, crypt, [], clock.now())
    assert kept(store) == []


def test_values_are_redacted_and_short(store: Store, crypt: Crypt, clock: HandClock) -> None:
    told = {"page": "/help?phone=13800138000", "campaign": "618", "long": "x" * 999}
    with store.write() as session:
        keep_events(session, crypt, [("desk", met(kind="call 13800138000", attributes=told))], clock.now())
    (one,) = kept(store)
    assert one.kind == "call [PHONE]"
    assert one.attributes == {"page": "/help?phone=[PHONE]", "campaign": "618", "long": "x" * LONGEST}
