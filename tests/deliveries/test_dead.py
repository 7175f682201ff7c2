"""The dead: listed, tried again only with open eyes, or let go."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import select

from tests.deliveries.test_perform import SENT, Desk, Handler
from vocbot.deliveries.dead import DEAD, dead, drop, replay
from vocbot.deliveries.perform import MOST_AGE, MOST_ATTEMPTS
from vocbot.sdk.errors import OutcomeUnknown, Retryable
from vocbot.sdk.testing.clock import HandClock
from vocbot.store.audit import facts
from vocbot.store.db import Store
from vocbot.store.tables import Delivery


@pytest.mark.parametrize("state", DEAD)
def test_the_dead_are_listed_until_they_are_dropped(store: Store, clock: HandClock, state: str) -> None:
    Desk(store, clock, Handler(), state=state, ended_at=clock.now())
    with store.write() as session:
        (found,) = dead(session)
        assert drop(session, found, "Li Na", "nobody needs it", clock.now())
        assert not drop(session, found, "Li Na", "", clock.now())
        assert not dead(session)
        (entry,) = facts(session, found.key)
        assert (entry.actor, entry.action, entry.detail["why"]) == ("Li Na", "dropped", "nobody needs it")


@pytest.mark.parametrize("state", ["planned", "performing", "sent", "cancelled", "shadow"])
def test_what_is_not_dead_is_not_replayed(store: Store, clock: HandClock, state: str) -> None:
    Desk(store, clock, Handler(), state=state)
    with store.write() as session:
        row = session.exec(select(Delivery)).one()
        assert replay(session, row, "Li Na", clock.now()) == "not dead"
        assert row.state == state


def test_a_buried_act_gets_its_whole_time_again(each_store: Store, clock: HandClock) -> None:
    handler = Handler([Retryable("down"), SENT])
    desk = Desk(each_store, clock, handler, attempt=MOST_ATTEMPTS, planned_at=clock.now() - MOST_AGE * 2)
    assert desk.attempt(MOST_ATTEMPTS).state == "buried"
    clock.move(timedelta(hours=1))
    with each_store.write() as session:
        (row,) = dead(session)
        assert replay(session, row, "Li Na", clock.now()) == "planned"
    handler.sends.insert(0, Retryable("down"))
    assert desk.attempt(desk.queue()).state == "planned"
    assert desk.attempt(desk.queue()).state == "sent"


def test_an_unknown_outcome_is_risked_only_by_a_person(store: Store, clock: HandClock) -> None:
    handler = Handler([OutcomeUnknown("timeout"), SENT], sightless=True, at_most_once=True)
    desk = Desk(store, clock, handler)
    assert desk.attempt().state == "unknown"
    with store.write() as session:
        (row,) = dead(session)
        assert replay(session, row, "Li Na", clock.now()) == "may be twice"
        assert row.state == "unknown"
        assert replay(session, row, "Li Na", clock.now(), twice=True) == "planned"
    assert desk.attempt(desk.queue()).state == "sent"
    assert handler.sent == 2
